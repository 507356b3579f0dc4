//! What the Claude Code program says: one JSON object a line on standard output.
//!
//! The last `result` says how it went; without one nothing is known. `subtype: success` is no success where `is_error`
//! says otherwise. The usage of an `assistant` line is a snapshot that later ones repeat; what counts is in `result`.

use super::super::signal::{Ended, Failure, FailureKind, Signal, Stream, Usage, Verdict};
use super::super::{Reader, surroundings};
use crate::model::{Currency, Money};
use jiff::Timestamp;
use serde_json::Value;

#[derive(Default)]
pub(super) struct ClaudeReader {
    session: Option<String>,
    model: Option<String>,
    /// The message whose usage was counted last, and what was counted before it.
    message: String,
    before: Usage,
    using: Usage,
    /// What the last `result` counted, for programs that count from the start of the process.
    counted: Usage,
    reply: String,
    outcome: Option<Result<(), Failure>>,
    /// When it may come back, by the last word about it.
    until: Option<Timestamp>,
    complaint: String,
}

impl Reader for ClaudeReader {
    fn line(&mut self, stream: Stream, line: &str) -> Vec<Signal> {
        if stream == Stream::Err {
            if !line.trim().is_empty() {
                self.complaint = surroundings::short(line);
            }
            return vec![Signal::Text(line.to_owned())];
        }
        let Ok(value) = serde_json::from_str::<Value>(line) else {
            return if line.trim().is_empty() { Vec::new() } else { vec![Signal::Text(line.to_owned())] };
        };
        let mut signals = Vec::new();
        match (value["type"].as_str(), value["subtype"].as_str()) {
            (Some("system"), Some("init")) => {
                self.meet(&value, &mut signals);
                self.name(&value["model"], &mut signals);
            }
            (Some("system"), Some("api_retry")) if value["error_status"] == 429 => {
                signals.push(Signal::RateLimited { until: self.until });
            }
            (Some("system"), Some("permission_denied")) => signals.push(Signal::ToolResult {
                ok: false,
                output: value["message"].as_str().unwrap_or("it was not allowed").to_owned(),
            }),
            (Some("rate_limit_event"), _) => self.rate_limit(&value["rate_limit_info"], &mut signals),
            (Some("assistant"), _) => self.assistant(&value, &mut signals),
            (Some("user"), _) => results(&value, &mut signals),
            (Some("result"), _) => self.result(&value, &mut signals),
            // Something is added every few weeks.
            _ => {}
        }
        signals
    }

    fn verdict(&self, ended: Ended) -> Verdict {
        match (&self.outcome, ended) {
            (Some(Err(failure)), _) => Verdict::Failed(failure.clone()),
            (Some(Ok(())), Ended::Exit(0)) => Verdict::Succeeded,
            (Some(Ok(())), _) => Verdict::Failed(ended.failure()),
            (None, _) if !self.complaint.is_empty() => {
                Verdict::Failed(Failure::new(kind(&self.complaint, None, FailureKind::Cut), self.complaint.clone()))
            }
            (None, Ended::Exit(0)) => {
                Verdict::Failed(Failure::new(FailureKind::Cut, "it ended before it said how it went"))
            }
            (None, _) => Verdict::Failed(ended.failure()),
        }
    }
}

impl ClaudeReader {
    fn meet(&mut self, value: &Value, signals: &mut Vec<Signal>) {
        if let Some(session) = value["session_id"].as_str()
            && self.session.as_deref() != Some(session)
        {
            self.session = Some(session.to_owned());
            signals.push(Signal::Session(session.to_owned()));
        }
    }

    fn name(&mut self, model: &Value, signals: &mut Vec<Signal>) {
        // What it says itself in the place of a model is said by none.
        if let Some(model) = model.as_str().filter(|model| *model != "<synthetic>")
            && self.model.as_deref() != Some(model)
        {
            self.model = Some(model.to_owned());
            signals.push(Signal::Model(model.to_owned()));
        }
    }

