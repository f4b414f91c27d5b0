//! Users and groups of IAM: every operation and every refusal.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to fail"
)]

use guildhall_testkit::iam_lab::{AWAY, HOME, IamLab, root};
use serde_json::{Value, json};

/// A name of so many characters.
fn long(n: usize) -> String {
    "x".repeat(n)
}

/// What is said of one constraint that is broken.
fn broken(member: &str, rule: &str) -> String {
    format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must {rule}"
    )
}

const NAME: &str = r"satisfy regular expression pattern: [\w+=,.@-]+";
const PATH: &str = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
                    characters and/or / characters.";

/// The names of the members of a list of users or groups.
fn names(list: &Value, member: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|entry| entry[member].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_user_is_created_and_got_by_its_name_in_any_case() {
    let mut lab = IamLab::default();
    let tags = json!([{ "Key": "b", "Value": "1" }, { "Key": "a", "Value": "aws:2" }]);
    let boundary = "arn:aws:iam::aws:policy/AdministratorAccess";
    let input = json!({ "UserName": "Ana", "Path": "/team/", "Tags": tags, "PermissionsBoundary": boundary });
    let user = lab.ok("CreateUser", &input)["User"].clone();
    let id = user["UserId"].as_str().unwrap();
    assert!(id.len() == 21 && id.starts_with("AIDA"), "{id}");
    assert_eq!(
        user,
        json!({
            "Path": "/team/", "UserName": "Ana", "UserId": id, "Arn": format!("arn:aws:iam::{HOME}:user/team/Ana"),
            "CreateDate": lab.0.now().iso8601(),
            "PermissionsBoundary": { "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary },
            "Tags": [{ "Key": "a", "Value": "aws:2" }, { "Key": "b", "Value": "1" }],
        })
    );
    assert_eq!(lab.ok("GetUser", &json!({ "UserName": "aNA" }))["User"], user);
    let plain = lab.ok("CreateUser", &json!({ "UserName": "Ben" }))["User"].clone();
    assert_eq!((plain.get("Tags"), plain.get("PermissionsBoundary")), (None, None));
    // Another account has users of its own.
    let missing = ("NoSuchEntity".to_owned(), "The user with name Ana cannot be found.".to_owned());
    assert_eq!(lab.refused(&root(AWAY), "GetUser", &json!({ "UserName": "Ana" })), missing);
    lab.call(&root(AWAY), "CreateUser", &json!({ "UserName": "Ana" })).unwrap();
}

#[test]
fn what_is_refused_of_a_new_user() {
    let mut lab = IamLab::default();
    let with = |member: &str, value: Value| {
        let mut input = json!({ "UserName": "Ana" });
        input[member] = value;
        input
    };
    for (input, sentence) in [
        (json!({}), broken("userName", "not be null")),
        (with("UserName", json!(long(65))), broken("userName", "have length less than or equal to 64")),
        (with("UserName", json!("a b")), broken("userName", NAME)),
        (with("UserName", json!("aé")), broken("userName", NAME)),
        (
            with("Path", json!(format!("/{}/", long(511)))),
            broken("path", "have length less than or equal to 512"),
        ),
        (with("Path", json!("team")), PATH.to_owned()),
        (
            with("PermissionsBoundary", json!("arn")),
            broken("permissionsBoundary", "have length greater than or equal to 20"),
        ),
        (
            with("Tags", json!(vec![json!({ "Key": "k", "Value": "" }); 51])),
            broken("tags", "have length less than or equal to 50"),
        ),
        (with("Tags", json!([{ "Key": "k" }])), broken("tags.1.member.value", "not be null")),
    ] {
        lab.refuses("CreateUser", &input, "ValidationError", &sentence);
    }
    let reserved = "Tag keys beginning with aws: are reserved for system use.";
    lab.refuses(
        "CreateUser",
        &with("Tags", json!([{ "Key": "aws:k", "Value": "" }])),
        "InvalidInput",
        reserved,
    );
    let twice = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
    let tags = json!([{ "Key": "k", "Value": "" }, { "Key": "K", "Value": "" }]);
    lab.refuses("CreateUser", &with("Tags", tags), "InvalidInput", twice);
    let arn = format!("arn:aws:iam::{HOME}:policy/none");
    let missing = format!("Policy {arn} does not exist or is not attachable.");
    lab.refuses("CreateUser", &with("PermissionsBoundary", json!(arn)), "NoSuchEntity", &missing);
    lab.ok("CreateUser", &json!({ "UserName": "Ana" }));
    let again = json!({ "UserName": "aNa", "Path": "/other/" });
    let exists = "User with name aNa already exists.";
    lab.refuses("CreateUser", &again, "EntityAlreadyExists", exists);
    lab.0.settings_mut().limits.users = 1;
    lab.refuses("CreateUser", &again, "EntityAlreadyExists", exists);
    let full = "Cannot exceed quota for UsersPerAccount: 1";
    lab.refuses("CreateUser", &json!({ "UserName": "Ben" }), "LimitExceeded", full);
}

#[test]
fn who_asks_for_no_user_by_name_gets_himself() {
    let mut lab = IamLab::default();
    let itself = json!({ "Effect": "Allow", "Action": "iam:GetUser", "Resource": "arn:aws:iam::*:user/${aws:username}" });
    let ana = lab.user("Ana", Some(itself));
    let named = lab.ok("GetUser", &json!({ "UserName": "Ana" }));
    assert_eq!(lab.call(&ana, "GetUser", &json!({})).unwrap(), named);
    let user = lab.ok("GetUser", &json!({}))["User"].clone();
    let registered = "2026-01-01T00:00:00Z";
    let arn = format!("arn:aws:iam::{HOME}:root");
    assert_eq!(user, json!({ "UserId": HOME, "Arn": arn, "CreateDate": registered }));
    let session = lab.role_session();
    let must = "Must specify userName when calling with non-User credentials";
    assert_eq!(lab.refused(&session, "GetUser", &json!({})), ("ValidationError".into(), must.into()));
    assert_eq!(lab.call(&session, "GetUser", &json!({ "UserName": "Ana" })).unwrap(), named);
    lab.refuses("GetUser", &json!({ "UserName": "" }), "ValidationError", &format!(
        "2 validation errors detected: Value at 'userName' failed to satisfy constraint: Member must {NAME}; Value at \
         'userName' failed to satisfy constraint: Member must have length greater than or equal to 1"
    ));
    let most = broken("userName", "have length less than or equal to 128");
    lab.refuses("GetUser", &json!({ "UserName": long(129) }), "ValidationError", &most);
}

#[test]
fn a_user_is_renamed_and_moved_and_stays_the_same() {
    let mut lab = IamLab::default();
    lab.ok(
        "CreateUser",
        &json!({ "UserName": "Ana", "Path": "/a/", "Tags": [{ "Key": "k", "Value": "v" }] }),
    );
    lab.ok("CreateGroup", &json!({ "GroupName": "G" }));
    lab.ok("AddUserToGroup", &json!({ "UserName": "Ana", "GroupName": "G" }));
    let key = lab.ok("CreateAccessKey", &json!({ "UserName": "Ana" }))["AccessKey"]["AccessKeyId"].clone();
    let mut user = lab.ok("GetUser", &json!({ "UserName": "Ana" }))["User"].clone();
    lab.ok("CreateUser", &json!({ "UserName": "Ben" }));
    let taken = json!({ "UserName": "Ana", "NewUserName": "bEN" });
    lab.refuses("UpdateUser", &taken, "EntityAlreadyExists", "User with name bEN already exists.");
    // The own name in another case is free.
    lab.ok("UpdateUser", &json!({ "UserName": "ana", "NewUserName": "ANA" }));
    lab.ok("UpdateUser", &json!({ "UserName": "ana", "NewUserName": "Eva", "NewPath": "/b/" }));
    user["UserName"] = json!("Eva");
    user["Path"] = json!("/b/");
    user["Arn"] = json!(format!("arn:aws:iam::{HOME}:user/b/Eva"));
    assert_eq!(lab.ok("GetUser", &json!({ "UserName": "eva" }))["User"], user);
    lab.ok("UpdateUser", &json!({ "UserName": "Eva" }));
    assert_eq!(lab.ok("GetUser", &json!({ "UserName": "eva" }))["User"], user);
    let missing = "The user with name Ana cannot be found.";
    lab.refuses("UpdateUser", &json!({ "UserName": "Ana" }), "NoSuchEntity", missing);
    let keys = lab.ok("ListAccessKeys", &json!({ "UserName": "Eva" }));
    assert_eq!(keys["AccessKeyMetadata"][0]["AccessKeyId"], key);
    assert_eq!(
        names(&lab.ok("ListGroupsForUser", &json!({ "UserName": "Eva" }))["Groups"], "GroupName"),
        ["G"]
    );
    for (input, sentence) in [
        (json!({}), broken("userName", "not be null")),
        (
            json!({ "UserName": "Eva", "NewUserName": long(65) }),
            broken("newUserName", "have length less than or equal to 64"),
        ),
        (
            json!({ "UserName": "Eva", "NewPath": "" }),
            broken("newPath", "have length greater than or equal to 1"),
        ),
        (json!({ "UserName": "Eva", "NewPath": "/x" }), PATH.to_owned()),
    ] {
        lab.refuses("UpdateUser", &input, "ValidationError", &sentence);
    }
}

#[test]
fn who_renames_has_to_be_allowed_to_by_the_old_and_the_new_arn() {
    for kind in ["user", "group"] {
        let mut lab = IamLab::default();
        let (create, update, name, new) = match kind {
            "user" => ("CreateUser", "UpdateUser", "UserName", "NewUserName"),
            _ => ("CreateGroup", "UpdateGroup", "GroupName", "NewGroupName"),
        };
        lab.ok(create, &json!({ name: "Old", "Path": "/a/" }));
        let arn = |path: &str| format!("arn:aws:iam::{HOME}:{kind}{path}");
        let may =
            json!({ "Effect": "Allow", "Action": "iam:Update*", "Resource": [arn("/a/Old"), arn("/a/New")] });
        let caller = lab.user("Caller", Some(may));
        for (input, denied) in [
            (json!({ name: "old", new: "Other" }), "/a/Other"),
            (json!({ name: "old", "NewPath": "/b/" }), "/b/Old"),
            (json!({ name: "none", new: "New" }), "/none"),
        ] {
            let sentence = format!(
                "User: arn:aws:iam::{HOME}:user/Caller is not authorized to perform: iam:{update} on resource: {} \
                 because no identity-based policy allows the iam:{update} action",
                arn(denied)
            );
            assert_eq!(lab.refused(&caller, update, &input), ("AccessDenied".into(), sentence), "{input}");
        }
        lab.call(&caller, update, &json!({ name: "old", new: "New" })).unwrap();
    }
}

#[test]
fn a_user_is_deleted_when_nothing_is_in_the_way_any_more() {
    let mut lab = IamLab::default();
    let statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    lab.user("Ana", Some(statement));
    let ana = json!({ "UserName": "Ana" });
    lab.ok("CreateLoginProfile", &json!({ "UserName": "Ana", "Password": "Correct-Horse-1" }));
    let key = lab.ok("CreateAccessKey", &ana)["AccessKey"]["AccessKeyId"].clone();
    lab.ok("CreateGroup", &json!({ "GroupName": "G" }));
    let member = json!({ "UserName": "Ana", "GroupName": "G" });
    lab.ok("AddUserToGroup", &member);
    let conflict = |what: &str| format!("Cannot delete entity, must {what} first.");
    for (what, operation, input) in [
        ("delete login profile", "DeleteLoginProfile", ana.clone()),
        ("delete access keys", "DeleteAccessKey", json!({ "UserName": "Ana", "AccessKeyId": key })),
        ("remove users from group", "RemoveUserFromGroup", member),
    ] {
        lab.refuses("DeleteUser", &json!({ "UserName": "aNA" }), "DeleteConflict", &conflict(what));
        lab.ok(operation, &input);
    }
    lab.refuses("DeleteUser", &ana, "DeleteConflict", &conflict("delete policies"));
    lab.ok("CreateUser", &json!({ "UserName": "Ben", "Tags": [{ "Key": "k", "Value": "v" }] }));
    let before = lab.ok("GetUser", &json!({ "UserName": "Ben" }))["User"]["UserId"].clone();
    lab.ok("DeleteUser", &json!({ "UserName": "bEN" }));
    lab.refuses(
        "DeleteUser",
        &json!({ "UserName": "Ben" }),
        "NoSuchEntity",
        "The user with name Ben cannot be found.",
    );
    // Who comes back under the name is somebody else.
    let again = lab.ok("CreateUser", &json!({ "UserName": "Ben" }))["User"]["UserId"].clone();
    assert_ne!(before, again);
    lab.refuses("DeleteUser", &json!({}), "ValidationError", &broken("userName", "not be null"));
}

#[test]
fn a_user_that_is_gone_calls_no_more() {
    let mut lab = IamLab::default();
    let ana = lab.user("Ana", None);
    lab.ok("DeleteUser", &json!({ "UserName": "Ana" }));
    lab.ok("CreateUser", &json!({ "UserName": "Ana" }));
    let command = guildhall_testkit::command_of("iam", "GetUser", &json!({}));
    let refusal = lab.0.run(ana, &*command).unwrap_err();
    assert!(matches!(refusal, guildhall_core::Refusal::UnknownPrincipal), "{refusal}");
}

#[test]
fn users_and_groups_are_listed_by_name_in_pages_below_a_path() {
    for (create, list, member, name) in [
        ("CreateUser", "ListUsers", "Users", "UserName"),
        ("CreateGroup", "ListGroups", "Groups", "GroupName"),
    ] {
        let mut lab = IamLab::default();
        assert_eq!(lab.ok(list, &json!({})), json!({ member: [], "IsTruncated": false }));
        for (entry, path) in [("d", "/x/y/"), ("B", "/x/"), ("a", "/"), ("C", "/x/y/"), ("e", "/xy/")] {
            lab.ok(create, &json!({ name: entry, "Path": path }));
        }
        let all = lab.ok(list, &json!({}));
        assert_eq!(names(&all[member], name), ["a", "B", "C", "d", "e"]);
        assert_eq!(all["IsTruncated"], false);
        assert_eq!(names(&lab.ok(list, &json!({ "PathPrefix": "/x" }))[member], name), ["B", "C", "d", "e"]);
        assert_eq!(names(&lab.ok(list, &json!({ "PathPrefix": "/x/" }))[member], name), ["B", "C", "d"]);
        let first = lab.ok(list, &json!({ "PathPrefix": "/x/", "MaxItems": 2 }));
        assert_eq!(
            (names(&first[member], name), &first["IsTruncated"]),
            (vec!["B".into(), "C".into()], &json!(true))
        );
        let next = json!({ "PathPrefix": "/x/", "MaxItems": 2, "Marker": first["Marker"] });
        let last = lab.ok(list, &next);
        assert_eq!((names(&last[member], name), last.get("Marker")), (vec!["d".into()], None));
        for other in [json!({ "Marker": first["Marker"] }), json!({ "Marker": "x" })] {
            lab.refuses(list, &other, "ValidationError", "Invalid Marker.");
        }
        for (input, sentence) in [
            (json!({ "MaxItems": 0 }), broken("maxItems", "have value greater than or equal to 1")),
            (json!({ "MaxItems": 1_001 }), broken("maxItems", "have value less than or equal to 1000")),
            (
                json!({ "PathPrefix": "x y" }),
                broken("pathPrefix", r"satisfy regular expression pattern: \u002F[\u0021-\u007F]*"),
            ),
        ] {
            lab.refuses(list, &input, "ValidationError", &sentence);
        }
    }
}

#[test]
fn lists_have_neither_tags_nor_boundaries() {
    let mut lab = IamLab::default();
    let boundary = "arn:aws:iam::aws:policy/AdministratorAccess";
    let tags = json!([{ "Key": "k", "Value": "v" }]);
    let mut user =
        lab.ok("CreateUser", &json!({ "UserName": "Ana", "Tags": tags, "PermissionsBoundary": boundary }))["User"].clone();
    lab.ok("CreateGroup", &json!({ "GroupName": "G" }));
    lab.ok("AddUserToGroup", &json!({ "UserName": "Ana", "GroupName": "G" }));
    user.as_object_mut().unwrap().retain(|name, _| name != "Tags" && name != "PermissionsBoundary");
    assert_eq!(lab.ok("ListUsers", &json!({}))["Users"], json!([user]));
    assert_eq!(lab.ok("GetGroup", &json!({ "GroupName": "G" }))["Users"], json!([user]));
}

#[test]
fn a_group_is_created_got_renamed_and_deleted() {
    let mut lab = IamLab::default();
    let group = lab.ok("CreateGroup", &json!({ "GroupName": "Team", "Path": "/x/" }))["Group"].clone();
    let id = group["GroupId"].as_str().unwrap();
    assert!(id.len() == 21 && id.starts_with("AGPA"), "{id}");
    let expected = json!({
        "Path": "/x/", "GroupName": "Team", "GroupId": id, "Arn": format!("arn:aws:iam::{HOME}:group/x/Team"),
        "CreateDate": lab.0.now().iso8601(),
    });
    assert_eq!(group, expected);
    let got = lab.ok("GetGroup", &json!({ "GroupName": "tEAM" }));
    assert_eq!(got, json!({ "Group": expected, "Users": [], "IsTruncated": false }));
    let exists = "Group with name tEAM already exists.";
    lab.refuses("CreateGroup", &json!({ "GroupName": "tEAM" }), "EntityAlreadyExists", exists);
    lab.ok("CreateGroup", &json!({ "GroupName": long(128) }));
    lab.0.settings_mut().limits.groups = 2;
    lab.refuses(
        "CreateGroup",
        &json!({ "GroupName": "New" }),
        "LimitExceeded",
        "Cannot exceed quota for GroupsPerAccount: 2",
    );
    let taken = json!({ "GroupName": long(128), "NewGroupName": "tEAM" });
    lab.refuses("UpdateGroup", &taken, "EntityAlreadyExists", exists);
    lab.ok("UpdateGroup", &json!({ "GroupName": "team", "NewGroupName": "TEAM" }));
    lab.ok("UpdateGroup", &json!({ "GroupName": "team", "NewPath": "/" }));
    let got = lab.ok("GetGroup", &json!({ "GroupName": "team" }))["Group"].clone();
    assert_eq!(
        (&got["Arn"], &got["GroupId"]),
        (&json!(format!("arn:aws:iam::{HOME}:group/TEAM")), &json!(id))
    );
    lab.ok("CreateUser", &json!({ "UserName": "Ana" }));
    let member = json!({ "UserName": "Ana", "GroupName": "team" });
    lab.ok("AddUserToGroup", &member);
    let conflict = "Cannot delete entity, must remove users from group first.";
    lab.refuses("DeleteGroup", &json!({ "GroupName": "team" }), "DeleteConflict", conflict);
    lab.ok("RemoveUserFromGroup", &member);
    lab.ok("DeleteGroup", &json!({ "GroupName": "team" }));
    for operation in ["GetGroup", "UpdateGroup", "DeleteGroup"] {
        let missing = "The group with name team cannot be found.";
        lab.refuses(operation, &json!({ "GroupName": "team" }), "NoSuchEntity", missing);
        lab.refuses(operation, &json!({}), "ValidationError", &broken("groupName", "not be null"));
        let most = broken("groupName", "have length less than or equal to 128");
        lab.refuses(operation, &json!({ "GroupName": long(129) }), "ValidationError", &most);
    }
    lab.refuses("CreateGroup", &json!({ "GroupName": "a b" }), "ValidationError", &broken("groupName", NAME));
    lab.refuses("CreateGroup", &json!({ "GroupName": "a", "Path": "//" }), "ValidationError", PATH);
    let new = broken("newGroupName", NAME);
    lab.refuses("UpdateGroup", &json!({ "GroupName": "a", "NewGroupName": "a b" }), "ValidationError", &new);
    lab.refuses("UpdateGroup", &json!({ "GroupName": "a", "NewPath": "//" }), "ValidationError", PATH);
}

#[test]
fn users_come_into_groups_and_go() {
    let mut lab = IamLab::default();
    for n in 0..11 {
        lab.ok(
            "CreateGroup",
            &json!({ "GroupName": format!("g{n:02}"), "Path": if n % 2 == 0 { "/" } else { "/odd/" } }),
        );
    }
    for name in ["Ana", "Ben", "Eva"] {
        lab.ok("CreateUser", &json!({ "UserName": name }));
    }
    let pair = |user: &str, group: &str| json!({ "UserName": user, "GroupName": group });
    for n in [3, 1, 0, 2, 4, 5, 6, 7, 8, 9] {
        lab.ok("AddUserToGroup", &pair("aNA", &format!("G{n:02}")));
    }
    let full = "Cannot exceed quota for GroupsPerUser: 10";
    lab.refuses("AddUserToGroup", &pair("Ana", "g10"), "LimitExceeded", full);
    // Who is in already stays, full or not; who is not in goes without a word.
    let before = lab.0.stored();
    lab.ok("AddUserToGroup", &pair("Ana", "g00"));
    lab.ok("RemoveUserFromGroup", &pair("Ana", "g10"));
    assert_eq!(before, lab.0.stored());
    let all: Vec<String> = (0..10).map(|n| format!("g{n:02}")).collect();
    let listed = lab.ok("ListGroupsForUser", &json!({ "UserName": "aNA" }));
    assert_eq!((names(&listed["Groups"], "GroupName"), &listed["IsTruncated"]), (all.clone(), &json!(false)));
    let first = lab.ok("ListGroupsForUser", &json!({ "UserName": "Ana", "MaxItems": 7 }));
    assert_eq!(names(&first["Groups"], "GroupName"), all[..7]);
    let next = lab.ok("ListGroupsForUser", &json!({ "UserName": "aNA", "Marker": first["Marker"] }));
    assert_eq!((names(&next["Groups"], "GroupName"), next.get("Marker")), (all[7..].to_vec(), None));
    let others = json!({ "UserName": "Ben", "Marker": first["Marker"] });
    lab.refuses("ListGroupsForUser", &others, "ValidationError", "Invalid Marker.");
    for (operation, user, group, kind, name) in [
        ("AddUserToGroup", "Ana", "none", "group", "none"),
        ("AddUserToGroup", "None", "none", "user", "None"),
        ("RemoveUserFromGroup", "None", "g00", "user", "None"),
        ("RemoveUserFromGroup", "Ana", "none", "group", "none"),
    ] {
        let missing = format!("The {kind} with name {name} cannot be found.");
        lab.refuses(operation, &pair(user, group), "NoSuchEntity", &missing);
        let none = "2 validation errors detected: Value at 'groupName' failed to satisfy constraint: Member must not be \
                    null; Value at 'userName' failed to satisfy constraint: Member must not be null";
        lab.refuses(operation, &json!({}), "ValidationError", none);
    }
    let missing = "The user with name None cannot be found.";
    lab.refuses("ListGroupsForUser", &json!({ "UserName": "None" }), "NoSuchEntity", missing);
    lab.refuses("ListGroupsForUser", &json!({}), "ValidationError", &broken("userName", "not be null"));
    // Pages of a group's users go on where they left off, whoever goes meanwhile.
    for name in ["Ben", "Eva"] {
        lab.ok("AddUserToGroup", &pair(name, "g00"));
    }
    let mut seen = Vec::new();
    let mut input = json!({ "GroupName": "g00", "MaxItems": 1 });
    loop {
        let page = lab.ok("GetGroup", &input);
        seen.extend(names(&page["Users"], "UserName"));
        let Some(marker) = page.get("Marker") else { break };
        input["Marker"] = marker.clone();
        lab.ok("RemoveUserFromGroup", &pair(seen.last().unwrap(), "g00"));
    }
    seen.sort_unstable();
    assert_eq!(seen, ["Ana", "Ben", "Eva"]);
}

#[test]
fn lists_are_about_a_path() {
    let mut lab = IamLab::default();
    let ana = lab.user("Ana", None);
    let below = json!({ "PathPrefix": "/team/" });
    let kinds = [
        ("ListUsers", "user"),
        ("ListGroups", "group"),
        ("ListRoles", "role"),
        ("ListInstanceProfiles", "instance-profile"),
    ];
    for (list, kind) in kinds {
        for (input, path) in [(json!({}), "/"), (below.clone(), "/team/")] {
            let (code, sentence) = lab.refused(&ana, list, &input);
            assert_eq!(code, "AccessDenied");
            let on = format!("iam:{list} on resource: arn:aws:iam::{HOME}:{kind}{path} because");
            assert!(sentence.contains(&on), "{sentence}");
        }
    }
    let sentence = lab.refused(&ana, "ListPolicies", &below).1;
    assert!(sentence.contains("iam:ListPolicies on resource: policy path /team/ because"), "{sentence}");
    // A statement about a path allows that path, and what lies below it.
    let lists: Vec<_> =
        kinds.iter().map(|(list, _)| format!("iam:{list}")).chain(["iam:ListPolicies".into()]).collect();
    let resource = format!("arn:aws:iam::{HOME}:*/team/*");
    lab.group("Team", &json!({ "Effect": "Allow", "Action": lists, "Resource": resource }));
    lab.ok("AddUserToGroup", &json!({ "UserName": "Ana", "GroupName": "Team" }));
    for (list, _) in kinds.into_iter().chain([("ListPolicies", "policy")]) {
        lab.call(&ana, list, &below).unwrap();
        lab.call(&ana, list, &json!({ "PathPrefix": "/team/x/" })).unwrap();
        lab.refused(&ana, list, &json!({}));
        lab.refused(&ana, list, &json!({ "PathPrefix": "/teams/" }));
    }
}

#[test]
fn a_group_gives_its_users_what_it_may() {
    let mut lab = IamLab::default();
    let ana = lab.user("Ana", None);
    lab.group("Readers", &json!({ "Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*" }));
    let denied = lab.refused(&ana, "ListUsers", &json!({}));
    assert_eq!(denied.0, "AccessDenied");
    let member = json!({ "UserName": "Ana", "GroupName": "Readers" });
    lab.ok("AddUserToGroup", &member);
    lab.call(&ana, "ListUsers", &json!({})).unwrap();
    // Its name is of no importance.
    lab.ok("UpdateGroup", &json!({ "GroupName": "Readers", "NewGroupName": "Lectors" }));
    lab.call(&ana, "ListUsers", &json!({})).unwrap();
    lab.ok("RemoveUserFromGroup", &json!({ "UserName": "Ana", "GroupName": "Lectors" }));
    assert_eq!(lab.refused(&ana, "ListUsers", &json!({})), denied);
    let conflict = "Cannot delete entity, must delete policies first.";
    lab.refuses("DeleteGroup", &json!({ "GroupName": "Lectors" }), "DeleteConflict", conflict);
}

#[test]
fn whoever_may_nothing_learns_nothing() {
    let mut lab = IamLab::default();
    let caller = lab.user("Caller", None);
    lab.ok("CreateUser", &json!({ "UserName": "Ana", "Path": "/team/" }));
    lab.ok("CreateGroup", &json!({ "GroupName": "Team", "Path": "/x/" }));
    let user = |name: &str| json!({ "UserName": name });
    let group = |name: &str| json!({ "GroupName": name });
    let both = |user: &str, group: &str| json!({ "UserName": user, "GroupName": group });
    for (operation, input, resource) in [
        ("CreateUser", json!({ "UserName": "ana", "Path": "/p/" }), "user/p/ana"),
        ("GetUser", user("aNA"), "user/team/Ana"),
        ("GetUser", user("nobody"), "user/nobody"),
        ("GetUser", json!({}), "user/Caller"),
        ("UpdateUser", user("Ana"), "user/team/Ana"),
        ("DeleteUser", user("ana"), "user/team/Ana"),
        ("CreateGroup", json!({ "GroupName": "team", "Path": "/p/" }), "group/p/team"),
        ("GetGroup", group("tEAM"), "group/x/Team"),
        ("GetGroup", group("none"), "group/none"),
        ("UpdateGroup", group("team"), "group/x/Team"),
        ("DeleteGroup", group("team"), "group/x/Team"),
        ("ListGroupsForUser", user("ana"), "user/team/Ana"),
        ("AddUserToGroup", both("nobody", "team"), "group/x/Team"),
        ("RemoveUserFromGroup", both("nobody", "none"), "group/none"),
        ("ListMFADevices", json!({}), "user/Caller"),
        ("ListMFADevices", user("nobody"), "user/nobody"),
        ("ListSigningCertificates", user("ana"), "user/team/Ana"),
        ("ListSSHPublicKeys", user("ana"), "user/team/Ana"),
        ("ListServiceSpecificCredentials", user("ana"), "user/team/Ana"),
        ("ListServiceSpecificCredentials", json!({ "AllUsers": true }), "*"),
        ("ListUsers", json!({}), "user/"),
        ("ListGroups", json!({}), "group/"),
        ("ListVirtualMFADevices", json!({}), "mfa/"),
    ] {
        let resource =
            if resource == "*" { "*".to_owned() } else { format!("arn:aws:iam::{HOME}:{resource}") };
        let sentence = format!(
            "User: arn:aws:iam::{HOME}:user/Caller is not authorized to perform: iam:{operation} on resource: {resource} \
             because no identity-based policy allows the iam:{operation} action"
        );
        assert_eq!(lab.refused(&caller, operation, &input), ("AccessDenied".into(), sentence), "{input}");
    }
}

#[test]
fn tags_of_a_new_user_need_leave_of_their_own() {
    let mut lab = IamLab::default();
    let create = json!({ "Effect": "Allow", "Action": "iam:CreateUser", "Resource": "*" });
    let caller = lab.user("Caller", Some(create));
    lab.call(&caller, "CreateUser", &json!({ "UserName": "Ana" })).unwrap();
    let tagged = json!({ "UserName": "Ben", "Tags": [{ "Key": "k", "Value": "v" }] });
    let sentence = format!(
        "User: arn:aws:iam::{HOME}:user/Caller is not authorized to perform: iam:TagUser on resource: \
         arn:aws:iam::{HOME}:user/Ben because no identity-based policy allows the iam:TagUser action"
    );
    assert_eq!(lab.refused(&caller, "CreateUser", &tagged), ("AccessDenied".into(), sentence));
}

#[test]
fn what_nobody_can_have_is_listed_as_nothing() {
    let mut lab = IamLab::default();
    lab.ok("CreateUser", &json!({ "UserName": "Ana" }));
    for (operation, member, longest) in [
        ("ListMFADevices", "MFADevices", 128),
        ("ListSigningCertificates", "Certificates", 128),
        ("ListSSHPublicKeys", "SSHPublicKeys", 64),
        ("ListServiceSpecificCredentials", "ServiceSpecificCredentials", 64),
    ] {
        let nothing = json!({ member: [], "IsTruncated": false });
        assert_eq!(lab.ok(operation, &json!({ "UserName": "aNA", "MaxItems": 1 })), nothing);
        assert_eq!(lab.ok(operation, &json!({})), nothing);
        let missing = "The user with name Ben cannot be found.";
        lab.refuses(operation, &json!({ "UserName": "Ben" }), "NoSuchEntity", missing);
        let most = broken("userName", &format!("have length less than or equal to {longest}"));
        lab.refuses(operation, &json!({ "UserName": long(longest + 1) }), "ValidationError", &most);
        lab.refuses(
            operation,
            &json!({ "UserName": "Ana", "Marker": "x" }),
            "ValidationError",
            "Invalid Marker.",
        );
    }
    let nothing = json!({ "ServiceSpecificCredentials": [], "IsTruncated": false });
    assert_eq!(lab.ok("ListServiceSpecificCredentials", &json!({ "AllUsers": true })), nothing);
    let nothing = json!({ "VirtualMFADevices": [], "IsTruncated": false });
    assert_eq!(lab.ok("ListVirtualMFADevices", &json!({ "AssignmentStatus": "Unassigned" })), nothing);
    let word = broken("assignmentStatus", "satisfy enum value set");
    lab.refuses(
        "ListVirtualMFADevices",
        &json!({ "AssignmentStatus": "unassigned" }),
        "ValidationError",
        &word,
    );
    let session = lab.role_session();
    let must = "Must specify userName when calling with non-User credentials";
    let told = lab.refused(&session, "ListMFADevices", &json!({}));
    assert_eq!(told, ("ValidationError".into(), must.into()));
}
