//! Plays lines: turns each into a command, runs it, and compares what came with what was expected.

use std::collections::BTreeMap;
use std::sync::Arc;

use guildhall_core::kernel::ids::{AccountId, OrgId};
use guildhall_core::kernel::time::{DAY, HOUR, SECOND};
use guildhall_core::operator::fill_organization::FillOrganization;
use guildhall_core::services::organizations;
use guildhall_core::state::limits::Limits;
use guildhall_core::state::mail::Mail;
use guildhall_core::state::org::Org;
use guildhall_core::{Command, Origin, Refusal};
use serde_json::{Value, json};

use super::expect::{Expected, LISTS};
use crate::{World, command};

/// What a line did.
pub(super) struct Came {
    /// The answer, `null` where it is empty; or the code without `Exception`, and the reason.
    pub(super) result: Result<Value, (String, Option<String>)>,
    /// The mails that were sent.
    pub(super) mails: Vec<Mail>,
}

/// A world with names in it.
#[derive(Clone, Default)]
pub struct Player {
    /// The world it plays in.
    pub world: World,
    names: BTreeMap<String, String>,
    /// The last list that was asked for, and its token.
    pub(super) list: Option<(&'static str, Value)>,
    pub(super) token: Option<String>,
    /// The codes of the verification links that were mailed, the first one first.
    pub(super) links: Vec<String>,
}

pub(super) type Done<T> = Result<T, String>;

/// Words of a line; those in double quotes may hold blanks.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Three digits, four times over.
pub(super) fn account(word: &str) -> Option<AccountId> {
    let short = word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit());
    if short { word.repeat(4).parse().ok() } else { word.parse().ok() }
}

impl Player {
    /// Runs an operation of the API by its name.
    pub fn call(&mut self, caller: AccountId, operation: &str, input: &Value) -> Result<Value, Refusal> {
        let reply = self.world.run(caller, &*command(operation, input))?;
        Ok(if reply.is_empty() { Value::Null } else { serde_json::from_slice(&reply).unwrap() })
    }

