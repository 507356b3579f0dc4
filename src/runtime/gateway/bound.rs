//! The most that one request can come to, before its answer says what it was: so that several requests of a run at a time do not
//! pass its ceiling together.

use crate::adapters::Usage;
use serde::Deserialize;

/// A token of a request stands for at least so many bytes of it, whatever the language; pictures and JSON have more.
const BYTES_PER_TOKEN_MIN: u64 = 2;

/// The longest answer of a model, in tokens, where the request does not say how long it may be.
const OUTPUT_TOKENS_MAX: u64 = 128_000;

/// What of a request says how much it may come to; the rest is skipped without being kept.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    model: Option<String>,
    /// Anthropic, and Chat as it was.
    #[serde(default)]
    max_tokens: Option<u64>,
    /// Responses.
    #[serde(default)]
    max_output_tokens: Option<u64>,
    /// Chat.
    #[serde(default)]
    max_completion_tokens: Option<u64>,
    /// Chat: how many answers.
    #[serde(default)]
    n: Option<u64>,
    /// Gemini.
    #[serde(default, rename = "generationConfig")]
    generation: Option<Generation>,
}

#[derive(Debug, Default, Deserialize)]
struct Generation {
    #[serde(default, rename = "maxOutputTokens")]
    output: Option<u64>,
    #[serde(default, rename = "candidateCount")]
    candidates: Option<u64>,
}

/// The model of a request, and the most it can use: all of it written to the cache anew, and an answer as long as is allowed.
pub(super) fn of(path: &str, body: &[u8]) -> (Option<String>, Usage) {
    let asked: Asked = serde_json::from_slice(body).unwrap_or_default();
    let generation = asked.generation.unwrap_or_default();
    let longest = asked.max_tokens.max(asked.max_output_tokens).max(asked.max_completion_tokens).max(generation.output);
    let answers = asked.n.or(generation.candidates).unwrap_or(1).max(1);
    let usage = Usage {
        cache_write: (body.len() as u64).div_ceil(BYTES_PER_TOKEN_MIN),
        output: longest.unwrap_or(OUTPUT_TOKENS_MAX).saturating_mul(answers),
        ..Usage::default()
    };
    (asked.model.or_else(|| in_path(path)), usage)
}

/// The model that Gemini has in its path: `/v1beta/models/NAME:generateContent`.
fn in_path(path: &str) -> Option<String> {
    let (_, behind) = path.split_once("/models/")?;
    let name = behind.split([':', '/', '?']).next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_answer_is_what_the_request_allows() {
        for (path, body, model, output) in [
            ("/v1/messages", r#"{"model":"m","max_tokens":100,"messages":[{"content":"x"}]}"#, Some("m"), 100),
            ("/responses", r#"{"model":"g","max_output_tokens":200}"#, Some("g"), 200),
            ("/chat/completions", r#"{"model":"c","max_completion_tokens":30,"n":3}"#, Some("c"), 90),
            (
                "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
                r#"{"generationConfig":{"maxOutputTokens":7}}"#,
                Some("gemini-2.5-pro"),
                7,
            ),
            ("/responses", r#"{"model":"g"}"#, Some("g"), 128_000),
            ("/responses", "no JSON", None, 128_000),
        ] {
            let (named, usage) = of(path, body.as_bytes());
            assert_eq!((named.as_deref(), usage.output), (model, output), "{path} {body}");
            assert_eq!(usage.cache_write, (body.len() as u64).div_ceil(2));
        }
    }
}
