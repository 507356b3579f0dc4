//! What an adapter needs to know of the model gateway: how a program is told where it is.

use serde::{Deserialize, Serialize};

/// What stands for the gateway's address, with the run's token, in the environment of a run.
pub const ADDRESS: &str = "{{corp.gateway}}";

/// What stands for its address without the token, in the arguments of a run, which everybody can read.
pub const OPEN_ADDRESS: &str = "{{corp.gateway.open}}";

/// The variable that holds the token of a run.
pub const TOKEN_VARIABLE: &str = "CORP_GATEWAY_TOKEN";

/// The header in which a request can show it.
pub const TOKEN_HEADER: &str = "x-corp-run";

/// A way through the gateway: an API, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// `anthropic`, `openai` or `gemini`: the first part of its paths at the gateway.
    pub api: String,
    /// Where it is, if the agent's settings say so.
    pub url: Option<String>,
    /// The variable around `corp` that says so otherwise.
    pub variable: String,
    /// Where it is if nobody says.
    pub usual: String,
}

impl Way {
    /// The API of Anthropic.
    pub fn anthropic(url: Option<&String>) -> Self {
        Self::of("anthropic", url, "ANTHROPIC_BASE_URL", "https://api.anthropic.com")
    }

    /// The API of OpenAI.
    pub fn openai(url: Option<&String>) -> Self {
        Self::of("openai", url, "OPENAI_BASE_URL", "https://api.openai.com/v1")
    }

    /// The API of Gemini.
    pub fn gemini(url: Option<&String>) -> Self {
        Self::of("gemini", url, "GOOGLE_GEMINI_BASE_URL", "https://generativelanguage.googleapis.com")
    }

    fn of(api: &str, url: Option<&String>, variable: &str, usual: &str) -> Self {
        let (api, variable, usual) = (api.to_owned(), variable.to_owned(), usual.to_owned());
        Self { api, url: url.cloned(), variable, usual }
    }

    /// The address of this way at the gateway, for the environment of a run.
    pub fn address(&self) -> String {
        format!("{ADDRESS}/{}", self.api)
    }
}

/// The headers in which an API takes a key, and none besides: what stands elsewhere may be said back.
pub fn key_headers(api: &str) -> &'static [&'static str] {
    match api {
        "anthropic" => &["x-api-key", "authorization"],
        // `api-key` is how Azure takes it.
        "openai" => &["authorization", "api-key"],
        "gemini" => &["x-goog-api-key", "authorization"],
        _ => &[],
    }
}

/// Whether a key of this name is one for this API: by what keys are called, and of a name that tells nothing, yes.
pub fn is_key_for(api: &str, name: &str) -> bool {
    let of = [
        ("ANTHROPIC_", "anthropic"),
        ("CLAUDE_", "anthropic"),
        ("OPENAI_", "openai"),
        ("AZURE_OPENAI_", "openai"),
        ("CODEX_", "openai"),
        ("GEMINI_", "gemini"),
        ("GOOGLE_", "gemini"),
    ];
    of.iter().find(|(start, _)| name.starts_with(start)).is_none_or(|(_, of)| *of == api)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_for_its_own_api() {
        for (api, name, expected) in [
            ("openai", "OPENAI_API_KEY", true),
            ("openai", "CODEX_API_KEY", true),
            ("anthropic", "OPENAI_API_KEY", false),
            ("anthropic", "ANTHROPIC_AUTH_TOKEN", true),
            ("openai", "GEMINI_API_KEY", false),
            ("openai", "MODEL_KEY", true),
        ] {
            assert_eq!(is_key_for(api, name), expected, "{api} {name}");
        }
    }
}
