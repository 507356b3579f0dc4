//! Says what the lenient reading of tasks loses in silence: codes `heartbeat-…`, documented in `docs/heartbeat.md`.

use super::lines::{Line, Lines};
use super::tasks::{Entry, FIELDS, Found, NAME, Oddity};
use crate::diag::{Diagnostic, Place};
use crate::format::record::{Reader, nearest};
use crate::model::ecma;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Most diagnostics about one file. A person mends a hundred places at most before looking again.
const REPORTED_MAX: usize = 100;

/// Most lost tasks that are shown with the line that lost them.
const LOST_SHOWN_MAX: usize = 5;

/// Most characters of a line that a message repeats.
const SHOWN_MAX: usize = 60;

/// What lost the tasks that stand in no block.
enum LostBy {
    /// A line that was reported, and how many lost tasks were shown with it.
    Reported { diagnostic: usize, count: usize },
    /// A line that ended the block as it may.
    Line(Range<usize>),
}

struct Report<'a, 'r> {
    text: &'a str,
    lines: &'a [Line],
    file: &'r str,
    found: Vec<Diagnostic>,
    /// Where entries begin that were reported with the line that cut them off.
    cut: BTreeSet<usize>,
}

pub(super) fn report(text: &str, lines: &Lines, found: &Found<'_>, reader: &mut Reader<'_>) {
    let mut report = Report { text, lines: &lines.all, file: reader.file, found: Vec::new(), cut: BTreeSet::new() };
    report.comments(lines);
    report.oddities(found);
    report.entries(&found.entries);
    let mut diagnostics = report.found;
    diagnostics.sort_by(|a, b| a.order().cmp(&b.order()));
    let more = diagnostics.len().saturating_sub(REPORTED_MAX);
    diagnostics.truncate(REPORTED_MAX);
    if more > 0
        && let Some(last) = diagnostics.last_mut()
    {
        last.help.push(format!("{more} more problems of this file are not shown"));
    }
    reader.diagnostics.extend(diagnostics);
}

impl Report<'_, '_> {
    fn comments(&mut self, lines: &Lines) {
        if let Some(open) = &lines.unclosed {
            let after = &self.text[open.end..];
            if !ecma::trim(after).is_empty() {
                self.warning(
                    "heartbeat-comment",
                    open.clone(),
                    "this comment has no end and hides the rest of the file",
                )
                .help
                .push("close it with `-->`".to_owned());
            }
        }
        // Where the last `-->` is; a comment that seems to begin behind it was never meant as one.
        let last_end = self.text.rfind("-->").unwrap_or(0);
        for line in self.lines {
            let rest = &self.text[line.rest.clone()];
            let Some(at) = rest.rfind("<!--").filter(|at| !rest[*at..].contains("-->")) else { continue };
            let start = line.rest.start + at;
            if start < last_end {
                let message = "a comment that begins behind text hides nothing: the lines below it count";
                self.warning("heartbeat-comment", start..start + 4, message)
                    .help
                    .push("begin it on a line of its own".to_owned());
            }
        }
    }

    fn oddities(&mut self, found: &Found<'_>) {
        let mut lost_by: Option<LostBy> = None;
        for oddity in &found.oddities {
            match oddity {
                Oddity::Break { line, entry } => {
                    let entry = entry.map(|entry| &found.entries[entry]);
                    lost_by = Some(match self.line_that_ends(*line, entry) {
                        Some(diagnostic) => LostBy::Reported { diagnostic, count: 0 },
                        None => LostBy::Line(self.lines[*line].rest.clone()),
                    });
                }
                Oddity::Orphan { line } => {
                    let message = "this field belongs to no task: no `- name:` stands above it";
                    self.error("heartbeat-field", self.lines[*line].rest.clone(), message)
                        .help
                        .push("put it below the `- name:` of its task, indented".to_owned());
                }
                Oddity::Ignored { line } => {
                    let message = "this list item is no task and is passed over";
                    self.warning("heartbeat-item", self.lines[*line].rest.clone(), message)
                        .help
                        .push("begin a task with `- name:`".to_owned());
                }
                Oddity::Repeated { field, first, last } => {
                    let place = Place::span(self.file, first.clone());
                    let message = format!("`{field}` is there twice, and this one counts");
                    let diagnostic = self.warning("heartbeat-repeated", last.clone(), message);
                    *diagnostic =
                        diagnostic.clone().also(place, "this one is passed over").help("take one of them out");
                }
                Oddity::Lost { line } => self.lost(*line, &mut lost_by),
            }
        }
    }

