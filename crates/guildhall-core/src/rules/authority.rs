//! What an operation declares beside its name: which accounts may call it, what it is about, and the condition keys of
//! its service that it has. [`authorize`](crate::rules::authorize) decides by it, and docs/authority.md is made from it.

use guildhall_policy::iam::{Context, Given};

use crate::call::cx::Cx;
use crate::kernel::ids::AccountId;
use crate::kernel::refusal::Stop;
use crate::rules::managed::ReadPolicy;
use crate::state::account::AccountRecord;
use crate::state::org::{Org, OrgRecord};
use crate::state::tag::Tags;
use crate::state::view::View;

/// What an account has to be to call an operation without anybody's leave (accounts.md 9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// Whoever can sign, a suspended account too; no policy is asked.
    Everybody,
    /// Any account, in an organization or not.
    Account,
    /// Any account of an organization.
    Member,
    /// The management account, and delegated administrators of any service (policies.md 7.1).
    Delegate,
    /// The management account.
    Management,
}

/// A member of an operation's input, as text; `None`: it was left out.
pub type Member<I> = fn(&I) -> Option<&str>;

/// The tags that an input sets, each key with its value.
pub type TagsOf<I> = fn(&I) -> Vec<(&str, &str)>;
/// The keys of tags that an input names.
pub type TagKeysOf<I> = fn(&I) -> Vec<&str>;
/// Whether something holds of an input.
pub type Holds<I> = fn(&I) -> bool;

/// Finds what an operation is about. What is not there has the ARN that it would have.
pub type Own<I> = for<'a> fn(&I, &Cx<'_>, &mut View<'a>) -> Result<Vec<Resource<'a>>, Stop>;

