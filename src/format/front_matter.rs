//! Splitting a Markdown file into its front matter and its body.

use std::ops::Range;

/// The parts of a Markdown file, as bytes of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The YAML between the fences, without them; `None` if the file has no front matter.
    pub yaml: Option<Range<usize>>,
    /// Everything after the closing fence; the whole text (without a byte order mark) if there is none.
    pub body: Range<usize>,
    /// The opening fence when the closing one is missing.
    pub unclosed: Option<Range<usize>>,
}

/// Splits `text`. A front matter begins with a line `---` at the very start (after a byte order mark) and
/// ends with the next line `---`; lines may end with CRLF and the fences may be followed by spaces.
pub fn split(text: &str) -> Split {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let Some(first) = fence_line(text, start) else {
        return Split { yaml: None, body: start..text.len(), unclosed: None };
    };
    let mut line = first;
    while line < text.len() {
        if let Some(after) = fence_line(text, line) {
            return Split { yaml: Some(first..line), body: after..text.len(), unclosed: None };
        }
        line = memchr::memchr(b'\n', &text.as_bytes()[line..]).map_or(text.len(), |at| line + at + 1);
    }
    Split { yaml: Some(first..text.len()), body: text.len()..text.len(), unclosed: Some(start..start + 3) }
}

/// If the line at `at` is a fence, returns where the next line begins.
fn fence_line(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?.strip_prefix("---")?;
    let end = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |newline| newline + 1);
    rest[..end].trim().is_empty().then_some(at + 3 + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits() {
        for (text, yaml, body) in [
            ("---\na: 1\n---\nBody\n", Some("a: 1\n"), "Body\n"),
            ("---\r\na: 1\r\n---\r\nBody", Some("a: 1\r\n"), "Body"),
            ("\u{feff}---\na: 1\n---\n", Some("a: 1\n"), ""),
            ("---\n---\n", Some(""), ""),
            ("---\na: 1\n---", Some("a: 1\n"), ""),
            ("---\na: |\n  ---\n---  \nB", Some("a: |\n  ---\n"), "B"),
            ("# Title\n---\n", None, "# Title\n---\n"),
            ("----\na\n", None, "----\na\n"),
            ("", None, ""),
        ] {
            let split = split(text);
            assert_eq!(split.yaml.map(|range| &text[range]), yaml, "{text:?}");
            assert_eq!(&text[split.body], body, "{text:?}");
            assert_eq!(split.unclosed, None);
        }
        assert_eq!(split("---\na: 1\n").unclosed, Some(0..3));
    }
}