    fn rate_limit(&mut self, info: &Value, signals: &mut Vec<Signal>) {
        let until = info["resetsAt"].as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok());
        if info["status"] == "rejected" {
            self.until = until;
            signals.push(Signal::RateLimited { until });
        }
    }

    fn assistant(&mut self, value: &Value, signals: &mut Vec<Signal>) {
        let message = &value["message"];
        // What an agent that it started says is not its own word.
        let own = value["parent_tool_use_id"].is_null();
        if own {
            self.name(&message["model"], signals);
        }
        for block in message["content"].as_array().into_iter().flatten() {
            match block["type"].as_str() {
                Some("text") if own => {
                    let text = block["text"].as_str().unwrap_or_default();
                    self.reply = surroundings::short(text);
                    signals.push(Signal::Text(text.to_owned()));
                }
                Some("tool_use") => signals.push(Signal::Tool {
                    name: block["name"].as_str().unwrap_or("a tool").to_owned(),
                    input: block["input"].to_string(),
                }),
                _ => {}
            }
        }
        let id = message["id"].as_str().unwrap_or_default();
        if id != self.message {
            self.message = surroundings::short(id);
            self.before = self.using;
        }
        let mut using = self.before;
        using.add(&tokens(&message["usage"]));
        if using != self.using {
            self.using = using;
            signals.push(Signal::Using(using));
        }
    }

    fn result(&mut self, value: &Value, signals: &mut Vec<Signal>) {
        let failed = value["is_error"] != false || value["subtype"] != "success";
        if !failed {
            self.meet(value, signals);
        }
        let used = self.usage(value);
        if used != Usage::default() {
            signals.push(Signal::Used(used));
        }
        let text = value["result"].as_str().unwrap_or_default();
        if !failed {
            if !text.is_empty() && surroundings::short(text) != self.reply {
                signals.push(Signal::Text(text.to_owned()));
            }
            self.outcome = Some(Ok(()));
            signals.push(Signal::Finished);
            return;
        }
        let errors: Vec<&str> = value["errors"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let status = value["api_error_status"].as_u64();
        let subtype = value["subtype"].as_str().unwrap_or_default();
        let why = match (errors.is_empty(), text.is_empty()) {
            (false, _) => errors.join("; "),
            (true, false) => text.to_owned(),
            (true, true) => format!("it ended with {subtype}"),
        };
        let usual = match subtype {
            "error_max_turns" | "error_max_budget_usd" => FailureKind::Limit,
            _ => FailureKind::Other,
        };
        let kind = kind(&why, status, usual);
        if kind == FailureKind::RateLimit {
            // As a program of an earlier day says it: `…limit reached|1764410400`.
            let named = why.rsplit_once('|').and_then(|(_, seconds)| seconds.trim().parse().ok());
            self.until = named.and_then(|seconds| Timestamp::from_second(seconds).ok()).or(self.until);
            signals.push(Signal::RateLimited { until: self.until });
        }
        let failure = Failure::new(kind, surroundings::short(&why));
        self.outcome = Some(Err(failure.clone()));
        signals.push(Signal::Failed(failure));
    }

    /// What was used since the last `result`. Newer programs carry sums of the whole conversation beside it and say
    /// apart what came since; older ones count from the start of the process.
    fn usage(&mut self, value: &Value) -> Usage {
        if let Some(models) = value["model_usage_since_last_result"].as_object().filter(|models| !models.is_empty()) {
            return models.values().fold(Usage::default(), |mut sum, model| {
                sum.add(&of_model(model));
                sum
            });
        }
        let mut counted = tokens(&value["usage"]);
        if let Some(models) = value["modelUsage"].as_object().filter(|models| !models.is_empty()) {
            let mut sum = Usage::default();
            models.values().for_each(|model| sum.add(&of_model(model)));
            if sum.total() > 0 {
                counted = sum;
            }
        }
        counted.cost = dollars(&value["total_cost_usd"]).or(counted.cost);
        let used = counted.since(&self.counted);
        self.counted = counted;
        used
    }
}

fn results(value: &Value, signals: &mut Vec<Signal>) {
    for block in value["message"]["content"].as_array().into_iter().flatten() {
        if block["type"] != "tool_result" {
            continue;
        }
        let output = match &block["content"] {
            Value::String(text) => text.clone(),
            parts => {
                let texts = parts.as_array().into_iter().flatten().filter_map(|part| part["text"].as_str());
                texts.collect::<Vec<_>>().join("\n")
            }
        };
        signals.push(Signal::ToolResult { ok: block["is_error"] != true, output });
    }
}

fn tokens(usage: &Value) -> Usage {
    let count = |key: &str| usage[key].as_u64().unwrap_or_default();
    Usage {
        input: count("input_tokens"),
        cached_input: count("cache_read_input_tokens"),
        cache_write: count("cache_creation_input_tokens"),
        output: count("output_tokens"),
        cost: None,
    }
}

fn of_model(usage: &Value) -> Usage {
    let count = |key: &str| usage[key].as_u64().unwrap_or_default();
    Usage {
        input: count("inputTokens"),
        cached_input: count("cacheReadInputTokens"),
        cache_write: count("cacheCreationInputTokens"),
        output: count("outputTokens"),
        cost: dollars(&usage["costUSD"]),
    }
}

/// An amount as the program writes it: a number of dollars with a fraction.
fn dollars(value: &Value) -> Option<Money> {
    let dollars = value.as_f64().filter(|dollars| dollars.is_finite() && (0.0..1e9).contains(dollars))?;
    // A fraction of a millionth is rounded up: what was spent is never less than what was said.
    #[expect(clippy::cast_possible_truncation, reason = "less than 1e15, by the line above")]
    let micro = (dollars * 1e6 - 1e-6).ceil().max(0.0) as i64;
    Some(Money::from_micro(micro, Currency::USD))
}

/// What can be done about a failure, by its status and its words.
fn kind(why: &str, status: Option<u64>, usual: FailureKind) -> FailureKind {
    let low = why.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| low.contains(word));
    match status {
        _ if says(&["no conversation found with session", "requires a valid session"]) => FailureKind::Session,
        Some(401 | 403) => FailureKind::Login,
        Some(429) => FailureKind::RateLimit,
        Some(408 | 500..=599) => FailureKind::Transient,
        _ if says(&["not logged in", "please run /login", "invalid api key", "oauth token"]) => FailureKind::Login,
        _ if says(&["limit reached", "hit your limit", "rate limit"]) => FailureKind::RateLimit,
        _ if says(&["overloaded", "unable to connect", "connection error", "timed out", "malformed response"]) => {
            FailureKind::Transient
        }
        _ => usual,
    }
}