    /// Reports the line that ended a block, unless it looks as if it was meant to. Returns which diagnostic it is.
    fn line_that_ends(&mut self, number: usize, entry: Option<&Entry<'_>>) -> Option<usize> {
        let line = &self.lines[number];
        let words = &self.text[line.rest.clone()];
        let key = words.split_once(':').map(|(key, _)| key).filter(|key| is_key(key));
        let known = key.filter(|key| FIELDS.contains(key));
        if !line.indented && known.is_none() {
            return None;
        }
        let name = entry.filter(|entry| !entry.name.text.is_empty()).map(|entry| shown(entry.name.text));
        self.cut.extend(entry.map(|entry| entry.head.start));
        let lost = entry.is_some_and(|entry| !entry.is_whole());
        let so = match (name, lost) {
            (Some(name), true) => format!("the task `{name}` is lost"),
            (None, true) => "the task is lost".to_owned(),
            (Some(name), false) => format!("the task `{name}` and the block end here"),
            (None, false) => "the block ends here".to_owned(),
        };
        let (message, help) = match (known, key) {
            (Some(key), _) => (
                format!("`{key}` is not indented: {so}"),
                format!("put two spaces more than its `{NAME}` has in front of it"),
            ),
            (None, Some(key)) => {
                let help = match nearest(key, ["name"].into_iter().chain(FIELDS)) {
                    Some(near) => {
                        format!("did you mean `{near}`? A task has `name`, `interval` and `prompt`, and nothing else")
                    }
                    None => "take it out: a task has `name`, `interval` and `prompt`, and nothing else".to_owned(),
                };
                (format!("nothing reads `{}` in a task: {so}", shown(key)), help)
            }
            (None, None) => (
                format!("this line is no field: {so}"),
                "a value has one line; notes and comments stand above `tasks:` or below all tasks".to_owned(),
            ),
        };
        self.error("heartbeat-field", line.rest.clone(), message).help.push(help);
        Some(self.found.len() - 1)
    }

