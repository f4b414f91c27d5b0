//! Timers: what falls due at an instant of business time.

use std::fmt;
use std::str::FromStr;

use crate::kernel::ids::{BadId, CreationId, HandshakeId};
use crate::kernel::owner::Owner;
use crate::kernel::time::Timestamp;

/// Something that falls due at an instant of business time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timer {
    /// When.
    pub due: Timestamp,
    /// Whose.
    pub owner: Owner,
    /// What.
    pub action: TimerAction,
}

macro_rules! timers {
    ($($(#[$doc:meta])* $name:ident $(($id:ident: $type:ty))? $text:literal = $command:literal;)+) => {
        /// What a timer does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum TimerAction { $($(#[$doc])* $name $(($type))?),+ }

        impl TimerAction {
            /// The command that it runs, as the journal names it.
            pub fn command(self) -> &'static str {
                match self { $(Self::$name { .. } => $command),+ }
            }
        }

        impl fmt::Display for TimerAction {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name $(($id))? => {
                        f.write_str($text)?;
                        $(write!(f, "/{}", $id)?;)?
                    })+
                }
                Ok(())
            }
        }

        impl FromStr for TimerAction {
            type Err = BadId;

            fn from_str(s: &str) -> Result<Self, BadId> {
                let (text, mut id) = match s.split_once('/') {
                    Some((text, id)) => (text, Some(id)),
                    None => (s, None),
                };
                let action = match text {
                    $($text => Self::$name $((id.take().ok_or(BadId("timer"))?.parse::<$type>()?))?,)+
                    _ => return Err(BadId("timer")),
                };
                // An id of what has none.
                if id.is_some() { Err(BadId("timer")) } else { Ok(action) }
            }
        }
    };
}

// What timers do: `Action(id of what it is about) "text in the store" = "name of the command"`. What it runs is a line in
// `operator/run_timer.rs`.
timers! {
    /// Writes down that a handshake expired.
    Expire(id: HandshakeId) "expire" = "ExpireHandshake";
    /// Removes a handshake at the end of its retention.
    Forget(id: HandshakeId) "forget" = "ForgetHandshake";
    /// Decides a request to create an account.
    Create(id: CreationId) "create" = "CreateAccountResult";
    /// Removes a request to create an account when nobody can ask for it any more.
    ForgetCreation(id: CreationId) "forget-creation" = "ForgetCreateAccountStatus";
    /// Writes down that the account is closed.
    Close "close" = "CloseAccountResult";
    /// Takes the closed account out of its organization.
    RemoveClosed "vanish" = "RemoveClosedAccount";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_its_text() {
        let id = "0123456789abcdef0123456789abcdef";
        let handshake = format!("h-{id}");
        let creation = format!("car-{id}");
        for (text, command) in [
            (format!("expire/{handshake}"), "ExpireHandshake"),
            (format!("forget/{handshake}"), "ForgetHandshake"),
            (format!("create/{creation}"), "CreateAccountResult"),
            (format!("forget-creation/{creation}"), "ForgetCreateAccountStatus"),
            ("close".to_owned(), "CloseAccountResult"),
            ("vanish".to_owned(), "RemoveClosedAccount"),
        ] {
            let action: TimerAction = text.parse().unwrap();
            assert_eq!((action.to_string(), action.command()), (text, command));
        }
        let wrong = ["", "expire", "expire/", "close/", "vanish/x", "whenever"];
        let swapped = [format!("expire/{creation}"), format!("create/{handshake}")];
        for text in wrong.into_iter().chain(swapped.iter().map(String::as_str)) {
            assert!(text.parse::<TimerAction>().is_err(), "{text}");
        }
    }
}
