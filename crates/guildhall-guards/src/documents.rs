//! Rules about documents: links lead somewhere, lists are whole, and nothing tells of the machine it was written on.

use crate::workspace::{SKIPPED, TextFile};

/// The only two commands that a reader has to know.
pub const COMMANDS: [&str; 2] = ["./demo", "./test"];

/// Texts of machines and registries. Put together here, so that this file has none of them.
pub fn machine_words() -> Vec<String> {
    let one = |parts: &[&str]| parts.concat();
    vec![
        one(&["/wo", "rk/"]),
        one(&["/ro", "ot/"]),
        one(&["/opt/", "wheels"]),
        one(&["/tmp/", "target"]),
        one(&["shared/", "reference"]),
        one(&["shared/", "design"]),
        one(&["shared/", "perf"]),
        one(&["py", "pi.org"]),
        one(&["python", "hosted.org"]),
        one(&["static.", "crates.io"]),
        one(&["index.", "crates.io"]),
        one(&["registry.", "npmjs"]),
        one(&["deb.", "debian.org"]),
        one(&["proxy.", "golang"]),
        one(&["index", "-url"]),
        one(&["find", "-links"]),
    ]
}

/// Files that name a machine's path or a registry's host.
pub fn machines(files: &[TextFile]) -> Vec<String> {
    let words = machine_words();
    let mut wrong = Vec::new();
    for file in files {
        for (n, line) in (1..).zip(file.text.lines()) {
            let here = words.iter().filter(|w| line.contains(w.as_str()));
            wrong.extend(here.map(|w| format!("{}:{n}: has `{w}`", file.path)));
        }
    }
    wrong
}

/// Links between documents that lead nowhere. `files` are all files there are; only those in Markdown are read.
pub fn dead_links(files: &[TextFile]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files.iter().filter(|f| f.path.ends_with(".md")) {
        for target in links(&file.text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) =
                target.split_once('#').map_or((target.as_str(), None), |(p, a)| (p, Some(a)));
            let path = if path.is_empty() { file.path.clone() } else { join(&file.path, path) };
            let there = files.iter().find(|f| f.path == path);
            let folder =
                files.iter().any(|f| f.path.starts_with(&format!("{}/", path.trim_end_matches('/'))));
            match (there, anchor) {
                (None, _) if !folder => {
                    wrong.push(format!("{}: links to {target}, which is not there", file.path))
                }
                (Some(there), Some(anchor)) if !anchors(&there.text).iter().any(|a| a == anchor) => {
                    wrong.push(format!("{}: links to {target}, a heading that is not there", file.path));
                }
                _ => {}
            }
        }
    }
    wrong
}

fn without_fences(text: &str) -> String {
    let mut inside = false;
    let mut out = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

fn links(text: &str) -> Vec<String> {
    // A link's words may be code, but a link in code is none.
    let text: String = without_fences(text).split('`').step_by(2).collect();
    let targets = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')').map(|(target, _)| target.trim().to_owned()));
    targets.filter(|t| !t.is_empty() && !t.contains(char::is_whitespace)).collect()
}

