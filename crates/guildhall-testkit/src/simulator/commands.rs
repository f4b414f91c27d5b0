//! Which commands a simulated world sees: those of [`TABLE`] and [`IDENTITY`], each as often as its line says, with a share of nonsense
//! put into the input of those that come by the network.

use std::sync::Arc;

use guildhall_core::Command;
use guildhall_core::call::caller::Caller;
use guildhall_core::kernel::ids::AccountId;
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::operator::update_account::UpdateAccount;
use guildhall_core::services::{
    account as account_management, iam as identity, organizations, sts as tokens,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::draw::{Draw, GOVCLOUD, account, address};
use super::identity::IDENTITY;
use super::table::TABLE;
use crate::command_of;

/// A command that somebody gives.
#[derive(Clone)]
pub(super) struct SimulatedCall {
    /// Who calls, or nobody: an operator.
    pub(super) caller: Option<Caller>,
    /// The service; none: a command of an operator.
    service: Option<&'static str>,
    pub(super) name: &'static str,
    /// What is asked, for people and for the next page.
    pub(super) input: Value,
    pub(super) command: Arc<dyn Command>,
}

impl SimulatedCall {
    /// A call of an API.
    pub(super) fn api(service: &'static str, caller: Caller, name: &'static str, input: Value) -> Self {
        let command = command_of(service, name, &input);
        Self { caller: Some(caller), service: Some(service), name, command, input }
    }

    /// The same call of an API with another input.
    pub(super) fn again(&self, input: Value) -> Self {
        let command = self
            .service
            .map_or_else(|| Arc::clone(&self.command), |service| command_of(service, self.name, &input));
        Self { command, input, ..self.clone() }
    }

    fn operator(input: Value, command: Arc<dyn Command>) -> Self {
        Self { caller: None, service: None, name: command.name(), input, command }
    }
}

/// An operation of an API: who calls it, and with what.
type Api = fn(&mut Draw<'_>) -> (AccountId, Value);
/// A command of an operator: its input, and what makes the command of it.
type Operator = fn(&mut Draw<'_>) -> (Value, Arc<dyn Command>);

/// An operation on what an account has: its input, by the account.
type Own = fn(&mut Draw<'_>, AccountId) -> Value;

enum How {
    Api(&'static str, Api),
    Own(&'static str, Own),
    Operator(Operator),
}

/// How one command is drawn.
pub(super) struct Line {
    pub(super) name: &'static str,
    /// How often it comes, compared with the others.
    weight: usize,
    how: How,
}

pub(super) const fn api(name: &'static str, weight: usize, draw: Api) -> Line {
    Line { name, weight, how: How::Api(organizations::NAME, draw) }
}

pub(super) const fn management(name: &'static str, weight: usize, draw: Api) -> Line {
    Line { name, weight, how: How::Api(account_management::NAME, draw) }
}

pub(super) const fn iam(name: &'static str, weight: usize, draw: Own) -> Line {
    Line { name, weight, how: How::Own(identity::NAME, draw) }
}

pub(super) const fn sts(name: &'static str, weight: usize, draw: Own) -> Line {
    Line { name, weight, how: How::Own(tokens::NAME, draw) }
}

pub(super) const fn operator(name: &'static str, weight: usize, draw: Operator) -> Line {
    Line { name, weight, how: How::Operator(draw) }
}

pub(super) fn read<T: DeserializeOwned>(input: &Value) -> T {
    serde_json::from_value(input.clone()).unwrap()
}

impl Draw<'_> {
    /// The next command.
    pub(super) fn call(&mut self) -> SimulatedCall {
        let whole: usize = lines().map(|line| line.weight).sum();
        let mut n = self.below(whole);
        let line = lines().find(|line| {
            let here = n < line.weight;
            n = n.wrapping_sub(line.weight);
            here
        });
        let Line { name, how, .. } = line.unwrap();
        let (service, caller, input) = match how {
            How::Api(service, draw) => {
                let (caller, input) = draw(self);
                (service, caller, input)
            }
            How::Own(service, draw) => {
                let home = self.home();
                (service, home, draw(self, home))
            }
            How::Operator(draw) => {
                let (input, command) = draw(self);
                return SimulatedCall::operator(input, command);
            }
        };
        self.call_of(service, caller, name, input)
    }

    /// The call of an API by somebody of an account, now and then of another one, now and then with nonsense.
    fn call_of(
        &mut self,
        service: &'static str,
        account: AccountId,
        name: &'static str,
        mut input: Value,
    ) -> SimulatedCall {
        let account = if self.chance(5) { self.account() } else { account };
        if self.chance(5) {
            self.garble(&mut input);
        }
        SimulatedCall::api(service, self.principal(account), name, input)
    }

    /// Accounts register, one of them with a pair in GovCloud, and organizations come into being, one of them with
    /// consolidated billing only, so that the rest has something to do.
    pub(super) fn beginning() -> Vec<SimulatedCall> {
        let register = |n| {
            let (id, email) = (account(n), address(n));
            let command = RegisterAccount::lab(id, &email.parse().unwrap());
            SimulatedCall::operator(json!([id, email]), Arc::new(command))
        };
        let update = |n, input: Value| {
            let command = UpdateAccount { account: account(n), input: read(&input) };
            SimulatedCall::operator(json!([account(n), input]), Arc::new(command))
        };
        let create = |n, features| {
            let input = json!({"FeatureSet": features});
            SimulatedCall::api(organizations::NAME, account(n).into(), "CreateOrganization", input)
        };
        let access = |service: &str| {
            let input = json!({"ServicePrincipal": service});
            SimulatedCall::api(organizations::NAME, account(0).into(), "EnableAWSServiceAccess", input)
        };
        let mut calls: Vec<SimulatedCall> = (0..7).chain([GOVCLOUD]).map(register).collect();
        calls.extend([
            update(GOVCLOUD, json!({"Partition": "aws-us-gov"})),
            update(0, json!({"GovCloudAccountId": account(GOVCLOUD)})),
            create(0, "ALL"),
            create(1, "CONSOLIDATED_BILLING"),
            create(2, "ALL"),
            access("account.amazonaws.com"),
            access("iam.amazonaws.com"),
        ]);
        calls.extend([0, 3].into_iter().flat_map(|n| super::identity::beginning(account(n))));
        calls
    }
}

/// Every line.
pub(super) fn lines() -> impl Iterator<Item = &'static Line> {
    TABLE.iter().chain(IDENTITY)
}

#[cfg(test)]
mod tests {
    use guildhall_core::Mode;
    use guildhall_core::services::{self, PlainJson};

    use super::*;

    /// Passwords are hashed, which takes as long as it should: too long for worlds. Without one there is none to delete.
    const SLOW: [&str; 4] =
        ["ChangePassword", "CreateLoginProfile", "DeleteLoginProfile", "UpdateLoginProfile"];

    #[test]
    fn every_operation_is_simulated() {
        let all = crate::operations().chain(crate::account_operations());
        let identity = [identity::NAME, tokens::NAME].into_iter().flat_map(|service| {
            let service = services::service::<PlainJson>(service).unwrap();
            service.operations.iter().filter(|entry| entry.mode != Mode::Read).map(|entry| entry.name)
        });
        let all = all.chain(identity.filter(|name| !SLOW.contains(name)));
        let missing: Vec<_> = all.filter(|name| !lines().any(|line| line.name == *name)).collect();
        assert_eq!(missing, Vec::<&str>::new(), "add a line for each to TABLE or IDENTITY");
    }
}
