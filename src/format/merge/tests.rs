//! Tables of merges, and what holds for all of them.

use super::*;
use crate::format::patch::messy::{Messy, Tape, value};
use proptest::collection::vec;
use proptest::prelude::*;

const TICKET: &str = "tickets/0000/ACME-1.md";
const YAML: &str = "vaults/a.yaml";
const PAPER: &str = "agents/a/HEARTBEAT.md";

/// What a conflict is about, in one line.
fn about(conflict: &Conflict) -> String {
    let say = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), ToString::to_string);
    match conflict {
        Conflict::Value { path, ours, theirs } => format!("{path}: {} / {}", say(ours), say(theirs)),
        Conflict::Lines { at, ours, theirs } => format!("{at}: {ours:?} / {theirs:?}"),
    }
}

#[test]
fn merges() {
    let mut wrong = Vec::new();
    for (name, file, base, ours, theirs, expected, conflicts) in [
        (
            "neighbouring lines",
            TICKET,
            "---\nstatus: todo\nassignee: a\n---\n",
            "---\nstatus: done # c\nassignee: a\n---\n",
            "---\nstatus: todo\nassignee: b\n---\n",
            "---\nstatus: done # c\nassignee: b\n---\n",
            &[][..],
        ),
        (
            "comments of both",
            YAML,
            "a: 1\nb: 2\nc: 3\n",
            "# ours\na: 1\nb: 2\nc: 3\n",
            "a: 1\nb: 2\n# theirs\nc: 4\n",
            "# ours\na: 1\nb: 2\n# theirs\nc: 4\n",
            &[],
        ),
        ("same value, other notation", YAML, "a: x\nb: 1\n", "a: 'y'\nb: 1\n", "a: y\nb: 2\n", "a: 'y'\nb: 2\n", &[]),
        ("same key", YAML, "a: 1\nb: 1\n", "a: 2\nb: 1\n", "a: 3\nb: 2\n", "a: 2\nb: 2\n", &["a: 2 / 3"]),
        ("removed and changed", YAML, "a: 1\nb: 1\n", "b: 1\n", "a: 3\nb: 2\n", "b: 2\n", &["a: - / 3"]),
        ("changed and removed", YAML, "a: 1\nb: 1\n", "a: 2\nb: 1\n", "b: 1\n", "a: 2\nb: 1\n", &["a: 2 / -"]),
        ("both removed", YAML, "a: 1\nb: 1\n", "b: 1\n", "b: 2\n", "b: 2\n", &[]),
        ("both added", YAML, "a: 1\n", "a: 1\nb: 2\n", "a: 1\nc: 3\n", "a: 1\nb: 2\nc: 3\n", &[]),
        ("both added the same key", YAML, "a: 1\n", "a: 1\nb: 2\n", "a: 1\nb: 3\n", "a: 1\nb: 2\n", &["b: 2 / 3"]),
        ("both added a mapping", YAML, "", "b: {c: 1}\n", "b: {d: 2}\n", "b: {c: 1, d: 2}\n", &[]),
        ("nested", YAML, "a: {b: 1, c: 2}\n", "a: {b: 3, c: 2}\n", "a: {b: 1, c: 4}\n", "a: {b: 3, c: 4}\n", &[]),
        ("sets", YAML, "l: [a, b, c]\n", "l: [a, c, x] # c\n", "l: [a, b, y]\n", "l: [a, x, y] # c\n", &[]),
        (
            "sets on lines",
            YAML,
            "l:\n  - a # 1\n  - b\n",
            "l:\n  - a # 1\n  - b\n  - c # 3\n",
            "l:\n  - b\n  - d\n",
            "l:\n  - b\n  - c # 3\n  - d\n",
            &[],
        ),
        (
            "another order",
            YAML,
            "l: [a, b]\n",
            "l: [b, a]\n",
            "l: [a, b, c]\n",
            "l: [b, a]\n",
            &["l: [b, a] / [a, b, c]"],
        ),
        (
            "lists of mappings",
            YAML,
            "l: [{a: 1}]\n",
            "l: [{a: 2}]\n",
            "l: [{a: 1}, {a: 3}]\n",
            "l: [{a: 2}]\n",
            &["l: [{a: 2}] / [{a: 1}, {a: 3}]"],
        ),
        (
            "one changes an item",
            YAML,
            "l:\n- {a: 1} # c\nb: 1\n",
            "l:\n- {a: 1} # c\nb: 2\n",
            "l:\n- {a: 3} # c\nb: 1\n",
            "l:\n- {a: 3} # c\nb: 2\n",
            &[],
        ),
        ("number and text", YAML, "a: 1\nb: 1\n", "a: '1'\nb: 1\n", "a: 1\nb: 2\n", "a: '1'\nb: 2\n", &[]),
        (
            "body and keys",
            TICKET,
            "---\na: 1\n---\nx\ny\n",
            "---\na: 2\n---\nx\ny\n",
            "---\na: 1\n---\nx\nz\n",
            "---\na: 2\n---\nx\nz\n",
            &[],
        ),
        (
            "bodies clash",
            TICKET,
            "---\na: 1\n---\nx\n",
            "---\na: 1\n---\ny\n",
            "---\na: 2\n---\nz\n",
            "---\na: 2\n---\ny\n",
            &["13: \"y\\n\" / \"z\\n\""],
        ),
        ("front matter is new there", TICKET, "x\n", "x\ny\n", "---\na: 1\n---\nx\n", "---\na: 1\n---\nx\ny\n", &[]),
        (
            "line ends",
            TICKET,
            "---\na: 1\n---\nx\ny\n",
            "---\r\na: 1\r\n---\r\nx\r\ny\r\n",
            "---\na: 2\n---\nx\nz\n",
            "---\r\na: 2\r\n---\r\nx\r\nz\r\n",
            &[],
        ),
        (
            "broken there, by lines",
            YAML,
            "a: 1\nb: 1\n\nc: 1\n",
            "a: 2\nb: 1\n\nc: 1\n",
            "a: 1\nb: 1\n\nc: [\n",
            "a: 2\nb: 1\n\nc: [\n",
            &[],
        ),
        (
            "anchor",
            YAML,
            "a: &x 1\nb: *x\nc: 1\n",
            "a: &x 1\nb: *x\nc: 2\n",
            "a: &x 2\nb: 1\nc: 1\n",
            "a: &x 1\nb: *x\nc: 2\n",
            &["a: 1 / 2"],
        ),
        ("paper", PAPER, "a\nb\nc\n", "x\nb\nc\n", "a\nb\ny\n", "x\nb\ny\n", &[]),
        ("removed there", YAML, "a: 1\nb: 1\n", "a: 2\nb: 1\n", "", "a: 2\nb: 1\n", &["0: \"a: 2\\nb: 1\\n\" / \"\""]),
        ("removed here", YAML, "a: 1\n", "", "a: 2\n", "", &["0: \"\" / \"a: 2\\n\""]),
        ("paper clash", PAPER, "a\nb\n", "x\nb\n", "y\nb\nc\n", "x\nb\nc\n", &["0: \"x\\n\" / \"y\\n\""]),
    ] {
        let merged = merge(file, base, ours, theirs);
        let found: Vec<String> = merged.conflicts.iter().map(about).collect();
        if merged.text != expected || found != conflicts {
            wrong
                .push(format!("{name}\n  found    {:?} {found:?}\n  expected {expected:?} {conflicts:?}", merged.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn conflicts_are_told() {
    let merged = merge(YAML, "a: 1\n", "a: 2\n", "{}\n");
    let diagnostic = merged.conflicts[0].diagnostic(YAML);
    assert_eq!(diagnostic.message, "both sides changed `a`: here it is `2`, there nothing");
    let merged = merge(PAPER, "a\n", "b\n", "c\n");
    let diagnostic = merged.conflicts[0].diagnostic(PAPER);
    assert_eq!(diagnostic.help, ["what was here is kept; there it says:\nc\n"]);
}

/// The document with a few edits; those that make no sense are left out.
fn edited(tape: &mut Tape<'_>, messy: &Messy, text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..1 + tape.below(3) {
        let all: Vec<&KeyPath> = messy.block.iter().chain(&messy.flow).map(|(path, _)| path).collect();
        let path = if all.is_empty() { KeyPath::from("new") } else { all[tape.below(all.len())].clone() };
        let edit = match tape.below(4) {
            0 => Edit::Set(path, value(tape, 1)),
            1 => Edit::Remove(path),
            2 => Edit::Append(path, value(tape, 1)),
            _ => Edit::Set(KeyPath::from(tape.pick(&["new", "newer"])), value(tape, 1)),
        };
        text = patch::patch(messy.file, &text, &[edit]).unwrap_or(text);
    }
    text
}

fn said(file: &str, text: &str) -> Value {
    Side::read(layout::locate(file).kind, text).map_or(Value::Null, |side| side.value)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_side_alone_wins(tape in vec(any::<u8>(), 0..200)) {
        let mut tape = Tape::new(&tape);
        let messy = Messy::new(&mut tape);
        let base = &messy.text;
        let other = edited(&mut tape, &messy, base);
        let ours = merge(messy.file, base, &other, base);
        prop_assert_eq!(&ours.text, &other);
        let theirs = merge(messy.file, base, base, &other);
        prop_assert_eq!(&theirs.text, &other);
        if other.is_empty() {
            return Ok(());
        }
        // A side that only wrote a comment has not changed anything.
        let commented = match base.strip_prefix("---") {
            Some(rest) => format!("---{}", rest.replacen('\n', "\n# ours\n", 1)),
            None if base.starts_with('\u{feff}') => base.clone(),
            None => format!("# ours\n{base}"),
        };
        let merged = merge(messy.file, base, &commented, &other);
        prop_assert!(merged.conflicts.is_empty(), "{:?}", merged);
        prop_assert!(said(messy.file, &merged.text).same(&said(messy.file, &other)), "{base:?}\n{other:?}\n{merged:?}");
        prop_assert!(commented == *base || merged.text.contains("# ours"));
    }

    #[test]
    fn both_sides_merge_to_the_same_whoever_asks(tape in vec(any::<u8>(), 0..240)) {
        let mut tape = Tape::new(&tape);
        let messy = Messy::new(&mut tape);
        let base = &messy.text;
        let (one, other) = (edited(&mut tape, &messy, base), edited(&mut tape, &messy, base));
        let here = merge(messy.file, base, &one, &other);
        let there = merge(messy.file, base, &other, &one);
        prop_assert_eq!(here.conflicts.is_empty(), there.conflicts.is_empty(), "{:?}\n{:?}\n{:?}\n{:?}\n{:?}", base, one, other, here, there);
        // What is merged can be read.
        let side = Side::read(layout::locate(messy.file).kind, &here.text);
        prop_assert!(side.is_some(), "{here:?}");
        for conflict in &here.conflicts {
            if let Conflict::Value { path, ours, .. } = conflict {
                let kept = said(messy.file, &here.text).at(path).cloned();
                // The order of keys says nothing.
                let same = match (&kept, ours) {
                    (Some(kept), Some(ours)) => kept.same(ours),
                    (kept, ours) => kept.is_none() == ours.is_none(),
                };
                prop_assert!(same, "{path:?}: {kept:?} is not {ours:?}");
            }
        }
    }
}
