//! The lines by which a simple program tells what it used and how it went: JSON objects with a key `corp`.
//!
//! `{"corp": "spend", "money": "0.05 USD", "input": 1200, "output": 300}` · `{"corp": "say", "text": "…"}` ·
//! `{"corp": "done"}` · `{"corp": "failed", "why": "…"}`. Everything else is text. The page is `docs/script-adapter.md`.

use super::signal::{Failure, FailureKind, Signal, Usage};
use crate::model::{Choice as _, Money, Scalar as _};
use serde_json::Value;

/// What a line of such a program means.
pub(super) fn read(line: &str) -> Vec<Signal> {
    // Looked at before it is parsed: a flood of other text costs nothing.
    if !line.starts_with("{\"corp\"") {
        return if line.trim().is_empty() { Vec::new() } else { vec![Signal::Text(line.to_owned())] };
    }
    let Ok(value) = serde_json::from_str::<Value>(line) else { return vec![Signal::Text(line.to_owned())] };
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let count = |key: &str| value.get(key).and_then(Value::as_u64).unwrap_or_default();
    match value.get("corp").and_then(Value::as_str) {
        Some("say") => vec![Signal::Text(text("text"))],
        Some("tool") => vec![Signal::Tool { name: text("text"), input: String::new() }],
        Some("spend") => vec![Signal::Used(Usage {
            input: count("input"),
            cached_input: count("cached_input"),
            cache_write: count("cache_write"),
            output: count("output"),
            cost: Money::parse(&text("money")).ok(),
        })],
        Some("done") => vec![Signal::Finished],
        Some("session") => vec![Signal::Session(text("id"))],
        Some("failed") => {
            let kind = text("kind");
            let known = FailureKind::ALL.iter().find(|(word, _)| *word == kind).map(|(_, kind)| *kind);
            vec![Signal::Failed(Failure::new(known.unwrap_or(FailureKind::Other), text("why")))]
        }
        _ => vec![Signal::Text(line.to_owned())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let money = Money::parse("0.05 USD").unwrap();
        for (line, signals) in [
            ("", vec![]),
            ("hello", vec![Signal::Text("hello".to_owned())]),
            (r#"{"corp": "say""#, vec![Signal::Text(r#"{"corp": "say""#.to_owned())]),
            (r#"{"corp":"say","text":"hi"}"#, vec![Signal::Text("hi".to_owned())]),
            (
                r#"{"corp":"spend","money":"0.05 USD","input":3}"#,
                vec![Signal::Used(Usage { input: 3, cost: Some(money), ..Usage::default() })],
            ),
            (r#"{"corp":"spend","input":-3}"#, vec![Signal::Used(Usage::default())]),
            (r#"{"corp":"done"}"#, vec![Signal::Finished]),
            (r#"{"corp":"failed","why":"no"}"#, vec![Signal::Failed(Failure::other("no"))]),
            (r#"{"corp":7}"#, vec![Signal::Text(r#"{"corp":7}"#.to_owned())]),
        ] {
            assert_eq!(read(line), signals, "{line}");
        }
    }
}
