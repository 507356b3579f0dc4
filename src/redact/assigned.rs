//! Values given to names such as `password`, `api_key` or `clientSecret`, where they seem made by chance.

use super::Found;
use super::chance::is_random;

/// Shortest value that is looked at, in bytes. Shorter ones are mostly words, and chance cannot be told.
const BYTES_MIN: usize = 16;
/// Longest value that is looked at, in bytes. Longer ones are data, not keys.
const BYTES_MAX: usize = 1024;
/// Longest name before the value, in bytes.
const NAME_MAX: usize = 64;
/// Most stars in a row between a name and its sign: Markdown's bold and italic together.
const STARS_MAX: usize = 3;
/// How names of secrets end, in lower case, with `_` between words or none.
const NAMES: [&str; 30] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "accesskey",
    "access_key",
    "secretkey",
    "secret_key",
    "privatekey",
    "private_key",
    "signingkey",
    "signing_key",
    "encryptionkey",
    "encryption_key",
    "authkey",
    "auth_key",
    "masterkey",
    "master_key",
    "accountkey",
    "account_key",
    "servicekey",
    "service_key",
    "credential",
    "secret_key_base",
    "auth",
    "bearer",
];

pub(super) fn find(text: &str) -> Vec<Found> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut done = 0;
    for at in memchr::memchr2_iter(b':', b'=', bytes) {
        if at < done {
            continue;
        }
        let Some(value) = value_after(bytes, at + 1) else { continue };
        if is_secret_name(name_before(bytes, at)) && is_random(&text[value.clone()]) {
            done = value.end;
            found.push(Found { span: value, kind: "a secret value", lead: 0 });
        }
    }
    found
}

/// The name before a `:` or `=`, without quotes and spaces.
fn name_before(bytes: &[u8], delimiter: usize) -> &[u8] {
    let before = &bytes[delimiter.saturating_sub(NAME_MAX)..delimiter];
    // `:=` and `+=` have a second sign.
    let end = before.iter().rposition(|byte| !matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'`' | b':' | b'+' | b'*'));
    let (before, signs) = before.split_at(end.map_or(0, |at| at + 1));
    // `**token**:` is bold; more stars are what a mask leaves, and what stands before a masked secret names that one.
    if signs.windows(STARS_MAX + 1).any(|run| run.iter().all(|byte| *byte == b'*')) {
        return &[];
    }
    let start = before.iter().rposition(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')));
    &before[start.map_or(0, |at| at + 1)..]
}

/// Whether something of this name is a secret.
pub(super) fn is_secret_name(name: &[u8]) -> bool {
    // `passwords`, `token2` and `TOKEN_1` count as well.
    let end = name.iter().rposition(|byte| !(byte.is_ascii_digit() || matches!(byte, b'_' | b's' | b'S')));
    let name = &name[..end.map_or(0, |at| at + 1)];
    NAMES.iter().any(|ending| {
        name.len() >= ending.len()
            && name[name.len() - ending.len()..]
                .iter()
                .zip(ending.bytes())
                .all(|(is, wanted)| is.eq_ignore_ascii_case(&wanted) || (*is == b'-' && wanted == b'_'))
    })
}

/// The value after a `:` or `=`, if it is long enough and ends as a value does.
fn value_after(bytes: &[u8], mut at: usize) -> Option<std::ops::Range<usize>> {
    // `=>`, `==` and `::` are followed by values as well.
    let limit = bytes.len().min(at + 6);
    while at < limit && matches!(bytes[at], b' ' | b'\t' | b'"' | b'\'' | b'`' | b'>' | b'=' | b'\\') {
        at += 1;
    }
    let rest = &bytes[at..bytes.len().min(at + BYTES_MAX + 1)];
    let part =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-' | b'.' | b'~');
    let length = rest.iter().position(|byte| !part(byte)).unwrap_or(rest.len());
    // A call, a template or a path of names is code, not a value.
    let ends = rest.get(length).is_none_or(|byte| !matches!(byte, b'(' | b'[' | b'{' | b'$' | b':' | b'@' | 0x80..));
    ((BYTES_MIN..=BYTES_MAX).contains(&length) && ends).then_some(at..at + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_telling_names_are_found() {
        const VALUE: &str = "9fK2mQ7xVt4LwRz8BnYc";
        for (text, expected) in [
            ("password: V", true),
            ("DB_PASSWORD=V\n", true),
            ("\"clientSecret\": \"V\",", true),
            ("'api-key' => 'V'", true),
            ("export OPENAI_API_KEY='V'", true),
            ("token := \"V\"", true),
            ("access_tokens:V", true),
            ("Secret-Key = V # note", true),
            ("**token**: V", true),
            ("***Token***: V", true),
            ("Bearer **************** = V", false),
            ("commit: V", false),
            ("public_key: V", false),
            ("token_id: V", false),
            ("password: V(", false),
            ("password:\n  V", false),
            ("the password is V", false),
        ] {
            let text = text.replace('V', VALUE);
            let found: Vec<&str> = find(&text).into_iter().map(|found| &text[found.span]).collect();
            assert_eq!(found, if expected { vec![VALUE] } else { vec![] }, "{text}");
        }
    }

    #[test]
    fn what_only_looks_similar_is_passed_over() {
        for text in [
            "secret: GH_TOKEN_FOR_RELEASES",
            "token: process.env.OPENAI_API_KEY_PRIMARY",
            "password: <your password here>",
            "token: ${{ secrets.GITHUB_TOKEN }}",
            "secrets: [GH_TOKEN, NPM_TOKEN]",
            "max_tokens: 4000000",
            "token: 6f1c2d3e-8a7b-4c5d-9e0f-1a2b3c4d5e6f",
            "token = tokenizer.fromPretrained2Model3x4y(",
            "auth: packages/core/src/auth/v2/session.rs",
            "integrity sha512-9fK2mQ7xVt4LwRz8BnYcOaPsDfGhJkLzXcVbNm1QwErTy==",
        ] {
            assert_eq!(find(text), [], "{text}");
        }
    }
}
