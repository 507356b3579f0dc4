//! Bringing two people's changes of one file together.
//!
//! Keys are merged by what they say, so that changes of neighbouring lines do not disturb each other; bodies
//! and files without keys are merged line by line. Where both sides changed the same thing, ours is kept and
//! the conflict is told: a merged file never holds conflict markers, since it would not be read any more.

mod fields;
mod lines;
mod lists;
pub mod marks;
mod meaning;
mod records;
#[cfg(test)]
mod tests;

pub use lines::MERGE_LINES_MAX;

use super::document::yaml_part;
use super::front_matter;
use super::layout::{self, Kind};
use super::patch::{self, Edit, Value};
use super::yaml::{self, Data};
use crate::diag::{Diagnostic, KeyPath, Place};
use lines::Clash;

/// A file after a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// Its text.
    pub text: String,
    /// What both sides changed in different ways; the text has ours.
    pub conflicts: Vec<Conflict>,
}

/// Something both sides changed in different ways; ours was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// The value of a key.
    Value {
        /// Which.
        path: KeyPath,
        /// What it is on our side, and in the merged file; `None` if it is not there.
        ours: Option<Value>,
        /// What it is on their side.
        theirs: Option<Value>,
    },
    /// Lines of the body, or of a file without keys.
    Lines {
        /// The first of them in the merged text, in bytes.
        at: usize,
        /// Our lines.
        ours: String,
        /// Their lines.
        theirs: String,
    },
}

impl Conflict {
    /// The same for people, about the merged file.
    pub fn diagnostic(&self, file: &str) -> Diagnostic {
        let code = "merge-conflict";
        match self {
            Self::Value { path, ours, theirs } => {
                let say =
                    |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), |value| format!("`{value}`"));
                let message = format!("both sides changed `{path}`: here it is {}, there {}", say(ours), say(theirs));
                let help = "what was here is kept; change it if the other is right";
                Diagnostic::warning(code, Place::value(file, path.clone()), message).help(help)
            }
            Self::Lines { at, theirs, .. } => {
                let count = theirs.lines().count();
                let message = format!("both sides changed these lines; there they are {count} others");
                let shown: String = theirs.chars().take(400).collect();
                let help = format!("what was here is kept; there it says:\n{shown}");
                Diagnostic::warning(code, Place::span(file, *at..*at), message).help(help)
            }
        }
    }
}

/// Merges what `ours` and `theirs` made of `base`, three texts of the file at `path`. An empty text stands for
/// a file that is not there: removed on one side and changed on the other, it is a conflict as a whole.
pub fn merge(path: &str, base: &str, ours: &str, theirs: &str) -> Merged {
    if ours == theirs || base == theirs {
        return Merged { text: ours.to_owned(), conflicts: Vec::new() };
    }
    if base == ours {
        return Merged { text: theirs.to_owned(), conflicts: Vec::new() };
    }
    let kind = layout::locate(path).kind;
    if let Some(merged) = records::merge(kind, base, ours, theirs) {
        return merged;
    }
    if ours.is_empty() || theirs.is_empty() {
        // One side removed the file and the other changed it: that every key is gone is not what was meant.
        let conflict = Conflict::Lines { at: 0, ours: ours.to_owned(), theirs: theirs.to_owned() };
        return Merged { text: ours.to_owned(), conflicts: vec![conflict] };
    }
    // An editor that changed the line ends has not changed every line.
    let (base, theirs) = (with_ends_of(ours, base), with_ends_of(ours, theirs));
    let sides = (Side::read(kind, &base), Side::read(kind, ours), Side::read(kind, &theirs));
    if let (Some(base), Some(ours), Some(theirs)) = sides {
        return merge_sides(path, kind, &base, &ours, &theirs);
    }
    let (text, clashes) = lines::merge(&base, ours, &theirs);
    Merged { text, conflicts: told(clashes, 0) }
}

fn merge_sides(path: &str, kind: Kind, base: &Side<'_>, ours: &Side<'_>, theirs: &Side<'_>) -> Merged {
    let mut conflicts = Vec::new();
    let root = KeyPath::default();
    let wanted = fields::merge(kind, [&base.value, &ours.value, &theirs.value].map(Some), &root, &mut conflicts)
        .unwrap_or_else(|| Value::Map(Vec::new()));
    // Merging the lines keeps what both sides did to comments and notation. What it got wrong is put right key
    // by key; if that is not possible, our text is what theirs is written into.
    let by_lines = merge_lines(kind, base, ours, theirs).and_then(|(text, value)| {
        let groups = steps(&value, &wanted);
        let edits: Vec<Edit> = groups.into_iter().flat_map(|(_, edits)| edits).collect();
        patch::patch(path, &text, &edits).ok()
    });
    let mut text = match by_lines {
        Some(text) => text,
        None => by_keys(path, ours, theirs, &wanted, &mut conflicts),
    };
    let (body, clashes) = lines::merge(base.body(), ours.body(), theirs.body());
    if body != ours.body() {
        match patch::patch(path, &text, &[Edit::Body(body)]) {
            Ok(after) => text = after,
            Err(_) => {
                let (ours, theirs) = (ours.body().to_owned(), theirs.body().to_owned());
                let at = body_start(kind, &text);
                conflicts.push(Conflict::Lines { at, ours, theirs });
                return Merged { text, conflicts };
            }
        }
    }
    conflicts.extend(told(clashes, body_start(kind, &text)));
    Merged { text, conflicts }
}

