//! Which commands a simulated world sees: those of [`TABLE`], each as often as its line says, with a share of nonsense
//! put into the input of those that come by the network.

use std::sync::Arc;

use guildhall_core::Command;
use guildhall_core::kernel::ids::AccountId;
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::operator::update_account::UpdateAccount;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::draw::{Draw, GOVCLOUD, account, address};
use super::table::TABLE;
use crate::{account_command, command};

/// A command that somebody gives.
#[derive(Clone)]
pub(super) struct SimulatedCall {
    /// The account, or nobody: an operator.
    pub(super) caller: Option<AccountId>,
    pub(super) name: &'static str,
    /// What is asked, for people and for the next page.
    pub(super) input: Value,
    pub(super) command: Arc<dyn Command>,
}

impl SimulatedCall {
    /// A call of the API.
    pub(super) fn api(caller: AccountId, name: &'static str, input: Value) -> Self {
        Self { caller: Some(caller), name, command: command(name, &input), input }
    }

    /// A call of the Account Management API.
    fn account(caller: AccountId, name: &'static str, input: Value) -> Self {
        Self { caller: Some(caller), name, command: account_command(name, &input), input }
    }

    /// The same call with another input.
    pub(super) fn again(&self, input: Value) -> Option<Self> {
        let make = if crate::operations().any(|name| name == self.name) { Self::api } else { Self::account };
        Some(make(self.caller?, self.name, input))
    }

    fn operator(input: Value, command: Arc<dyn Command>) -> Self {
        Self { caller: None, name: command.name(), input, command }
    }
}

/// An operation of an API: who calls it, and with what.
type Api = fn(&mut Draw<'_>) -> (AccountId, Value);
/// A command of an operator: its input, and what makes the command of it.
type Operator = fn(&mut Draw<'_>) -> (Value, Arc<dyn Command>);

enum How {
    Api(Api, fn(AccountId, &'static str, Value) -> SimulatedCall),
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
    Line { name, weight, how: How::Api(draw, SimulatedCall::api) }
}

pub(super) const fn management(name: &'static str, weight: usize, draw: Api) -> Line {
    Line { name, weight, how: How::Api(draw, SimulatedCall::account) }
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
        let whole: usize = TABLE.iter().map(|line| line.weight).sum();
        let mut n = self.below(whole);
        let line = TABLE.iter().find(|line| {
            let here = n < line.weight;
            n = n.wrapping_sub(line.weight);
            here
        });
        let Line { name, how, .. } = line.unwrap();
        match how {
            How::Api(draw, call) => {
                let (mut caller, mut input) = draw(self);
                if self.chance(5) {
                    caller = self.account();
                }
                if self.chance(5) {
                    self.garble(&mut input);
                }
                call(caller, name, input)
            }
            How::Operator(draw) => {
                let (input, command) = draw(self);
                SimulatedCall::operator(input, command)
            }
        }
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
            SimulatedCall::api(account(n), "CreateOrganization", json!({"FeatureSet": features}))
        };
        let access = json!({"ServicePrincipal": "account.amazonaws.com"});
        let mut calls: Vec<SimulatedCall> = (0..7).chain([GOVCLOUD]).map(register).collect();
        calls.extend([
            update(GOVCLOUD, json!({"Partition": "aws-us-gov"})),
            update(0, json!({"GovCloudAccountId": account(GOVCLOUD)})),
            create(0, "ALL"),
            create(1, "CONSOLIDATED_BILLING"),
            create(2, "ALL"),
            SimulatedCall::api(account(0), "EnableAWSServiceAccess", access),
        ]);
        calls
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_simulated() {
        let all = crate::operations().chain(crate::account_operations());
        let missing: Vec<_> = all.filter(|name| !TABLE.iter().any(|line| line.name == *name)).collect();
        assert_eq!(missing, Vec::<&str>::new(), "add a line for each to TABLE");
    }
}
