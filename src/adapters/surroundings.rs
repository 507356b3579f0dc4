//! What the agent programs have in common: the network they reach their models by, and a prompt that says something.

use super::{Around, Unusable};

/// How this machine reaches the network, if not directly. Such a value can hold a password and is written nowhere.
const NETWORK: &[&str] = &[
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
];

/// The variables a program gets as they are around `corp`: the way to the network, and of a shared login what the
/// operator is logged in by.
pub(super) fn inherited(around: &Around, login: &[&str]) -> Vec<String> {
    let login = if around.own_login { &[] } else { login };
    login.iter().chain(NETWORK).map(|name| (*name).to_owned()).collect()
}

/// The way to the network alone.
pub(super) fn network() -> Vec<String> {
    NETWORK.iter().map(|name| (*name).to_owned()).collect()
}

/// Some programs make a turn of nothing, which costs as much as one of something.
pub(super) fn refuse_empty(prompt: &str) -> Result<(), Unusable> {
    if prompt.trim().is_empty() { Err(Unusable("there is nothing to tell the agent".to_owned())) } else { Ok(()) }
}

/// The beginning of what a program says of itself, for a message: at most this many bytes.
const SAID_BYTES_MAX: usize = 2_000;

/// A text short enough to keep.
pub(super) fn short(text: &str) -> String {
    let end = (0..=SAID_BYTES_MAX.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text[..end].trim().to_owned()
}
