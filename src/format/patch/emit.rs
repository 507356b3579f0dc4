//! Writing a [`Value`] as YAML: scalars, one-line (flow) and many-line (block) collections.
//!
//! What is written here reads back as the same value, for us and for readers who take `no` for a truth value.

use super::value::Value;
use regex::Regex;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// Longest one-line list that is written without being asked for, in bytes.
const FLOW_LINE_MAX: usize = 80;

/// How the text around writes things, so that what is new looks the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manner {
    /// The end of a line.
    pub(super) eol: &'static str,
    /// How far a mapping stands right of the key it is under.
    pub(super) step: usize,
    /// How far the dashes of a list stand right of the key it is under.
    pub(super) dash: usize,
    /// Whether keys and texts always have quotes, as in JSON.
    pub(super) json: bool,
}

/// What a value hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// Nothing: it is the document.
    Root,
    /// A key at this column.
    Key(usize),
    /// A dash at this column.
    Dash(usize),
    /// Brackets or braces.
    Flow,
}

/// How something is to be written if it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Wish {
    /// As it is usual.
    #[default]
    Usual,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// `|`
    Literal,
    /// On one line, in brackets or braces.
    Flow,
    /// On lines of its own, dashes or keys at this column.
    Block(usize),
}

/// A bare value that cannot stand without quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotBare(pub(super) String);

/// A value as text: what stands on the line of its key or dash (without a space before it), and the lines
/// below, each with the line end before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Piece {
    /// What stands on the line of the key or dash.
    pub(super) head: String,
    /// The lines below.
    pub(super) tail: String,
}

impl Manner {
    /// Writes a value for a place in block notation.
    pub(super) fn block(&self, value: &Value, holder: Holder, wish: Wish) -> Result<Piece, NotBare> {
        let only = |head: String| Piece { head, tail: String::new() };
        match value {
            Value::Text(text) if wants_literal(text, wish) => Ok(self.literal(text, holder)),
            Value::Null | Value::Text(_) | Value::Bare(_) => self.scalar(value, wish, false).map(only),
            Value::List(items) => {
                let one_line = match wish {
                    Wish::Flow => true,
                    Wish::Block(_) => items.is_empty(),
                    Wish::Usual | Wish::Single | Wish::Double | Wish::Literal => items.iter().all(is_short),
                };
                if one_line {
                    let line = self.flow(value)?;
                    if wish == Wish::Flow || items.is_empty() || line.len() <= FLOW_LINE_MAX {
                        return Ok(only(line));
                    }
                }
                let column = match (wish, holder) {
                    (Wish::Block(column), _) => column,
                    (_, Holder::Key(column)) => column + self.dash,
                    (_, Holder::Dash(column)) => column + 2,
                    (_, Holder::Root | Holder::Flow) => 0,
                };
                self.lines(value, column).map(|lines| self.hang(lines, column, holder))
            }
            Value::Map(entries) if entries.is_empty() || wish == Wish::Flow => self.flow(value).map(only),
            Value::Map(_) => {
                let column = match (wish, holder) {
                    (Wish::Block(column), _) => column,
                    (_, Holder::Key(column)) => column + self.step,
                    (_, Holder::Dash(column)) => column + 2,
                    (_, Holder::Root | Holder::Flow) => 0,
                };
                self.lines(value, column).map(|lines| self.hang(lines, column, holder))
            }
        }
    }

    /// One entry of a block mapping at `column`: the first line without its indentation.
    pub(super) fn entry(&self, key: &str, value: &Value, column: usize) -> Result<String, NotBare> {
        let piece = self.block(value, Holder::Key(column), Wish::Usual)?;
        Ok(self.key(key, false) + ":" + &after_indicator(piece))
    }

    /// One item of a block list with dashes at `column`: the first line without its indentation.
    pub(super) fn item(&self, value: &Value, column: usize, wish: Wish) -> Result<String, NotBare> {
        let piece = self.block(value, Holder::Dash(column), wish)?;
        Ok("-".to_owned() + &after_indicator(piece))
    }

    /// A value on one line, for a place in flow notation or alone.
    pub(super) fn flow(&self, value: &Value) -> Result<String, NotBare> {
        self.flow_as(value, Wish::Usual)
    }

