//! What of a value with several lines or fields is a secret by itself: each long line, and what a name stands for. What
//! everybody's file says, such as `"type": "service_account",`, is not: hiding it would hide half of every document.

use super::assigned::is_secret_name;
use serde_json::Value;

/// Shortest part that is looked for by itself, in bytes: shorter ones, such as `}`, are no secret.
const PART_BYTES_MIN: usize = 16;

/// Shortest part that its name calls a secret, in bytes: no value of a secret is shorter either.
const NAMED_BYTES_MIN: usize = 8;

/// Longest name, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// How deep a JSON value is looked into: deeper ones are no keys.
const DEEP_MAX: usize = 16;

/// The parts of a value that are looked for by themselves.
pub(super) fn parts(value: &str) -> Vec<String> {
    let mut found = Vec::new();
    match serde_json::from_str(value) {
        Ok(json @ (Value::Object(_) | Value::Array(_))) => leaves("", &json, 0, &mut found),
        _ if value.contains('\n') => value.lines().for_each(|line| of_line(line.trim(), &mut found)),
        _ => {}
    }
    found.sort();
    found.dedup();
    found.retain(|part| part != value);
    found
}

/// The texts in a JSON value.
fn leaves(name: &str, value: &Value, deep: usize, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.trim_end().contains('\n') => {
            found.push(text.clone());
            text.lines().for_each(|line| of_line(line.trim(), found));
        }
        Value::String(text) if is_told_apart(name, text) => found.push(text.clone()),
        Value::Object(entries) if deep < DEEP_MAX => {
            entries.iter().for_each(|(name, value)| leaves(name, value, deep + 1, found));
        }
        Value::Array(items) if deep < DEEP_MAX => items.iter().for_each(|item| leaves(name, item, deep + 1, found)),
        Value::String(_) | Value::Object(_) | Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A line of a value: what its name stands for, or all of it.
fn of_line(line: &str, found: &mut Vec<String>) {
    // The first and last line of every key in PEM form, and the head of every XML file, are those of all.
    if line.starts_with("-----") || line.starts_with("<?") || line.starts_with("<!") {
        return;
    }
    let Some((name, text)) = assigned(line) else {
        if line.len() >= PART_BYTES_MIN {
            found.push(line.to_owned());
        }
        return;
    };
    if is_told_apart(name, text) {
        found.push(text.to_owned());
        if line.len() >= PART_BYTES_MIN {
            found.push(line.to_owned());
        }
    }
}

/// The name and the text of `NAME=text`, `name: text` or `"name": "text",`.
fn assigned(line: &str) -> Option<(&str, &str)> {
    // What base64 ends with is no sign of a name, and one in the middle of an address neither.
    let at = line.find(['=', ':']).filter(|at| *at <= NAME_BYTES_MAX)?;
    let (name, text) = (line[..at].trim(), line[at + 1..].trim());
    let name = name.trim_start_matches("export ").trim_start_matches("- ").trim_matches(['"', '\'']);
    let is_sign = line[at..].starts_with('=') || line[at + 1..].starts_with([' ', '\t']) || text.is_empty();
    let (upper, lower) = (|b: u8| b.is_ascii_uppercase() || b.is_ascii_digit(), |b: u8| b.is_ascii_lowercase());
    let all = |of: &dyn Fn(u8) -> bool| name.bytes().all(|b| of(b) || matches!(b, b'_' | b'-' | b'.'));
    // Letters and digits mixed are no name, and may be the beginning of a secret.
    let is_name = all(&upper) || all(&lower) || (line[at..].starts_with(':') && all(&|b| b.is_ascii_alphabetic()));
    let text = text.trim_end_matches(',').trim_end().trim_matches(['"', '\'']);
    (!name.is_empty() && is_name && is_sign && !text.trim_matches('=').is_empty()).then_some((name, text))
}

/// Whether what a name stands for is a secret by itself.
fn is_told_apart(name: &str, text: &str) -> bool {
    if is_secret_name(name.as_bytes()) {
        return text.len() >= NAMED_BYTES_MIN;
    }
    text.len() >= PART_BYTES_MIN && !is_common(text)
}

/// Whether many files say this: words, a host, an address on the web or of mail, without a password in it.
fn is_common(text: &str) -> bool {
    let address = text.split_once("://").filter(|(scheme, _)| scheme.bytes().all(|b| b.is_ascii_lowercase()));
    if let Some((_, rest)) = address {
        let host = rest.split('/').next().unwrap_or(rest);
        // After a `?` there may be a key, and one may be the path itself, as those of webhooks are.
        return !host.contains('@') && !rest.contains('?') && rest.split('/').all(is_plain);
    }
    match text.split_once('@') {
        Some((name, host)) => is_plain(name) && host.contains('.') && is_plain(host),
        None => is_plain(text),
    }
}

/// Whether a text is made of words in small letters, with few digits, and signs as they stand in names.
fn is_plain(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let sign = |byte: u8| matches!(byte, b'_' | b'-' | b'.' | b':' | b'%');
    digits <= 8 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || sign(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybodys_file_says_is_no_secret() {
        let key = "MIIEowIBAAKCAQEAx3k9Zq7vT1bY";
        let account = format!(
            "{{\n  \"type\": \"service_account\",\n  \"project_id\": \"acme-prod\",\n  \"private_key_id\": \"3b9f0c7ad2e84f16a5c0\",\n  \
             \"private_key\": \"{begin}\\n{key}\\n-----END\\n\",\n  \"client_email\": \"bot@acme-prod.iam.gserviceaccount.com\",\n  \
             \"auth_uri\": \"https://accounts.google.com/o/oauth2/auth\",\n  \"token_uri\": \"https://oauth2.googleapis.com/token\",\n  \
             \"password\": \"horse-battery\",\n  \"hook\": \"https://hooks.example/services/T0AB12CD/9fK2mQ7xVt4L\"\n}}",
            begin = "-----BEGIN"
        );
        let whole = format!("-----BEGIN\n{key}\n-----END\n");
        for (value, expected) in [
            (
                account.as_str(),
                &[
                    whole.as_str(),
                    "3b9f0c7ad2e84f16a5c0",
                    key,
                    "horse-battery",
                    "https://hooks.example/services/T0AB12CD/9fK2mQ7xVt4L",
                ][..],
            ),
            ("a-single-line-and-no-more", &[]),
            (
                "first line of words\nshort\nMIIEowIBAAKCAQEAx3k9Zq7vT1b=",
                &["MIIEowIBAAKCAQEAx3k9Zq7vT1b=", "first line of words"],
            ),
            (
                "DATABASE_URL=postgres://app:secret@db.example/app\nNODE_ENV=production-and-more\nAPI_KEY='horse-battery'\n",
                &[
                    "API_KEY='horse-battery'",
                    "DATABASE_URL=postgres://app:secret@db.example/app",
                    "horse-battery",
                    "postgres://app:secret@db.example/app",
                ],
            ),
            (
                "clusters:\n  server: https://k8s.acme.example:6443\n  token: abcdefgh12\n",
                &["abcdefgh12", "token: abcdefgh12"],
            ),
            ("Tr0ub4dor=horse-battery\nmore\n", &["Tr0ub4dor=horse-battery"]),
            (
                "apiVersion: apps.example/v1\nkind: ReplicaControl-and-more\n",
                &["ReplicaControl-and-more", "kind: ReplicaControl-and-more"],
            ),
            ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<key/>", &[]),
        ] {
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(parts(value), expected, "{value}");
        }
    }
}
