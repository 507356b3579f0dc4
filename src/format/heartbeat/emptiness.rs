//! Whether a file says anything: a file of headings and empty boxes costs no call of the model.

use super::lines::Lines;
use crate::model::ecma;
use crate::model::heartbeat::{Emptiness, FirstContent, LineKind};

/// Most characters of the first line with content that are kept to show it.
const SHOWN_MAX: usize = 80;

pub(super) fn judge(text: &str, lines: &Lines) -> Emptiness {
    let mut emptiness = Emptiness::default();
    let mut all = &lines.all[..];
    // The end of the last line is not a line of its own to people.
    if let [before @ .., last] = all
        && last.span.is_empty()
    {
        all = before;
    }
    for (index, line) in all.iter().enumerate() {
        let rest = &text[line.rest.clone()];
        match kind(rest, line.commented) {
            LineKind::Content => {
                let text = rest.chars().take(SHOWN_MAX).collect();
                emptiness.content.get_or_insert(FirstContent { line: index + 1, text });
            }
            kind => *emptiness.lines.entry(kind).or_default() += 1,
        }
    }
    emptiness
}

/// What a line without comments and without white space around counts as.
fn kind(line: &str, commented: bool) -> LineKind {
    if line.is_empty() {
        return if commented { LineKind::Comment } else { LineKind::Blank };
    }
    let after_hashes = line.trim_start_matches('#');
    if after_hashes.len() < line.len() && (after_hashes.is_empty() || after_hashes.starts_with(ecma::is_white)) {
        return LineKind::Heading;
    }
    if line.strip_prefix(['-', '*', '+']).is_some_and(|rest| is_empty_box(ecma::trim_start(rest))) {
        return LineKind::Stub;
    }
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if line.strip_prefix("```").is_some_and(|rest| rest.chars().all(word)) {
        return LineKind::Fence;
    }
    LineKind::Content
}

/// Nothing, `[]`, `[ ]`, `[x]` or `[X]`.
fn is_empty_box(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('[') else {
        return text.is_empty();
    };
    let rest = rest.strip_prefix(|c: char| ecma::is_white(c) || matches!(c, 'x' | 'X')).unwrap_or(rest);
    rest.strip_prefix(']').is_some_and(|after| ecma::trim_start(after).is_empty())
}
