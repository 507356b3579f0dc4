//! YAML that Paperclip's own small reader understands: two spaces a level, texts plain or in JSON's quotes, no
//! folded texts, anchors or comments, items of lists that are mappings below a dash of their own.

use super::emit;
use crate::format::patch::Value;

/// The text of a document.
pub(super) fn document(value: &Value) -> String {
    let mut lines = Vec::new();
    block(value, 0, &mut lines);
    lines.push(String::new());
    lines.join("\n")
}

fn block(value: &Value, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Map(entries) => {
            for (key, value) in entries {
                let key = emit::text(key);
                match inline(value) {
                    Some(text) => lines.push(format!("{indent}{key}: {text}")),
                    None => {
                        lines.push(format!("{indent}{key}:"));
                        block(value, depth + 1, lines);
                    }
                }
            }
        }
        Value::List(items) => {
            for item in items {
                match inline(item) {
                    Some(text) => lines.push(format!("{indent}- {text}")),
                    None => {
                        lines.push(format!("{indent}-"));
                        block(item, depth + 1, lines);
                    }
                }
            }
        }
        Value::Null | Value::Text(_) | Value::Bare(_) => {
            lines.extend(inline(value).map(|text| format!("{indent}{text}")));
        }
    }
}

/// The value on one line, if it has no parts.
fn inline(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("null".to_owned()),
        Value::Text(text) => Some(emit::text(text)),
        Value::Bare(text) if is_json_word(text) => Some(text.clone()),
        Value::Bare(text) => Some(emit::quoted(text)),
        Value::Map(entries) if entries.is_empty() => Some("{}".to_owned()),
        Value::List(items) if items.is_empty() => Some("[]".to_owned()),
        Value::Map(_) | Value::List(_) => None,
    }
}

/// Whether both readers take the word for the same number or truth value.
fn is_json_word(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(text, "true" | "false") || (all(whole) && all(fraction) && (whole == "0" || !whole.starts_with('0')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::yaml;

    #[test]
    fn everything_reads_back_and_stays_in_the_subset() {
        let text = "a: 1\nb: [x, {c: 'no', d: [1.5, {}]}, []]\ne: >\n  folded\n  text\nf: 2026-11-20\ng: ~\nh: &x {i: \"a: b # c\"}\nj: *x\nk: [[1, 2], [a]]\n";
        let value = Value::of(&yaml::parse(text, 0).root.unwrap());
        let written = document(&value);
        let expected = "a: 1\nb:\n  - x\n  -\n    c: \"no\"\n    d:\n      - 1.5\n      - {}\n  - []\ne: \"folded text\\n\"\nf: \"2026-11-20\"\ng: null\nh:\n  i: \"a: b # c\"\nj:\n  i: \"a: b # c\"\nk:\n  -\n    - 1\n    - 2\n  -\n    - a\n";
        assert_eq!(written, expected);
        let parsed = yaml::parse(&written, 0);
        assert_eq!(parsed.problems, []);
        assert_eq!(document(&Value::of(&parsed.root.unwrap())), written);
    }
}