fn join(from: &str, to: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in to.split('/') {
        match part {
            "." | "" => {}
            // Above the workspace is nothing.
            ".." if parts.pop().is_none() => parts.push("outside"),
            ".." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn anchors(text: &str) -> Vec<String> {
    let headings = without_fences(text);
    let headings = headings
        .lines()
        .filter(|l| l.starts_with('#'))
        .map(|l| l.trim_start_matches('#').trim().to_lowercase());
    let slug = |heading: String| {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(slug).collect()
}

/// What is wrong with the part of the README that has the two commands.
pub fn two_commands(readme: &str) -> Vec<String> {
    let section =
        readme.split_once("\n## Two commands\n").map(|(_, rest)| rest.split("\n## ").next().unwrap_or(rest));
    let Some(section) = section else { return vec!["README.md has no heading `## Two commands`".to_owned()] };
    let mut inside = false;
    let mut commands = Vec::new();
    for line in section.lines() {
        if line.starts_with("```") {
            inside = !inside;
        } else if inside && !line.trim().is_empty() {
            commands.push(line.split('#').next().unwrap_or(line).trim());
        }
    }
    if commands == COMMANDS {
        Vec::new()
    } else {
        vec![format!("README.md: the two commands are {COMMANDS:?}, not {commands:?}")]
    }
}

/// Endings of names that are files.
const ENDINGS: [&str; 8] = [".rs", ".md", ".toml", ".txt", ".py", ".jsonl", ".html", ".sql"];

/// Paths in backticks that lead nowhere: names of files, and of folders with a slash at their end. They may begin at the
/// workspace, at a crate's short name (`core/item.rs`), or anywhere below (`rules/limits.rs`).
pub fn dead_paths(document: &TextFile, files: &[TextFile]) -> Vec<String> {
    let text = without_fences(&document.text);
    let quoted = text.split('`').skip(1).step_by(2);
    let plain = |p: &&str| p.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
    let is_path = |p: &&str| ENDINGS.iter().any(|e| p.ends_with(e)) || p.ends_with('/') && p.len() > 1;
    let is_there = |path: &str| {
        let from_root = path.trim_start_matches("./");
        let of_crate =
            from_root.split_once('/').map(|(name, rest)| format!("crates/guildhall-{name}/src/{rest}"));
        let mut full = [Some(from_root.to_owned()), of_crate].into_iter().flatten();
        let below = format!("/{from_root}");
        let ends = |file: &TextFile| {
            file.path.ends_with(&below) || path.ends_with('/') && file.path.contains(&below)
        };
        full.any(|p| files.iter().any(|f| f.path == p || p.ends_with('/') && f.path.starts_with(&p)))
            || files.iter().any(ends)
    };
    let ours = |p: &&str| !p.starts_with('/') && !SKIPPED.iter().any(|s| p.starts_with(s));
    let dead = quoted.filter(plain).filter(is_path).filter(ours).filter(|p| !is_there(p));
    dead.map(|path| format!("{}: names {path}, which is not there", document.path)).collect()
}

/// Names that a document does not have.
pub fn unmentioned(document: &TextFile, names: &[String]) -> Vec<String> {
    let missing = names.iter().filter(|n| !document.text.contains(n.as_str()));
    missing.map(|n| format!("{} does not mention {n}", document.path)).collect()
}

/// Methods, as documents and as routers write them.
const METHODS: [(&str, &str); 5] =
    [("GET", "get("), ("POST", "post("), ("PUT", "put("), ("PATCH", "patch("), ("DELETE", "delete(")];

/// The routes of a router's source, as `GET /path`, with `{}` for what varies. A handler that is a variable has the
/// methods of its `let`.
pub fn routes(source: &str) -> Vec<String> {
    let mut routes = Vec::new();
    for rest in source.split(".route(").skip(1) {
        let Some((path, rest)) = rest.trim_start().strip_prefix('"').and_then(|r| r.split_once('"')) else {
            continue;
        };
        let end = |text: &str| {
            [".route(", ".layer(", ";", "\n}"]
                .iter()
                .fold(text.len(), |at, mark| text.find(mark).unwrap_or(at).min(at))
        };
        let own = rest.get(..end(rest)).unwrap_or(rest);
        let name =
            own.trim_start_matches([',', ' ', '\n']).split(|c: char| !c.is_alphanumeric() && c != '_').next();
        let variable = format!("let {} = ", name.unwrap_or_default());
        let value = source.split_once(&variable).map(|(_, value)| value.split(';').next().unwrap_or(value));
        let handlers = value.unwrap_or(own);
        let given = METHODS.iter().filter(|(_, call)| handlers.contains(call));
        routes.extend(given.map(|(method, _)| format!("{method} {}", without_names(path))));
    }
    routes
}

/// A path with `{}` for `{id}`.
fn without_names(path: &str) -> String {
    path.split('{')
        .map(|part| part.split_once('}').map_or(part.to_owned(), |(_, rest)| format!("}}{rest}")))
        .collect::<Vec<_>>()
        .join("{")
}

/// What a document says in backticks about calls, `GET /path`, and what there is: routes that it does not name, and
/// calls below `roots` that no router has.
pub fn calls(document: &TextFile, routes: &[String], roots: &[&str]) -> Vec<String> {
    let text = without_fences(&document.text);
    let mut said = Vec::new();
    for code in text.split('`').skip(1).step_by(2) {
        let Some((method, path)) = code.split_once(' ') else { continue };
        let path = path.split(['?', ' ']).next().unwrap_or(path);
        if METHODS.iter().any(|(m, _)| *m == method) && roots.iter().any(|root| path.starts_with(root)) {
            said.push(format!("{method} {}", without_names(path)));
        }
    }
    let missing = routes.iter().filter(|r| !said.contains(r));
    let missing = missing.map(|r| format!("{} does not say what `{r}` does", document.path));
    let gone = said.iter().filter(|s| !routes.contains(s));
    missing.chain(gone.map(|s| format!("{} has `{s}`, which no router has", document.path))).collect()
}

/// Pages among `routes` that a document does not name in backticks.
pub fn unnamed_pages(document: &TextFile, routes: &[String]) -> Vec<String> {
    let named: Vec<String> = document.text.split('`').map(without_names).collect();
    let pages = routes.iter().filter_map(|route| route.strip_prefix("GET "));
    let missing = pages.filter(|page| !named.iter().any(|n| n == page));
    missing.map(|page| format!("{} does not say what the page {page} shows", document.path)).collect()
}

/// What stands in quotation marks behind every `mark` of a source: `.route(` gives the routes.
pub fn quoted_after(text: &str, mark: &str) -> Vec<String> {
    let quoted =
        text.split(mark).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"')?.split_once('"'));
    quoted.map(|(name, _)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> TextFile {
        TextFile { path: path.into(), text: text.into() }
    }

    #[test]
    fn machines_are_found() {
        for word in machine_words() {
            assert_eq!(machines(&[file("a", &format!("x\nsee {word}main\n"))]).len(), 1, "{word}");
        }
        assert!(machines(&[file("a", "work/main and crates.io")]).is_empty());
    }

    #[test]
    fn dead_links_are_found() {
        let readme = "[a](docs/a.md) [b](docs/a.md#two-words) [c](https://example.com) [d](docs/) [e](#here)\n# Here\n";
        let a = file(
            "docs/a.md",
            "# One\n## Two words\n[`up`](../README.md) `[no](nowhere.md)`\n```\n[no](nowhere.md)\n```\n",
        );
        assert_eq!(dead_links(&[file("README.md", readme), a.clone()]), [""; 0]);
        for bad in ["[a](docs/b.md)", "[a](docs/a.md#three)", "[a](../README.md)", "[a](#nowhere)"] {
            assert_eq!(dead_links(&[file("README.md", bad), a.clone()]).len(), 1, "{bad}");
        }
    }

    #[test]
    fn dead_paths_are_found() {
        let files = [
            "crates/guildhall-core/src/rules/limits.rs",
            "crates/guildhall-core/src/item.rs",
            "docs/a.md",
            ".ci/run",
        ];
        let files: Vec<TextFile> = files.iter().map(|path| file(path, "")).collect();
        let good = "`docs/a.md` `core/item.rs` `rules/limits.rs` `item.rs` `rules/` `docs/` `core/rules/` `ops/<noun>/x.rs` `/metrics/` `a/b`";
        assert_eq!(dead_paths(&file("D.md", good), &files), [""; 0]);
        for bad in [
            "docs/b.md",
            "core/limits.rs",
            "rules.rs",
            "rule/",
            "docs/a.md/",
            "crates/guildhall-core/src/rules.rs",
        ] {
            let told = format!("D.md: names {bad}, which is not there");
            assert_eq!(dead_paths(&file("D.md", &format!("see `{bad}`, `docs/a.md`")), &files), [told]);
        }
    }

    #[test]
    fn other_commands_are_found() {
        let good = "# G\n\n## Two commands\n\n```sh\n./demo   # shows it\n./test   # tests it\n```\n\n## More\n```sh\nother\n```\n";
        assert_eq!(two_commands(good), [""; 0]);
        assert_eq!(two_commands(&good.replace("./demo", "./setup && ./demo")).len(), 1);
        assert_eq!(two_commands("# G\n").len(), 1);
    }

    #[test]
    fn routes_and_what_is_said_of_them_agree() {
        let source = "let snapshot = get(a).put(b).layer(x);\nRouter::new()\n    .route(\"/_g/a\", get(list).post(add))\n    \
                      .route(\"/_g/a/{id}/b\", axum::routing::delete(drop))\n    .route(\n\"/_g/snapshot\",\nsnapshot)\n    .route(\"/x\", \n get(x),\n)\n.layer(post(y))\n}\nfn put() {}";
        let routes = routes(source);
        let all = [
            "GET /_g/a",
            "POST /_g/a",
            "DELETE /_g/a/{}/b",
            "GET /_g/snapshot",
            "PUT /_g/snapshot",
            "GET /x",
        ];
        assert_eq!(routes, all);
        let good = "`GET /_g/a?to=X`, `POST /_g/a`; `DELETE /_g/a/{name}/b` `GET /_g/snapshot` `PUT /_g/snapshot` `GET /x` `GET /y`";
        assert_eq!(calls(&file("d.md", good), &routes, &["/_g", "/x"]), [""; 0]);
        let less = good.replace("PUT", "POST");
        assert_eq!(
            calls(&file("d.md", &less), &routes, &["/_g", "/x"]),
            [
                "d.md does not say what `PUT /_g/snapshot` does",
                "d.md has `POST /_g/snapshot`, which no router has"
            ]
        );
        let page = file("d.md", "| `/_g/a` | x |\n| `/_g/{it}` | x |\n");
        let pages = ["GET /_g/a", "POST /_g/b", "GET /_g/{}"].map(str::to_owned);
        assert_eq!(unnamed_pages(&page, &pages), [""; 0]);
        assert_eq!(
            unnamed_pages(&page, &["GET /_g/b".to_owned()]),
            ["d.md does not say what the page /_g/b shows"]
        );
    }

    #[test]
    fn gaps_in_lists_are_found() {
        let names = quoted_after(".route(\"/a\", x).route(\n    \"/b\", y)", ".route(");
        assert_eq!(names, ["/a", "/b"]);
        assert_eq!(unmentioned(&file("d.md", "`/a`"), &names), ["d.md does not mention /b"]);
    }
}
