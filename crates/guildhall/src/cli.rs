//! The command line. Flags over environment (`GUILDHALL_…`) over the configuration file over defaults.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use guildhall_core::kernel::ids::ServicePrincipal;
use guildhall_core::kernel::keyring::KeyId;
use serde::Deserialize;

use crate::key_file::KeyFile;

/// AWS Organizations that anyone can run.
#[derive(Parser)]
#[command(name = "guildhall", version, arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start the server
    Serve(ServeFlags),
    /// Register and list accounts of a running server
    #[command(subcommand)]
    Account(AccountCommand),
    /// The keys that secrets are sealed with, of a server that is stopped
    #[command(subcommand)]
    Key(KeyCommand),
    /// Print shell exports for AWS tools: endpoint, key, secret, region
    Env(EnvFlags),
    /// Write a profile for every account into ~/.aws/config
    Profiles(ProfilesFlags),
    /// Read and move business time
    #[command(subcommand)]
    Clock(ClockCommand),
    /// Read the mails that were sent, and send them again
    #[command(subcommand)]
    Mail(MailCommand),
    /// Say why a call was denied, down to the statements and the values that were compared
    Explain(ExplainFlags),
    /// Look at policy documents; needs no server
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Check every invariant over a database; works beside a running server
    Check(StateFlags),
    /// Write the whole state to a new file, from a running server or from its data; the key file is not in it
    Backup(FileFlags),
    /// Replace the whole state by that of a file, in a running server or in its data
    Restore(FileFlags),
    /// Make an organization big, for measurements
    #[command(hide = true)]
    BenchFill(FillFlags),
}

#[derive(Args, Default)]
pub(crate) struct ServeFlags {
    /// Where to listen; port 0 picks one [default: 127.0.0.1:4615]
    #[arg(long, env = "GUILDHALL_LISTEN", value_name = "HOST:PORT")]
    pub(crate) listen: Option<std::net::SocketAddr>,
    /// Directory for the state [env: GUILDHALL_DATA] [default: guildhall in the user's data directory]
    #[arg(long, value_name = "DIR", conflicts_with = "ephemeral")]
    pub(crate) data: Option<PathBuf>,
    /// Keep the state in memory only [env: GUILDHALL_EPHEMERAL]
    #[arg(long)]
    pub(crate) ephemeral: bool,
    /// The keys that secrets are sealed with; made at the first start [default: guildhall.key in the state's directory;
    /// in memory with --ephemeral]
    #[arg(long, env = "GUILDHALL_KEY_FILE", value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Lab: no set-up, loopback only. Production: issued keys only
    #[arg(long, env = "GUILDHALL_MODE")]
    pub(crate) mode: Option<ModeFlag>,
    /// What a lab makes easy is as on AWS: root users assume no roles, and AWS's managed policies that are not here are
    /// refused [env: GUILDHALL_STRICT]
    #[arg(long)]
    pub(crate) strict: bool,
    /// Business time: wall, virtual, or virtual=RFC3339 to start at an instant [default: virtual in the lab]
    #[arg(long, env = "GUILDHALL_CLOCK", value_name = "wall|virtual[=RFC3339]", value_parser = crate::config::clock)]
    pub(crate) clock: Option<crate::config::Clock>,
    /// Limits of organizations: AWS's defaults, or room for many accounts [default: lab]
    #[arg(long, env = "GUILDHALL_LIMITS")]
    pub(crate) limits: Option<LimitsFlag>,
    /// Request throttles: AWS's, answered with TooManyRequestsException, or none [default: off]
    #[arg(long, env = "GUILDHALL_THROTTLE")]
    pub(crate) throttle: Option<ThrottleFlag>,
    /// A service that works with Organizations though the list does not have it; may be repeated
    #[arg(
        long,
        env = "GUILDHALL_SERVICE_PRINCIPALS",
        value_name = "NAME",
        value_delimiter = ',',
        value_parser = crate::config::service
    )]
    pub(crate) service_principal: Vec<ServicePrincipal>,
    /// Configuration file (TOML)
    #[arg(long, env = "GUILDHALL_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Form of the log on standard error [default: text]
    #[arg(long, env = "GUILDHALL_LOG_FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ModeFlag {
    Lab,
    Production,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LimitsFlag {
    Aws,
    Lab,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ThrottleFlag {
    Aws,
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Which server to talk to.
#[derive(Args, Clone)]
pub(crate) struct Endpoint {
    /// The server
    #[arg(long, env = "GUILDHALL_ENDPOINT", value_name = "URL", default_value = "http://127.0.0.1:4615")]
    pub(crate) endpoint: String,
}

#[derive(Args)]
pub(crate) struct ExplainFlags {
    /// The authorization id that the denial's sentence says, or the id of the request
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) server: Endpoint,
}

#[derive(Subcommand)]
pub(crate) enum AccountCommand {
    /// Register a standalone account; prints its id and a fresh access key
    Create {
        /// The address of its root user
        #[arg(long)]
        email: String,
        /// Its name
        #[arg(long)]
        name: String,
        /// Twelve digits; chosen if left out
        #[arg(long)]
        id: Option<String>,
        #[command(flatten)]
        endpoint: Endpoint,
    },
    /// List all accounts
    List {
        #[command(flatten)]
        endpoint: Endpoint,
    },
    /// Create access keys
    #[command(subcommand)]
    Key(AccessKeyCommand),
}

#[derive(Subcommand)]
pub(crate) enum AccessKeyCommand {
    /// Create an access key for an account's root
    Create {
        /// The account
        #[arg(long, value_name = "ID")]
        account: String,
        #[command(flatten)]
        endpoint: Endpoint,
    },
}

#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// List the keys of the key file
    List(StateFlags),
    /// Add a key, and bring every secret under it
    Rotate(StateFlags),
    /// Take a key out of the key file, unless secrets are sealed with it
    Forget {
        /// Its id
        id: KeyId,
        #[command(flatten)]
        state: StateFlags,
    },
    /// Create an access key, as `account key create` does
    #[command(hide = true)]
    Create {
        /// The account
        #[arg(long, value_name = "ID")]
        account: String,
        #[command(flatten)]
        endpoint: Endpoint,
    },
}