/// Another action that a call needs.
pub(super) enum Dependent<I> {
    /// On the same resources, if this holds of the input.
    Same(&'static str, Holds<I>),
    /// On resources of its own; if there are none it is not needed.
    On(&'static str, Own<I>),
}

impl<I> Clone for Dependent<I> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I> Copy for Dependent<I> {}

impl<I> Dependent<I> {
    pub(super) const fn action(&self) -> &'static str {
        match self {
            Self::Same(action, _) | Self::On(action, _) => action,
        }
    }
}

/// How many kinds of resources, and how many kinds of keys, an operation can have.
const MOST: usize = 4;

/// Who may call an operation, on what.
pub struct Authority<I> {
    pub(super) rank: Rank,
    pub(super) grantable: bool,
    pub(super) resources: [Option<(&'static ResourceKind, Member<I>)>; MOST],
    pub(super) own: Option<(&'static str, Own<I>)>,
    pub(super) own_keys: &'static [&'static str],
    pub(super) keys: [Option<(&'static KeyKind, Member<I>)>; MOST],
    pub(super) tags: Option<TagsOf<I>>,
    pub(super) tag_keys: Option<TagKeysOf<I>>,
    pub(super) also: [Option<Dependent<I>>; MOST],
    pub(super) asks_everybody: bool,
}

#[expect(clippy::indexing_slicing, reason = "it runs when the program is compiled")]
impl<I> Authority<I> {
    /// An operation for accounts of this rank.
    pub const fn of(rank: Rank) -> Self {
        Self {
            rank,
            grantable: false,
            resources: [None; MOST],
            own: None,
            own_keys: &[],
            keys: [None; MOST],
            tags: None,
            tag_keys: None,
            also: [None; MOST],
            asks_everybody: false,
        }
    }

    /// The organization's resource policy may let members call it, or deny it to them (policies.md 7.2).
    #[must_use]
    pub const fn grantable(mut self) -> Self {
        self.grantable = true;
        self
    }

    /// The same operation for accounts of another rank.
    #[must_use]
    pub const fn with_rank(mut self, rank: Rank) -> Self {
        self.rank = rank;
        self
    }

    /// It is about a resource, which this member names.
    #[must_use]
    pub const fn on(mut self, kind: &'static ResourceKind, member: Member<I>) -> Self {
        let mut n = 0;
        while self.resources[n].is_some() {
            n += 1;
        }
        self.resources[n] = Some((kind, member));
        self
    }

    /// It is about resources of this type, which are found in the state.
    #[must_use]
    pub const fn on_own(mut self, r#type: &'static str, find: Own<I>) -> Self {
        self.own = Some((r#type, find));
        self
    }

    /// The resources that are found have these condition keys of the service, and no others that are found with them.
    #[must_use]
    pub const fn keys(mut self, names: &'static [&'static str]) -> Self {
        self.own_keys = names;
        self
    }

    /// It has condition keys of the service, whose values follow from this member.
    #[must_use]
    pub const fn key(mut self, kind: &'static KeyKind, member: Member<I>) -> Self {
        let mut n = 0;
        while self.keys[n].is_some() {
            n += 1;
        }
        self.keys[n] = Some((kind, member));
        self
    }

    /// It sets tags: `aws:RequestTag/…` and `aws:TagKeys`.
    #[must_use]
    pub const fn tags(mut self, tags: TagsOf<I>) -> Self {
        self.tags = Some(tags);
        self
    }

    /// It names keys of tags: `aws:TagKeys`.
    #[must_use]
    pub const fn tag_keys(mut self, keys: TagKeysOf<I>) -> Self {
        self.tag_keys = Some(keys);
        self
    }

    /// It needs another action, too, if this holds of its input: one of its service by its name alone.
    #[must_use]
    pub const fn also(self, action: &'static str, needs: Holds<I>) -> Self {
        self.and(Dependent::Same(action, needs))
    }

    /// It needs another action on other resources, if there are any.
    #[must_use]
    pub const fn also_on(self, action: &'static str, find: Own<I>) -> Self {
        self.and(Dependent::On(action, find))
    }

    const fn and(mut self, dependent: Dependent<I>) -> Self {
        let mut n = 0;
        while self.also[n].is_some() {
            n += 1;
        }
        self.also[n] = Some(dependent);
        self
    }

    /// Root users are asked, too, whom otherwise nothing limits in their own account.
    #[must_use]
    pub const fn asks_everybody(mut self) -> Self {
        self.asks_everybody = true;
        self
    }

    /// What is declared, without the input.
    pub const fn declared(&self) -> Declared {
        let mut declared = Declared {
            rank: self.rank,
            grantable: self.grantable,
            resources: [None; MOST],
            own: None,
            own_keys: self.own_keys,
            keys: [None; MOST],
            tags: self.tags.is_some(),
            tag_keys: self.tag_keys.is_some(),
            also: [None; MOST],
        };
        let mut n = 0;
        while n < MOST {
            if let Some((kind, _)) = self.resources[n] {
                declared.resources[n] = Some(kind);
            }
            if let Some((kind, _)) = self.keys[n] {
                declared.keys[n] = Some(kind);
            }
            if let Some(dependent) = self.also[n] {
                declared.also[n] = Some(dependent.action());
            }
            n += 1;
        }
        if let Some((r#type, _)) = self.own {
            declared.own = Some(r#type);
        }
        declared
    }
}

/// An [`Authority`] for those who have no input: tables and documents.
#[derive(Clone, Copy)]
pub struct Declared {
    /// What an account has to be.
    pub rank: Rank,
    /// Whether the organization's resource policy has a say.
    pub grantable: bool,
    resources: [Option<&'static ResourceKind>; MOST],
    own: Option<&'static str>,
    own_keys: &'static [&'static str],
    keys: [Option<&'static KeyKind>; MOST],
    tags: bool,
    tag_keys: bool,
    also: [Option<&'static str>; MOST],
}

impl Declared {
    /// The types of the resources that it is about, as AWS's Service Authorization Reference names them, in order.
    pub fn resource_types(&self) -> Vec<&'static str> {
        let of_kinds = self.resources.iter().flatten().flat_map(|kind| kind.types).copied();
        sorted(of_kinds.chain(self.own))
    }

    /// The condition keys that it has beside those of every request, in order.
    pub fn condition_keys(&self) -> Vec<&'static str> {
        let of_kinds = self.keys.iter().flatten().flat_map(|kind| kind.names).copied();
        let tags = self.tags.then_some("aws:RequestTag/${TagKey}");
        let keys = (self.tags || self.tag_keys).then_some("aws:TagKeys");
        sorted(of_kinds.chain(self.own_keys.iter().copied()).chain(tags).chain(keys))
    }

    /// The other actions that it may need: those of its service without the service's name.
    pub fn dependent_actions(&self) -> impl Iterator<Item = &'static str> {
        self.also.iter().flatten().copied()
    }
}

fn sorted(names: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A kind of thing that operations are about.
pub struct ResourceKind {
    /// Its types, as AWS's Service Authorization Reference names them.
    pub types: &'static [&'static str],
    /// What a member names. None if there is nothing of this name: then only a grant for every resource reaches it.
    pub find: for<'a> fn(&Scope<'a>, Option<&str>) -> Option<Resource<'a>>,
}

/// Something that a call is about.
#[derive(Default)]
pub struct Resource<'a> {
    /// Its ARN.
    pub arn: String,
    /// How a denial names it, where that is not by its ARN.
    pub told: Option<String>,
    /// Its tags, for `aws:ResourceTag/…`.
    pub tags: Option<&'a Tags>,
    /// The key of its service by which its tags are asked for, too, such as `iam:ResourceTag`.
    pub tag_key: Option<&'static str>,
    /// Whose it is; none: the organization's.
    pub owner: Option<AccountId>,
    /// The policy on it.
    pub policy: Option<ReadPolicy<'a>>,
    /// Whether that policy has to agree, whoever asks: if there is none, nobody is let in.
    pub guarded: bool,
    /// Condition keys that only it has.
    pub keys: Vec<(&'static str, Given)>,
}

impl Resource<'_> {
    /// The same, of this account if it is nobody else's.
    pub(super) fn with_owner(mut self, account: AccountId) -> Self {
        self.owner.get_or_insert(account);
        self
    }

    /// The same with these of its condition keys alone.
    pub(super) fn with_keys(mut self, keys: &[&str]) -> Self {
        self.keys.retain(|(key, _)| keys.contains(key));
        self
    }
}

/// Condition keys of a service that follow from one member of an input.
pub struct KeyKind {
    /// Their names, as AWS's Service Authorization Reference has them.
    pub names: &'static [&'static str],
    /// Puts their values into the context; what is not put is absent.
    pub put: fn(&Scope<'_>, Option<&str>, Context) -> Context,
}

/// Where resources and values of keys are looked for: the caller's account and its organization.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The caller's account.
    pub account: &'a AccountRecord,
    /// Its organization, with that one's record.
    pub org: Option<(&'a Org, &'a OrgRecord)>,
}
