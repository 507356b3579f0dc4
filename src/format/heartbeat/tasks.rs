//! Finds the tasks: a grammar of lines that looks like YAML and is not.
//!
//! A line `tasks:` opens a block, `- name:` begins an entry, and indented `interval:` and `prompt:` belong to it.
//! Blank lines mean nothing. Any other line ends entry and block, so that what follows is lost until the next
//! `tasks:`. The reader keeps what was odd on the way as [`Oddity`]; it judges nothing.

use super::lines::Lines;
use super::trimmed;
use std::ops::Range;

/// The first line of an entry begins with this.
pub(super) const NAME: &str = "- name:";

/// The fields of an entry, after its name.
pub(super) const FIELDS: [&str; 2] = ["interval", "prompt"];

/// A value of one line, without the quotes around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value<'t> {
    pub(super) text: &'t str,
    pub(super) span: Range<usize>,
}

/// An entry of a block, whole or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry<'t> {
    /// Its first line.
    pub(super) head: Range<usize>,
    pub(super) name: Value<'t>,
    pub(super) interval: Option<Value<'t>>,
    pub(super) prompt: Option<Value<'t>>,
}

impl Entry<'_> {
    /// Whether it counts as a task.
    pub(super) fn is_whole(&self) -> bool {
        let said = |value: &Option<Value<'_>>| value.as_ref().is_some_and(|value| !value.text.is_empty());
        !self.name.text.is_empty() && said(&self.interval) && said(&self.prompt)
    }
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Oddity {
    /// A line that ends a block. `entry`: the entry it ends, by index.
    Break { line: usize, entry: Option<usize> },
    /// A field that stands before the first `- name:`.
    Orphan { line: usize },
    /// A list item before the first entry that is none.
    Ignored { line: usize },
    /// A field that is there twice: the first, then the one that counts.
    Repeated { field: &'static str, first: Range<usize>, last: Range<usize> },
    /// An entry outside of any block.
    Lost { line: usize },
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found<'t> {
    pub(super) entries: Vec<Entry<'t>>,
    pub(super) oddities: Vec<Oddity>,
}

enum Where {
    Outside,
    Block,
    Entry,
}

pub(super) fn find<'t>(text: &'t str, lines: &Lines) -> Found<'t> {
    let mut found = Found::default();
    let mut place = Where::Outside;
    for (number, line) in lines.all.iter().enumerate() {
        let words = &text[line.rest.clone()];
        if words.is_empty() {
            continue;
        }
        if words == "tasks:" {
            place = Where::Block;
            continue;
        }
        let value = |key: &str| value(text, line.rest.start + key.len()..line.rest.end);
        let field =
            FIELDS.into_iter().find(|field| words.strip_prefix(field).is_some_and(|rest| rest.starts_with(':')));
        match place {
            Where::Outside => {
                if words.starts_with(NAME) {
                    found.oddities.push(Oddity::Lost { line: number });
                }
            }
            _ if words.starts_with(NAME) => {
                let (head, name) = (line.rest.clone(), value(NAME));
                found.entries.push(Entry { head, name, interval: None, prompt: None });
                place = Where::Entry;
            }
            Where::Block => match field {
                Some(_) => found.oddities.push(Oddity::Orphan { line: number }),
                None if words.starts_with('-') => found.oddities.push(Oddity::Ignored { line: number }),
                None => {
                    found.oddities.push(Oddity::Break { line: number, entry: None });
                    place = Where::Outside;
                }
            },
            Where::Entry => {
                let index = found.entries.len() - 1;
                let entry = &mut found.entries[index];
                let Some(field) = field.filter(|_| line.indented) else {
                    found.oddities.push(Oddity::Break { line: number, entry: Some(index) });
                    place = Where::Outside;
                    continue;
                };
                let slot = if field == "interval" { &mut entry.interval } else { &mut entry.prompt };
                let new = value(&format!("{field}:"));
                if let Some(old) = slot {
                    let (first, last) = (old.span.clone(), new.span.clone());
                    found.oddities.push(Oddity::Repeated { field, first, last });
                }
                *slot = Some(new);
            }
        }
    }
    found
}

/// The value in `range`: without white space around, then without one quote at either end; they need not match.
fn value(text: &str, range: Range<usize>) -> Value<'_> {
    let mut span = trimmed(text, range);
    let quote = ['"', '\''];
    if text[span.clone()].starts_with(quote) {
        span.start += 1;
    }
    if text[span.clone()].ends_with(quote) {
        span.end -= 1;
    }
    Value { text: &text[span.clone()], span }
}
