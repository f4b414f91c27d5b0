//! The scripts in `tests/scripts`: every case of every file, each reported by its file and title. `SCRIPT=words`
//! in the environment plays those whose file or title contains them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has to fail")]

use std::path::Path;

use guildhall_testkit::script;

#[test]
fn scripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let wanted = std::env::var("SCRIPT").unwrap_or_default();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let (mut played, mut failed) = (0, Vec::new());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for case in script::cases(&text) {
            let name = format!("{}: {}", file.file_name().unwrap().to_string_lossy(), case.title);
            if !name.contains(&wanted) {
                continue;
            }
            played += 1;
            match case.play() {
                Ok(()) => println!("ok    {name}"),
                Err(wrong) => failed.push(format!("{name}\n  {wrong}")),
            }
        }
    }
    println!("{played} cases");
    assert!(failed.is_empty(), "{} of {played} cases fail:\n\n{}", failed.len(), failed.join("\n\n"));
}
