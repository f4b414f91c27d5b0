//! Commands that AWS does not have: those of the control API, the console and the command line, and what timers run.
#![expect(missing_docs, reason = "the header of each command's file says what it is")]

pub mod create_key;
pub mod create_session;
pub mod create_user;
pub mod describe_account;
pub mod errors;
pub mod fill_organization;
pub mod organization_limits;
pub mod record_use;
pub mod register_account;
pub mod run_timer;
pub mod update_account;
pub mod verify_email;
