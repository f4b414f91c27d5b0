//! The configuration file, and how it, the environment and the flags become one configuration.

use std::path::{Path, PathBuf};

use guildhall_core::call::cx::MoreServices;
use guildhall_core::kernel::ids::ServicePrincipal;
use guildhall_core::kernel::time::{INSTANT, parse_instant, parse_length};
use guildhall_core::state::limits::{LimitOverrides, Limits};
use guildhall_engine::{ClockMode, Retention};
use guildhall_server::ThrottleClock;
use guildhall_server::listen::Connections;
use guildhall_server::mail::MailConfig;
use serde::Deserialize;

use crate::Failed;
use crate::cli::{LimitsFlag, LogFormat, ModeFlag, ServeFlags, ThrottleFlag};
use crate::key_file::KeyFile;

/// `--clock`, as it was written and as it was understood.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(pub(crate) ClockMode);

/// Reads `--clock`.
pub(crate) fn clock(text: &str) -> Result<Clock, String> {
    match text.split_once('=') {
        None if text == "wall" => Ok(Clock(ClockMode::Wall)),
        None if text == "virtual" => Ok(Clock(ClockMode::Virtual(None))),
        Some(("virtual", at)) => {
            let at = parse_instant(at).ok_or_else(|| format!("virtual={at}: {INSTANT}"))?;
            Ok(Clock(ClockMode::Virtual(Some(at))))
        }
        _ => Err("has to be wall, virtual, or virtual= with an RFC 3339 instant".to_owned()),
    }
}

/// Reads a duration, only to refuse what the server would.
pub(crate) fn duration(text: &str) -> Result<String, String> {
    let wrong = "has to be a duration such as 30s, 5m, 2h, 15d or PT1H30M, of 100 years at most";
    parse_length(text).map(|_| text.to_owned()).ok_or_else(|| wrong.to_owned())
}

/// Reads `--service-principal`.
pub(crate) fn service(text: &str) -> Result<ServicePrincipal, String> {
    let wrong = "has to be a service principal such as config.amazonaws.com";
    text.parse().map_err(|_| wrong.to_owned())
}

