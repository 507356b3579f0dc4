//! Diagnostics for a terminal: message, source line, carets, help.

use super::{At, Diagnostic, Label, Severity, line_column};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

/// Where the text of a file comes from when a place in it is shown.
pub type Sources<'a> = &'a dyn Fn(&str) -> Option<Rc<str>>;

/// Most bytes between two places that are shown as one excerpt. A library that lays out lines is not handed a
/// megabyte to show two of them.
const EXCERPT_BYTES: usize = 16 << 10;

/// Longest line that is laid out whole, in bytes. Of a longer one, what stands around the place is shown.
const LINE_BYTES: usize = 4 << 10;
/// Bytes that are shown before and after a place in a longer line.
const AROUND_BYTES: usize = 60;

/// Renders one diagnostic whose places are spans or whole files (see [`crate::format::locate`]).
/// `colour` decides about escape codes; the text is complete without them.
pub fn render(diagnostic: &Diagnostic, sources: Sources<'_>, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = harmless(&diagnostic.message);
    let shown: Vec<Shown<'_>> =
        diagnostic.labels.iter().enumerate().map(|(at, label)| Shown::new(at == 0, label)).collect();
    let help: Vec<Cow<'_, str>> = diagnostic.help.iter().map(|help| harmless(help)).collect();
    let excerpts = excerpts(&shown, sources);
    let mut group = Group::with_title(level.primary_title(title.as_ref()).id(diagnostic.code));
    for excerpt in &excerpts {
        let first = excerpt.labels[0];
        if let Some(text) = &excerpt.text {
            let mut snippet = Snippet::source(&text[excerpt.span.clone()]).line_start(excerpt.line);
            if let Some(column) = excerpt.cut_at {
                let origin = Origin::path(first.file.as_ref()).line(excerpt.line).char_column(column);
                group = group.element(origin);
            } else {
                snippet = snippet.path(first.file.as_ref());
            }
            let text = &text[excerpt.span.clone()];
            group = group.element(excerpt.labels.iter().fold(snippet, |snippet, label| {
                let end = label.span.end.min(excerpt.span.end);
                let span = label.span.start - excerpt.span.start..end - excerpt.span.start;
                let kind = if label.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
                let message = (!label.message.is_empty()).then_some(label.message.as_ref());
                snippet.annotation(kind.span(clamp(text, span)).label(message))
            }));
        } else {
            group = group.element(Origin::path(first.file.as_ref()));
            for label in excerpt.labels.iter().filter(|label| !label.message.is_empty()) {
                group = group.element(Level::NOTE.message(label.message.as_ref()));
            }
        }
    }
    for help in &help {
        group = group.element(Level::HELP.message(help.as_ref()));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// A label as it is shown.
struct Shown<'d> {
    primary: bool,
    /// The path by which the text is found.
    path: &'d str,
    file: Cow<'d, str>,
    message: Cow<'d, str>,
    /// Bytes of the file; empty for a whole file.
    span: Range<usize>,
    whole: bool,
}

impl<'d> Shown<'d> {
    fn new(primary: bool, label: &'d Label) -> Self {
        let span = match &label.place.at {
            At::Span(span) => Some(span.start..span.end.max(span.start)),
            At::File | At::Key(_) | At::Value(_) => None,
        };
        Self {
            primary,
            path: &label.place.file,
            file: harmless(&label.place.file),
            message: harmless(&label.message),
            whole: span.is_none(),
            span: span.unwrap_or_default(),
        }
    }
}

/// Some lines of a file with the labels in them, or a file as a whole.
struct Excerpt<'s, 'd> {
    labels: Vec<&'s Shown<'d>>,
    text: Option<Rc<str>>,
    span: Range<usize>,
    /// The number of its first line.
    line: usize,
    /// The column of the place, if only a part of a long line is shown.
    cut_at: Option<usize>,
}

/// Labels of one file that are near each other share an excerpt; files keep the order in which they are named.
fn excerpts<'s, 'd>(shown: &'s [Shown<'d>], sources: Sources<'_>) -> Vec<Excerpt<'s, 'd>> {
    let mut found: Vec<Excerpt<'s, 'd>> = Vec::new();
    for label in shown {
        let text = if label.whole { None } else { sources(label.path) };
        let Some(text) = text else {
            let same = found.iter_mut().find(|other| other.text.is_none() && other.labels[0].path == label.path);
            match same {
                Some(excerpt) => excerpt.labels.push(label),
                None => found.push(Excerpt { labels: vec![label], text: None, span: 0..0, line: 1, cut_at: None }),
            }
            continue;
        };
        let lines = lines_around(&text, &label.span);
        if lines.len() > LINE_BYTES + label.span.len() {
            let around = label.span.start.saturating_sub(AROUND_BYTES)..label.span.start + AROUND_BYTES;
            let (line, column) = line_column(&text, label.span.start);
            let span = clamp(&text, around.start.max(lines.start)..around.end.min(lines.end));
            found.push(Excerpt { labels: vec![label], text: Some(text), span, line, cut_at: Some(column) });
            continue;
        }
        let near = |other: &&mut Excerpt<'_, '_>| {
            other.text.is_some()
                && other.cut_at.is_none()
                && other.labels[0].path == label.path
                && lines.start <= other.span.end + EXCERPT_BYTES
                && other.span.start <= lines.end + EXCERPT_BYTES
        };
        match found.iter_mut().find(near) {
            Some(excerpt) => {
                excerpt.labels.push(label);
                excerpt.span = excerpt.span.start.min(lines.start)..excerpt.span.end.max(lines.end);
            }
            None => found.push(Excerpt { labels: vec![label], text: Some(text), span: lines, line: 1, cut_at: None }),
        }
    }
    for excerpt in &mut found {
        if let Some(text) = &excerpt.text
            && excerpt.cut_at.is_none()
        {
            excerpt.line = 1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..excerpt.span.start]).count();
        }
    }
    found
}

