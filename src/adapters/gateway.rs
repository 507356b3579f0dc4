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
