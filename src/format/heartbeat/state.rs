//! The file in which the last runs of tasks are kept: a JSON object, name to milliseconds since 1970.
//!
//! A session record of OpenClaw, which holds that object under `heartbeatTaskState`, is read as well, and so is
//! an instant such as `"2026-11-20T10:00:00Z"` in place of a number.

use crate::diag::{Diagnostic, Place};
use crate::format::yaml;
use crate::model::heartbeat::HeartbeatState;
use serde_json::{Map, Value as Json};
use std::ops::Range;

/// Most values that are reported. Where more are wrong, the file is another one than was meant.
const REPORTED_MAX: usize = 20;

/// Reads the last runs. What cannot be used is left out and reported.
pub fn read(file: &str, text: &str) -> (HeartbeatState, Vec<Diagnostic>) {
    let mut state = HeartbeatState::default();
    let mut diagnostics = Vec::new();
    let mut report = |span: Range<usize>, message: String, help: &str| {
        diagnostics.push(Diagnostic::error("heartbeat-state", Place::span(file, span), message).help(help));
    };
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    match serde_json::from_str(&text[start..]) {
        Err(error) => {
            let at = start + offset(&text[start..], error.line(), error.column());
            let what = error.to_string();
            let what = what.split(" at line ").next().unwrap_or_default();
            report(at..at, format!("this is not JSON: {what}"), "write an object such as `{\"inbox\": 1763632800000}`");
        }
        Ok(Json::Object(root)) => {
            let mut wrong = Vec::new();
            for (name, value) in runs(&root) {
                match milliseconds(value) {
                    Ok(ms) => drop(ms.map(|ms| state.0.insert(name.clone(), ms))),
                    Err(()) => wrong.push(name.as_str()),
                }
            }
            // JSON is YAML, and the reader of YAML knows places; it is asked only if something is wrong.
            let parsed = (!wrong.is_empty()).then(|| yaml::parse(text, 0));
            let root = parsed.as_ref().and_then(|parsed| parsed.root.as_ref());
            let runs = root.map(|root| root.get("heartbeatTaskState").unwrap_or(root));
            for name in wrong.into_iter().take(REPORTED_MAX) {
                let place = runs.and_then(|runs| runs.get(name)).map_or(start..start, |value| value.span.clone());
                let help = "write milliseconds since 1970, or an instant such as `\"2026-11-20T10:00:00Z\"`";
                report(place, format!("the last run of `{}` is not a time", name.escape_debug()), help);
            }
        }
        Ok(_) => report(
            start..start,
            "an object belongs here".to_owned(),
            "write an object such as `{\"inbox\": 1763632800000}`",
        ),
    }
    (state, diagnostics)
}

/// The object with the runs: all of it, or the part of a session record that holds them.
fn runs(root: &Map<String, Json>) -> &Map<String, Json> {
    root.get("heartbeatTaskState").and_then(Json::as_object).unwrap_or(root)
}

/// The time a value stands for; `null` is never.
fn milliseconds(value: &Json) -> Result<Option<i64>, ()> {
    match value {
        Json::Null => Ok(None),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(ms), _) => Ok(Some(ms)),
            // Parts of a millisecond: the next whole one is due at the same time.
            #[expect(clippy::cast_possible_truncation, reason = "a cast of a float stops at the ends")]
            (None, Some(ms)) => Ok(Some(ms.ceil() as i64)),
            (None, None) => Err(()),
        },
        Json::String(text) => text.parse().map(|at: jiff::Timestamp| Some(at.as_millisecond())).map_err(drop),
        Json::Bool(_) | Json::Array(_) | Json::Object(_) => Err(()),
    }
}

/// The byte at a line and column (in bytes, from 1) of a message of the JSON reader.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>();
    let mut at = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{At, line_column};

    #[test]
    fn last_runs() {
        for (text, expected) in [
            ("{}", &[][..]),
            ("\u{feff}{\"a\": 12, \"b\": null}", &[("a", 12)]),
            ("{\"a\": 1.2}", &[("a", 2)]),
            ("{\"a\": \"1970-01-01T00:00:01Z\"}", &[("a", 1000)]),
            ("{\"sessionId\": \"s\", \"heartbeatTaskState\": {\"a\": 5}}", &[("a", 5)]),
        ] {
            let (state, diagnostics) = read("s.json", text);
            assert_eq!(diagnostics, [], "{text}");
            let expected: Vec<_> = expected.iter().map(|(name, ms)| ((*name).to_owned(), *ms)).collect();
            assert_eq!(state.0.into_iter().collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        for (text, at, message) in [
            ("{\n  \"a\": 1,\n}", (3, 1), "this is not JSON: trailing comma"),
            ("", (1, 1), "this is not JSON: EOF while parsing a value"),
            ("[]", (1, 1), "an object belongs here"),
            ("{\n  \"a\": true\n}", (2, 8), "the last run of `a` is not a time"),
            ("{\"a\": \"soon\"}", (1, 7), "the last run of `a` is not a time"),
        ] {
            let (_, diagnostics) = read("s.json", text);
            let [diagnostic] = &diagnostics[..] else { panic!("{text}: {diagnostics:?}") };
            let At::Span(span) = &diagnostic.place().unwrap().at else { panic!("{diagnostic:?}") };
            assert_eq!((line_column(text, span.start), diagnostic.message.as_str()), (at, message), "{text}");
        }
    }
}
