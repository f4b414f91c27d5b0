//! `guildhall policy lint`: what is wrong with a policy document, and where, as AWS does not say it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use guildhall_core::lint::{self, Grammar, RESOURCE_POLICY};
use guildhall_core::state::limits::Limits;
use guildhall_core::state::policy::PolicyType;
use guildhall_policy::json::MAX_TEXT;

use crate::cli::PolicyCommand;
use crate::{Failed, print};

/// Reads the flag `--type`.
pub(crate) fn read_type(text: &str) -> Result<Grammar, String> {
    Grammar::from_name(text, &Limits::aws()).ok_or_else(|| {
        let types = PolicyType::ALL.map(PolicyType::wire).join(", ");
        format!("it is {types}, {RESOURCE_POLICY}")
    })
}

/// The text of a file, which has at most as many bytes as are ever read as a document; `-` is standard input.
fn read(file: &Path) -> Result<String, Failed> {
    let failed = |what: String| Failed::Usage(format!("{}: {what}", file.display()));
    let mut bytes = Vec::new();
    let most = MAX_TEXT as u64 + 1;
    let done = if file == Path::new("-") {
        std::io::stdin().take(most).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|opened| opened.take(most).read_to_end(&mut bytes))
    };
    done.map_err(|e| failed(e.to_string()))?;
    if bytes.len() > MAX_TEXT {
        return Err(failed(format!("a document has at most {MAX_TEXT} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| failed("a document is UTF-8".to_owned()))
}

pub(crate) fn run(command: &PolicyCommand) -> Result<(), Failed> {
    let PolicyCommand::Lint { files, r#type } = command;
    let mut fine = true;
    for file in files {
        let text = read(file)?;
        let grammar = r#type.unwrap_or_else(|| Grammar::of(lint::guess(&text), &Limits::aws()));
        let name = file.display();
        match lint::judge(&text, grammar) {
            Ok(()) => print(&format!("{name}: fine")),
            Err(mistake) => {
                print(&format!("{name}:{}:{}: {mistake}", mistake.at.line, mistake.at.column));
                fine = false;
            }
        }
    }
    if fine { Ok(()) } else { Err(Failed::Found) }
}
