//! Tables of edits: what a file says before and after, byte by byte.

use super::*;
use crate::diag::At;

/// `a.b[0]` as a path.
fn path(text: &str) -> KeyPath {
    let mut path = KeyPath::default();
    for part in text.split('.') {
        let (key, indexes) = part.split_at(part.find('[').unwrap_or(part.len()));
        if !key.is_empty() {
            path = path.key(key);
        }
        for index in indexes.split('[').skip(1) {
            path = path.index(index.trim_end_matches(']').parse().unwrap());
        }
    }
    path
}

fn set(at: &str, text: &str) -> Edit {
    Edit::Set(path(at), Value::text(text))
}

fn bare(at: &str, text: &str) -> Edit {
    Edit::Set(path(at), Value::Bare(text.to_owned()))
}

fn put(at: &str, value: Value) -> Edit {
    Edit::Set(path(at), value)
}

fn remove(at: &str) -> Edit {
    Edit::Remove(path(at))
}

fn append(at: &str, text: &str) -> Edit {
    Edit::Append(path(at), Value::text(text))
}

fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| Value::text(*item)).collect())
}

fn map(entries: &[(&str, Value)]) -> Value {
    Value::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
}

/// Keys nobody declared: new ones go to the end.
const YAML: &str = "vaults/a.yaml";

