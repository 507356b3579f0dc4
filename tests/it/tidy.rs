//! The house keeps its shape: imports go downwards, pure rooms touch nothing, no test file is forgotten.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each room and what it may import.
const ROOMS: &[(&str, &[&str])] = &[
    ("diag", &[]),
    ("model", &[]),
    ("redact", &[]),
    ("format", &["diag", "model", "redact"]),
    ("rules", &["diag", "model", "redact", "format"]),
    ("engine", &["diag", "model"]),
    ("view", &["diag", "model", "engine"]),
    ("store", &["diag", "model", "redact", "format", "rules"]),
    ("secrets", &["diag", "model", "redact"]),
    ("adapters", &["diag", "model"]),
    ("sandbox", &["diag", "model"]),
    (
        "runtime",
        &["diag", "model", "redact", "format", "rules", "engine", "view", "store", "secrets", "adapters", "sandbox"],
    ),
    ("mcp", &["diag", "model", "engine", "view", "runtime"]),
    (
        "cli",
        &[
            "diag", "model", "redact", "format", "rules", "engine", "view", "store", "secrets", "adapters", "sandbox",
            "runtime",
        ],
    ),
];

/// Rooms that think and touch nothing. The adapters translate and are held to the same.
const PURE: &[&str] = &["diag", "model", "redact", "format", "rules", "engine", "view", "adapters"];
const WORLD: &[&str] = &["std::fs", "std::process", "std::net", "std::env", "std::thread", "tokio::"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            files(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(entry);
        }
    }
}

fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&root.join(folder), &mut found);
    found
        .into_iter()
        .map(|path| {
            (path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn room_of(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("src/")?;
    let room = rest.split('/').next()?.trim_end_matches(".rs");
    (!matches!(room, "main" | "launcher" | "lib")).then_some(room)
}

/// The rooms named in `crate::…` paths, grouped imports included; comments are passed over.
fn imports(text: &str) -> BTreeSet<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut found = BTreeSet::new();
    for part in code.split("crate::").skip(1) {
        if let Some(group) = part.strip_prefix('{') {
            let mut depth = 0;
            let mut name = String::new();
            for character in group.chars() {
                match character {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => drop(found.insert(std::mem::take(&mut name))),
                    _ if depth == 0 => name.push(character),
                    _ => {}
                }
            }
            found.insert(name);
        } else {
            found.insert(part.to_owned());
        }
    }
    let first = |text: String| text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    found.into_iter().map(first).collect()
}

#[test]
fn imports_go_downwards() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        let Some(room) = room_of(&path) else { continue };
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{path}: the room `{room}` has no row in this test"));
            continue;
        };
        for import in imports(&text) {
            let is_room = ROOMS.iter().any(|(name, _)| *name == import);
            if is_room && import != room && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{path}: `{room}` may not import `{import}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pure_rooms_touch_nothing() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        if room_of(&path).is_some_and(|room| PURE.contains(&room)) {
            let used = WORLD.iter().filter(|world| {
                text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(**world))
            });
            wrong.extend(used.map(|world| format!("{path}: mentions `{world}`")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_says_what_it_is() {
    let silent: Vec<String> =
        sources("src").into_iter().filter(|(_, text)| !text.starts_with("//!")).map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "no `//!` on top of: {}", silent.join(", "));
}

/// Tests are built with more features of `regex` than the program, because tools for tests ask for them. A pattern
/// that needs one passes every test and panics in people's hands.
#[test]
fn patterns_need_only_what_the_program_carries() {
    let wrong: Vec<String> = sources("src")
        .into_iter()
        .filter(|(_, text)| text.contains("(?i:") || text.contains("(?i)"))
        .map(|(path, _)| format!("{path}: write `(?i-u:…)`, which needs no Unicode tables"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_test_file_is_forgotten() {
    let tests = sources("tests/it");
    let forgotten: Vec<&str> = tests
        .iter()
        .filter(|(path, _)| !path.ends_with("main.rs"))
        .filter(|(path, _)| {
            let path = Path::new(path);
            let is_mod = path.file_stem().unwrap() == "mod";
            let (folder, name) = if is_mod {
                (path.parent().unwrap().parent().unwrap(), path.parent().unwrap().file_name().unwrap())
            } else {
                (path.parent().unwrap(), path.file_stem().unwrap())
            };
            let line = format!("mod {};", name.to_str().unwrap());
            let lists = |file: &str| {
                tests.iter().any(|(other, text)| Path::new(other) == folder.join(file) && text.contains(&line))
            };
            !lists("mod.rs") && !lists("main.rs")
        })
        .map(|(path, _)| path.as_str())
        .collect();
    assert!(forgotten.is_empty(), "not listed by any `mod` line: {}", forgotten.join(", "));
}

#[test]
fn an_upward_import_would_be_found() {
    let text = "use crate::{model::Slug, store::{load as _}, cli};\nuse crate::rules;\n// crate::http\n";
    let found = imports(text);
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), ["cli", "model", "rules", "store"]);
}
