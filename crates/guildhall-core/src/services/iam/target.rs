//! What operations are about that exist for several kinds of things: users, groups and roles have policies, all but groups
//! have tags.

use super::authority::{self, Found};
use super::boundary;
use super::errors::IamError;
use super::mfa;
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::constraints::{ARN, ENTITY_NAME, IAM_SERIAL_NUMBER, ROLE_NAME, Rule};
use crate::rules::managed::{self, Managed};
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::entity::{Policies, PolicyArn};
use crate::state::iam::mfa::MfaDevice;
use crate::state::iam::policy::ManagedPolicy;
use crate::state::iam::role::{InstanceProfile, Role};
use crate::state::iam::table::Named;
use crate::state::iam::user::{Group, User};
use crate::state::item::Item;
use crate::state::limits::Limits;
use crate::state::tag::Tags;
use crate::state::view::View;

/// The kinds of things.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    User,
    Group,
    Role,
    Policy,
    Profile,
    Device,
}

/// Something that operations name: by its name, or a policy or a device by its ARN.
pub trait Target: Named + Clone + Send + Sync + 'static {
    const KIND: Kind;
    /// Its type, as AWS's Service Authorization Reference names it.
    const TYPE: &'static str;
    /// The member that names it, as refusals tell it.
    const MEMBER: &'static str;
    /// What its name looks like.
    const NAME: &'static Rule = &ENTITY_NAME;

    /// What authority asks about.
    fn about<'a>(name: &str, cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a>;

    /// The one with this name. Refuses a name that nothing has.
    fn find<'a>(name: &str, account: &AccountRecord, iam: &'a Iam) -> Result<&'a Self, IamError>;

    /// As a record.
    fn item(self) -> Item;
}

/// A user, a group or a role.
pub trait Entity: Target {
    /// The word for it.
    const WORD: &'static str;
    /// What its name looks like where managed policies and boundaries are concerned.
    const SHORT_NAME: &'static Rule;
    /// The condition keys that it brings to operations that change what it may do.
    const KEYS: &'static [&'static str];

    fn policies(&self) -> &Policies;
    fn policies_mut(&mut self) -> &mut Policies;

    /// How many characters its inline policies may have together.
    fn inline_characters(limits: &Limits) -> u32;

    /// How many managed policies may be attached, and what that quota is called.
    fn attached(limits: &Limits) -> (&'static str, u32);

    /// Whether only AWS changes it, as it does roles that services are linked to.
    fn is_protected(&self) -> bool;

    /// Refuses one that only AWS changes. `name` is the name that the client gave.
    fn check_own(&self, name: &str) -> Result<(), IamError> {
        if self.is_protected() { Err(IamError::protected(name)) } else { Ok(()) }
    }
}

/// A user or a role.
pub trait Bounded: Entity {
    fn boundary_mut(&mut self) -> &mut Option<PolicyArn>;
}

/// What has tags.
pub trait Tagged: Target {
    /// Whether keys of tags are the same in whatever case.
    const ANY_CASE: bool;

    fn tags(&self) -> &Tags;
    fn tags_mut(&mut self) -> &mut Tags;

    /// The tags of the one with this name. Refuses a name that nothing has.
    fn tags_of<'a>(name: &str, account: &AccountRecord, iam: &'a Iam) -> Result<&'a Tags, IamError> {
        Self::find(name, account, iam).map(Self::tags)
    }

    /// Refuses a name of what cannot be tagged, whether it is there or not.
    fn check_taggable(_: &str, _: &AccountRecord) -> Result<(), IamError> {
        Ok(())
    }
}

/// The entity of this name, to change it, with its account and what that has. Refuses a name that nothing has, and one
/// that only AWS changes.
pub(super) fn to_change<'a, E: Entity>(
    name: &str,
    cx: &Cx<'_>,
    view: &mut View<'a>,
) -> Result<(E, &'a AccountRecord, &'a Iam), Stop> {
    let (account, iam) = authority::home(cx, view)?;
    let entity = E::find(name, account, iam)?;
    entity.check_own(name)?;
    Ok((entity.clone(), account, iam))
}

macro_rules! targets {
    ($($record:ident $kind:ident $type:literal $member:literal $table:ident $about:expr, $missing:expr;)+) => {
        $(impl Target for $record {
            const KIND: Kind = Kind::$kind;
            const TYPE: &'static str = $type;
            const MEMBER: &'static str = $member;
            const NAME: &'static Rule = match Self::KIND { Kind::Role => &ROLE_NAME, _ => &ENTITY_NAME };

            fn about<'a>(name: &str, cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a> {
                $about(name, cx, view)
            }

            fn find<'a>(name: &str, _: &AccountRecord, iam: &'a Iam) -> Result<&'a Self, IamError> {
                iam.$table.by_name(name).ok_or_else(|| $missing(name))
            }

            fn item(self) -> Item {
                Item::$record(self)
            }
        })+
    };
}

