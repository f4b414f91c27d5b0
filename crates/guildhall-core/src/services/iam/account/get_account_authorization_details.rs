//! GetAccountAuthorizationDetails: the users, roles, groups and policies of the caller's account with everything that
//! they may do, one list after the other over as many pages as it takes (identity.md 3.16; 13, row 7). Any account. Of
//! AWS's policies those that are attached.
//! Refuses: ValidationError.

use guildhall_policy::iam::aws::{AwsPolicy, POLICIES};
use serde::{Deserialize, Serialize};

use super::details::{self, GroupDetail, PolicyDetail, RoleDetail, UserDetail};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::Checks;
use crate::services::iam::errors::IamError;
use crate::services::iam::page::Wanted;
use crate::services::{Answer, Operation};
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::policy::ManagedPolicy;
use crate::state::iam::role::Role;
use crate::state::iam::user::{Group, User};
use crate::state::view::View;

pub struct GetAccountAuthorizationDetails;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    filter: Option<Vec<Option<String>>>,
    max_items: Option<i64>,
    marker: Option<String>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policies: Vec<PolicyDetail>,
    user_detail_list: Vec<UserDetail>,
    role_detail_list: Vec<RoleDetail>,
    group_detail_list: Vec<GroupDetail>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

/// The kinds that can be asked for.
const KINDS: [&str; 5] = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"];

/// Something that an account has, of one of the kinds, in their order.
#[derive(Clone, Copy)]
enum Thing<'a> {
    User(&'a User),
    Role(&'a Role),
    Group(&'a Group),
    Local(&'a ManagedPolicy),
    Aws(&'a AwsPolicy),
}

impl Thing<'_> {
    /// Where it stands: its list, and its name there.
    fn place(&self) -> String {
        match self {
            Self::User(user) => format!("0{}", user.name),
            Self::Role(role) => format!("1{}", role.name),
            Self::Group(group) => format!("2{}", group.name),
            Self::Local(policy) => format!("3{}", policy.name),
            Self::Aws(policy) => format!("4{}", policy.name),
        }
    }
}

/// Everything of the kinds that are wanted, behind a place.
fn things<'a>(
    iam: &'a Iam,
    account: &'a AccountRecord,
    wanted: [bool; 5],
    after: Option<&str>,
) -> impl Iterator<Item = Thing<'a>> + use<'a> {
    let (list, name) = after.and_then(|after| after.split_at_checked(1)).unwrap_or(("", ""));
    let list = list.parse().unwrap_or(0);
    // Lists before that one are done, and of it what stands behind the name is left.
    let from = |n: usize| (n == list && after.is_some()).then(|| name.to_owned());
    let left = |n: usize| n >= list && wanted.get(n) == Some(&true);
    let users = left(0).then(|| iam.users.after(from(0).as_deref()).map(Thing::User));
    let roles = left(1).then(|| iam.roles.after(from(1).as_deref()).map(Thing::Role));
    let groups = left(2).then(|| iam.groups.after(from(2).as_deref()).map(Thing::Group));
    let local = left(3).then(|| iam.policies.after(from(3).as_deref()).map(Thing::Local));
    let start = from(4).map_or(0, |name| POLICIES.partition_point(|policy| *policy.name <= *name));
    let aws = left(4).then(|| {
        let rest = POLICIES.get(start..).unwrap_or_default().iter();
        let partition = account.partition.wire();
        rest.filter(move |policy| iam.uses(&policy.arn(partition)).next().is_some()).map(Thing::Aws)
    });
    let lists = users.into_iter().flatten().chain(roles.into_iter().flatten());
    let lists = lists.chain(groups.into_iter().flatten()).chain(local.into_iter().flatten());
    lists.chain(aws.into_iter().flatten())
}

impl Operation for GetAccountAuthorizationDetails {
    const NAME: &'static str = "GetAccountAuthorizationDetails";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.words("filter", i.filter.as_deref(), &KINDS);
        checks.page(i.marker.as_deref(), i.max_items);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        let filter = input.filter.as_deref().unwrap_or_default();
        let named = |kind: &str| filter.iter().flatten().any(|named| named == kind);
        let wanted = KINDS.map(|kind| filter.is_empty() || named(kind));
        let bound = wanted.iter().map(|wanted| if *wanted { '1' } else { '0' }).collect::<String>();
        let page = Wanted::new(Self::NAME, &bound, input.marker.as_deref(), input.max_items, cx);
        let page = page.map_err(|invalid| mismatch(input, invalid, cx))?;
        let iam = view.get::<Iam>(account.id)?;
        let things = things(iam, account, wanted, page.after.as_deref());
        let page = page.take(cx, things, Thing::place);
        let mut output = Output { is_truncated: page.is_truncated, marker: page.marker, ..Output::default() };
        for thing in page.entries {
            match thing {
                Thing::User(user) => output.user_detail_list.push(details::user(user, iam, account)),
                Thing::Role(role) => output.role_detail_list.push(details::role(role, iam, account, view)?),
                Thing::Group(group) => output.group_detail_list.push(details::group(group, account)),
                Thing::Local(policy) => output.policies.push(details::policy(policy, iam, account)),
                Thing::Aws(policy) => output.policies.push(details::policy_of_aws(policy, iam, account)),
            }
        }
        Ok(Answer(output))
    }
}

/// A marker of ours that was given out for other filters is told so.
fn mismatch(input: &Input, invalid: IamError, cx: &Cx<'_>) -> IamError {
    let other = (0..1_u32 << KINDS.len()).any(|bits| {
        let bound: String = (0..KINDS.len()).map(|n| if bits >> n & 1 == 1 { '1' } else { '0' }).collect();
        let name = GetAccountAuthorizationDetails::NAME;
        Wanted::new(name, &bound, input.marker.as_deref(), input.max_items, cx).is_ok()
    });
    if other { IamError::ValidationError("Marker and Filter do not match".into()) } else { invalid }
}
