//! The plainest YAML, read in one pass: a key with a word, a text or a list of words on each line, as tickets begin.
//!
//! Nearly all that a company of many tickets consists of is that, and reading it as all of YAML would be most of what
//! looking at such a company costs. Whatever is not plain beyond doubt is left to the parser ([`plain`] is `None`); what is, comes
//! to the same nodes at the same places, which the tests hold against it.

use super::{Data, Node, Parsed, Style};
use std::borrow::Cow;
use std::ops::Range;

/// Longest text that is read here, in bytes, and most keys: each key is compared with those before it.
const BYTES_MAX: usize = 8 << 10;
const KEYS_MAX: usize = 64;

/// Room for this many from the beginning: most texts have fewer.
const KEYS: usize = 10;

/// What `text` says, if it is plain; `offset` is added to every place.
pub(super) fn plain(text: &str, offset: usize) -> Option<Parsed<'_>> {
    if text.is_empty() || text.len() > BYTES_MAX {
        return None;
    }
    let mut entries: Vec<(Node<'_>, Node<'_>)> = Vec::with_capacity(KEYS);
    let mut at = 0;
    while at < text.len() {
        let end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |line| at + line);
        let line = Line { text, offset };
        let (key, value) = line.entry(at..end)?;
        if entries.len() == KEYS_MAX || entries.iter().any(|(known, _)| known.data == key.data) {
            return None;
        }
        entries.push((key, value));
        at = end + 1;
    }
    let end = entries.last()?.1.span.end;
    Some(Parsed { root: Some(Node { span: offset..end, data: Data::Map(entries) }), problems: Vec::new() })
}

/// Reads lines of `text`.
#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Line<'a> {
    /// `key: value`, nothing before it and nothing after it.
    fn entry(self, range: Range<usize>) -> Option<(Node<'a>, Node<'a>)> {
        let bytes = &self.text.as_bytes()[range.clone()];
        let colon = bytes.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')))?;
        if bytes[colon] != b':' || !bytes[0].is_ascii_alphabetic() {
            return None;
        }
        let key = self.scalar(range.start..range.start + colon, Style::Plain);
        let spaces = bytes[colon + 1..].iter().take_while(|byte| **byte == b' ').count();
        let value = range.start + colon + 1 + spaces..range.end;
        if spaces == 0 || value.is_empty() {
            return None;
        }
        Some((key, self.value(value)?))
    }

    fn value(self, range: Range<usize>) -> Option<Node<'a>> {
        let text = &self.text[range.clone()];
        match text.as_bytes()[0] {
            b'[' => self.list(range),
            quote @ (b'"' | b'\'') => {
                let inner = range.start + 1..range.end.saturating_sub(1).max(range.start + 1);
                let quoted = self.text.get(inner)?;
                let plain = range.len() >= 2
                    && text.as_bytes()[range.len() - 1] == quote
                    && !quoted.as_bytes().iter().any(|byte| *byte == quote || *byte == b'\\');
                let data = Data::Scalar(Cow::Borrowed(quoted), Style::Quoted);
                (plain && is_text(quoted)).then(|| Node { span: self.shift(range), data })
            }
            first if first.is_ascii_alphanumeric() => is_plain(text).then(|| self.scalar(range, Style::Plain)),
            _ => None,
        }
    }

    /// `[word, word]`.
    fn list(self, range: Range<usize>) -> Option<Node<'a>> {
        let text = &self.text[range.clone()];
        let inner = text.strip_prefix('[')?.strip_suffix(']')?;
        let mut items = Vec::new();
        let mut at = range.start + 1;
        if !inner.is_empty() {
            for item in inner.split(',') {
                let word = item.trim_start_matches(' ');
                let start = at + item.len() - word.len();
                let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
                if !word.as_bytes().first()?.is_ascii_alphanumeric() || !word.bytes().all(is_word) {
                    return None;
                }
                items.push(self.scalar(start..start + word.len(), Style::Plain));
                at += item.len() + 1;
            }
        }
        Some(Node { span: self.shift(range), data: Data::List(items) })
    }

    fn scalar(self, range: Range<usize>, style: Style) -> Node<'a> {
        let data = Data::Scalar(Cow::Borrowed(&self.text[range.clone()]), style);
        Node { span: self.shift(range), data }
    }

    fn shift(self, range: Range<usize>) -> Range<usize> {
        range.start + self.offset..range.end + self.offset
    }
}

/// Whether a text that begins with a letter or a digit means itself without quotes, to its last byte.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let means_itself = |(at, byte): (usize, &u8)| match byte {
        // `: ` begins a value and ` #` a remark.
        b':' => bytes.get(at + 1).is_some_and(|next| *next != b' '),
        b'#' => bytes[at - 1] != b' ',
        _ => true,
    };
    bytes.last() != Some(&b' ') && bytes.iter().enumerate().all(means_itself) && is_text(text)
}

