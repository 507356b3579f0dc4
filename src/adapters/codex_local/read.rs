//! What the Codex program says: one JSON object a line on standard output, notices on standard error.
//!
//! `turn.completed` is success, and carries what the whole conversation used, earlier runs among it. Lines of kind
//! `error` are notices as often as not; `turn.failed` is the failure. A conversation that is gone is said on standard
//! error alone.

use super::super::signal::{Ended, Failure, FailureKind, Signal, Stream, Usage, Verdict};
use super::super::{Reader, surroundings};
use serde_json::Value;

#[derive(Default)]
pub(super) struct CodexReader {
    outcome: Option<Result<(), Failure>>,
    /// The last error it named, which tells more than the end without a word.
    complaint: String,
}

impl Reader for CodexReader {
    fn line(&mut self, stream: Stream, line: &str) -> Vec<Signal> {
        if stream == Stream::Err {
            if line.starts_with("Error: ") || line.starts_with("error: ") || line.starts_with("No prompt provided") {
                self.complaint = surroundings::short(line);
            }
            return vec![Signal::Text(line.to_owned())];
        }
        let Ok(value) = serde_json::from_str::<Value>(line) else {
            return if line.trim().is_empty() { Vec::new() } else { vec![Signal::Text(line.to_owned())] };
        };
        match value["type"].as_str() {
            Some("thread.started") => {
                value["thread_id"].as_str().map(|id| Signal::Session(id.to_owned())).into_iter().collect()
            }
            Some("item.started") => started(&value["item"]),
            Some("item.completed") => completed(&value["item"]),
            Some("turn.completed") => {
                self.outcome = Some(Ok(()));
                vec![Signal::UsedSoFar(usage(&value["usage"])), Signal::Finished]
            }
            Some("turn.failed") => {
                let why = value["error"]["message"].as_str().unwrap_or("the turn failed");
                let failure = Failure::new(kind(why, FailureKind::Other), surroundings::short(why));
                self.outcome = Some(Err(failure.clone()));
                let mut signals = Vec::new();
                if failure.kind == FailureKind::RateLimit {
                    signals.push(Signal::RateLimited { until: None });
                }
                signals.push(Signal::Failed(failure));
                signals
            }
            Some("error") => {
                let why = value["message"].as_str().unwrap_or_default();
                self.complaint = surroundings::short(why);
                let limited = kind(why, FailureKind::Other) == FailureKind::RateLimit;
                if limited { vec![Signal::RateLimited { until: None }] } else { Vec::new() }
            }
            // Something is added every few weeks.
            _ => Vec::new(),
        }
    }

    fn verdict(&self, ended: Ended) -> Verdict {
        match (&self.outcome, ended) {
            (Some(Err(failure)), _) => Verdict::Failed(failure.clone()),
            (Some(Ok(())), Ended::Exit(0)) => Verdict::Succeeded,
            (Some(Ok(())), _) => Verdict::Failed(ended.failure()),
            (None, _) if !self.complaint.is_empty() => {
                Verdict::Failed(Failure::new(kind(&self.complaint, FailureKind::Cut), self.complaint.clone()))
            }
            (None, Ended::Exit(0)) => {
                Verdict::Failed(Failure::new(FailureKind::Cut, "it ended before it said how it went"))
            }
            (None, _) => Verdict::Failed(ended.failure()),
        }
    }
}

/// What it begins to do. What is said is said when it is done.
fn started(item: &Value) -> Vec<Signal> {
    let text = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
    let tool = |name: String, input: String| vec![Signal::Tool { name, input }];
    match item["type"].as_str() {
        Some("command_execution") => tool("shell".to_owned(), text("command")),
        Some("mcp_tool_call") => tool(format!("{}.{}", text("server"), text("tool")), item["arguments"].to_string()),
        Some("web_search") => tool("web_search".to_owned(), text("query")),
        _ => Vec::new(),
    }
}

fn completed(item: &Value) -> Vec<Signal> {
    let text = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
    match item["type"].as_str() {
        Some("agent_message") => vec![Signal::Text(text("text"))],
        Some("command_execution") => {
            let ok = item["exit_code"] == 0;
            vec![Signal::ToolResult { ok, output: text("aggregated_output") }]
        }
        Some("mcp_tool_call") => {
            let output = if item["error"].is_null() { &item["result"] } else { &item["error"] };
            vec![Signal::ToolResult { ok: item["status"] == "completed", output: output.to_string() }]
        }
        Some("file_change") => {
            let changes = item["changes"].as_array().into_iter().flatten();
            let paths: Vec<&str> = changes.filter_map(|change| change["path"].as_str()).collect();
            let ok = item["status"] == "completed";
            vec![
                Signal::Tool { name: "edit".to_owned(), input: paths.join(" ") },
                Signal::ToolResult { ok, output: String::new() },
            ]
        }
        _ => Vec::new(),
    }
}

/// Its input counts what came from the cache; ours does not.
fn usage(usage: &Value) -> Usage {
    let count = |key: &str| usage[key].as_u64().unwrap_or_default();
    let (cached, written) = (count("cached_input_tokens"), count("cache_write_input_tokens"));
    Usage {
        input: count("input_tokens").saturating_sub(cached).saturating_sub(written),
        cached_input: cached,
        cache_write: written,
        output: count("output_tokens"),
        cost: None,
    }
}

/// What can be done about a failure, by its words: there is nothing else to tell it by.
fn kind(why: &str, usual: FailureKind) -> FailureKind {
    let low = why.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| low.contains(word));
    if says(&["no rollout found for thread id", "thread/resume failed", "invalid session id"]) {
        FailureKind::Session
    } else if says(&[
        "401 unauthorized",
        "403 forbidden",
        "not logged in",
        "codex login",
        "refresh token",
        "missing environment variable",
    ]) {
        FailureKind::Login
    } else if says(&["429 too many requests", "usage limit", "rate limit"]) {
        FailureKind::RateLimit
    } else if says(&[
        "high demand",
        "stream disconnected",
        "last status: 5",
        "timed out",
        "error sending request",
        "overloaded",
    ]) {
        FailureKind::Transient
    } else {
        usual
    }
}
