//! Who lives in an account, and what they may do: users, groups, roles, policies (identity.md 3). They are an owner of
//! their own, so that what an account is does not weigh more for them, and a caller that is root never loads it.

pub mod account;
pub mod document;
pub mod entity;
pub mod login;
pub mod mfa;
pub mod policy;
pub mod role;
pub mod shared;
pub mod sorted;
pub mod table;
pub mod user;

use std::ops::Bound;
use std::sync::Arc;

use crate::kernel::ids::{
    AccessKeyId, AccountAlias, DeletionTaskId, GroupId, InstanceProfileId, ManagedPolicyId, MfaDeviceId,
    RoleId, UserId,
};
use crate::state::alias::OwnAlias;
use crate::state::holds::{Holds, Misplaced};
use crate::state::iam::account::AccountSettings;
use crate::state::iam::entity::{EntityKind, Policies, PolicyArn};
use crate::state::iam::login::LoginProfile;
use crate::state::iam::mfa::{MfaDevice, MfaDevices};
use crate::state::iam::policy::ManagedPolicy;
use crate::state::iam::role::{InstanceProfile, Role, RoleDeletion};
use crate::state::iam::shared::shared;
use crate::state::iam::sorted::Sorted;
use crate::state::iam::table::Table;
use crate::state::iam::user::{Group, User, UserKey};

/// How an entity uses a managed policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Usage {
    /// It is attached.
    Permissions,
    /// It is the boundary.
    Boundary,
}

/// An entity by its kind and its name in lower case.
type EntityName = (EntityKind, Arc<str>);

/// Everything that IAM has of one account, in memory.
#[derive(Clone, Debug, Default)]
pub struct Iam {
    /// The users.
    pub users: Table<User>,
    /// The groups.
    pub groups: Table<Group>,
    /// The roles.
    pub roles: Table<Role>,
    /// The managed policies.
    pub policies: Table<ManagedPolicy>,
    /// The instance profiles.
    pub profiles: Table<InstanceProfile>,
    /// The account's alias.
    pub alias: Option<Box<AccountAlias>>,
    settings: Option<Box<AccountSettings>>,
    rare: Option<Box<Rare>>,
    logins: Sorted<UserId, LoginProfile>,
    keys: Sorted<AccessKeyId, UserKey>,
    owned: Sorted<(Option<UserId>, AccessKeyId), ()>,
    members: Sorted<(GroupId, UserId), ()>,
    uses: Sorted<(PolicyArn, Usage, EntityName), ()>,
    // With the name of the profile in lower case.
    holders: Sorted<(RoleId, Box<str>), ()>,
}

/// What few accounts have, so that the others do not pay for it.
#[derive(Clone, Debug, Default)]
struct Rare {
    deletions: Sorted<DeletionTaskId, Arc<RoleDeletion>>,
    devices: MfaDevices,
}

impl Iam {
    /// How many items it has.
    pub fn items(&self) -> usize {
        self.users.len()
            + self.groups.len()
            + self.roles.len()
            + self.policies.len()
            + self.profiles.len()
            + self.rare.as_ref().map_or(0, |rare| rare.deletions.len() + rare.devices.len())
            + usize::from(self.alias.is_some())
            + usize::from(self.settings.is_some())
            + self.keys.len()
            + self.logins.len()
    }

    /// What the account's owner chose, or what holds as long as it chose nothing.
    pub fn settings(&self) -> &AccountSettings {
        self.settings.as_deref().unwrap_or(&AccountSettings::DEFAULT)
    }

    /// A task that deletes a role.
    pub fn deletion(&self, id: DeletionTaskId) -> Option<&RoleDeletion> {
        self.rare.as_ref()?.deletions.get(&id).map(|deletion| &**deletion)
    }

    /// The tasks that delete roles, in the order of their ids.
    pub fn deletions(&self) -> impl Iterator<Item = &RoleDeletion> {
        self.rare.iter().flat_map(|rare| rare.deletions.values()).map(|deletion| &**deletion)
    }

    /// The devices that prove a second factor.
    pub fn devices(&self) -> &MfaDevices {
        self.rare.as_deref().map_or(MfaDevices::NONE, |rare| &rare.devices)
    }

    /// The access keys of a user, or of the root user, in the order of their ids.
    pub fn keys(&self, user: Option<UserId>) -> impl Iterator<Item = &UserKey> {
        let from = (user, AccessKeyId::least());
        let owned = self.owned.range(Bound::Included(&from)).map(|(key, ())| key);
        owned.take_while(move |(of, _)| *of == user).filter_map(|(_, id)| self.keys.get(id))
    }