    /// The operation that a line calls, if it calls one by a verb.
    pub fn operation_of(&self, line: &str) -> Option<&'static str> {
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        Some(self.operation(words.get(1..)?).ok()?.0)
    }

    /// Lets a name stand for something.
    pub fn call_it(&mut self, name: &str, value: &str) {
        self.names.insert(name.to_owned(), value.to_owned());
    }

    /// What a name stands for.
    pub fn name(&self, name: &str) -> &str {
        &self.names[name]
    }

    /// Binds a name, or compares if it is bound.
    pub(super) fn bind(&mut self, name: &str, value: &str) -> Done<()> {
        let bound = self.names.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        if bound == value { Ok(()) } else { Err(format!("{name} is {bound}, and not {value}")) }
    }

    /// An account's twelve digits, a bound name, a root; any other word stands for itself.
    pub(super) fn resolve(&self, word: &str) -> Done<String> {
        if let Some(name) = word.strip_suffix(".root") {
            return Ok(self.org(name)?.record().expect("a record").root.to_string());
        }
        if let Some(id) = account(word) {
            return Ok(id.to_string());
        }
        let nameable = match word.as_bytes() {
            [b'A'..=b'Z'] => true,
            [b'c' | b'g' | b'h' | b'n' | b't', digits @ ..] => {
                !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
            }
            _ => false,
        };
        match self.names.get(word) {
            Some(bound) => Ok(bound.clone()),
            None if nameable => Err(format!("nothing is called {word} yet")),
            None => Ok(word.to_owned()),
        }
    }

    /// A word that stands for something, or text with such words in braces: `{A}/{A.root}/`.
    pub(super) fn fill(&self, text: &str) -> Done<String> {
        let mut parts = text.split('{');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        if filled == text {
            return self.resolve(text);
        }
        for part in parts {
            let (name, rest) = part.split_once('}').ok_or("a brace is open")?;
            // PARENT_HANDSHAKE is an id without `h-`.
            match name.strip_prefix("bare ") {
                Some(name) => filled.push_str(self.resolve(name)?.trim_start_matches("h-")),
                None => filled.push_str(&self.resolve(name)?),
            }
            filled.push_str(rest);
        }
        Ok(filled)
    }

    /// The address that a word stands for: an account's, or itself.
    pub(super) fn address(&self, word: &str) -> String {
        match self.account(word) {
            Ok(id) => self.world.account(id).map_or_else(|| address_of(id), |a| a.email.to_string()),
            Err(_) => word.to_owned(),
        }
    }

    /// The account that a word stands for.
    pub(super) fn account(&self, word: &str) -> Done<AccountId> {
        self.resolve(word)?.parse().map_err(|_| format!("{word} is no account, and no verb"))
    }

    fn org(&self, name: &str) -> Done<&Org> {
        let id: OrgId = self.resolve(name)?.parse().map_err(|_| format!("{name} is no organization"))?;
        self.world.org(id).ok_or_else(|| format!("{name} does not exist"))
    }

    /// Plays one line.
    pub fn line(&mut self, line: &str) -> Done<()> {
        if let Some((times, lines)) = line.split_once(" times: ") {
            let times: u32 = times.parse().map_err(|_| "how often?")?;
            return (0..times).try_for_each(|_| lines.split("; ").try_for_each(|line| self.line(line)));
        }
        let (action, expected) = match line.split_once("->") {
            Some((action, expected)) => (action.trim(), Expected::read(expected)?),
            None => (line.trim(), Expected::success()),
        };
        self.world.take_mails();
        let came = self.act(action)?;
        self.keep_links(&came);
        if let Ok(answer) = &came.result {
            if let Some(name) = action.split_once(" creates organization ").map(|(_, rest)| rest) {
                let name = name.split_whitespace().next().unwrap_or_default();
                self.bind(name, answer["Organization"]["Id"].as_str().unwrap())?;
            }
            if let Some(name) = action.split_once(" creates unit ").map(|(_, rest)| rest) {
                let name = name.split_whitespace().next().unwrap_or_default();
                self.bind(name, answer["OrganizationalUnit"]["Id"].as_str().unwrap())?;
            }
            if let Some((_, name)) = action.split_once(" creates policy ") {
                let name = name.split_whitespace().next().unwrap_or_default();
                self.bind(name, answer["Policy"]["PolicySummary"]["Id"].as_str().unwrap())?;
            }
            if let Some(id) = answer.get("Handshake").and_then(|h| h["Id"].as_str()) {
                self.names.insert("last".to_owned(), id.to_owned());
            }
            if LISTS.iter().any(|list| answer.get(list).is_some()) {
                self.token = answer.get("NextToken").and_then(Value::as_str).map(str::to_owned);
            }
        }
        expected.compare(self, &came).map_err(|wrong| format!("{wrong}\ncame: {}", came.describe()))
    }

    fn act(&mut self, action: &str) -> Done<Came> {
        let words = words(action);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if let Some(came) = self.change_world(&words)? {
            return Ok(came);
        }
        match words.as_slice() {
            [word, "calls", operation, ..] => {
                let caller = self.account(word)?;
                let body = action.splitn(4, ' ').nth(3).unwrap_or("{}");
                let input = serde_json::from_str(&self.fill_in(body)?).map_err(|e| e.to_string())?;
                Ok(self.came(caller, operation, &input))
            }
            [word, rest @ ..] => {
                let caller = self.account(word)?;
                if let [_, "its", "part"] = rest {
                    self.find_part(caller)?;
                }
                let (operation, input) = match self.policy_call(action, rest)? {
                    Some(call) => call,
                    None => self.operation(rest)?,
                };
                if operation.starts_with("List") {
                    self.list = Some((operation, input.clone()));
                }
                Ok(self.came(caller, operation, &input))
            }
            [] => Err("nothing to do".to_owned()),
        }
    }

    /// Calls a member's part of the request to enable all features `part`, the newest one that it can see.
    fn find_part(&mut self, member: AccountId) -> Done<()> {
        let own = self.world.account(member).and_then(|a| self.world.org(a.org?));
        let part = own.and_then(|org| org.handshakes().received(member, None).last().map(|h| h.id));
        self.names.insert("part".to_owned(), part.ok_or("it has no part")?.to_string());
        Ok(())
    }

    /// Lines that no account says: what there is, what is true of it, and time.
    fn change_world(&mut self, words: &[&str]) -> Done<Option<Came>> {
        let number = |t: &str| t.parse::<u64>().map_err(|_| format!("{t} is no number"));
        let came = match words {
            ["limits", "aws"] => self.set(|world| world.settings_mut().limits = Limits::aws()),
            ["limits", "lab"] => self.set(|world| world.settings_mut().limits = Limits::lab()),
            ["calls", "come", "from", address, "in", region, "by", agent] => {
                let told = (Some((*address).into()), Some((*region).into()), Some((*agent).into()));
                let (source_ip, region, user_agent) = told;
                self.set(|world| *world.origin_mut() = Origin { source_ip, region, user_agent })
            }
            ["calls", "come", "from", "nowhere"] => self.set(|world| *world.origin_mut() = Origin::UNKNOWN),
            ["lab", "accounts"] => self.set(|world| world.settings_mut().lab_accounts = true),
            ["services", names @ ..] => {
                let names: Result<_, _> = names.iter().map(|name| name.parse()).collect();
                let names = Arc::new(names.map_err(|_| "no service principal")?);
                self.set(|world| world.settings_mut().services = names)
            }
            ["accounts", accounts @ ..] => {
                for word in accounts {
                    let id = account(word).ok_or("no account")?;
                    let came = self.register(id, &address_of(id), &[])?;
                    came.result.map_err(|(code, _)| code)?;
                }
                Came::nothing()
            }
            ["account", word, "at", address, rest @ ..] => {
                self.register(account(word).ok_or("no account")?, address, rest)?
            }
            ["after", time] => {
                let time = duration(time)?;
                self.set(|world| world.advance(time))
            }
            ["after", time, "without", "timers"] => {
                let time = duration(time)?;
                self.set(|world| world.advance_without_timers(time))
            }
            ["timers"] => self.set(World::run_timers),
            ["members", "of", name] => {
                let members: Vec<Value> =
                    self.org(name)?.members_after(None).map(|m| json!({"Id": m.id})).collect();
                Came { result: Ok(json!({ "Accounts": members })), mails: Vec::new() }
            }
            [name, "allows", n, "accounts"] => self.limit(name, json!({ "Accounts": number(n)? }))?,
            [name, "allows", n, "invitations"] => {
                self.limit(name, json!({ "InvitationsPerDay": number(n)? }))?
            }
            [name, "allows", n, "tags"] => self.limit(name, json!({ "Tags": number(n)? }))?,
            [name, "sets", limit] => {
                let (member, value) = limit.split_once('=').ok_or("to what?")?;
                self.limit(name, json!({ member: number(value)? }))?
            }
            [name, "waits", article, "hour"] => self.limit(name, json!({ "FirstHour": *article != "no" }))?,
            [name, "waits", article, "week"] => self.limit(name, json!({ "FirstWeek": *article != "no" }))?,
            [word, "is", rest @ ..] => self.fact(self.account(word)?, rest)?,
            [word, "fills", _, "with", count, "from", first] => {
                let (accounts, first_account) = (number(count)?, number(first)?);
                let command = FillOrganization { first_account, accounts, first_invited: 1, invitations: 0 };
                self.run(self.account(word)?, &command)
            }
            _ => return self.lab(words),
        };
        Ok(Some(came))
    }

    fn set(&mut self, change: impl FnOnce(&mut World)) -> Came {
        change(&mut self.world);
        self.mails()
    }

    pub(super) fn run(&mut self, caller: AccountId, command: &dyn Command) -> Came {
        let result = self.world.run(caller, command);
        let result = result.map(|reply| serde_json::from_slice(&reply).unwrap_or(Value::Null));
        self.finish(result)
    }

    fn came(&mut self, caller: AccountId, operation: &str, input: &Value) -> Came {
        let result = self.call(caller, operation, input);
        self.finish(result)
    }

    fn finish(&mut self, result: Result<Value, Refusal>) -> Came {
        let result = result.map_err(|failure| match failure {
            // No client is told of it: the server registers the account, or has refused its signature before.
            Refusal::UnknownCaller(_) => ("UnknownCaller".to_owned(), None),
            Refusal::Own(error) if error.service() != organizations::NAME => {
                (error.answer().code.unwrap_or_default().to_owned(), None)
            }
            refusal => {
                let told = organizations::errors::error_answer(&refusal);
                let code = told.code.unwrap().strip_suffix("Exception").unwrap().to_owned();
                (code, told.reason.map(std::borrow::Cow::into_owned))
            }
        });
        Came { result, ..self.mails() }
    }

    fn mails(&mut self) -> Came {
        Came { result: Ok(Value::Null), mails: self.world.take_mails() }
    }

    /// `$333`, `$h1`, `$A.root`, `$token`, and `$x*129` in a body.
    pub(super) fn fill_in(&self, body: &str) -> Done<String> {
        let mut parts = body.split('$');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end =
                part.find(|c: char| matches!(c, '"' | ':' | '/') || c.is_whitespace()).unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            let value = match name.split_once('*') {
                Some((text, times)) => text.repeat(times.parse().map_err(|_| "how often?")?),
                None if name == "token" => self.token.clone().ok_or("there is no token")?,
                None => self.resolve(name)?,
            };
            filled.push_str(&value);
            filled.push_str(rest);
        }
        Ok(filled)
    }
}