    /// The same, with the quotes one would like.
    pub(super) fn flow_as(&self, value: &Value, wish: Wish) -> Result<String, NotBare> {
        match value {
            Value::Null | Value::Text(_) | Value::Bare(_) => self.scalar(value, wish, true),
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(|item| self.flow(item)).collect::<Result<_, _>>()?;
                Ok(format!("[{}]", items.join(", ")))
            }
            Value::Map(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|(key, value)| self.flow_entry(key, value)).collect::<Result<_, _>>()?;
                Ok(format!("{{{}}}", entries.join(", ")))
            }
        }
    }

    /// One entry of a flow mapping.
    pub(super) fn flow_entry(&self, key: &str, value: &Value) -> Result<String, NotBare> {
        Ok(self.key(key, true) + ": " + &self.flow(value)?)
    }

    /// The lines of a collection that is not empty; the first has no indentation, the others stand at `column`.
    pub(super) fn lines(&self, value: &Value, column: usize) -> Result<String, NotBare> {
        let lines: Vec<String> = match value {
            Value::List(items) => {
                items.iter().map(|item| self.item(item, column, Wish::Usual)).collect::<Result<_, _>>()?
            }
            Value::Map(entries) => {
                entries.iter().map(|(key, value)| self.entry(key, value, column)).collect::<Result<_, _>>()?
            }
            Value::Null | Value::Text(_) | Value::Bare(_) => vec![self.scalar(value, Wish::Usual, false)?],
        };
        Ok(lines.join(&(self.eol.to_owned() + &" ".repeat(column))))
    }

    /// Hangs lines under a key, or behind a dash.
    fn hang(&self, lines: String, column: usize, holder: Holder) -> Piece {
        match holder {
            Holder::Key(_) => Piece { head: String::new(), tail: format!("{}{}{lines}", self.eol, " ".repeat(column)) },
            Holder::Root | Holder::Dash(_) | Holder::Flow => match lines.find(self.eol) {
                Some(at) => Piece { head: lines[..at].to_owned(), tail: lines[at..].to_owned() },
                None => Piece { head: lines, tail: String::new() },
            },
        }
    }

    fn literal(&self, text: &str, holder: Holder) -> Piece {
        let column = match holder {
            Holder::Key(column) => column + self.step,
            Holder::Dash(column) => column + 2,
            Holder::Root | Holder::Flow => 2,
        };
        let (head, lines) = match text.strip_suffix('\n') {
            None => ("|-", text),
            Some(rest) => ("|", rest),
        };
        let mut tail = String::new();
        for line in lines.split('\n') {
            tail.push_str(self.eol);
            if !line.is_empty() {
                tail.push_str(&" ".repeat(column));
                tail.push_str(line);
            }
        }
        Piece { head: head.to_owned(), tail }
    }

    fn scalar(&self, value: &Value, wish: Wish, flow: bool) -> Result<String, NotBare> {
        match value {
            Value::Bare(text) if is_plain(text, flow) => Ok(text.clone()),
            Value::Bare(text) => Err(NotBare(text.clone())),
            Value::Text(text) => Ok(match wish {
                Wish::Single if is_one_line(text) => single(text),
                Wish::Single | Wish::Double => double(text),
                _ if self.json => double(text),
                _ => self.quoted_if_needed(text, flow),
            }),
            Value::Null | Value::List(_) | Value::Map(_) => Ok("null".to_owned()),
        }
    }

    fn key(&self, key: &str, flow: bool) -> String {
        if self.json { double(key) } else { self.quoted_if_needed(key, flow) }
    }

    fn quoted_if_needed(&self, text: &str, flow: bool) -> String {
        if is_plain(text, flow) && !resolves(text) {
            text.to_owned()
        } else if is_one_line(text) && text.contains(['"', '\\']) {
            single(text)
        } else {
            double(text)
        }
    }
}

/// A piece behind `:` or `-`.
fn after_indicator(piece: Piece) -> String {
    let space = if piece.head.is_empty() { "" } else { " " };
    format!("{space}{}{}", piece.head, piece.tail)
}

fn is_short(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bare(_) => true,
        Value::Text(text) => !text.contains('\n'),
        Value::List(_) | Value::Map(_) => false,
    }
}

/// Whether a text is written as `|`: it has several lines, and nothing in it that a literal cannot show as it is.
/// Blank lines at its end would need `|+`, which takes in blank lines that stand behind it for another reason.
fn wants_literal(text: &str, wish: Wish) -> bool {
    let tidy = |line: &str| line.is_empty() || !line.trim().is_empty();
    (text.trim_end_matches('\n').contains('\n') || wish == Wish::Literal)
        && !matches!(wish, Wish::Flow)
        && !text.starts_with([' ', '\n'])
        && !text.ends_with("\n\n")
        && !text.trim().is_empty()
        && text.split('\n').all(tidy)
        && text.chars().all(|c| c == '\n' || is_printable(c))
}

fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn is_one_line(text: &str) -> bool {
    text.chars().all(is_printable)
}

/// Whether a text can stand without quotes (YAML 1.2, 7.3.3), and a little stricter: nothing a person could
/// take for notation.
pub(super) fn is_plain(text: &str, flow: bool) -> bool {
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return false };
    let second = characters.next();
    let begins = match first {
        ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => false,
        '-' | '?' | ':' => second.is_some_and(|c| c != ' ' && !(flow && ",[]{}:".contains(c))),
        _ => true,
    };
    begins
        && text.trim() == text
        && is_one_line(text)
        && !text.starts_with("---")
        && !text.starts_with("...")
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && !(flow && text.contains([',', '[', ']', '{', '}']))
}

/// Whether a reader of YAML 1.1 or 1.2 takes this plain scalar for something other than text.
///
/// The patterns are those of <https://yaml.org/type/> and of the core schema of YAML 1.2.2 (10.3.2), a little wider.
pub(super) fn resolves(text: &str) -> bool {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        let patterns = [
            r"~|(?i-u:null|true|false|yes|no|on|off)|<<|=|",
            r"[-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?0x[0-9a-fA-F_]+",
            r"[-+]?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?",
            r"[-+]?\.[0-9][0-9_]*([eE][-+]?[0-9]+)?",
            r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?",
            r"[-+]?\.(?i-u:inf)|\.(?i-u:nan)",
            r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?",
        ];
        Regex::new(&format!("^(?:{})$", patterns.join("|"))).expect("the pattern is tested")
    });
    PATTERN.is_match(text)
}

fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn double(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if is_printable(c) => quoted.push(c),
            // Escapes of JSON, so that a quoted text is one there as well; none of these is beyond four digits.
            c => write!(quoted, "\\u{:04x}", u32::from(c)).expect("a string takes any text"),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANNER: Manner = Manner { eol: "\n", step: 2, dash: 2, json: false };

    #[test]
    fn texts_get_quotes_where_they_need_them() {
        for (text, expected) in [
            ("todo", "todo"),
            ("2.00 USD", "2.00 USD"),
            ("30m", "30m"),
            ("1.0.0", "1.0.0"),
            ("08:00-20:00", "08:00-20:00"),
            ("http://x.example/a#b", "http://x.example/a#b"),
            ("-x", "-x"),
            ("", "\"\""),
            ("no", "\"no\""),
            ("null", "\"null\""),
            ("2026-01-02", "\"2026-01-02\""),
            ("12:30", "\"12:30\""),
            ("017", "\"017\""),
            ("1e3", "\"1e3\""),
            ("a: b", "\"a: b\""),
            ("a #b", "\"a #b\""),
            ("- a", "\"- a\""),
            ("say \"x\"", "say \"x\""),
            ("\"x\"", "'\"x\"'"),
            (" x", "\" x\""),
            ("a\tb", "\"a\\tb\""),
            ("a\u{7}\u{2028}", "\"a\\u0007\\u2028\""),
            ("---", "\"---\""),
        ] {
            assert_eq!(MANNER.block(&Value::text(text), Holder::Key(0), Wish::Usual).unwrap().head, expected);
        }
        assert_eq!(MANNER.flow(&Value::text("a, b")).unwrap(), "\"a, b\"");
        assert_eq!(MANNER.flow(&Value::Bare("a: b".to_owned())), Err(NotBare("a: b".to_owned())));
    }

    #[test]
    fn nested_values_hang_under_their_keys() {
        let text = Value::text;
        let map = |entries: &[(&str, Value)]| {
            Value::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
        };
        let value = map(&[
            ("labels", Value::List(vec![text("a"), text("b, c")])),
            ("sources", Value::List(vec![map(&[("kind", text("git")), ("paths", Value::List(vec![text("x")]))])])),
            ("note", text("two\nlines\n")),
            ("env", map(&[("on", text("1"))])),
            ("nothing", map(&[])),
        ]);
        let expected = "labels: [a, \"b, c\"]\nsources:\n  - kind: git\n    paths: [x]\nnote: |\n  two\n  lines\nenv:\n  \"on\": \"1\"\nnothing: {}";
        assert_eq!(MANNER.lines(&value, 0).unwrap(), expected);
    }
}