/// The whole lines that `span` touches, without the last line's end.
fn lines_around(text: &str, span: &Range<usize>) -> Range<usize> {
    let bytes = text.as_bytes();
    let span = clamp(text, span.clone());
    let start = memchr::memrchr(b'\n', &bytes[..span.start]).map_or(0, |newline| newline + 1);
    let end = memchr::memchr(b'\n', &bytes[span.end..]).map_or(bytes.len(), |newline| span.end + newline + 1);
    start..end
}

/// Names and quotes come from files that anybody may have written: a terminal must not obey them.
fn harmless(text: &str) -> Cow<'_, str> {
    let obeyed =
        |letter: char| letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    let escape = |letter: char| if obeyed(letter) { letter.escape_default().to_string() } else { letter.to_string() };
    Cow::Owned(text.chars().map(escape).collect())
}

/// Keeps a span inside its text and on character boundaries, so that a stale place cannot panic.
fn clamp(text: &str, span: Range<usize>) -> Range<usize> {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(span.start);
    start..floor(span.end).max(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Place;

    #[test]
    fn a_name_cannot_write_to_the_terminal() {
        let found = Diagnostic::error("x", Place::file("a\u{1b}[2J\nb.md"), "said \u{1b}]0;title\u{7}").help("\r");
        let shown = render(&found, &|_| None, false);
        assert!(!shown.contains(['\u{1b}', '\u{7}', '\r']), "{shown:?}");
        assert_eq!(shown.lines().count(), 3, "{shown}");
    }

    #[test]
    fn of_a_long_line_the_part_around_the_place_is_shown() {
        let text = format!("first\n{}here{}\n", "ä ".repeat(30_000), " x".repeat(30_000));
        let at = 6 + 90_000;
        let found = Diagnostic::error("x", Place::span("a.md", at..at + 4), "said").here("this");
        let shown = render(&found, &|_| Some(text.as_str().into()), false);
        assert!(shown.len() < 1_000 && shown.contains("a.md:2:60001") && shown.contains("^^^^ this"), "{shown}");
    }

    #[test]
    fn places_far_apart_are_shown_by_themselves_with_their_own_lines() {
        let mut text = "first\n".to_owned();
        text.push_str(&"x\n".repeat(20_000));
        text.push_str("last\n");
        let last = text.len() - 5;
        let found =
            Diagnostic::error("x", Place::span("a.md", last..last + 4), "here").also(Place::span("a.md", 0..5), "and");
        let shown = render(&found, &|_| Some(text.as_str().into()), false);
        assert!(shown.contains("a.md:20002:1") && shown.contains("a.md:1:1"), "{shown}");
        assert!(shown.contains("20002 | last") && shown.contains("    1 | first"), "{shown}");
    }
}
