//! Lines, and the HTML comments at their beginnings.
//!
//! Only a comment with which a line begins is one (several may follow each other, and one may span lines);
//! without an end it goes to the end of the file. After text, `<!--` is text.

use super::trimmed;
use crate::model::ecma;
use std::ops::Range;

/// A line without its line feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// All of it, in bytes of the text.
    pub(super) span: Range<usize>,
    /// What is left without comments and without white space around it.
    pub(super) rest: Range<usize>,
    /// Whether what is left stands behind a space or a tab.
    pub(super) indented: bool,
    /// Whether a comment was taken off.
    pub(super) commented: bool,
}

/// The lines of a text, and where a comment without an end begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) all: Vec<Line>,
    pub(super) unclosed: Option<Range<usize>>,
}

pub(super) fn split(text: &str) -> Lines {
    let mut lines = Lines::default();
    let mut start = 0;
    for piece in text.split('\n') {
        let span = start..start + piece.len();
        start = span.end + 1;
        let line = take_comments(text, span, &mut lines.unclosed);
        lines.all.push(line);
    }
    lines
}

/// Takes comments off the beginning of a line; `open` is the comment that the line begins in.
fn take_comments(text: &str, span: Range<usize>, open: &mut Option<Range<usize>>) -> Line {
    let mut at = span.start;
    let mut commented = false;
    // White space in front of a comment stays in front of what follows it.
    let mut first = None;
    loop {
        if open.is_none() {
            let rest = &text[at..span.end];
            first = first.or(rest.chars().next().filter(|c| ecma::is_white(*c)));
            let begin = span.end - ecma::trim_start(rest).len();
            if !text[begin..span.end].starts_with("<!--") {
                break;
            }
            *open = Some(begin..begin + 4);
            at = begin;
        }
        commented = true;
        let Some(end) = text[at..span.end].find("-->") else {
            return Line { rest: span.end..span.end, span, indented: false, commented };
        };
        *open = None;
        at += end + 3;
    }
    let rest = trimmed(text, at..span.end);
    Line { span, rest, indented: matches!(first, Some(' ' | '\t')), commented }
}