    /// All access keys, in the order of their ids.
    pub fn all_keys(&self) -> impl Iterator<Item = &UserKey> {
        self.keys.values()
    }

    /// Whether users may change their own passwords, whatever their policies do not say.
    pub fn lets_users_change_passwords(&self) -> bool {
        self.settings().password_policy.as_ref().is_some_and(|policy| policy.users_may_change)
    }

    /// The password of a user.
    pub fn login(&self, user: UserId) -> Option<&LoginProfile> {
        self.logins.get(&user)
    }

    /// All passwords, in the order of their users' ids.
    pub fn logins(&self) -> impl Iterator<Item = &LoginProfile> {
        self.logins.values()
    }

    /// The users in a group, in the order of their ids.
    pub fn members(&self, group: GroupId) -> impl Iterator<Item = &User> {
        self.members_after(group, None)
    }

    /// Those of them whose ids stand behind this one.
    pub fn members_after(&self, group: GroupId, after: Option<UserId>) -> impl Iterator<Item = &User> {
        // No user has the least id.
        let from = (group, after.unwrap_or_else(UserId::least));
        let members = self.members.range(Bound::Excluded(&from)).map(|(key, ())| key);
        members.take_while(move |(of, _)| *of == group).filter_map(|(_, user)| self.users.by_id(*user))
    }

    /// Who uses a managed policy: how, and the kind and the name in lower case of each.
    pub fn uses<'s>(&'s self, arn: &str) -> impl Iterator<Item = (Usage, EntityKind, &'s str)> + use<'s> {
        let from = (arn.into(), Usage::Permissions, (EntityKind::User, "".into()));
        let uses = self.uses.range(Bound::Included(&from)).map(|(key, ())| key);
        let arn: PolicyArn = arn.into();
        uses.take_while(move |(of, ..)| *of == arn).map(|(_, how, (kind, name))| (*how, *kind, &**name))
    }

    /// The instance profiles that a role is in, in the order of their names, behind this one.
    pub fn profiles_of<'s>(
        &'s self,
        role: RoleId,
        name: Option<&str>,
    ) -> impl Iterator<Item = &'s InstanceProfile> + use<'s> {
        let from = (role, name.unwrap_or_default().to_ascii_lowercase().into());
        let holders = self.holders.range(Bound::Excluded(&from)).map(|(key, ())| key);
        holders.take_while(move |(of, _)| *of == role).filter_map(|(_, name)| self.profiles.by_name(name))
    }

    fn index(&mut self, kind: EntityKind, name: &str, policies: &Policies, boundary: Option<&PolicyArn>) {
        for (arn, how) in usages(policies, boundary) {
            self.uses.insert((arn, how, (kind, shared(&name.to_ascii_lowercase()))), ());
        }
    }

    fn forget(&mut self, kind: EntityKind, name: &str, policies: &Policies, boundary: Option<&PolicyArn>) {
        for (arn, how) in usages(policies, boundary) {
            self.uses.remove(&(arn, how, (kind, shared(&name.to_ascii_lowercase()))));
        }
    }
}

fn usages(policies: &Policies, boundary: Option<&PolicyArn>) -> Vec<(PolicyArn, Usage)> {
    let attached = policies.managed.iter().map(|arn| (arn.clone(), Usage::Permissions));
    attached.chain(boundary.map(|arn| (arn.clone(), Usage::Boundary))).collect()
}

impl Holds<UserId, User> for Iam {
    fn put(&mut self, id: UserId, user: User) -> Result<(), Misplaced> {
        Holds::<UserId, User>::remove(self, id);
        self.index(EntityKind::User, &user.name, &user.policies, user.boundary.as_ref());
        for group in &user.groups {
            self.members.insert((*group, id), ());
        }
        self.users.put(user);
        Ok(())
    }

    fn remove(&mut self, id: UserId) {
        let Some(old) = self.users.by_id(id).cloned() else { return };
        self.forget(EntityKind::User, &old.name, &old.policies, old.boundary.as_ref());
        for group in &old.groups {
            self.members.remove(&(*group, id));
        }
        self.users.remove(id);
    }
}

