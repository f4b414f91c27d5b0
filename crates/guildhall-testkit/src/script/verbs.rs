//! Verbs: the operation that each stands for, and its input.

use serde_json::{Map, Value, json};

use super::player::{Done, Player};

impl Player {
    /// The operation that a verb stands for, and its input.
    pub(super) fn operation(&self, words: &[&str]) -> Done<(&'static str, Value)> {
        let id = |word: &str| self.resolve(word);
        Ok(match words {
            ["creates", "organization", _] => ("CreateOrganization", json!({})),
            ["creates", "organization", _, "with", set] => {
                ("CreateOrganization", json!({ "FeatureSet": set }))
            }
            ["deletes", "organization"] => ("DeleteOrganization", json!({})),
            ["describes", "organization"] => ("DescribeOrganization", json!({})),
            ["describes", "account", a] => ("DescribeAccount", json!({ "AccountId": id(a)? })),
            ["leaves"] => ("LeaveOrganization", json!({})),
            ["removes", a] => ("RemoveAccountFromOrganization", json!({ "AccountId": id(a)? })),
            ["invites", target, more @ ..] => ("InviteAccountToOrganization", self.invitation(target, more)?),
            [verb, "its", "part"] => return self.operation(&[verb, "part"]),
            ["accepts", h] => ("AcceptHandshake", json!({ "HandshakeId": id(h)? })),
            ["declines", h] => ("DeclineHandshake", json!({ "HandshakeId": id(h)? })),
            ["cancels", h] => ("CancelHandshake", json!({ "HandshakeId": id(h)? })),
            ["describes", what] => describe(&id(what)?),
            ["tags", resource, "with", tags @ ..] => {
                ("TagResource", json!({ "ResourceId": id(resource)?, "Tags": tag_list(tags)? }))
            }
            ["untags", resource, "of", keys @ ..] => {
                ("UntagResource", json!({ "ResourceId": id(resource)?, "TagKeys": keys }))
            }
            ["lists", "next"] => {
                let (name, mut input) = self.list.clone().ok_or("nothing was listed yet")?;
                input["NextToken"] = self.token.clone().ok_or("there is no next page")?.into();
                (name, input)
            }
            ["lists", what, rest @ ..] => self.list_call(what, rest)?,
            _ => return self.vending(words),
        })
    }

    /// Accounts, units, features.
    fn vending(&self, words: &[&str]) -> Done<(&'static str, Value)> {
        let id = |word: &str| self.resolve(word);
        Ok(match words {
            ["creates", "account", "at", email, "named", name, more @ ..] => {
                ("CreateAccount", creation(email, name, more)?)
            }
            ["creates", "govcloud", "account", "at", email, "named", name, more @ ..] => {
                ("CreateGovCloudAccount", creation(email, name, more)?)
            }
            ["closes", a] => ("CloseAccount", json!({ "AccountId": id(a)? })),
            ["creates", "unit", _, "named", name, "below", parent, more @ ..] => {
                let mut input = json!({ "ParentId": id(parent)?, "Name": name });
                tagged(&mut input, more)?;
                ("CreateOrganizationalUnit", input)
            }
            ["renames", what, "to", name] => match id(what)? {
                id if id.starts_with("rt-") => {
                    ("UpdateResponsibilityTransfer", json!({ "Id": id, "Name": name }))
                }
                id => ("UpdateOrganizationalUnit", json!({ "OrganizationalUnitId": id, "Name": name })),
            },
            ["deletes", unit] => ("DeleteOrganizationalUnit", json!({ "OrganizationalUnitId": id(unit)? })),
            ["moves", a, "from", source, "to", destination] => {
                let (source, destination) = (id(source)?, id(destination)?);
                let input = json!({ "AccountId": id(a)?, "SourceParentId": source,
                    "DestinationParentId": destination });
                ("MoveAccount", input)
            }
            ["enables", "all", "features"] => ("EnableAllFeatures", json!({})),
            _ => return self.arrangement(words),
        })
    }

    /// Trusted access, delegation, transfers.
    fn arrangement(&self, words: &[&str]) -> Done<(&'static str, Value)> {
        let id = |word: &str| self.resolve(word);
        Ok(match words {
            ["trusts", service] => ("EnableAWSServiceAccess", json!({ "ServicePrincipal": service })),
            ["distrusts", service] => ("DisableAWSServiceAccess", json!({ "ServicePrincipal": service })),
            ["delegates", service, "to", a] => {
                let input = json!({ "AccountId": id(a)?, "ServicePrincipal": service });
                ("RegisterDelegatedAdministrator", input)
            }
            ["undelegates", service, "of", a] => {
                let input = json!({ "AccountId": id(a)?, "ServicePrincipal": service });
                ("DeregisterDelegatedAdministrator", input)
            }
            ["offers", target, "to", "pay", "from", day, more @ ..] => {
                let mut input = self.invitation(target, more)?;
                input["Type"] = "BILLING".into();
                input["SourceName"] = "Bill".into();
                input["StartTimestamp"] = day_start(day)?.into();
                ("InviteOrganizationToTransferResponsibility", input)
            }
            ["withdraws", t] => ("TerminateResponsibilityTransfer", json!({ "Id": id(t)? })),
            ["withdraws", t, "with", day] => {
                let end = day_start(day)? as f64 + 86_399.999;
                ("TerminateResponsibilityTransfer", json!({ "Id": id(t)?, "EndTimestamp": end }))
            }
            _ => return Err(format!("there is no verb `{}`", words.join(" "))),
        })
    }

