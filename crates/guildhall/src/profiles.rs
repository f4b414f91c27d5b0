//! `guildhall profiles`: one marked part of `~/.aws/config` with a profile for every account. What stands outside
//! of the marks is not touched.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::cli::ProfilesFlags;
use crate::commands::{Account, REGION, Role, accounts, administrator_key};
use crate::{Failed, print};

const BEGIN: &str =
    "# >>> guildhall profiles: written by `guildhall profiles`, taken out by `guildhall profiles --remove`";
const END: &str = "# <<< guildhall profiles";

/// Writes the profiles, shows them, or takes them out.
pub(crate) fn run(flags: &ProfilesFlags) -> Result<(), Failed> {
    let path = config_file()?;
    let wrong = |e: std::io::Error| Failed::Run(format!("{}: {e}", path.display()));
    let old = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(wrong(e)),
    };
    let endpoint = flags.endpoint.endpoint.trim_end_matches('/');
    let ours = if flags.remove { String::new() } else { section(endpoint, &accounts(endpoint)?) };
    let new = replace(&old, &ours).ok_or_else(|| {
        Failed::Run(format!("{}: has `{BEGIN}` without `{END}`; mend it by hand", path.display()))
    })?;
    if flags.dry_run {
        print(&format!("{} would hold:\n{new}", path.display()));
    } else if new != old {
        write(&path, &new).map_err(wrong)?;
        print(&format!("{} is written", path.display()));
    }
    Ok(())
}

/// Where AWS tools keep their profiles.
fn config_file() -> Result<PathBuf, Failed> {
    let set = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set("AWS_CONFIG_FILE")
        .or_else(|| set("HOME").map(|home| home.join(".aws/config")))
        .ok_or_else(|| Failed::Usage("neither AWS_CONFIG_FILE nor HOME says where profiles are kept".into()))
}

/// A profile per account, between marks: its administrator's, or where its organization made it, a session of the role
/// that was made with it, begun by the administrator of the account that the role trusts.
fn section(endpoint: &str, accounts: &[Account]) -> String {
    let mut text = format!("{BEGIN}\n");
    for a in accounts {
        let about = a.name.replace(|c: char| c.is_control(), " ");
        let id = &a.id;
        let _ = write!(
            text,
            "[profile guildhall-{id}]\n# {about} <{email}>\nregion = {REGION}\nendpoint_url = {endpoint}\n",
            email = a.email,
        );
        let _ = match chain(a, accounts) {
            Some((role, source)) => {
                write!(text, "role_arn = {role}\nsource_profile = guildhall-{source}\n")
            }
            None => {
                let key = administrator_key(id);
                write!(text, "aws_access_key_id = {key}\naws_secret_access_key = test\n")
            }
        };
    }
    let _ = writeln!(text, "{END}");
    text
}

/// The role of an account that another one may assume, and that one.
fn chain<'a>(account: &'a Account, accounts: &'a [Account]) -> Option<(&'a str, &'a str)> {
    let trusted = |role: &'a Role| {
        let root = role.trusts.strip_suffix(":root")?;
        let source = accounts.iter().find(|source| root.ends_with(&*source.id))?;
        Some((role.arn.as_str(), source.id.as_str()))
    };
    account.roles.iter().find_map(trusted).filter(|(_, source)| *source != account.id)
}

/// The text with our part replaced by `ours`. `None` if our part has no end.
fn replace(old: &str, ours: &str) -> Option<String> {
    let Some((before, rest)) = split_at_line(old, BEGIN) else {
        let gap = if old.is_empty() || ours.is_empty() || old.ends_with('\n') { "" } else { "\n" };
        return Some(format!("{old}{gap}{ours}"));
    };
    let (_, after) = split_at_line(rest, END)?;
    Some(format!("{before}{ours}{after}"))
}

/// What stands before and after the first line that is `mark` and nothing else: an account may be named like a mark.
fn split_at_line<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let mut start = 0_usize;
    for line in text.split_inclusive('\n') {
        let end = start.saturating_add(line.len());
        if line.trim_end() == mark {
            return text.get(..start).zip(text.get(end..));
        }
        start = end;
    }
    None
}

/// Replaces a file at once, keeping its permissions; a link stays one. A new file is its owner's alone, because it
/// holds keys.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = real.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mode = std::fs::metadata(&real).map_or(0o600, |m| m.permissions().mode() & 0o777);
    let scratch = folder.join(format!(".guildhall-{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&scratch)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.set_permissions(std::fs::Permissions::from_mode(mode)))
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&scratch, &real));
    if written.is_err() {
        let _ = std::fs::remove_file(&scratch);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_named_like_the_marks_do_no_harm() {
        let mut part = String::new();
        for name in
            [BEGIN, END, "<<< guildhall profiles", ">>> guildhall profiles", "x\n# <<< guildhall profiles"]
        {
            let account = serde_json::json!({
                "Id": "111111111111", "Email": "a@example.com", "Name": name, "State": "ACTIVE", "Management": false,
            });
            part = section("http://127.0.0.1:4615", &[serde_json::from_value(account).unwrap()]);
            let before = "[default]\nregion = x\n# see # <<< guildhall profiles\n";
            let with = replace(before, &part).unwrap();
            assert_eq!(replace(&with, &part).as_deref(), Some(&*with), "{name}");
            assert_eq!(
                replace(&format!("{with}[mine]\r\n"), "").unwrap(),
                format!("{before}[mine]\r\n"),
                "{name}"
            );
        }
        assert!(
            replace(&part.replace('\n', "\r\n"), "").unwrap().is_empty(),
            "as an editor may have left it"
        );
    }

    #[test]
    fn accounts_that_an_organization_made_are_entered_through_their_role() {
        let account = |id: &str, trusts: Option<&str>| {
            let roles = trusts.map(|trusts| {
                serde_json::json!({
                    "Name": "R", "Arn": format!("arn:aws:iam::{id}:role/R"), "Trusts": format!("arn:aws:iam::{trusts}:root"),
                })
            });
            let roles: Vec<_> = roles.into_iter().collect();
            let account = serde_json::json!({
                "Id": id, "Email": "a@example.com", "Name": "A", "State": "ACTIVE", "Management": false, "Roles": roles,
            });
            serde_json::from_value::<Account>(account).unwrap()
        };
        let (m, made, left) = ("111111111111", "222222222222", "333333333333");
        let accounts = [account(m, None), account(made, Some(m)), account(left, Some("999999999999"))];
        let text = section("http://127.0.0.1:4615", &accounts);
        assert!(text.contains("aws_access_key_id = LABADMIN111111111111\n"), "{text}");
        let entered =
            "role_arn = arn:aws:iam::222222222222:role/R\nsource_profile = guildhall-111111111111\n";
        assert!(text.contains(entered), "{text}");
        // The account that it trusts is not here.
        assert!(text.contains("aws_access_key_id = LABADMIN333333333333\n"), "{text}");
    }

    #[test]
    fn our_part_is_replaced_and_the_rest_stays() {
        let ours = format!("{BEGIN}\n[profile a]\n{END}\n");
        let with = replace("[default]\nregion = x\n", &ours).unwrap();
        assert_eq!(with, format!("[default]\nregion = x\n{ours}"));
        assert_eq!(replace(&with, &ours).unwrap(), with);
        assert_eq!(replace(&with, "").unwrap(), "[default]\nregion = x\n");
        assert_eq!(replace("", &ours).unwrap(), ours);
        assert_eq!(replace(&format!("{BEGIN}\nno end"), &ours), None);
    }
}