#[derive(Args)]
pub(crate) struct EnvFlags {
    /// The account: twelve digits
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub(crate) account: guildhall_core::kernel::ids::AccountId,
    /// Its root user instead of its administrator, guildhall-admin
    #[arg(long, conflicts_with_all = ["user", "role"])]
    pub(crate) root: bool,
    /// A user of this name, made if there is none; each time with a fresh key
    #[arg(long, value_name = "NAME", conflicts_with = "role")]
    pub(crate) user: Option<String>,
    /// A session of the role of this name
    #[arg(long, value_name = "NAME")]
    pub(crate) role: Option<String>,
    #[command(flatten)]
    pub(crate) endpoint: Endpoint,
}

fn account_id(text: &str) -> Result<guildhall_core::kernel::ids::AccountId, String> {
    text.parse().map_err(|_| "an account id has twelve digits, such as 111111111111".to_owned())
}

#[derive(Args)]
pub(crate) struct ProfilesFlags {
    /// Only say what would be written
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take our profiles out again
    #[arg(long)]
    pub(crate) remove: bool,
    #[command(flatten)]
    pub(crate) endpoint: Endpoint,
}

#[derive(Subcommand)]
pub(crate) enum ClockCommand {
    /// Show business time
    Show {
        #[command(flatten)]
        endpoint: Endpoint,
    },
    /// Move business time forward
    Advance {
        /// How far: 30s, 5m, 2h, 15d, or an ISO 8601 duration
        #[arg(value_parser = crate::config::duration)]
        by: String,
        #[command(flatten)]
        endpoint: Endpoint,
    },
    /// Move business time to an instant
    Set {
        /// RFC 3339, such as 2031-01-31T12:00:00Z
        to: jiff::Timestamp,
        #[command(flatten)]
        endpoint: Endpoint,
    },
    /// Make business time stand still
    Freeze {
        #[command(flatten)]
        endpoint: Endpoint,
    },
    /// Let business time go on
    Unfreeze {
        #[command(flatten)]
        endpoint: Endpoint,
    },
}

#[derive(Subcommand)]
pub(crate) enum MailCommand {
    /// List mails, the oldest first
    List {
        /// Only mails to this address
        #[arg(long)]
        to: Option<String>,
        #[command(flatten)]
        endpoint: Endpoint,
    },
    /// Show one mail
    Show {
        /// Its id
        id: String,
        #[command(flatten)]
        endpoint: Endpoint,
    },
    /// Send mails again that were given up, or that wait, for as long as new ones
    Retry {
        /// The id of one
        #[arg(required_unless_present = "failed", conflicts_with = "failed")]
        id: Option<String>,
        /// All that were given up
        #[arg(long)]
        failed: bool,
        #[command(flatten)]
        endpoint: Endpoint,
    },
}

#[derive(Subcommand)]
pub(crate) enum PolicyCommand {
    /// Say what is wrong with policy documents, and where; exits with 1 if something is
    Lint {
        /// The documents; - is standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// What they are to be: a policy type, or RESOURCE_POLICY [default: by its top-level key, or else
        /// SERVICE_CONTROL_POLICY]
        #[arg(long, value_name = "TYPE", value_parser = crate::policy::read_type)]
        r#type: Option<guildhall_core::lint::Grammar>,
    },
}

/// Which data to work on.
#[derive(Args)]
pub(crate) struct StateFlags {
    /// Directory of the state [default: guildhall in the user's data directory]
    #[arg(long, env = "GUILDHALL_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// The keys that its secrets are sealed with [default: guildhall.key in the directory]
    #[arg(long, env = "GUILDHALL_KEY_FILE", value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl StateFlags {
    /// The directory.
    pub(crate) fn directory(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(crate::config::default_data)
    }

    /// The key file.
    pub(crate) fn key_file(&self) -> KeyFile {
        KeyFile::of(self.key_file.as_deref(), &self.directory())
    }
}

#[derive(Args)]
pub(crate) struct FileFlags {
    /// The file
    pub(crate) file: PathBuf,
    /// Work on this directory instead of a running server
    #[arg(long, value_name = "DIR", conflicts_with = "endpoint")]
    pub(crate) data: Option<PathBuf>,
    /// With --data, the keys that its secrets are sealed with [default: guildhall.key in the directory]
    #[arg(long, env = "GUILDHALL_KEY_FILE", value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// The server [env: GUILDHALL_ENDPOINT]
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
}

#[derive(Args)]
pub(crate) struct FillFlags {
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    #[arg(long, value_parser = account_id)]
    pub(crate) management: guildhall_core::kernel::ids::AccountId,
    #[arg(long)]
    pub(crate) accounts: u64,
    #[arg(long, default_value_t = 0)]
    pub(crate) invitations: u64,
}