    fn invitation(&self, target: &str, mut more: &[&str]) -> Done<Value> {
        let target = self.resolve(target)?;
        let r#type = if target.contains('@') { "EMAIL" } else { "ACCOUNT" };
        let mut input = json!({ "Target": { "Id": target, "Type": r#type } });
        if let ["noting", notes, rest @ ..] = more {
            input["Notes"] = (*notes).into();
            more = rest;
        }
        tagged(&mut input, more)?;
        Ok(input)
    }

    fn list_call(&self, what: &str, mut rest: &[&str]) -> Done<(&'static str, Value)> {
        let mut input = Map::new();
        let mut name = list_operation(what)?;
        if name.ends_with("boundResponsibilityTransfers") {
            input.insert("Type".into(), "BILLING".into());
        }
        loop {
            rest = match rest {
                [] => return Ok((name, input.into())),
                ["below", parent, rest @ ..] => {
                    if name == "ListAccounts" {
                        name = "ListAccountsForParent";
                    }
                    input.insert("ParentId".into(), self.resolve(parent)?.into());
                    rest
                }
                ["of", parent, kind, rest @ ..] if name == "ListChildren" => {
                    input.insert("ParentId".into(), self.resolve(parent)?.into());
                    input.insert("ChildType".into(), (*kind).into());
                    rest
                }
                ["of", resource, rest @ ..] => {
                    let member = match name {
                        "ListParents" => "ChildId",
                        "ListDelegatedServicesForAccount" => "AccountId",
                        "ListInboundResponsibilityTransfers" => "Id",
                        _ => "ResourceId",
                    };
                    input.insert(member.into(), self.resolve(resource)?.into());
                    rest
                }
                ["for", service, rest @ ..] => {
                    input.insert("ServicePrincipal".into(), (*service).into());
                    rest
                }
                ["in", states, rest @ ..] => {
                    input.insert("States".into(), states.split('|').collect());
                    rest
                }
                ["only", action, rest @ ..] => {
                    input.insert("Filter".into(), json!({ "ActionType": action }));
                    rest
                }
                ["under", h, rest @ ..] => {
                    input.insert("Filter".into(), json!({ "ParentHandshakeId": self.resolve(h)? }));
                    rest
                }
                ["limit", n, rest @ ..] => {
                    input.insert("MaxResults".into(), n.parse::<i64>().map_err(|_| "no number")?.into());
                    rest
                }
                _ => return Err(format!("what is `{}`?", rest.join(" "))),
            };
        }
    }
}

fn list_operation(what: &str) -> Done<&'static str> {
    Ok(match what {
        "accounts" => "ListAccounts",
        "children" => "ListChildren",
        "creations" => "ListCreateAccountStatus",
        "delegates" => "ListDelegatedAdministrators",
        "delegations" => "ListDelegatedServicesForAccount",
        "handshakes" => "ListHandshakesForOrganization",
        "inbound" => "ListInboundResponsibilityTransfers",
        "invitations" => "ListHandshakesForAccount",
        "outbound" => "ListOutboundResponsibilityTransfers",
        "parents" => "ListParents",
        "roots" => "ListRoots",
        "services" => "ListAWSServiceAccessForOrganization",
        "tags" => "ListTagsForResource",
        "units" => "ListOrganizationalUnitsForParent",
        _ => return Err(format!("there is no list of {what}")),
    })
}

/// What an id is of says which operation describes it.
fn describe(id: &str) -> (&'static str, Value) {
    match id.split('-').next().unwrap_or_default() {
        "ou" => ("DescribeOrganizationalUnit", json!({ "OrganizationalUnitId": id })),
        "car" => ("DescribeCreateAccountStatus", json!({ "CreateAccountRequestId": id })),
        "rt" => ("DescribeResponsibilityTransfer", json!({ "Id": id })),
        _ => ("DescribeHandshake", json!({ "HandshakeId": id })),
    }
}

fn creation(email: &str, name: &str, mut more: &[&str]) -> Done<Value> {
    let mut input = json!({ "Email": email, "AccountName": name });
    if let ["with", "role", role, rest @ ..] = more {
        input["RoleName"] = (*role).into();
        more = rest;
    }
    tagged(&mut input, more)?;
    Ok(input)
}

fn tagged(input: &mut Value, more: &[&str]) -> Done<()> {
    match more {
        [] => {}
        ["tagged", tags @ ..] => input["Tags"] = tag_list(tags)?,
        _ => return Err(format!("what is `{}`?", more.join(" "))),
    }
    Ok(())
}

fn tag_list(tags: &[&str]) -> Done<Value> {
    let tag = |tag: &&str| {
        let (key, value) = tag.split_once('=').ok_or_else(|| format!("{tag} is no tag"))?;
        Ok(json!({ "Key": key, "Value": value }))
    };
    tags.iter().map(tag).collect::<Done<Vec<_>>>().map(Value::from)
}

/// The first second of `2026-02-01` in UTC, since the epoch.
fn day_start(day: &str) -> Done<i64> {
    let numbers: Vec<i64> = day.split('-').filter_map(|n| n.parse().ok()).collect();
    let [year, month, day] = numbers[..] else { return Err(format!("{day} is no day")) };
    // Days since 1 March of the year 0, so that a leap day is the last one of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    Ok((days - 719_468) * 86_400)
}