impl Holds<GroupId, Group> for Iam {
    fn put(&mut self, id: GroupId, group: Group) -> Result<(), Misplaced> {
        Holds::<GroupId, Group>::remove(self, id);
        self.index(EntityKind::Group, &group.name, &group.policies, None);
        self.groups.put(group);
        Ok(())
    }

    fn remove(&mut self, id: GroupId) {
        let Some(old) = self.groups.by_id(id).cloned() else { return };
        self.forget(EntityKind::Group, &old.name, &old.policies, None);
        self.groups.remove(id);
    }
}

impl Holds<RoleId, Role> for Iam {
    fn put(&mut self, id: RoleId, role: Role) -> Result<(), Misplaced> {
        Holds::<RoleId, Role>::remove(self, id);
        self.index(EntityKind::Role, &role.name, &role.policies, role.boundary.as_ref());
        self.roles.put(role);
        Ok(())
    }

    fn remove(&mut self, id: RoleId) {
        let Some(old) = self.roles.by_id(id).cloned() else { return };
        self.forget(EntityKind::Role, &old.name, &old.policies, old.boundary.as_ref());
        self.roles.remove(id);
    }
}

impl Holds<ManagedPolicyId, ManagedPolicy> for Iam {
    fn put(&mut self, _: ManagedPolicyId, policy: ManagedPolicy) -> Result<(), Misplaced> {
        self.policies.put(policy);
        Ok(())
    }

    fn remove(&mut self, id: ManagedPolicyId) {
        self.policies.remove(id);
    }
}

impl Holds<InstanceProfileId, InstanceProfile> for Iam {
    fn put(&mut self, id: InstanceProfileId, profile: InstanceProfile) -> Result<(), Misplaced> {
        Holds::<InstanceProfileId, InstanceProfile>::remove(self, id);
        if let Some(role) = profile.role {
            self.holders.insert((role, profile.name.to_ascii_lowercase().into()), ());
        }
        self.profiles.put(profile);
        Ok(())
    }

    fn remove(&mut self, id: InstanceProfileId) {
        let Some(old) = self.profiles.by_id(id) else { return };
        if let Some(role) = old.role {
            self.holders.remove(&(role, Box::from(old.name.to_ascii_lowercase())));
        }
        self.profiles.remove(id);
    }
}

impl Holds<(), OwnAlias> for Iam {
    fn put(&mut self, (): (), alias: OwnAlias) -> Result<(), Misplaced> {
        self.alias = Some(Box::new(alias.name));
        Ok(())
    }

    fn remove(&mut self, (): ()) {
        self.alias = None;
    }
}

impl Holds<(), AccountSettings> for Iam {
    fn put(&mut self, (): (), settings: AccountSettings) -> Result<(), Misplaced> {
        self.settings = Some(Box::new(settings));
        Ok(())
    }

    fn remove(&mut self, (): ()) {
        self.settings = None;
    }
}

impl Holds<DeletionTaskId, RoleDeletion> for Iam {
    fn put(&mut self, id: DeletionTaskId, deletion: RoleDeletion) -> Result<(), Misplaced> {
        self.rare.get_or_insert_default().deletions.insert(id, Arc::new(deletion));
        Ok(())
    }

    fn remove(&mut self, id: DeletionTaskId) {
        if let Some(rare) = &mut self.rare {
            rare.deletions.remove(&id);
        }
    }
}

impl Holds<AccessKeyId, UserKey> for Iam {
    fn put(&mut self, id: AccessKeyId, key: UserKey) -> Result<(), Misplaced> {
        self.owned.insert((key.user, id), ());
        self.keys.insert(id, key);
        Ok(())
    }

    fn remove(&mut self, id: AccessKeyId) {
        if let Some(old) = self.keys.remove(&id) {
            self.owned.remove(&(old.user, id));
        }
    }
}

impl Holds<UserId, LoginProfile> for Iam {
    fn put(&mut self, id: UserId, login: LoginProfile) -> Result<(), Misplaced> {
        self.logins.insert(id, login);
        Ok(())
    }

    fn remove(&mut self, id: UserId) {
        self.logins.remove(&id);
    }
}

impl Holds<MfaDeviceId, MfaDevice> for Iam {
    fn put(&mut self, _: MfaDeviceId, device: MfaDevice) -> Result<(), Misplaced> {
        self.rare.get_or_insert_default().devices.put(device);
        Ok(())
    }

    fn remove(&mut self, id: MfaDeviceId) {
        if let Some(rare) = &mut self.rare {
            rare.devices.remove(id);
        }
    }
}