/// Writes their changes into our text, key by key; a change that is refused is a conflict.
fn by_keys(path: &str, ours: &Side<'_>, theirs: &Side<'_>, wanted: &Value, conflicts: &mut Vec<Conflict>) -> String {
    let mut text = ours.text.to_owned();
    for (at, edits) in steps(&ours.value, wanted) {
        match patch::patch(path, &text, &edits) {
            Ok(after) => text = after,
            Err(_) => {
                let at = fields::entry_of(&at);
                let (ours, theirs) = (ours.value.at(&at).cloned(), theirs.value.at(&at).cloned());
                let conflict = Conflict::Value { path: at, ours, theirs };
                if !conflicts.contains(&conflict) {
                    conflicts.push(conflict);
                }
            }
        }
    }
    text
}

fn steps(from: &Value, to: &Value) -> Vec<(KeyPath, Vec<Edit>)> {
    let mut found = Vec::new();
    fields::edits(from, to, &KeyPath::default(), &mut found);
    found
}

/// Our file with the lines of the YAML merged, and what it then says; `None` if it cannot be read.
fn merge_lines(kind: Kind, base: &Side<'_>, ours: &Side<'_>, theirs: &Side<'_>) -> Option<(String, Value)> {
    let range = yaml_part(kind, ours.text)?;
    let (yaml, _) = lines::merge(base.yaml(), ours.yaml(), theirs.yaml());
    let text = [&ours.text[..range.start], &yaml, &ours.text[range.end..]].concat();
    let side = Side::read(kind, &text)?;
    let (value, same_body) = (side.value.clone(), side.body() == ours.body());
    same_body.then_some((text, value))
}

/// One side of a merge that could be read.
struct Side<'t> {
    kind: Kind,
    text: &'t str,
    value: Value,
}

impl<'t> Side<'t> {
    /// Reads a file with keys; `None` if files of this kind have none, or this one has mistakes.
    fn read(kind: Kind, text: &'t str) -> Option<Self> {
        // Every kind of file with keys has some in an empty front matter.
        yaml_part(kind, "---\n---\n")?;
        let Some(yaml) = yaml_part(kind, text) else {
            return Some(Self { kind, text, value: Value::Map(Vec::new()) });
        };
        let parsed = yaml::parse(&text[yaml.clone()], yaml.start);
        let value = match &parsed.root {
            None => Value::Map(Vec::new()),
            Some(root) if root.is_null() => Value::Map(Vec::new()),
            Some(root) if matches!(root.data, Data::Map(_)) => Value::of(root),
            Some(_) => return None,
        };
        let closed = is_whole(kind) || front_matter::split(text).unclosed.is_none();
        (parsed.problems.is_empty() && closed).then_some(Self { kind, text, value })
    }

    fn yaml(&self) -> &'t str {
        yaml_part(self.kind, self.text).map_or("", |range| &self.text[range])
    }

    fn body(&self) -> &'t str {
        if is_whole(self.kind) { "" } else { &self.text[front_matter::split(self.text).body] }
    }
}

/// Whether all of the file is YAML.
fn is_whole(kind: Kind) -> bool {
    yaml_part(kind, "").is_some()
}

fn body_start(kind: Kind, text: &str) -> usize {
    if is_whole(kind) { 0 } else { front_matter::split(text).body.start }
}

fn told(clashes: Vec<Clash>, offset: usize) -> Vec<Conflict> {
    let tell = |clash: Clash| Conflict::Lines { at: clash.at + offset, ours: clash.ours, theirs: clash.theirs };
    clashes.into_iter().map(tell).collect()
}

/// The text with the line ends of `model`, if each of the two has one kind of them.
fn with_ends_of(model: &str, text: &str) -> String {
    let count = |text: &str, end: &str| text.matches(end).count();
    match (count(model, "\r\n"), count(model, "\n")) {
        (0, 1..) => text.replace("\r\n", "\n"),
        (crlf, all) if crlf == all && count(text, "\r\n") == 0 => text.replace('\n', "\r\n"),
        _ => text.to_owned(),
    }
}