// Each kind of thing with a name: its record, its kind, its type, the member that names it, where it is, what authority
// asks about, and the refusal of a name that none has.
targets! {
    Group Group "group" "groupName" groups authority::group, |name| IamError::missing("group", name);
    InstanceProfile Profile "instance-profile" "instanceProfileName" profiles authority::profile, IamError::no_profile;
    Role Role "role" "roleName" roles authority::role, |name| IamError::missing("role", name);
    User User "user" "userName" users |name, cx, view| authority::user(Some(name), cx, view), |name| IamError::missing("user", name);
}

impl Target for ManagedPolicy {
    const KIND: Kind = Kind::Policy;
    const TYPE: &'static str = "policy";
    const MEMBER: &'static str = "policyArn";
    const NAME: &'static Rule = &ARN;

    fn about<'a>(arn: &str, cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a> {
        authority::policy(arn, cx, view)
    }

    fn find<'a>(arn: &str, account: &AccountRecord, iam: &'a Iam) -> Result<&'a Self, IamError> {
        boundary::check_arn(arn, account)?;
        managed::own(iam, account, arn).ok_or_else(|| IamError::no_policy(arn))
    }

    fn item(self) -> Item {
        Item::ManagedPolicy(self)
    }
}

impl Target for MfaDevice {
    const KIND: Kind = Kind::Device;
    const TYPE: &'static str = "mfa";
    const MEMBER: &'static str = "serialNumber";
    const NAME: &'static Rule = &IAM_SERIAL_NUMBER;

    fn about<'a>(serial: &str, cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a> {
        authority::device(serial, cx, view)
    }

    fn find<'a>(serial: &str, account: &AccountRecord, iam: &'a Iam) -> Result<&'a Self, IamError> {
        mfa::find(serial, account, iam)
    }

    fn item(self) -> Item {
        Item::MfaDevice(self)
    }
}

/// The condition keys of what can have a boundary.
const BOUNDARY: &[&str] = &["iam:PermissionsBoundary"];

macro_rules! entities {
    ($($record:ident $word:literal $short_name:ident $keys:expr, $inline:ident $quota:literal $attached:ident, $protected:expr;)+) => {
        $(impl Entity for $record {
            const WORD: &'static str = $word;
            const SHORT_NAME: &'static Rule = &$short_name;
            const KEYS: &'static [&'static str] = $keys;

            fn policies(&self) -> &Policies {
                &self.policies
            }

            fn policies_mut(&mut self) -> &mut Policies {
                &mut self.policies
            }

            fn inline_characters(limits: &Limits) -> u32 {
                limits.$inline
            }

            fn attached(limits: &Limits) -> (&'static str, u32) {
                ($quota, limits.$attached)
            }

            fn is_protected(&self) -> bool {
                let protected: fn(&Self) -> bool = $protected;
                protected(self)
            }
        })+
    };
}

// Each entity: its record, the word for it, what its short name looks like, the condition keys that it brings, and its
// quotas: characters of inline policies, and managed policies with what AWS calls that one; and
// whether only AWS changes it.
entities! {
    Group "group" ENTITY_NAME &[], group_policy_characters "PoliciesPerGroup" policies_per_group, |_| false;
    Role "role" ROLE_NAME BOUNDARY, role_policy_characters "PoliciesPerRole" policies_per_role, |role| role.service.is_some();
    User "user" ROLE_NAME BOUNDARY, user_policy_characters "PoliciesPerUser" policies_per_user, |_| false;
}

impl Bounded for User {
    fn boundary_mut(&mut self) -> &mut Option<PolicyArn> {
        &mut self.boundary
    }
}

impl Bounded for Role {
    fn boundary_mut(&mut self) -> &mut Option<PolicyArn> {
        &mut self.boundary
    }
}

macro_rules! tagged {
    ($($record:ident $any_case:literal;)+) => {
        $(impl Tagged for $record {
            const ANY_CASE: bool = $any_case;

            fn tags(&self) -> &Tags {
                &self.tags
            }

            fn tags_mut(&mut self) -> &mut Tags {
                &mut self.tags
            }
        })+
    };
}

// Whether keys are the same in whatever case (identity.md 3.11).
tagged! {
    InstanceProfile false;
    MfaDevice false;
    Role true;
    User true;
}

/// The tags of policies of AWS's own.
static NONE: Tags = Tags(std::collections::BTreeMap::new());

impl Tagged for ManagedPolicy {
    const ANY_CASE: bool = false;

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn tags_mut(&mut self) -> &mut Tags {
        &mut self.tags
    }

    fn tags_of<'a>(arn: &str, account: &AccountRecord, iam: &'a Iam) -> Result<&'a Tags, IamError> {
        match Managed::find(iam, account, arn) {
            Some(Managed::OfAws(_)) => Ok(&NONE),
            _ => Self::find(arn, account, iam).map(Self::tags),
        }
    }

    fn check_taggable(arn: &str, account: &AccountRecord) -> Result<(), IamError> {
        boundary::check_arn(arn, account)?;
        if managed::is_of_aws(arn) {
            let what = "Tags not supported for policies in this domain";
            return Err(IamError::InvalidInput(what.into()));
        }
        Ok(())
    }
}
