//! `{{name}}` in a text.

use std::collections::BTreeMap;

/// A text with `{{name}}` filled in; names without a value stay as they are.
pub fn filled(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        let Some(close) = rest[open..].find("}}").map(|close| open + close) else { break };
        filled.push_str(&rest[..open]);
        match values.get(rest[open + 2..close].trim()) {
            Some(value) => filled.push_str(value),
            None => filled.push_str(&rest[open..close + 2]),
        }
        rest = &rest[close + 2..];
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_value_are_filled_in_and_nothing_else() {
        let values = BTreeMap::from([("a".to_owned(), "{{b}}".to_owned()), ("b".to_owned(), "2".to_owned())]);
        for (text, expected) in
            [("{{a}} {{ b }}", "{{b}} 2"), ("{{c}} {{a", "{{c}} {{a"), ("}} {{}}", "}} {{}}"), ("", "")]
        {
            assert_eq!(filled(text, &values), expected, "{text}");
        }
    }
}