    /// An entry outside of any block: shown with the line that lost it, or by itself if it surely is a task.
    fn lost(&mut self, number: usize, lost_by: &mut Option<LostBy>) {
        let (text, lines) = (self.text, self.lines);
        let line = &lines[number];
        let near = lines[..number].iter().rev().take(LOST_SHOWN_MAX).find(|line| !line.rest.is_empty());
        let near = near.filter(|line| {
            let words = text[line.rest.clone()].trim_start_matches(['#', ' ']);
            words.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("tasks"))
        });
        let ended = match lost_by {
            Some(LostBy::Reported { diagnostic, count }) if near.is_none() => {
                *count += 1;
                if *count <= LOST_SHOWN_MAX {
                    let place = Place::span(self.file, line.rest.clone());
                    self.found[*diagnostic] = self.found[*diagnostic].clone().also(place, "this task is lost, too");
                }
                return;
            }
            Some(LostBy::Line(ended)) => Some(ended.clone()),
            Some(LostBy::Reported { .. }) | None => None,
        };
        let word = |line: &Line| FIELDS.iter().any(|field| text[line.rest.clone()].starts_with(&format!("{field}:")));
        let below = lines[number + 1..].iter().find(|line| !line.rest.is_empty());
        if !below.is_some_and(word) {
            return;
        }
        let (message, why) = match (near, ended) {
            (Some(near), _) => {
                ("it stands below no line `tasks:`", Some((near.rest.clone(), "this line opens no block")))
            }
            (None, Some(ended)) => ("the block above it has ended", Some((ended, "this line ended it"))),
            (None, None) => ("it stands below no line `tasks:`", None),
        };
        let file = self.file;
        let diagnostic = self.error("heartbeat-block", line.rest.clone(), format!("this task is lost: {message}"));
        diagnostic.help.push("put a line that says `tasks:` and nothing else above it".to_owned());
        if let Some((span, message)) = why {
            *diagnostic = diagnostic.clone().also(Place::span(file, span), message);
        }
        *lost_by = Some(LostBy::Reported { diagnostic: self.found.len() - 1, count: 0 });
    }

    fn entries(&mut self, entries: &[Entry<'_>]) {
        let mut names: BTreeMap<&str, Range<usize>> = BTreeMap::new();
        for entry in entries {
            if !entry.is_whole() {
                // What was cut off has been reported with the line that did it.
                if !self.cut.contains(&entry.head.start) {
                    self.incomplete(entry);
                }
                continue;
            }
            if let Some(first) = names.get(entry.name.text) {
                let place = Place::span(self.file, first.clone());
                let message =
                    format!("two tasks are called `{}`, and a run of one counts for both", shown(entry.name.text));
                let diagnostic = self.warning("heartbeat-duplicate", entry.name.span.clone(), message);
                *diagnostic = diagnostic.clone().also(place, "the first of that name").help("give each its own name");
            } else {
                names.insert(entry.name.text, entry.name.span.clone());
            }
            if let Some(interval) = &entry.interval
                && let Err(why) = ecma::duration_ms(interval.text, "m")
            {
                let message = format!(
                    "the interval `{}` cannot be read: {why}; the task runs once and never again",
                    shown(interval.text)
                );
                self.error("heartbeat-interval", interval.span.clone(), message)
                    .help
                    .push("write `30m`, `1h30m` or `2d`; a number alone is minutes".to_owned());
            }
            if let Some(prompt) = &entry.prompt
                && matches!(prompt.text, "|" | ">" | "|-" | ">-" | "|+" | ">+")
            {
                let message = format!("the prompt of this task is `{}`: a value has one line", prompt.text);
                self.error("heartbeat-prompt", prompt.span.clone(), message)
                    .help
                    .push("write the prompt on this line".to_owned());
            }
        }
    }

    fn incomplete(&mut self, entry: &Entry<'_>) {
        let missing: Vec<&str> =
            [("name", Some(&entry.name)), ("interval", entry.interval.as_ref()), ("prompt", entry.prompt.as_ref())]
                .into_iter()
                .filter(|(_, value)| value.is_none_or(|value| value.text.is_empty()))
                .map(|(key, _)| key)
                .collect();
        let list = crate::format::record::join(missing.iter().map(|key| format!("`{key}`")), "and");
        let message = match entry.name.text {
            "" => format!("this task has no {list} and is passed over"),
            name => format!("the task `{}` has no {list} and is passed over", shown(name)),
        };
        let help = format!("give it {list}, indented below `{NAME}`");
        let help = if missing == ["name"] { "write its name behind `- name:`".to_owned() } else { help };
        self.error("heartbeat-incomplete", entry.head.clone(), message).help.push(help);
    }

    fn error(&mut self, code: &'static str, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.push(Diagnostic::error(code, Place::span(self.file, span), message))
    }

    fn warning(&mut self, code: &'static str, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.push(Diagnostic::warning(code, Place::span(self.file, span), message))
    }

    fn push(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        self.found.push(diagnostic);
        self.found.last_mut().expect("one was just pushed")
    }
}

/// Whether this is one word that could be a key.
fn is_key(text: &str) -> bool {
    !text.is_empty() && text.len() <= 40 && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// A piece of the file for a message: short, one line, nothing that moves a cursor.
fn shown(text: &str) -> String {
    let cut: String = text.chars().take(SHOWN_MAX).collect();
    let dots = if cut.len() < text.len() { "…" } else { "" };
    format!(
        "{}{dots}",
        cut.chars().flat_map(|c| if c.is_control() { c.escape_debug().collect() } else { vec![c] }).collect::<String>()
    )
}
