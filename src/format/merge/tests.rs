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
            "l: [{a: 2}, {a: 3}]\n",
            &[],
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

/// What the meaning of a key decides, whoever asks: the same text comes out with the sides exchanged.
#[test]
fn what_a_file_means_decides_how_it_merges() {
    const LOCK: &str = "tickets/0000/ACME-1.lock";
    const SEGMENT: &str = "ledger/2026-11/20-1.jsonl";
    const AGENT: &str = "agents/a/agent.yaml";
    let ticket = |status: &str, more: &str| format!("---\nid: ACME-1\nstatus: {status}\n{more}---\n");
    let lock = |holder: &str, fence: u32| format!("holder: {holder}\nclone: c-1\nfence: {fence}\n");
    let line = |id: &str, cost: u32| format!("{{\"id\":\"{id}\",\"cost\":\"{cost}\"}}\n");
    let budgets = |items: &[&str]| {
        format!("budgets:\n{}", items.iter().map(|item| format!("  - {{{item}}}\n")).collect::<String>())
    };
    let (company, cto) = ("scope: company, window: month, limit: 1 USD", "scope: agent:cto, window: day, limit: 1 USD");
    let company_two = "scope: company, window: month, limit: 2 USD";
    let mut wrong = Vec::new();
    for (name, file, base, ours, theirs, expected) in [
        (
            "forward beats less far",
            TICKET,
            ticket("in_progress", ""),
            ticket("in_review", ""),
            ticket("done", ""),
            Some(ticket("done", "")),
        ),
        (
            "cancelled after a start",
            TICKET,
            ticket("todo", ""),
            ticket("in_progress", ""),
            ticket("cancelled", ""),
            Some(ticket("cancelled", "")),
        ),
        ("two ways to end", TICKET, ticket("in_progress", ""), ticket("done", ""), ticket("cancelled", ""), None),
        ("done and given back", TICKET, ticket("in_progress", ""), ticket("done", ""), ticket("todo", ""), None),
        ("either order", TICKET, ticket("todo", ""), ticket("in_progress", ""), ticket("blocked", ""), None),
        (
            "the higher fence",
            TICKET,
            ticket("todo", "fence: 3\n"),
            ticket("todo", "fence: 10\n"),
            ticket("todo", "fence: 9\n"),
            Some(ticket("todo", "fence: 10\n")),
        ),
        (
            "closed twice",
            TICKET,
            ticket("in_progress", ""),
            ticket("done", "closed: 2026-11-20T10:00:00Z\n"),
            ticket("done", "closed: 2026-11-19T10:00:00Z\n"),
            Some(ticket("done", "closed: 2026-11-19T10:00:00Z\n")),
        ),
        (
            "two tickets with one id",
            TICKET,
            String::new(),
            ticket("todo", "title: a\n"),
            ticket("todo", "title: b\n"),
            None,
        ),
        (
            "labels",
            TICKET,
            ticket("todo", "labels: [a]\n"),
            ticket("todo", "labels: [a, b]\n"),
            ticket("todo", "labels: []\n"),
            Some(ticket("todo", "labels: [b]\n")),
        ),
        (
            "labels in another order",
            TICKET,
            ticket("todo", "labels: [a, b]\n"),
            ticket("todo", "labels: [b, a, c]\n"),
            ticket("todo", "labels: [a, b, d]\n"),
            Some(ticket("todo", "labels: [b, a, c, d]\n")),
        ),
        ("the newer checkout", LOCK, lock("a", 1), lock("b", 2), lock("c", 3), Some(lock("c", 3))),
        ("a checkout after it was freed", LOCK, lock("a", 1), String::new(), lock("c", 3), Some(lock("c", 3))),
        ("two checkouts at once", LOCK, String::new(), lock("b", 2), lock("c", 2), None),
        (
            "two homes",
            "home.yaml",
            "clone: c-1\nfence: 1\n".into(),
            "clone: c-2\nfence: 2\n".into(),
            "clone: c-3\nfence: 2\n".into(),
            None,
        ),
        (
            "lines of the ledger",
            SEGMENT,
            line("r-2", 1),
            line("r-2", 1) + &line("r-4", 1),
            line("r-2", 1) + &line("r-3", 1) + &line("r-1", 1),
            Some(line("r-1", 1) + &line("r-2", 1) + &line("r-3", 1) + &line("r-4", 1)),
        ),
        (
            "a line that was taken back",
            SEGMENT,
            line("r-1", 1) + &line("r-2", 1),
            line("r-2", 1),
            line("r-1", 1) + &line("r-2", 1) + &line("r-3", 1),
            Some(line("r-1", 1) + &line("r-2", 1) + &line("r-3", 1)),
        ),
        ("one line said in two ways", SEGMENT, String::new(), line("r-1", 1), line("r-1", 2), None),
        ("a secret", "secrets/A.age", "x\ny\nz\n".into(), "X\ny\nz\n".into(), "x\ny\nZ\n".into(), None),
        (
            "two timers",
            AGENT,
            "heartbeat:\n  prompt: p\n".into(),
            "heartbeat:\n  prompt: p\n  every: 1h\n".into(),
            "heartbeat:\n  prompt: p\n  cron: 0 9 * * *\n".into(),
            None,
        ),
        (
            "a timer and a prompt",
            AGENT,
            "heartbeat:\n  prompt: p\n".into(),
            "heartbeat:\n  prompt: q\n".into(),
            "heartbeat:\n  prompt: p\n  every: 1h\n".into(),
            Some("heartbeat:\n  prompt: q\n  every: 1h\n".into()),
        ),
        (
            "a budget changed, another added",
            "budgets.yaml",
            budgets(&[company]),
            budgets(&[company_two]),
            budgets(&[company, cto]),
            Some(budgets(&[company_two, cto])),
        ),
        (
            "a budget removed, another added",
            "budgets.yaml",
            budgets(&[company]),
            budgets(&[company, cto]),
            "budgets: []\n".into(),
            Some(budgets(&[cto])),
        ),
        (
            "a budget removed and changed",
            "budgets.yaml",
            budgets(&[company, cto]),
            budgets(&[cto]),
            budgets(&[company_two, cto]),
            None,
        ),
    ] {
        let sides = [(&ours, &theirs), (&theirs, &ours)];
        let found = sides.map(|(one, other)| {
            let merged = merge(file, &base, one, other);
            if merged.conflicts.is_empty() {
                Some(merged.text)
            } else {
                assert_eq!(merged.text, **one, "{name}: ours stays");
                None
            }
        });
        // A list says the same in another order.
        let kind = layout::locate(file).kind;
        let sorted = |text: &str| {
            let mut value = Side::read(kind, text).unwrap().value;
            if let Value::Map(entries) = &mut value {
                for (key, value) in entries {
                    if let (Value::List(items), "labels" | "budgets") = (value, key.as_str()) {
                        items.sort_by_key(ToString::to_string);
                    }
                }
            }
            value
        };
        let same = |one: &Option<String>, other: &Option<String>| match (one, other) {
            (Some(one), Some(other)) if file != SEGMENT => sorted(one).same(&sorted(other)),
            (one, other) => one == other,
        };
        if !found.iter().all(|found| same(found, &expected)) {
            wrong.push(format!("{name}\n  found    {found:?}\n  expected {expected:?}"));
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