/// Who runs what no account may: the lab itself.
pub(super) fn nobody() -> AccountId {
    AccountId::NOBODY
}

/// The address of an account that was registered without one.
fn address_of(id: AccountId) -> String {
    format!("root+{id}@lab.example")
}

/// `15d`, `14d23h59m59s999ms`
fn duration(text: &str) -> Done<i64> {
    let wrong = || format!("{text} is no duration");
    let mut rest = text;
    let mut millis = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        millis += number
            * match &rest[..letters] {
                "d" => DAY,
                "h" => HOUR,
                "m" => 60 * SECOND,
                "s" => SECOND,
                "ms" => 1,
                _ => return Err(wrong()),
            };
        rest = &rest[letters..];
    }
    Ok(millis)
}

impl Came {
    fn nothing() -> Self {
        Self { result: Ok(Value::Null), mails: Vec::new() }
    }

    /// For people.
    pub(super) fn describe(&self) -> String {
        let mut text = match &self.result {
            Ok(Value::Null) => "ok".to_owned(),
            Ok(answer) => answer.to_string(),
            Err((code, None)) => code.clone(),
            Err((code, Some(reason))) => format!("{code}/{reason}"),
        };
        for mail in &self.mails {
            text.push_str(&format!(", mail {} to {}", mail.kind.wire(), mail.to));
        }
        text
    }
}
