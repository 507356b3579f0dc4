//! Three-way merge of lines, without conflict markers.

use diffy::{ConflictStyle, MergeOptions};

/// Most lines of the three texts together that are compared. Comparing takes time with the square of what
/// differs; 20,000 lines that have nothing in common take about a second.
pub const MERGE_LINES_MAX: usize = 20_000;

/// Lines both sides changed in different ways; ours were kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clash {
    /// Where ours begin in the merged text, in bytes.
    pub(super) at: usize,
    /// Our lines.
    pub(super) ours: String,
    /// Their lines.
    pub(super) theirs: String,
}

/// Merges lines; where both sides changed the same ones, ours are kept and the clash is returned.
pub(super) fn merge(base: &str, ours: &str, theirs: &str) -> (String, Vec<Clash>) {
    if ours == theirs || base == theirs {
        return (ours.to_owned(), Vec::new());
    }
    if base == ours {
        return (theirs.to_owned(), Vec::new());
    }
    let lines = |text: &str| memchr::memchr_iter(b'\n', text.as_bytes()).count();
    if lines(base) + lines(ours) + lines(theirs) > MERGE_LINES_MAX {
        let clash = Clash { at: 0, ours: ours.to_owned(), theirs: theirs.to_owned() };
        return (ours.to_owned(), vec![clash]);
    }
    // Markers longer than any run of their characters cannot be mistaken for text.
    let length = [base, ours, theirs].into_iter().map(longest_run).max().unwrap_or(0) + 1;
    let mut options = MergeOptions::new();
    options.set_conflict_style(ConflictStyle::Merge).set_conflict_marker_length(length);
    match options.merge(base, ours, theirs) {
        Ok(text) => (text, Vec::new()),
        Err(text) => keep_ours(&text, length),
    }
}

/// Takes our side of every conflict in a text with markers of `length`.
fn keep_ours(marked: &str, length: usize) -> (String, Vec<Clash>) {
    let begin = "<".repeat(length) + " ours\n";
    let middle = "=".repeat(length) + "\n";
    let end = ">".repeat(length) + " theirs\n";
    let mut text = String::with_capacity(marked.len());
    let mut clashes = Vec::new();
    let mut rest = marked;
    while let Some((before, conflict)) = rest.split_once(&begin) {
        text.push_str(before);
        let Some((ours, (theirs, after))) =
            conflict.split_once(&middle).and_then(|(ours, more)| Some((ours, more.split_once(&end)?)))
        else {
            break;
        };
        clashes.push(Clash { at: text.len(), ours: ours.to_owned(), theirs: theirs.to_owned() });
        text.push_str(ours);
        rest = after;
    }
    text.push_str(rest);
    (text, clashes)
}

/// The longest run of one character markers are made of.
fn longest_run(text: &str) -> usize {
    let mut longest = 0;
    let mut run = (0, 0);
    for byte in text.bytes() {
        run = match byte {
            b'<' | b'=' | b'>' if byte == run.0 => (byte, run.1 + 1),
            b'<' | b'=' | b'>' => (byte, 1),
            _ => (0, 0),
        };
        longest = longest.max(run.1);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_merged_and_clashes_keep_ours() {
        for (name, base, ours, theirs, text, clashes) in [
            ("both", "a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", "A\nb\nC\n", vec![]),
            ("clash", "a\nb\nc\n", "a\nX\nc\n", "a\nY\nc\nd\n", "a\nX\nc\nd\n", vec![(2, "X\n", "Y\n")]),
            ("the same on both sides", "a\n", "b\n", "b\n", "b\n", vec![]),
            ("no line end", "a\nb", "a\nX", "a\nY", "a\nX", vec![(2, "X", "Y")]),
            (
                "text like markers",
                "=======\na\n",
                "<<<<<<< ours\nb\n",
                "=======\nc\n",
                "<<<<<<< ours\nb\n",
                vec![(0, "<<<<<<< ours\nb\n", "=======\nc\n")],
            ),
            ("marker characters at an open end", "a", "b<", "c=", "b<", vec![(0, "b<", "c=")]),
            ("removed and changed", "a\nb\n", "a\n", "a\nX\n", "a\n", vec![(2, "", "X\n")]),
        ] {
            let found = merge(base, ours, theirs);
            let clashes: Vec<Clash> = clashes
                .into_iter()
                .map(|(at, ours, theirs)| Clash { at, ours: ours.to_owned(), theirs: theirs.to_owned() })
                .collect();
            assert_eq!(found, (text.to_owned(), clashes), "{name}");
        }
    }

    #[test]
    fn texts_with_too_many_lines_are_not_compared() {
        let base = "a\n".repeat(MERGE_LINES_MAX);
        let (text, clashes) = merge(&base, "ours\n", "theirs\n");
        assert_eq!((text.as_str(), clashes.len()), ("ours\n", 1));
    }
}
