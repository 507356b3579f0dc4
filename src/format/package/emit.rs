//! Writing new YAML files: a few keys, texts that read back as they were, comments that stay comments.
//!
//! Only for files that did not exist before. A person's file is patched, never written anew.

use std::fmt::Write as _;

/// The text of a new YAML file, line by line.
#[derive(Debug, Default)]
pub(super) struct Emit {
    text: String,
}

impl Emit {
    /// A file that begins with a comment.
    pub(super) fn with_comment(comment: &str) -> Self {
        let mut emit = Self::default();
        emit.comment(0, comment);
        emit
    }

    /// A comment. Whatever `comment` holds, it stays inside the comment.
    pub(super) fn comment(&mut self, depth: usize, comment: &str) {
        for line in comment.split('\n') {
            let printable: String =
                line.trim_end().chars().map(|c| if unprintable(c) { '\u{fffd}' } else { c }).collect();
            self.line(depth, format!("# {printable}").trim_end());
        }
    }

    /// A key that opens a mapping or list.
    pub(super) fn open(&mut self, depth: usize, key: &str) {
        self.line(depth, &format!("{}:", text(key)));
    }

    /// A key with a text.
    pub(super) fn text(&mut self, depth: usize, key: &str, value: &str) {
        self.line(depth, &format!("{}: {}", text(key), text(value)));
    }

    /// A key with a number, `true` or `false`, or another value that needs no quotes.
    pub(super) fn bare(&mut self, depth: usize, key: &str, value: impl std::fmt::Display) {
        self.line(depth, &format!("{}: {value}", text(key)));
    }

    /// A key with a list of texts on one line.
    pub(super) fn list<T: AsRef<str>>(&mut self, depth: usize, key: &str, items: &[T]) {
        let items: Vec<String> = items.iter().map(|item| flow(item.as_ref())).collect();
        self.line(depth, &format!("{}: [{}]", text(key), items.join(", ")));
    }

    /// A line as it is.
    pub(super) fn line(&mut self, depth: usize, line: &str) {
        self.text.push_str(&"  ".repeat(depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// The whole text.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// A text as a YAML scalar: plain where every reader of YAML takes it for this text, else in double quotes.
pub(super) fn text(value: &str) -> String {
    if is_plain(value) { value.to_owned() } else { quoted(value) }
}

/// The same inside `[…]`, where a comma ends it.
fn flow(value: &str) -> String {
    if is_plain(value) && !value.contains([',', '[', ']', '{', '}']) { value.to_owned() } else { quoted(value) }
}

fn is_plain(value: &str) -> bool {
    let first = value.chars().next().is_some_and(|c| c.is_alphabetic() || matches!(c, '/' | '.' | '$'));
    let inside = |c: char| !unprintable(c) && !matches!(c, '\n' | '\t' | '#' | '"' | '\\');
    // Words that some reader takes for something else than a text.
    let word = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word));
    let number = value.starts_with('.')
        && value.chars().nth(1).is_none_or(|c| c.is_ascii_digit() || matches!(c, 'i' | 'I' | 'n' | 'N'));
    let length = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let ends = !value.ends_with([' ', ':']) && !value.contains(": ") && !value.starts_with("---") && value != "...";
    (first || length(value) && is_amount(value)) && value.chars().all(inside) && !word && !number && ends
}

/// Lengths of time, money, cron fields and the like: begin with a digit and are no number to anybody.
fn is_amount(value: &str) -> bool {
    let unit = value.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    !unit.is_empty()
        && unit.chars().all(|c| c.is_ascii_alphabetic() || c == ' ')
        && !unit.starts_with(['e', 'E', 'x', 'o', 'b', '_'])
}

/// A text in double quotes, escaped as JSON and YAML both read it.
pub(super) fn quoted(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for character in value.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if unprintable(c) => drop(write!(quoted, "\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// What YAML does not allow as it is, what breaks a line for some readers, and what turns text around.
fn unprintable(c: char) -> bool {
    let breaks = matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || breaks || turns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::yaml::{self, Node};

    #[test]
    fn every_text_reads_back_as_it_was() {
        for value in [
            "plain",
            "two words",
            "",
            " ",
            "no",
            "Null",
            "~",
            "-",
            "- x",
            "a: b",
            "a:",
            "a #b",
            "#",
            "17",
            "0x1f",
            "1e3",
            "30m",
            "2.00 USD",
            "08:30",
            "1h30m",
            ".5",
            ".inf",
            "a\nb",
            "tab\t",
            "\u{7}\u{85}\u{2028}\u{202e}",
            "\"",
            "\\",
            "[a, b]",
            "a, b",
            "{a}",
            "*x",
            "&x",
            "!x",
            "%x",
            "@x",
            "`x`",
            "'x'",
            "---",
            "...",
            "ä",
            "🦊",
            "a\r\nb",
            "? a",
            "| x",
            "> x",
            "/abs/path",
            "https://example.com/?a=b",
            "*/5 * * * *",
            "=",
            "<<",
            "1_000",
            "2026-11-20",
        ] {
            for emitted in [
                format!("k: {}\n", text(value)),
                format!("k:\n  - {}\n", text(value)),
                format!("k: [{}, x]\n", flow(value)),
            ] {
                let parsed = yaml::parse(&emitted, 0);
                assert_eq!(parsed.problems, [], "{emitted}");
                let root = parsed.root.unwrap();
                let node = root.get("k").unwrap();
                let node = node.items().first().unwrap_or(node);
                assert_eq!(node.text(), Some(value), "{emitted}");
            }
            let emitted = format!("{}: x\n", text(value));
            let root = yaml::parse(&emitted, 0).root.unwrap();
            assert_eq!(root.entries()[0].0.data, Node { span: 0..0, data: root.entries()[0].0.data.clone() }.data);
            assert_eq!(root.get(value).and_then(Node::text), Some("x"), "{emitted}");
        }
    }

    #[test]
    fn a_comment_cannot_be_left() {
        let mut emit = Emit::with_comment("one\nstatus: active\u{85}x: 1\u{2028}y: 2\r\nz: 3");
        emit.text(0, "a", "b");
        let text = emit.finish();
        let root = yaml::parse(&text, 0).root.unwrap();
        assert_eq!(root.entries().len(), 1, "{text}");
    }
}
