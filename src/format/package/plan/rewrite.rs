//! Setting single values in a file's YAML, everything else byte for byte.

use crate::diag::{KeyPath, Step};
use crate::format::document::yaml_part;
use crate::format::layout;
use crate::format::yaml::{self, Data, Node};

/// One value to set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// Where: a value that is there, or a key at the top that is not.
    pub key: KeyPath,
    /// What; `None`: no value.
    pub value: Option<String>,
}

impl Set {
    /// Sets `key` to `value`.
    pub fn new(key: impl Into<KeyPath>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: Some(value.into()) }
    }

    /// Empties `key`.
    pub fn nothing(key: impl Into<KeyPath>) -> Self {
        Self { key: key.into(), value: None }
    }
}

/// Sets values in the text of the file at `path`. Returns `None` if the text is not such that this can be done
/// and seen to be done: broken YAML, no front matter, a list where a value belongs.
pub fn apply(path: &str, text: &str, sets: &[Set]) -> Option<String> {
    let range = yaml_part(layout::locate(path).kind, text)?;
    let parsed = yaml::parse(&text[range.clone()], range.start);
    if !parsed.problems.is_empty() {
        return None;
    }
    let mut edits = Vec::new();
    let mut more = String::new();
    for set in sets {
        let written = set.value.as_deref().map_or_else(|| "null".to_owned(), scalar);
        match parsed.root.as_ref().and_then(|root| root.at(&set.key)) {
            Some((_, Node { data: Data::List(_) | Data::Map(_), .. })) => return None,
            Some((Some(key), value)) if value.span.is_empty() => {
                let colon = key.span.end + text[key.span.end..range.end].find(':')? + 1;
                edits.push((colon..colon, format!(" {written}")));
            }
            Some((_, value)) => edits.push((value.span.clone(), written)),
            None => match &set.key.0[..] {
                [Step::Key(key)] => {
                    more.push_str(key);
                    more.push_str(": ");
                    more.push_str(&written);
                    more.push('\n');
                }
                _ => return None,
            },
        }
    }
    if !more.is_empty() {
        let before = &text[range.clone()];
        let newline = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
        edits.push((range.end..range.end, format!("{newline}{more}")));
    }
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut changed = text.to_owned();
    for (span, written) in edits {
        changed.replace_range(span, &written);
    }
    says(path, &changed, sets).then_some(changed)
}

/// Whether the text now says what was set.
fn says(path: &str, text: &str, sets: &[Set]) -> bool {
    let Some(range) = yaml_part(layout::locate(path).kind, text) else {
        return false;
    };
    let parsed = yaml::parse(&text[range], 0);
    let value = |key| parsed.root.as_ref().and_then(|root| root.at(key)).and_then(|(_, value)| value.text());
    parsed.problems.is_empty() && sets.iter().all(|set| value(&set.key) == set.value.as_deref())
}

/// Writes `text` as a YAML scalar that every reader takes for text.
pub fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ' ' | '@' | '+');
    let word = text.starts_with(|c: char| c.is_alphabetic() || matches!(c, '.' | '/'))
        && !text.ends_with(' ')
        && text.chars().all(plain)
        && text.chars().any(char::is_alphabetic);
    let taken = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", ".nan"];
    if word && !taken.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    // A JSON string is a YAML string in double quotes.
    serde_json::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_set_and_the_rest_stays() {
        let path = "agents/cto/AGENTS.md";
        for (text, set, expected) in [
            (
                "---\nreportsTo: ceo # boss\nx: 1\n---\nB",
                Set::new("reportsTo", "ceo-2"),
                "---\nreportsTo: ceo-2 # boss\nx: 1\n---\nB",
            ),
            ("---\nreportsTo: \"ceo\"\n---\n", Set::new("reportsTo", "ceo-2"), "---\nreportsTo: ceo-2\n---\n"),
            ("---\nreportsTo:\nx: 1\n---\n", Set::new("reportsTo", "ceo"), "---\nreportsTo: ceo\nx: 1\n---\n"),
            ("---\nreportsTo: null\n---\n", Set::new("reportsTo", "null"), "---\nreportsTo: \"null\"\n---\n"),
            ("---\nname: X\n---\n", Set::new("reportsTo", "ceo"), "---\nname: X\nreportsTo: ceo\n---\n"),
            ("---\r\nname: X\r\n---\r\n", Set::new("name", "Z"), "---\r\nname: Z\r\n---\r\n"),
            ("---\nreportsTo: ceo\n---\n", Set::nothing("reportsTo"), "---\nreportsTo: null\n---\n"),
            (
                "---\nskills: [a, 'b', c]\n---\n",
                Set { key: KeyPath::from("skills").index(1), value: Some("b-2".into()) },
                "---\nskills: [a, b-2, c]\n---\n",
            ),
        ] {
            assert_eq!(apply(path, text, &[set]).as_deref(), Some(expected), "{text:?}");
        }
        for text in ["# no front matter", "---\na: [\n---\n", "---\nreportsTo: [a]\n---\n", "---\n{name: X}\n---\n"] {
            assert_eq!(apply(path, text, &[Set::new("reportsTo", "ceo")]), None, "{text:?}");
        }
    }

    #[test]
    fn a_scalar_is_read_back_as_it_was() {
        for text in [
            "cto",
            "a b",
            "no",
            "12",
            "1e3",
            "",
            " x",
            "x ",
            "#x",
            "a: b",
            "a\nb",
            "\u{1b}[31m",
            "é",
            "- x",
            "../x",
            "@daily",
            "\"",
            "null",
            "a\u{85}b",
        ] {
            let yaml = format!("k: {}\n", scalar(text));
            let parsed = yaml::parse(&yaml, 0);
            assert_eq!(
                parsed.root.as_ref().and_then(|root| root.get("k")).and_then(Node::text),
                Some(text).filter(|t| !t.is_empty()).or(Some("")),
                "{yaml}"
            );
            assert_eq!(parsed.problems, [], "{yaml}");
        }
    }
}
