//! The file with a login, which Claude Code replaces when it renews it.

use serde_json::{Map, Value};

/// The part of the file that is the login; beside it may be those to servers of tools.
const PART: &str = "claudeAiOauth";

/// The operator's file with the login that was `found` in its place, renewed. None: it is another, an older or no login.
pub(super) fn renewed(before: &[u8], found: &[u8]) -> Option<Vec<u8>> {
    let mut file: Map<String, Value> = serde_json::from_slice(before).ok()?;
    let mut found: Map<String, Value> = serde_json::from_slice(found).ok()?;
    let (old, new) = (file.get(PART)?, found.remove(PART)?);
    let until = |login: &Value| login.get("expiresAt").and_then(Value::as_u64);
    let is_said = |name| new.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    let is_renewed = until(&new)? > until(old)?
        && is_said("accessToken")
        && is_said("refreshToken")
        && new.get("subscriptionType") == old.get("subscriptionType");
    if !is_renewed {
        return None;
    }
    file.insert(PART.to_owned(), new);
    serde_json::to_vec(&file).ok()
}