fn check(file: &str, cases: Vec<(&str, &str, Edit, &str)>) {
    let mut wrong = Vec::new();
    for (name, before, edit, after) in cases {
        match patch(file, before, std::slice::from_ref(&edit)) {
            Ok(found) if found == after => {}
            Ok(found) => {
                wrong.push(format!("{name}\n  before   {before:?}\n  found    {found:?}\n  expected {after:?}"));
            }
            Err(error) => wrong.push(format!("{name}\n  before {before:?}\n  refused: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn scalars_in_block_notation() {
    check(
        YAML,
        vec![
            ("plain", "a: 1\nb: x\n", set("b", "y"), "a: 1\nb: y\n"),
            ("same value, nothing happens", "a: 'x'   # c\n", set("a", "x"), "a: 'x'   # c\n"),
            ("comment on the line", "a: x  # why\nb: 1\n", set("a", "y z"), "a: y z  # why\nb: 1\n"),
            ("single quotes stay", "a: 'x'\n", set("a", "it's"), "a: 'it''s'\n"),
            ("double quotes stay", "a: \"x\" # c\n", set("a", "y"), "a: \"y\" # c\n"),
            ("quotes where needed", "a: x\n", set("a", "no"), "a: \"no\"\n"),
            ("a number loses quotes", "a: '1'\n", bare("a", "2"), "a: 2\n"),
            ("a number becomes text", "a: 1\n", set("a", "1"), "a: \"1\"\n"),
            ("a date", "a: 2026-01-01\n", bare("a", "2026-11-20T10:00:00Z"), "a: 2026-11-20T10:00:00Z\n"),
            ("null", "a: x # c\nb: 1\n", put("a", Value::Null), "a: null # c\nb: 1\n"),
            ("empty value", "a:\nb: 1\n", set("a", "x"), "a: x\nb: 1\n"),
            ("empty value, comment", "a: # c\n  # d\nb: 1\n", set("a", "x"), "a: x # c\n  # d\nb: 1\n"),
            ("empty value at the end", "a: 1\nb:", set("b", "x"), "a: 1\nb: x"),
            ("crlf", "a: 1\r\nb: 2\r\n", bare("a", "3"), "a: 3\r\nb: 2\r\n"),
            ("no line end", "a: 1", bare("a", "2"), "a: 2"),
            ("byte order mark", "\u{feff}a: 1\n", bare("a", "2"), "\u{feff}a: 2\n"),
            ("value on the next line", "a:\n  x # c\nb: 1\n", set("a", "y"), "a:\n  y # c\nb: 1\n"),
            ("plain over lines", "a: one\n  two # c\nb: 1\n", set("a", "x"), "a: x # c\nb: 1\n"),
            ("quoted over lines", "a: \"one\n  two\"\nb: 1\n", set("a", "x"), "a: \"x\"\nb: 1\n"),
            ("quoted key", "'a b': 1\n", bare("a b", "2"), "'a b': 2\n"),
            ("decoy in a comment", "# a: 1\na: 1 # a: 1\n", bare("a", "2"), "# a: 1\na: 2 # a: 1\n"),
            ("wide characters", "ä: ö # ü\nb: 1\n", set("ä", "é"), "ä: é # ü\nb: 1\n"),
            ("anchor nobody uses", "a: &x 1 # c\nb: 2\n", bare("a", "3"), "a: &x 3 # c\nb: 2\n"),
            ("tag", "a: !!str 1\nb: 2\n", bare("a", "3"), "a: !!str 3\nb: 2\n"),
            ("alias is replaced", "a: &x 1\nb: *x # c\n", bare("b", "2"), "a: &x 1\nb: 2 # c\n"),
            (
                "deep",
                "a:\n    b:\n        c: 1\n    d: 2\n",
                bare("a.b.c", "3"),
                "a:\n    b:\n        c: 3\n    d: 2\n",
            ),
            ("in a list", "a:\n- x\n- y # c\n", set("a[1]", "z"), "a:\n- x\n- z # c\n"),
            ("in a list of maps", "a:\n  - b: 1\n    c: 2\n", bare("a[0].c", "3"), "a:\n  - b: 1\n    c: 3\n"),
            ("behind the dash", "a:\n  - b: 1\n    c: 2\n", bare("a[0].b", "3"), "a:\n  - b: 3\n    c: 2\n"),
            ("empty item", "a:\n  -\n  - y\n", set("a[0]", "x"), "a:\n  - x\n  - y\n"),
        ],
    );
}

#[test]
fn block_scalars() {
    check(
        YAML,
        vec![
            ("literal", "a: | # c\n  x\n  y\n\nb: 1\n", set("a", "z\n"), "a: | # c\n  z\n\nb: 1\n"),
            ("literal to strip", "a: |\n  x\nb: 1\n", set("a", "y\nz"), "a: |-\n  y\n  z\nb: 1\n"),
            ("blank lines at the end get quotes", "a: |\n  x\nb: 1\n", set("a", "y\n\n"), "a: \"y\\n\\n\"\nb: 1\n"),
            ("keep to literal", "a: |+\n  x\n\nb: 1\n", set("a", "y\n"), "a: |\n  y\nb: 1\n"),
            ("folded", "a: >-\n  x\n  y\nb: 1\n", set("a", "z"), "a: |-\n  z\nb: 1\n"),
            ("literal becomes null", "a: | # c\n  x\n\nb: 1\n", put("a", Value::Null), "a: null # c\n\nb: 1\n"),
            ("literal becomes a number", "- a: |\n    x\n  b: 1\n", bare("[0].a", "2"), "- a: 2\n  b: 1\n"),
            ("plain becomes literal", "a: x # c\nb: 1\n", set("a", "y\nz\n"), "a: | # c\n  y\n  z\nb: 1\n"),
            ("new literal", "a: 1\n", set("b", "x\ny\n"), "a: 1\nb: |\n  x\n  y\n"),
            ("after a literal", "a: |\n  x\n\n", bare("b", "1"), "a: |\n  x\nb: 1\n\n"),
            ("after a literal with +", "a: |+\n  x\n\n", bare("b", "1"), "a: |+\n  x\n\nb: 1\n"),
            ("after a literal without end", "a: |\n  x", bare("b", "1"), "a: |\n  x\nb: 1"),
            ("literal goes", "a: |\n  x\n # c\nb: 1\n", remove("a"), "b: 1\n"),
            ("quoted text keeps one line", "a: \"x\"\n", set("a", "y\nz"), "a: |-\n  y\n  z\n"),
        ],
    );
}

#[test]
fn new_keys() {
    let goal = "goals/a.md";
    check(
        YAML,
        vec![
            ("at the end", "a: 1\n# end\n", bare("b", "2"), "a: 1\nb: 2\n# end\n"),
            ("no line end", "a: 1", bare("b", "2"), "a: 1\nb: 2"),
            ("crlf", "a: 1\r\n", bare("b", "2"), "a: 1\r\nb: 2\r\n"),
            ("behind a comment", "a: 1 # c\n", bare("b", "2"), "a: 1 # c\nb: 2\n"),
            (
                "behind what belongs to the last",
                "a:\n  x: 1\n  # c\n\n# d\n",
                bare("b", "2"),
                "a:\n  x: 1\n  # c\nb: 2\n\n# d\n",
            ),
            ("empty file", "", bare("a", "1"), "a: 1\n"),
            ("byte order mark only", "\u{feff}", bare("a", "1"), "\u{feff}a: 1\n"),
            ("comments only", "# c\n\n# d\n", bare("a", "1"), "# c\n\n# d\na: 1\n"),
            ("comment without end", "# c", bare("a", "1"), "# c\na: 1"),
            ("null document", "~\n", bare("a", "1"), "a: 1\n"),
            ("document mark", "---\n", bare("a", "1"), "---\na: 1\n"),
            ("document end", "a: 1\n...\n", bare("b", "2"), "a: 1\nb: 2\n...\n"),
            ("parents", "a: 1\n", set("b.c.d", "x"), "a: 1\nb:\n  c:\n    d: x\n"),
            ("parents below an empty value", "a:\n# c\n", set("a.b", "x"), "a:\n  b: x\n# c\n"),
            ("the step of the file", "a:\n    b: 1\n", set("c.d", "x"), "a:\n    b: 1\nc:\n    d: x\n"),
            ("in a map in a list", "- a: 1\n- b: 2\n", bare("[0].c", "3"), "- a: 1\n  c: 3\n- b: 2\n"),
            ("key with quotes", "a: 1\n", bare("on", "2"), "a: 1\n\"on\": 2\n"),
            ("list", "a: 1\n", put("b", list(&["x", "y, z"])), "a: 1\nb: [x, \"y, z\"]\n"),
            (
                "list of maps",
                "a:\n- 1\n",
                put("b", Value::List(vec![map(&[("x", Value::Null), ("y", list(&[]))])])),
                "a:\n- 1\nb:\n- x: null\n  y: []\n",
            ),
            (
                "a long list",
                "a: 1\n",
                put(
                    "b",
                    list(&[
                        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                        "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
                    ]),
                ),
                "a: 1\nb:\n  - xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n  - yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n",
            ),
        ],
    );
    check(
        goal,
        vec![
            (
                "order of the kind",
                "---\nname: x # c\nstatus: active\n---\nB\n",
                set("owner", "d"),
                "---\nname: x # c\nowner: d\nstatus: active\n---\nB\n",
            ),
            ("front matter is made", "# T\n", set("name", "x"), "---\nname: x\n---\n# T\n"),
            ("for an empty file", "", set("name", "x"), "---\nname: x\n---\n"),
            (
                "with crlf and byte order mark",
                "\u{feff}# T\r\n",
                set("name", "x"),
                "\u{feff}---\r\nname: x\r\n---\r\n# T\r\n",
            ),
            ("empty front matter", "---\n---\nB", set("name", "x"), "---\nname: x\n---\nB"),
            ("nothing to remove", "# T\n", remove("name"), "# T\n"),
            ("last key goes", "---\nname: x\n---\nB", remove("name"), "---\n---\nB"),
            ("body", "---\nname: x\n---\nB", Edit::Body("C\n".to_owned()), "---\nname: x\n---\nC\n"),
            ("body behind a bare fence", "---\nname: x\n---", Edit::Body("C".to_owned()), "---\nname: x\n---\nC"),
            ("body without front matter", "B", Edit::Body("C".to_owned()), "C"),
        ],
    );
    check(
        "agents/a/HEARTBEAT.md",
        vec![("body of a paper", "\u{feff}B\n", Edit::Body("C\n".to_owned()), "\u{feff}C\n")],
    );
}

#[test]
fn collections() {
    check(
        YAML,
        vec![
            ("block list stays one", "a: # c\n- x\n- y # d\nb: 1\n", put("a", list(&["z"])), "a: # c\n- z\nb: 1\n"),
            ("list becomes text", "a: # c\n  - x\n  - y # d\nb: 1\n", set("a", "z"), "a: z # c\nb: 1\n"),
            (
                "text becomes a map",
                "a: z # c\nb: 1\n",
                put("a", map(&[("x", Value::text("y"))])),
                "a: # c\n  x: y\nb: 1\n",
            ),
            ("empty list becomes full", "a: [] # c\n", put("a", list(&["x"])), "a: [x] # c\n"),
            (
                "map stays block",
                "a:\n   b: 1\n   c: 2\nd: 3\n",
                put("a", map(&[("e", list(&[]))])),
                "a:\n   e: []\nd: 3\n",
            ),
            (
                "item becomes a map",
                "- x # c\n- y\n",
                put("[0]", map(&[("a", Value::text("b")), ("c", Value::text("d"))])),
                "- a: b # c\n  c: d\n- y\n",
            ),
            ("item map becomes text", "- a: 1\n  b: 2 # c\n- y\n", set("[0]", "x"), "- x\n- y\n"),
            ("append", "a:\n  - x # c\n  # d\n\nb: 1\n", append("a", "y"), "a:\n  - x # c\n  - y\n  # d\n\nb: 1\n"),
            ("append without indentation", "a:\n- x\nb: 1\n", append("a", "y"), "a:\n- x\n- y\nb: 1\n"),
            ("append at the very end", "a:\n- x", append("a", "y"), "a:\n- x\n- y"),
            ("append makes a list", "a: 1\n", append("b", "x"), "a: 1\nb: [x]\n"),
            ("append to nothing", "a:\nb: 1\n", append("a", "x"), "a: [x]\nb: 1\n"),
            (
                "append a map like the others",
                "a:\n  - {b: 1}\n",
                Edit::Append(path("a"), map(&[("b", Value::text("c"))])),
                "a:\n  - {b: 1}\n  - {b: c}\n",
            ),
            (
                "append a map",
                "a:\n  - b: 1\n",
                Edit::Append(path("a"), map(&[("b", Value::text("c")), ("d", list(&["e"]))])),
                "a:\n  - b: 1\n  - b: c\n    d: [e]\n",
            ),
            ("append by index", "a:\n  - x\n", set("a[1]", "y"), "a:\n  - x\n  - y\n"),
            ("list in a list", "- - a\n  - b\n- c\n", append("[0]", "d"), "- - a\n  - b\n  - d\n- c\n"),
        ],
    );
}

#[test]
fn removals() {
    check(
        YAML,
        vec![
            ("with its comment", "# x\na: 1 # c\n# y\nb: 2\n", remove("a"), "# x\n# y\nb: 2\n"),
            ("the last", "a: 1\nb: 2\n", remove("b"), "a: 1\n"),
            ("the last without line end", "a: 1\r\nb: 2", remove("b"), "a: 1"),
            ("with its lines", "a:\n  - x\n\n  # c\nb: 2\n", remove("a"), "b: 2\n"),
            ("blank lines stay", "a: 1\n\nb: 2\n\nc: 3\n", remove("b"), "a: 1\n\n\nc: 3\n"),
            ("the only one", "a: 1\n", remove("a"), ""),
            ("the only one of a map", "a:\n  b: 1 # c\nd: 2\n", remove("a.b"), "a: {}\nd: 2\n"),
            ("the only item", "a: # c\n  - x\nd: 2\n", remove("a[0]"), "a: [] # c\nd: 2\n"),
            ("behind the dash", "- a: 1\n  b: 2\n", remove("[0].a"), "- b: 2\n"),
            ("behind the dash, comment", "- a: 1 # c\n  # d\n  b: 2\n", remove("[0].a"), "-\n  # d\n  b: 2\n"),
            ("item", "a:\n- x\n- y # c\n- z\n", remove("a[1]"), "a:\n- x\n- z\n"),
            ("first of a list in a list", "- - a\n  - b\n", remove("[0][0]"), "- - b\n"),
            ("not there", "a: 1\n", remove("b.c[3]"), "a: 1\n"),
        ],
    );
}

#[test]
fn flow_notation() {
    check(
        YAML,
        vec![
            ("set", "a: {b: 1, 'c': \"x\"} # d\n", set("a.c", "y"), "a: {b: 1, 'c': \"y\"} # d\n"),
            ("set where commas count", "a: {b: x}\n", set("a.b", "y, z"), "a: {b: \"y, z\"}\n"),
            ("set an empty value", "a: {b: , c: 1}\n", set("a.b", "x"), "a: {b: x , c: 1}\n"),
            ("add", "a: {b: 1}\n", bare("a.c", "2"), "a: {b: 1, c: 2}\n"),
            ("add to nothing", "a: { }\n", bare("a.c", "2"), "a: {c: 2}\n"),
            ("add behind a comma", "a: [1, 2, ]\n", append("a", "x"), "a: [1, 2, x, ]\n"),
            ("add on a line", "a: [\n  x, # c\n  y # d\n]\n", append("a", "z"), "a: [\n  x, # c\n  y, # d\n  z\n]\n"),
            ("add on a line, comma", "a: [\n  x,\n  y, # d\n]\n", append("a", "z"), "a: [\n  x,\n  y, # d\n  z,\n]\n"),
            ("nested", "a: [{b: [x]}]\n", append("a[0].b", "y"), "a: [{b: [x, y]}]\n"),
            ("map in flow", "a: {b: 1}\n", put("a.c", map(&[("d", list(&["e"]))])), "a: {b: 1, c: {d: [e]}}\n"),
            ("whole list", "a: [x,\n  y] # c\n", put("a", list(&["z"])), "a: [z] # c\n"),
            ("remove first", "a: {b: 1, c: 2}\n", remove("a.b"), "a: {c: 2}\n"),
            ("remove last", "a: {b: 1, c: 2}\n", remove("a.c"), "a: {b: 1}\n"),
            ("remove only", "a: [x]\n", remove("a[0]"), "a: []\n"),
            ("remove before a comma", "a: [x, y, ]\n", remove("a[1]"), "a: [x, ]\n"),
            ("remove a line", "a: [\n  x, # c\n  y, # d\n  z\n]\n", remove("a[1]"), "a: [\n  x, # c\n  z\n]\n"),
            ("remove the last line", "a: [\n  x, # c\n  y # d\n]\n", remove("a[1]"), "a: [\n  x # c\n]\n"),
            ("keep its neighbour's comment", "a: [x, # c\n  y]\n", remove("a[1]"), "a: [x, # c\n  ]\n"),
            ("pair in a list", "a: [b: 1, c]\n", bare("a[0].b", "2"), "a: [b: 2, c]\n"),
            ("null becomes a value", "a: [x, ~]\n", bare("a[1]", "1"), "a: [x, 1]\n"),
        ],
    );
    check(
        "ledger/open/r-1.json",
        vec![
            (
                "json set",
                "{\"id\": \"l-1\", \"usage\": {\"input\":3}}\n",
                bare("usage.input", "4"),
                "{\"id\": \"l-1\", \"usage\": {\"input\":4}}\n",
            ),
            ("json add", "{\"id\": \"l-1\"}\n", set("run", "r-1"), "{\"id\": \"l-1\", \"run\": \"r-1\"}\n"),
        ],
    );
}

#[test]
fn refusals() {
    let mut wrong = Vec::new();
    for (name, file, before, edit, reason, place) in [
        ("broken", YAML, "a: 1\nb: [\n", set("a", "x"), Reason::Unreadable, None),
        ("duplicate key", YAML, "a: 1\na: 2\n", set("a", "x"), Reason::Unreadable, Some("a")),
        ("front matter without end", "goals/a.md", "---\na: 1\n", set("a", "x"), Reason::Unreadable, Some("---")),
        ("keys of a paper", "agents/a/HEARTBEAT.md", "x\n", set("a", "x"), Reason::Kind, None),
        ("body of a settings file", YAML, "a: 1\n", Edit::Body("x".to_owned()), Reason::Kind, None),
        ("no path", YAML, "a: 1\n", put("", Value::Null), Reason::NoPath, None),
        ("text in the way", YAML, "a: {b: x}\n", set("a.b.c", "x"), Reason::InTheWay, Some("b")),
        ("list in the way", YAML, "a: [x]\n", set("a.b", "x"), Reason::InTheWay, Some("a")),
        ("far behind the end", YAML, "a: [x]\n", set("a[2]", "x"), Reason::InTheWay, Some("a")),
        ("append to text", YAML, "a: x\n", append("a", "y"), Reason::InTheWay, Some("a")),
        ("through an alias", YAML, "a: &x {b: 1}\nc: *x\n", set("c.b", "y"), Reason::Alias, Some("*x")),
        ("into an alias", YAML, "a: &x {b: 1}\nc: *x\n", set("c.d", "y"), Reason::Alias, Some("*x")),
        ("append to an alias", YAML, "a: &x [b]\nc: *x\n", append("c", "y"), Reason::Alias, Some("*x")),
        ("anchor others use", YAML, "a: &x 1\nb: *x\n", set("a", "y"), Reason::Elsewhere, Some("b")),
        ("inside an anchor others use", YAML, "a: &x {c: 1}\nb: *x\n", set("a.c", "y"), Reason::Elsewhere, Some("b")),
        ("the anchor goes", YAML, "a: &x 1\nb: *x\n", remove("a"), Reason::Elsewhere, Some("a")),
        ("explicit key", YAML, "? a\n: 1\n", set("a", "y"), Reason::Notation, Some("a")),
        ("pair in a list", YAML, "a: [b: 1]\n", set("a[0].c", "y"), Reason::Notation, Some("b: 1")),
        ("tag of another kind", YAML, "a: !!str x\n", put("a", list(&["y"])), Reason::Tag, Some("a")),
        ("not bare", YAML, "a: x\n", bare("a", "1: 2"), Reason::NotBare, Some("a")),
        ("not bare in flow", YAML, "a: [x]\n", bare("a[0]", "1,2"), Reason::NotBare, Some("x")),
        (
            "body that reads as front matter",
            "goals/a.md",
            "B\n",
            Edit::Body("---\na: 1\n---\n".to_owned()),
            Reason::Elsewhere,
            None,
        ),
    ] {
        match patch(file, before, &[edit]) {
            Ok(after) => wrong.push(format!("{name}: was made, {after:?}")),
            Err(error) => {
                let At::Span(span) = error.place.at.clone() else { panic!("a span") };
                if error.reason != reason || place.is_some_and(|place| place != &before[span.clone()]) {
                    wrong.push(format!("{name}: {:?} at {:?}: {error}", error.reason, &before[span]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn several_edits_are_all_made_or_none() {
    let text = "a: 1\nb: 2\n";
    assert_eq!(patch(YAML, text, &[set("a", "x"), remove("b"), append("c", "y")]).unwrap(), "a: x\nc: [y]\n");
    let error = patch(YAML, text, &[set("a", "x"), set("b.c", "y")]).unwrap_err();
    assert_eq!(error.reason, Reason::InTheWay);
    let diagnostic = error.diagnostic();
    assert_eq!(diagnostic.message, "`b` holds text, not a mapping, so `b.c` cannot be changed");
    assert_eq!(diagnostic.help, ["remove `b` first, or change another key"]);
}