impl<'de> Deserialize<'de> for Clock {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        clock(&String::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

/// The configuration file.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    listen: Option<std::net::SocketAddr>,
    data: Option<PathBuf>,
    ephemeral: Option<bool>,
    key_file: Option<PathBuf>,
    mode: Option<ModeFlag>,
    strict: Option<bool>,
    clock: Option<Clock>,
    limits: Option<LimitsFlag>,
    throttle: Option<ThrottleFlag>,
    throttle_clock: Option<ThrottleClock>,
    log_format: Option<LogFormat>,
    base_url: Option<String>,
    journal_days: Option<u32>,
    mail_days: Option<u32>,
    /// Services that work with Organizations besides those of the list.
    service_principals: MoreServices,
    /// Single limits of the server that differ from `limits`.
    quotas: LimitOverrides,
    connections: Connections,
    mail: MailConfig,
}

/// Everything that `serve` is told.
pub(crate) struct Config {
    pub(crate) listen: std::net::SocketAddr,
    /// `None`: in memory only.
    pub(crate) data: Option<PathBuf>,
    /// `None`: in memory only.
    pub(crate) key_file: Option<KeyFile>,
    /// Whether everything is as on AWS that a lab makes easy.
    pub(crate) strict: bool,
    pub(crate) clock: ClockMode,
    pub(crate) limits: Limits,
    pub(crate) services: MoreServices,
    pub(crate) throttle: Option<ThrottleClock>,
    pub(crate) log_format: LogFormat,
    pub(crate) base_url: Option<String>,
    pub(crate) retention: Retention,
    pub(crate) connections: Connections,
    pub(crate) mail: MailConfig,
}

/// Where the state is if nobody says: `guildhall` in the user's data directory.
pub(crate) fn default_data() -> PathBuf {
    let set = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set("XDG_DATA_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))
        .unwrap_or_else(|| PathBuf::from("."))
        .join("guildhall")
}

/// What one source says of where the state is.
struct Said {
    by: &'static str,
    data: Option<PathBuf>,
    ephemeral: Option<bool>,
}

impl Said {
    fn by_environment() -> Result<Self, Failed> {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let ephemeral = by_environment("GUILDHALL_EPHEMERAL")?;
        Ok(Self { by: "the environment", data: set("GUILDHALL_DATA").map(PathBuf::from), ephemeral })
    }
}

/// A variable that is true or false, if it is set.
fn by_environment(name: &str) -> Result<Option<bool>, Failed> {
    let value = std::env::var_os(name).filter(|value| !value.is_empty());
    match value.as_deref().map(|value| value.to_str()) {
        None => Ok(None),
        Some(Some("true" | "1")) => Ok(Some(true)),
        Some(Some("false" | "0")) => Ok(Some(false)),
        Some(_) => Err(Failed::Usage(format!("{name}: has to be true or false"))),
    }
}

/// Where the state is; `None` is in memory. What is said first, for a directory or for memory, outweighs all that
/// follows.
fn place(said: [Said; 3]) -> Result<Option<PathBuf>, Failed> {
    let mut durable = false;
    for Said { by, data, ephemeral } in said {
        match (data, ephemeral) {
            (Some(_), Some(true)) => {
                return Err(Failed::Usage(format!("{by} set both ephemeral and data; keep one of them")));
            }
            (Some(data), _) => return Ok(Some(data)),
            (None, Some(true)) if !durable => return Ok(None),
            (None, ephemeral) => durable |= ephemeral == Some(false),
        }
    }
    Ok(Some(default_data()))
}

fn read(path: &Path) -> Result<File, Failed> {
    let wrong = |e: &dyn std::fmt::Display| Failed::Usage(format!("{}: {e}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| wrong(&e))?;
    toml::from_str(&text).map_err(|e| wrong(&e))
}

impl Config {
    /// Puts flags, environment and file together. Refuses what would be unsafe.
    pub(crate) fn new(flags: &ServeFlags) -> Result<Self, Failed> {
        let file = flags.config.as_deref().map(read).transpose()?.unwrap_or_default();
        let usage = |what: &str| Err(Failed::Usage(what.to_owned()));
        let listen = flags.listen.or(file.listen).unwrap_or_else(|| ([127, 0, 0, 1], 4615).into());
        if flags.mode.or(file.mode) == Some(ModeFlag::Production) {
            return usage("--mode production: this version serves labs only; use --mode lab");
        }
        if !listen.ip().is_loopback() {
            return usage(
                "--listen: in lab mode whoever reaches the server is root, so it listens on loopback only, \
                 such as 127.0.0.1:4615",
            );
        }
        let data = place([
            Said { by: "the flags", data: flags.data.clone(), ephemeral: flags.ephemeral.then_some(true) },
            Said::by_environment()?,
            Said { by: "the configuration file", data: file.data, ephemeral: file.ephemeral },
        ])?;
        let said = flags.key_file.clone().or(file.key_file);
        let place = data.as_deref().or(said.as_deref());
        let key_file = place.map(|data| KeyFile::of(said.as_deref(), data));
        let limits = match flags.limits.or(file.limits) {
            Some(LimitsFlag::Aws) => Limits::aws(),
            Some(LimitsFlag::Lab) | None => Limits::lab(),
        }
        .with(&file.quotas);
        let clock = flags.clock.or(file.clock).map_or(ClockMode::Virtual(None), |c| c.0);
        let throttle_clock = file.throttle_clock.unwrap_or(match clock {
            ClockMode::Virtual(_) => ThrottleClock::Business,
            ClockMode::Wall => ThrottleClock::Wall,
        });
        let throttle = flags.throttle.or(file.throttle).unwrap_or(ThrottleFlag::Off);
        let strict = match flags.strict.then_some(true) {
            None => by_environment("GUILDHALL_STRICT")?.or(file.strict).unwrap_or(false),
            Some(said) => said,
        };
        Ok(Self {
            listen,
            data,
            key_file,
            strict,
            clock,
            limits,
            services: match flags.service_principal.as_slice() {
                [] => file.service_principals,
                said => said.iter().cloned().collect(),
            },
            throttle: (throttle == ThrottleFlag::Aws).then_some(throttle_clock),
            log_format: flags.log_format.or(file.log_format).unwrap_or(LogFormat::Text),
            base_url: file.base_url,
            retention: retention(file.journal_days, file.mail_days)?,
            connections: file.connections,
            mail: file.mail,
        })
    }
}

/// The most days that can be said, as everywhere.
const DAYS_MAX: u32 = 36_500;

/// How long the journal and mails are kept.
fn retention(journal_days: Option<u32>, mail_days: Option<u32>) -> Result<Retention, Failed> {
    let default = Retention::default();
    let retention = Retention {
        journal_days: journal_days.unwrap_or(default.journal_days),
        mail_days: mail_days.unwrap_or(default.mail_days),
    };
    for (name, days) in [("journal_days", retention.journal_days), ("mail_days", retention.mail_days)] {
        if days > DAYS_MAX {
            return Err(Failed::Usage(format!(
                "{name}: {days} is too much; it is at most {DAYS_MAX}, and 0 keeps everything"
            )));
        }
    }
    Ok(retention)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        flags: ServeFlags,
    }

    #[test]
    fn services_are_added_by_flag_or_file() {
        let file = |text: &str| toml::from_str::<File>(text).map(|file| file.service_principals.len());
        assert_eq!(file(r#"service_principals = ["rockets.amazonaws.com", "kites.amazonaws.com"]"#), Ok(2));
        for wrong in [r#"[""]"#, r#"["rockets amazonaws com"]"#, "[1]", r#""rockets.amazonaws.com""#] {
            assert!(file(&format!("service_principals = {wrong}")).is_err(), "{wrong}");
        }
        let line = |args: &[&str]| Line::try_parse_from([&["serve"], args].concat()).map(|l| l.flags);
        let said = line(&["--service-principal", "a.example,b.example", "--service-principal", "c.example"]);
        let Ok(Config { services, .. }) = Config::new(&said.unwrap()) else {
            panic!("flags that name services are refused")
        };
        assert_eq!(
            services.iter().map(|s| s.as_str()).collect::<Vec<_>>(),
            ["a.example", "b.example", "c.example"]
        );
        assert!(line(&["--service-principal", "a b"]).is_err());
    }

    #[test]
    fn flags_outweigh_the_environment_and_it_the_file() {
        let said = |by, (data, ephemeral): (Option<&str>, Option<bool>)| Said {
            by,
            data: data.map(PathBuf::from),
            ephemeral,
        };
        let place = |flags, environment, file| {
            let place = place([said("flags", flags), said("environment", environment), said("file", file)]);
            match place {
                Ok(None) => "memory".to_owned(),
                Ok(Some(data)) if data == default_data() => "default".to_owned(),
                Ok(Some(data)) => data.display().to_string(),
                Err(_) => "refused".to_owned(),
            }
        };
        let (none, memory, durable) = ((None, None), (None, Some(true)), (None, Some(false)));
        let data = |name| (Some(name), None);
        assert_eq!(place(none, none, none), "default");
        assert_eq!(place(memory, data("e"), data("f")), "memory");
        assert_eq!(place(data("d"), memory, memory), "d");
        assert_eq!(place(none, memory, data("f")), "memory");
        assert_eq!(place(none, data("e"), memory), "e");
        assert_eq!(place(none, none, memory), "memory");
        assert_eq!(place(none, durable, memory), "default");
        assert_eq!(place(none, durable, data("f")), "f");
        assert_eq!(place(none, (Some("e"), Some(false)), memory), "e");
        assert_eq!(place(none, (Some("e"), Some(true)), none), "refused");
        assert_eq!(place(none, none, (Some("f"), Some(true))), "refused");
        assert_eq!(place(data("d"), (Some("e"), Some(true)), none), "d", "nobody asks any more");
    }

    #[test]
    fn how_long_things_are_kept() {
        let days = |journal, mail| {
            retention(journal, mail).map(|r| (r.journal_days, r.mail_days)).map_err(|e| e.to_string())
        };
        assert_eq!(days(None, None), Ok((90, 90)));
        assert_eq!(days(Some(0), Some(36_500)), Ok((0, 36_500)));
        let told = days(None, Some(36_501)).unwrap_err();
        assert_eq!(told, "mail_days: 36501 is too much; it is at most 36500, and 0 keeps everything");
    }
}
