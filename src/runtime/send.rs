//! Sending a task: `corp send-task FILE`, the program behind the adapter `http`.
//!
//! One request goes out, signed if that is asked for; redirects are not followed, since the key and the token are for
//! one address. What the answer carries (a comment, a status, what was used, a conversation) is asked for at the run's
//! door, like by any agent, and the rest is said on standard output in the lines the adapter reads.

use super::play::{PlayError, Surroundings, ask};
use crate::adapters::http::Letter;
use crate::secrets::mac::signature;
use serde_json::{Value, json};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

/// Longest answer that is read, in bytes: what a person reads in a comment, with room to spare.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// Longest wait for a connection, in milliseconds. How long the answer may take is the run's own limit.
const CONNECT_MS_MAX: u64 = 30_000;

/// What is sent with a task and stands in no file.
pub struct Sealed {
    /// The key that it is signed with.
    pub signing_key: Option<String>,
    /// The token that is shown.
    pub token: Option<String>,
    /// Now, in seconds since 1970: part of what is signed, so that a letter cannot be sent again much later.
    pub seconds: i64,
}

/// Sends the task in `file`.
///
/// # Errors
/// [`PlayError`]; what a reader of the transcript needs to know was said before.
pub fn send(
    file: &Path,
    around: &Surroundings,
    sealed: impl FnOnce(&Letter) -> Result<Sealed, String>,
) -> Result<(), PlayError> {
    let text = std::fs::read_to_string(file).map_err(system("read what is to be sent"))?;
    let letter: Letter =
        serde_json::from_str(&text).map_err(|error| system("read what is to be sent")(error.into()))?;
    let sent = match sealed(&letter) {
        Err(why) => Ok(Some(("login", why))),
        Ok(sealed) => match post(&letter, &sealed) {
            Ok(answer) => take(&answer, around),
            Err(failed) => Ok(Some(failed)),
        },
    };
    let (kind, error) = match sent {
        Ok(None) => return say(&json!({"corp": "done"})),
        Ok(Some((kind, why))) => (kind, PlayError::Failed(why)),
        Err(error) => ("other", error),
    };
    say(&json!({"corp": "failed", "kind": kind, "why": error.to_string()}))?;
    Err(error)
}

fn system(doing: &str) -> impl FnOnce(io::Error) -> PlayError {
    let doing = doing.to_owned();
    move |source| PlayError::System { doing, source }
}

fn say(value: &Value) -> Result<(), PlayError> {
    let mut out = io::stdout().lock();
    writeln!(out, "{value}").and_then(|()| out.flush()).map_err(system("speak"))
}

/// Sends it, and returns what came back; or what kind of failure it is, and why.
fn post(letter: &Letter, sealed: &Sealed) -> Result<String, (&'static str, String)> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_connect(Some(Duration::from_millis(CONNECT_MS_MAX)))
        .user_agent(concat!("corp/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut request = agent.post(&letter.url).header("content-type", "application/json");
    for (name, value) in &letter.headers {
        request = request.header(name, value);
    }
    request = request.header("idempotency-key", &letter.run);
    if let Some(token) = &sealed.token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if let Some(key) = &sealed.signing_key {
        let signed = format!("{}.{}", sealed.seconds, letter.body);
        let signature = signature(key.as_bytes(), signed.as_bytes());
        request = request.header("x-corp-signature", format!("t={},v1={signature}", sealed.seconds));
    }
    let unreached = |error: ureq::Error| match error {
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => ("other", format!("{} cannot be asked: {error}", letter.url)),
        _ => ("transient", format!("{} did not answer: {error}", letter.url)),
    };
    let mut answer = request.send(letter.body.as_str()).map_err(unreached)?;
    let status = answer.status().as_u16();
    let later = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).lossy_utf8(true).read_to_string();
    let body = body.map_err(unreached)?;
    if (200..300).contains(&status) {
        return Ok(body);
    }
    let kind = match status {
        401 | 403 => "login",
        429 => "rate_limit",
        408 | 500..=599 => "transient",
        _ => "other",
    };
    let later = later.map(|later| format!(", retry-after {later}")).unwrap_or_default();
    let said: String = body.chars().filter(|c| !c.is_control()).take(300).collect();
    Err((kind, format!("{} answered {status}{later}: {said}", letter.url)))
}

/// Does what the answer says; a failure that it names comes back.
fn take(answer: &str, around: &Surroundings) -> Result<Option<(&'static str, String)>, PlayError> {
    let Ok(value) = serde_json::from_str::<Value>(answer) else {
        // Something else than JSON is what it says.
        return say(&json!({"corp": "say", "text": answer.trim()})).map(|()| None);
    };
    let text = |key: &str| value[key].as_str().filter(|text| !text.trim().is_empty());
    if let Some(session) = text("session") {
        say(&json!({"corp": "session", "id": session}))?;
    }
    let usage = &value["usage"];
    if usage.is_object() || value["cost"].is_string() {
        let count = |key: &str| usage[key].as_u64().unwrap_or_default();
        say(&json!({
            "corp": "spend", "money": text("cost"), "input": count("input"), "cached_input": count("cached_input"),
            "cache_write": count("cache_write"), "output": count("output"),
        }))?;
    }
    if let Some(said) = text("summary") {
        say(&json!({"corp": "say", "text": said}))?;
    }
    if let Some(comment) = text("comment") {
        ask(around, "comment", &json!({"text": comment}))?;
    }
    let why = text("why").unwrap_or("it said no more");
    match text("status") {
        None | Some("in_progress" | "ok" | "succeeded") => Ok(None),
        Some("done") => ask(around, "done", &json!({})).map(|()| None),
        Some("blocked") => ask(around, "block", &json!({"why": why, "owner": "board"})).map(|()| None),
        Some("failed") => Ok(Some(("other", why.to_owned()))),
        Some(other) => {
            let known = "in_progress, done, blocked or failed";
            Ok(Some(("other", format!("the answer's status is `{other}`, and can be {known}"))))
        }
    }
}
