//! What an answer of a model says it used: the APIs of Anthropic, OpenAI (Responses and Chat) and Gemini, whole or bit by bit.
//!
//! An answer that comes bit by bit says it more than once, each time with what it was so far; the highest of each figure
//! counts. What is no JSON, or says nothing of usage, passes by.

use crate::adapters::Usage;
use serde_json::Value;

/// Longest line or whole answer that is looked into, in bytes: text of a million tokens, with room.
const LOOKED_BYTES_MAX: usize = 16 << 20;

/// A byte of text is about a quarter of a token: for requests of which nobody says what they used.
const BYTES_PER_TOKEN: u64 = 4;

/// Counts one answer.
#[derive(Debug, Default)]
pub(super) struct Counter {
    line: Vec<u8>,
    whole: Vec<u8>,
    streamed: bool,
    received: u64,
    /// What it used so far, by its own word.
    pub(super) usage: Option<Usage>,
    /// The model, by its own word.
    pub(super) model: Option<String>,
}

impl Counter {
    /// For an answer of this content type.
    pub(super) fn new(content_type: &str) -> Self {
        Self { streamed: content_type.starts_with("text/event-stream"), ..Self::default() }
    }

    /// Takes a piece of the answer. Whether more is known of its usage than before.
    pub(super) fn take(&mut self, bytes: &[u8]) -> bool {
        self.received += bytes.len() as u64;
        if !self.streamed {
            if self.whole.len() + bytes.len() <= LOOKED_BYTES_MAX {
                self.whole.extend_from_slice(bytes);
            }
            return false;
        }
        let mut more = false;
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.line.len() + piece.len() <= LOOKED_BYTES_MAX {
                self.line.extend_from_slice(piece);
            }
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                if let Some(data) = line.strip_prefix(b"data:") {
                    more |= self.look(data);
                }
            }
        }
        more
    }

    /// The answer is over.
    pub(super) fn end(&mut self) {
        let whole = std::mem::take(&mut self.whole);
        if !self.streamed {
            self.look(&whole);
        }
    }

    /// What is charged for it if nothing was said, and it was an answer of a model: by the bytes that went to and fro, since not
    /// known is not nothing.
    pub(super) fn assumed(&self, sent: u64) -> Usage {
        Usage {
            input: sent.div_ceil(BYTES_PER_TOKEN),
            output: self.received.div_ceil(BYTES_PER_TOKEN),
            ..Usage::default()
        }
    }

    fn look(&mut self, json: &[u8]) -> bool {
        let Ok(value) = serde_json::from_slice::<Value>(json) else { return false };
        let mut more = false;
        // Gemini sends a list where it was not asked for events.
        let parts = match &value {
            Value::Array(parts) => parts.iter().collect(),
            one => vec![one],
        };
        for part in parts {
            for place in [part, &part["message"], &part["response"]] {
                if let Some(model) = place["model"].as_str().or_else(|| place["modelVersion"].as_str()) {
                    self.model.get_or_insert_with(|| model.to_owned());
                }
                if let Some(found) = read(place) {
                    let known = self.usage.get_or_insert_default();
                    let before = *known;
                    known.input = known.input.max(found.input);
                    known.cached_input = known.cached_input.max(found.cached_input);
                    known.cache_write = known.cache_write.max(found.cache_write);
                    known.output = known.output.max(found.output);
                    more |= *known != before;
                }
            }
        }
        more
    }
}