/// Whether these are letters, digits and signs on one line, of which none means something to a parser by being there.
fn is_text(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        || text.chars().all(|c| {
            matches!(c, ' '..='~' | '–' | '—' | '…' | '“' | '”' | '‘' | '’' | '„' | '«' | '»' | '€')
                || !c.is_ascii() && c.is_alphanumeric()
        })
}

#[cfg(test)]
mod tests {
    use super::super::compose::compose;
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    /// Texts that are plain come to what the parser makes of them, as does whatever is taken for plain.
    fn same(text: &str) -> bool {
        let plain = plain(text, 4);
        if let Some(plain) = &plain {
            assert_eq!(*plain, compose(text, 4), "{text:?}");
        }
        plain.is_some()
    }

    #[test]
    fn what_is_plain_means_the_same_to_the_parser() {
        for text in [
            "id: SPEC-1\ntitle: Make thing 1 work as people expect\nstatus: todo\npriority: high\n",
            "a: b",
            "a:  b\n",
            "created: 2026-11-20T10:00:00Z\nat: 10:30\nurl: https://example.org/a?b=c#d\n",
            "labels: [bug, area-3]\nnone: []\none: [ a ,b]\n".replace(" ,", ",").as_str(),
            "a: [x,y,  z]\n",
            "fence: 3\nno: no\nnull: null\ntrue: 017\n",
            "title: 'one: two # three'\nother: \"it's\"\nempty: ''\nspaces: '  x  '\n",
            "title: Käse für „Jürgen“ — 5 € …\n",
            "title: a [b] {c} & * ! | > % @ ` \"d\" 'e' , f - g ? h\n",
            "title: a#b c:d e::f\n",
            "a-b_c9: x\n",
        ] {
            assert!(same(text), "{text:?} is plain");
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_parser() {
        for text in [
            "",
            "\n",
            "a:\n",
            "a: b \n",
            "a: b\n\n",
            "a: b # c\n",
            "# a\n",
            "a: b: c\n",
            "a: b:\n",
            "a: |\n",
            "a: >\n  b\n",
            "a: b\n  c\n",
            "a: *b\n",
            "a: &b c\n",
            "a: - b\n",
            "a:\n  - b\n",
            "- a\n",
            "a: b\na: c\n",
            "a: [b\n",
            "a: [b,]\n",
            "a: [,]\n",
            "a: [ ]\n",
            "a: [b: c]\n",
            "a: [b] c\n",
            "a: {b: c}\n",
            "a: 'b'c'\n",
            "a: '\n",
            "a: 'it''s'\n",
            "a: \"b\\n\"\n",
            "a: b\r\n",
            "a: b\tc\n",
            "a: b\u{85}c\n",
            "a: b\u{2028}c\n",
            "\u{feff}a: b\n",
            "---\na: b\n",
            "a: b\n...\n",
            "a: b\n---\n",
            "a b: c\n",
            "<<: a\n",
            "a : b\n",
            "%a: b\n",
        ] {
            assert!(!same(text), "{text:?} is not plain");
        }
    }

    /// What texts are made of that may or may not be plain.
    const PIECES: [&str; 52] = [
        "a",
        "b",
        "title",
        "id",
        ": ",
        ":",
        " ",
        "  ",
        "\n",
        "\n",
        "[",
        "]",
        "[x, y]",
        "{",
        "}",
        ",",
        ", ",
        "#",
        " #",
        "'",
        "\"",
        "''",
        "-",
        "- ",
        "?",
        "|",
        ">",
        "&",
        "*",
        "!",
        "%",
        "@",
        "`",
        "~",
        "null",
        "0",
        "1.5",
        "é",
        "“",
        "\t",
        "\r",
        "\u{a0}",
        "\u{2028}",
        "<<",
        "---",
        "...",
        "key: value\n",
        "x: [a, b]\n",
        "y: 'z'\n",
        "2026-11-20T10:00:00Z",
        "https://example.org",
        "\\",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_taken_for_plain_means_the_same_to_the_parser(pieces in vec(select(&PIECES[..]), 0..12)) {
            let text = pieces.concat();
            same(&text);
            same(&format!("k: {text}\n"));
            same(&format!("k: [{text}]\nl: m\n"));
            same(&format!("k: '{text}'"));
        }

        #[test]
        fn whatever_signs_there_are(text in "[a-c]: ?[ -~\u{80}-\u{ff}]{0,8}\n?") {
            same(&text);
        }
    }
}
