//! The formats of files: what is frozen in `tests/fixtures/formats` is read for ever, and the published schemas say
//! what the program says, value by value.

use corp::diag::Severity;
use corp::format::{document, front_matter, layout, schema, yaml};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of the frozen company, by path.
fn fixtures() -> BTreeMap<String, String> {
    fn walk(top: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(top, &path, found);
            } else {
                let name = path.strip_prefix(top).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let top = root().join("tests/fixtures/formats/v1");
    let mut found = BTreeMap::new();
    walk(&top, &top, &mut found);
    found
}

/// The file's keys and values as JSON, the way an editor's YAML reader would understand them.
fn json_of(node: &yaml::Node<'_>) -> Json {
    match &node.data {
        yaml::Data::Map(entries) => entries
            .iter()
            .map(|(key, value)| (key.text().unwrap().to_owned(), json_of(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        yaml::Data::List(items) => items.iter().map(json_of).collect::<Vec<_>>().into(),
        yaml::Data::Scalar(_, _) if node.is_null() => Json::Null,
        yaml::Data::Scalar(text, yaml::Style::Plain) => match &**text {
            "true" => json!(true),
            "false" => json!(false),
            text if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') && !text.starts_with("00") => {
                serde_json::from_str::<serde_json::Number>(text).map_or_else(|_| json!(text), Json::Number)
            }
            text => json!(text),
        },
        yaml::Data::Scalar(text, _) => json!(text),
    }
}

/// The documents in a file: one, or one for each line.
fn documents(path: &str, text: &str) -> Vec<Json> {
    let parse = |text: &str| json_of(&yaml::parse(text, 0).root.unwrap());
    match layout::locate(path).kind {
        layout::Kind::LedgerSegment => text.lines().map(parse).collect(),
        kind if schema::of(kind).is_none() => Vec::new(),
        _ => vec![parse(front_matter::split(text).yaml.map_or(text, |range| &text[range]))],
    }
}

/// A file of that kind that says `document`.
fn file_of(path: &str, document: &Json) -> String {
    if path.ends_with(".md") { format!("---\n{document}\n---\n") } else { format!("{document}\n") }
}

fn errors(path: &str, text: &str) -> Vec<String> {
    let (_, diagnostics) = document::read(path, text);
    diagnostics
        .into_iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .map(|diagnostic| format!("{}: {}", diagnostic.code, diagnostic.message))
        .collect()
}

#[test]
fn the_published_schemas_are_the_ones_of_this_program() {
    let folder = root().join("schemas");
    let bless = std::env::var_os("BLESS").is_some();
    let mut names = BTreeSet::new();
    for kind in schema::kinds() {
        let name = format!("{kind}.json");
        let text = schema::text(kind).unwrap();
        if bless {
            std::fs::write(folder.join(&name), &text).unwrap();
        }
        let published = std::fs::read_to_string(folder.join(&name)).unwrap_or_default();
        assert!(published == text, "schemas/{name} is not what `corp schema {kind}` prints; run BLESS=1 cargo test");
        names.insert(name);
    }
    let files: BTreeSet<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(files, names);
}

#[test]
fn what_is_frozen_is_read_without_a_word() {
    for (path, text) in fixtures() {
        let (_, diagnostics) = document::read(&path, &text);
        assert_eq!(diagnostics, [], "{path}");
        for document in documents(&path, &text) {
            let schema = schema::of(layout::locate(&path).kind).unwrap();
            let validator = jsonschema::validator_for(&schema).unwrap();
            let wrong: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
            assert!(wrong.is_empty(), "{path}: {wrong:?}");
        }
    }
}

#[test]
fn every_key_of_every_kind_is_frozen() {
    let mut used: BTreeMap<layout::Kind, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in fixtures() {
        for document in documents(&path, &text) {
            let keys = document.as_object().unwrap().keys().cloned();
            used.entry(layout::locate(&path).kind).or_default().extend(keys);
        }
    }
    for kind in schema::kinds() {
        let schema = schema::of(kind).unwrap();
        let keys: BTreeSet<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        let missing: Vec<_> = keys.difference(used.get(&kind).unwrap_or(&BTreeSet::new())).cloned().collect();
        assert!(
            missing.is_empty() || matches!(kind, layout::Kind::Skill | layout::Kind::LedgerSegment),
            "no fixture of {kind} uses {missing:?}"
        );
    }
}

/// Values put in the place of every value of every fixture, to see whether schema and program agree about them.
fn probes() -> Vec<Json> {
    let texts = [
        "",
        "x",
        "X",
        "no",
        "3",
        "-1",
        "1.5",
        "017",
        "true",
        "30m",
        "0s",
        "2.00 USD",
        "2.000000001 USD",
        "5M",
        "1MiB",
        "80%",
        "5M tokens",
        "100 runs",
        "company",
        "agent:",
        "month",
        "rolling 5h",
        "ACME-1",
        "ACME-0",
        "AP-1",
        "c-7f3a0001",
        "Europe/Berlin",
        "08:00-20:00",
        "0 9 * * 1-5",
        "2026-12-01",
        "2026-11-20T10:00:00Z",
        "a-b",
        "a--b",
        "GH_TOKEN",
        "isolated",
        "session:x",
        " x",
        "x\ny",
    ];
    let others = [
        json!(null),
        json!(true),
        json!(3),
        json!(-1),
        json!(1.5),
        json!([]),
        json!({}),
        json!(["x"]),
        json!({"x": 1}),
    ];
    texts.into_iter().map(Json::from).chain(others).collect()
}

/// The paths of all values in a document.
fn places(value: &Json, here: &str, found: &mut Vec<String>) {
    match value {
        Json::Object(entries) => entries.iter().for_each(|(key, value)| {
            let path = format!("{here}/{key}");
            places(value, &path, found);
            found.push(path);
        }),
        Json::Array(items) => items.iter().enumerate().for_each(|(at, value)| {
            let path = format!("{here}/{at}");
            places(value, &path, found);
            found.push(path);
        }),
        _ => {}
    }
}

/// Keys whose values a pattern cannot judge to the end: zones that exist, dates that come, expressions that fire.
/// There the schema may take what the program refuses, never the other way round.
const MEANING: [&str; 3] = ["timezone", "cron", "at"];

/// Keys whose text is not judged by the program yet.
const LATER: [&str; 3] = ["active_hours", "cron", "at"];

#[test]
fn schema_and_program_agree_about_every_value() {
    let mut differences = BTreeSet::new();
    let mut compared = 0;
    for (path, text) in fixtures() {
        let kind = layout::locate(&path).kind;
        let Some(schema) = schema::of(kind).filter(|_| kind != layout::Kind::LedgerSegment) else { continue };
        let validator = jsonschema::validator_for(&schema).unwrap();
        let document = &documents(&path, &text)[0];
        let mut pointers = Vec::new();
        places(document, "", &mut pointers);
        for pointer in pointers {
            for probe in probes() {
                let mut changed = document.clone();
                *changed.pointer_mut(&pointer).unwrap() = probe.clone();
                let found = errors(&path, &file_of(&path, &changed));
                compared += 1;
                let key = pointer.rsplit('/').next().unwrap();
                if LATER.contains(&key) || MEANING.contains(&key) && validator.is_valid(&changed) {
                    continue;
                }
                if validator.is_valid(&changed) != found.is_empty() {
                    let says = if found.is_empty() { "the program takes it" } else { "the schema takes it" };
                    differences.insert(format!("{kind} {pointer} = {probe}: {says} {found:?}"));
                }
            }
        }
    }
    assert!(compared > 5_000, "{compared}");
    let shown: Vec<_> = differences.iter().take(400).cloned().collect();
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), shown.join("\n"));
}

#[test]
fn removing_a_key_is_judged_alike_too() {
    for (path, text) in fixtures() {
        let kind = layout::locate(&path).kind;
        let Some(schema) = schema::of(kind).filter(|_| kind != layout::Kind::LedgerSegment) else { continue };
        let validator = jsonschema::validator_for(&schema).unwrap();
        let document = &documents(&path, &text)[0];
        for key in document.as_object().unwrap().keys() {
            let mut changed = document.clone();
            changed.as_object_mut().unwrap().shift_remove(key);
            let found = errors(&path, &file_of(&path, &changed));
            assert_eq!(validator.is_valid(&changed), found.is_empty(), "{path} without {key}: {found:?}");
        }
    }
}

/// The tables of keys in `docs/file-format.md`.
fn tables() -> String {
    let mut text = String::new();
    let files = [
        ("company", "COMPANY.md"),
        ("corp", "corp.yaml"),
        ("home", "home.yaml"),
        ("budgets", "budgets.yaml"),
        ("prices", "prices.yaml"),
        ("agent", "agents/<slug>/AGENTS.md"),
        ("agent-settings", "agents/<slug>/agent.yaml"),
        ("team", "teams/<slug>/TEAM.md"),
        ("goal", "goals/<slug>.md"),
        ("project", "projects/<slug>/PROJECT.md"),
        ("project-settings", "projects/<slug>/project.yaml"),
        ("task", "tasks/<slug>/TASK.md"),
        ("routine", "tasks/<slug>/routine.yaml"),
        ("skill", "skills/<slug>/SKILL.md"),
        ("ticket", "tickets/<bucket>/<id>.md"),
        ("lock", "tickets/<bucket>/<id>.lock"),
        ("entry", "tickets/<bucket>/<id>/<entry>.md"),
        ("approval", "approvals/<id>.md"),
        ("secret", "secrets/<NAME>.yaml"),
        ("vault", "vaults/<id>.yaml"),
        ("ledger-run", "ledger/open/<run>.json"),
        ("ledger-segment", "ledger/<month>/<day>-<n>.jsonl"),
    ];
    let kinds: Vec<String> = schema::kinds().map(|kind| kind.to_string()).collect();
    assert_eq!(kinds, files.map(|(kind, _)| kind), "a kind is missing here");
    for (kind, (_, file)) in schema::kinds().zip(files) {
        if kind == layout::Kind::LedgerSegment {
            write!(text, "\n### `{file}`\n\nJSON lines, each with the keys of an open run.\n").unwrap();
            continue;
        }
        let schema = schema::of(kind).unwrap();
        write!(text, "\n### `{file}`\n\n{}\n", schema["description"].as_str().unwrap()).unwrap();
        table(&schema, &mut text);
        for (name, part) in schema["$defs"].as_object().into_iter().flatten() {
            write!(text, "\n**{name}**: {}\n", part["description"].as_str().unwrap_or_default()).unwrap();
            table(part, &mut text);
        }
    }
    text
}

fn table(schema: &Json, text: &mut String) {
    let Some(properties) = schema["properties"].as_object() else { return };
    text.push_str("\n| key | value | |\n| --- | --- | --- |\n");
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    for (key, property) in properties {
        let star = if required.contains(&key.as_str()) { " (required)" } else { "" };
        let doc = property["description"].as_str().unwrap_or_default().replace('|', "\\|");
        writeln!(text, "| `{key}`{star} | {} | {doc} |", value_of(property)).unwrap();
    }
}

/// What stands under a key, in a few words.
fn value_of(schema: &Json) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return format!("**{}**", name.rsplit('/').next().unwrap());
    }
    if let Some(first) = schema["anyOf"].as_array().or(schema["allOf"].as_array()).and_then(|choices| choices.first()) {
        return value_of(first);
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> = words.iter().filter_map(Json::as_str).map(|word| format!("`{word}`")).collect();
        return words.join(" ");
    }
    let types: Vec<&str> = match &schema["type"] {
        Json::String(kind) => vec![kind],
        Json::Array(kinds) => kinds.iter().filter_map(Json::as_str).collect(),
        _ => vec![],
    };
    match types.first() {
        Some(&"array") => format!("list of {}", value_of(&schema["items"])),
        Some(&"object") if schema["additionalProperties"].is_object() => {
            format!("mapping to {}", value_of(&schema["additionalProperties"]))
        }
        Some(&"object") => "mapping".to_owned(),
        Some(&"boolean") => "`true` `false`".to_owned(),
        Some(&"integer") => "whole number".to_owned(),
        Some(_) => "text".to_owned(),
        None => "anything".to_owned(),
    }
}

#[test]
fn the_page_about_the_files_has_the_keys_of_this_program() {
    let path = root().join("docs/file-format.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = ("<!-- generated: BLESS=1 cargo test -->\n", "<!-- end of generated -->");
    let (before, rest) = page.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let expected = format!("{before}{begin}{}\n{end}{after}", tables());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &expected).unwrap();
        return;
    }
    assert!(page == expected, "docs/file-format.md is not what the types say; run BLESS=1 cargo test");
}