/// What one part of an answer says it used.
fn read(place: &Value) -> Option<Usage> {
    let usage = &place["usage"];
    let count = |value: &Value, key: &str| value[key].as_u64().unwrap_or(0);
    let google = &place["usageMetadata"];
    if google.is_object() {
        let cached = count(google, "cachedContentTokenCount");
        return Some(Usage {
            input: (count(google, "promptTokenCount") + count(google, "toolUsePromptTokenCount"))
                .saturating_sub(cached),
            cached_input: cached,
            output: count(google, "candidatesTokenCount") + count(google, "thoughtsTokenCount"),
            ..Usage::default()
        });
    }
    if !usage.is_object() {
        return None;
    }
    if usage["prompt_tokens"].is_u64() {
        let cached = count(&usage["prompt_tokens_details"], "cached_tokens");
        return Some(Usage {
            input: count(usage, "prompt_tokens").saturating_sub(cached),
            cached_input: cached,
            output: count(usage, "completion_tokens"),
            ..Usage::default()
        });
    }
    let details = &usage["input_tokens_details"];
    if details.is_object() {
        // Here what came from the cache is part of the input.
        let (cached, written) = (count(details, "cached_tokens"), count(details, "cache_write_tokens"));
        return Some(Usage {
            input: count(usage, "input_tokens").saturating_sub(cached).saturating_sub(written),
            cached_input: cached,
            cache_write: written,
            output: count(usage, "output_tokens"),
            cost: None,
        });
    }
    let known = ["input_tokens", "output_tokens"].iter().any(|key| usage[*key].is_u64());
    known.then(|| Usage {
        input: count(usage, "input_tokens"),
        cached_input: count(usage, "cache_read_input_tokens"),
        cache_write: count(usage, "cache_creation_input_tokens"),
        output: count(usage, "output_tokens"),
        cost: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(input: u64, cached_input: u64, cache_write: u64, output: u64) -> Option<Usage> {
        Some(Usage { input, cached_input, cache_write, output, cost: None })
    }

    /// The answer, in pieces of every size.
    fn counted(content_type: &str, answer: &str) -> (Option<Usage>, Option<String>) {
        let mut all = Vec::new();
        for size in [1, 7, answer.len()] {
            let mut counter = Counter::new(content_type);
            answer.as_bytes().chunks(size).for_each(|piece| {
                counter.take(piece);
            });
            counter.end();
            all.push((counter.usage, counter.model));
        }
        assert!(all.windows(2).all(|two| two[0] == two[1]), "{all:?}");
        all.pop().unwrap()
    }

    #[test]
    fn every_way_of_saying_what_was_used_is_understood() {
        let (json, events) = ("application/json", "text/event-stream; charset=utf-8");
        for (what, kind, answer, expected, model) in [
            (
                "anthropic",
                json,
                r#"{"model":"m","usage":{"input_tokens":10,"cache_creation_input_tokens":3,"cache_read_input_tokens":5,"output_tokens":7}}"#,
                usage(10, 5, 3, 7),
                Some("m"),
            ),
            (
                "anthropic, bit by bit",
                events,
                "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"m\",\"usage\":{\"input_tokens\":10,\"cache_read_input_tokens\":5,\"output_tokens\":1}}}\n\nevent: message_delta\r\ndata: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":42}}\r\n\r\n",
                usage(10, 5, 0, 42),
                Some("m"),
            ),
            (
                "responses",
                events,
                "data: {\"type\":\"response.created\",\"response\":{\"model\":\"g\",\"usage\":null}}\n\ndata: {\"type\":\"response.completed\",\"response\":{\"model\":\"g\",\"usage\":{\"input_tokens\":100,\"input_tokens_details\":{\"cached_tokens\":60},\"output_tokens\":9,\"output_tokens_details\":{\"reasoning_tokens\":4}}}}\n\n",
                usage(40, 60, 0, 9),
                Some("g"),
            ),
            (
                "chat",
                events,
                "data: {\"model\":\"c\",\"choices\":[]}\n\ndata: {\"model\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":2,\"prompt_tokens_details\":{\"cached_tokens\":3}}}\n\ndata: [DONE]\n\n",
                usage(5, 3, 0, 2),
                Some("c"),
            ),
            (
                "gemini, as a list",
                json,
                r#"[{"modelVersion":"x","usageMetadata":{"promptTokenCount":9}},{"usageMetadata":{"promptTokenCount":9,"cachedContentTokenCount":4,"candidatesTokenCount":3,"thoughtsTokenCount":2}}]"#,
                usage(9, 4, 0, 5),
                Some("x"),
            ),
            ("counting tokens is free", json, r#"{"input_tokens":99}"#, None, None),
            ("an error", json, r#"{"type":"error","error":{"type":"overloaded_error"}}"#, None, None),
            ("no JSON", events, "data: hello\n\nnot at all", None, None),
        ] {
            let (found, named) = counted(kind, answer);
            assert_eq!((found, named.as_deref()), (expected, model), "{what}");
        }
    }

    #[test]
    fn what_is_not_said_is_assumed_by_its_length() {
        let mut counter = Counter::new("text/event-stream");
        counter.take(&[b'x'; 41]);
        assert_eq!(counter.assumed(400), Usage { input: 100, output: 11, ..Usage::default() });
    }
}
