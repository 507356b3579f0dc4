//! Tokens of well-known services, by what they begin with.
//!
//! The prefixes and lengths are those the services document for people who scan for leaks. Lengths are lower
//! bounds, somewhat below the real ones: services lengthen their tokens without notice.

use super::Found;
use super::chance::{is_placeholder, is_random};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// What follows a prefix.
#[derive(Debug, Clone, Copy)]
enum Tail {
    /// Letters and digits, at least so many.
    Alnum(usize),
    /// Letters, digits, `_` and `-`, at least so many.
    Word(usize),
    /// The same with `.`, `/`, `+` and `=`.
    Path(usize),
    /// Lower-case hexadecimal digits, at least so many.
    Hex(usize),
    /// Capitals and digits, exactly so many.
    Capitals(usize),
    /// A JSON Web Token's header, with two more parts after it.
    Jwt,
    /// The rest of the line that opens a key in PEM form.
    Pem,
    /// `user:password@` of a URL.
    Userinfo,
    /// The token of an `Authorization` header.
    Header,
    /// The second part of a Telegram bot's token, whose first part is a number.
    Telegram,
}

use Tail::{Alnum, Capitals, Header, Hex, Jwt, Path, Pem, Telegram, Userinfo, Word};

/// Prefix, what it is, what follows. Where one prefix begins another, the longer stands first.
const KNOWN: &[(&str, &str, Tail)] = &[
    ("ghp_", "a GitHub token", Alnum(30)),
    ("gho_", "a GitHub token", Alnum(30)),
    ("ghu_", "a GitHub token", Alnum(30)),
    ("ghs_", "a GitHub token", Alnum(30)),
    ("ghr_", "a GitHub token", Alnum(30)),
    ("github_pat_", "a GitHub token", Word(22)),
    ("glpat-", "a GitLab token", Word(20)),
    ("gldt-", "a GitLab token", Word(20)),
    ("glrt-", "a GitLab token", Word(20)),
    ("glptt-", "a GitLab token", Word(20)),
    ("AKIA", "an AWS access key", Capitals(16)),
    ("ASIA", "an AWS access key", Capitals(16)),
    ("sk-ant-", "an Anthropic API key", Word(20)),
    ("sk-proj-", "an OpenAI API key", Word(20)),
    ("sk-svcacct-", "an OpenAI API key", Word(20)),
    ("sk-admin-", "an OpenAI API key", Word(20)),
    ("sk-or-v1-", "an OpenRouter API key", Hex(32)),
    ("sk-", "an OpenAI API key", Alnum(32)),
    ("gsk_", "a Groq API key", Alnum(40)),
    ("xai-", "an xAI API key", Alnum(40)),
    ("pplx-", "a Perplexity API key", Alnum(40)),
    ("tvly-", "a Tavily API key", Word(20)),
    ("r8_", "a Replicate token", Alnum(30)),
    ("hf_", "a Hugging Face token", Alnum(30)),
    ("xoxb-", "a Slack token", Word(20)),
    ("xoxp-", "a Slack token", Word(20)),
    ("xoxa-", "a Slack token", Word(20)),
    ("xoxr-", "a Slack token", Word(20)),
    ("xoxs-", "a Slack token", Word(20)),
    ("xoxe-", "a Slack token", Word(20)),
    ("xapp-", "a Slack token", Word(20)),
    ("hooks.slack.com/services/", "a Slack webhook", Path(30)),
    ("discord.com/api/webhooks/", "a Discord webhook", Path(40)),
    (":AA", "a Telegram bot token", Telegram),
    ("sk_live_", "a Stripe key", Alnum(20)),
    ("rk_live_", "a Stripe key", Alnum(20)),
    ("whsec_", "a webhook secret", Path(24)),
    ("AIza", "a Google API key", Word(35)),
    ("GOCSPX-", "a Google client secret", Word(24)),
    ("ya29.", "a Google access token", Word(30)),
    ("npm_", "an npm token", Alnum(30)),
    ("pypi-AgE", "a PyPI token", Word(40)),
    ("dckr_pat_", "a Docker token", Word(20)),
    ("dop_v1_", "a DigitalOcean token", Hex(32)),
    ("dapi", "a Databricks token", Hex(32)),
    ("shpat_", "a Shopify token", Hex(32)),
    ("shpss_", "a Shopify secret", Hex(32)),
    ("sbp_", "a Supabase token", Hex(40)),
    ("lin_api_", "a Linear API key", Alnum(32)),
    ("ntn_", "a Notion token", Alnum(40)),
    ("figd_", "a Figma token", Word(30)),
    ("sntrys_", "a Sentry token", Path(40)),
    ("ATATT3x", "an Atlassian token", Path(60)),
    ("PMAK-", "a Postman API key", Word(40)),
    ("SG.", "a SendGrid API key", Path(60)),
    ("hvs.", "a HashiCorp Vault token", Word(24)),
    ("AGE-SECRET-KEY-1", "an age secret key", Alnum(40)),
    ("eyJ", "a JSON Web Token", Jwt),
    ("-----BEGIN ", "a private key", Pem),
    ("://", "a password in a URL", Userinfo),
    ("Bearer ", "a bearer token", Header),
    ("Basic ", "a password", Header),
];

/// All prefixes at once: one pass over the text, most of it by vector instructions.
static PREFIXES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let list: Vec<String> = KNOWN.iter().map(|(prefix, ..)| regex::escape(prefix)).collect();
    Regex::new(&list.join("|")).ok()
});

pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let Some(prefixes) = &*PREFIXES else { return found };
    let mut from = 0;
    while let Some(hit) = prefixes.find_at(text, from) {
        from = hit.end();
        let Some((prefix, kind, tail)) = KNOWN.iter().find(|(prefix, ..)| *prefix == hit.as_str()) else { continue };
        if let Some((span, lead)) = secret(text, hit.range(), *tail) {
            // A prefix inside a secret says nothing.
            from = span.end.max(from);
            debug_assert!(span.len() > lead && text.is_char_boundary(span.end) && !prefix.is_empty());
            found.push(Found { span, kind, lead });
        }
    }
    found
}

/// The secret that begins with the prefix at `hit`, and how much of it may be shown.
fn secret(text: &str, hit: Range<usize>, tail: Tail) -> Option<(Range<usize>, usize)> {
    let bytes = text.as_bytes();
    let rest = &bytes[hit.end..];
    let in_word = hit.start > 0 && bytes[hit.start - 1].is_ascii_alphanumeric();
    let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let path = |byte: u8| word(byte) || matches!(byte, b'.' | b'/' | b'+' | b'=');
    let (length, sound) = match tail {
        Alnum(least) => {
            let length = run(rest, |byte| byte.is_ascii_alphanumeric());
            (length, length >= least)
        }
        Word(least) => {
            let length = run(rest, word);
            (length, length >= least)
        }
        Path(least) => {
            let length = run(rest, path);
            (length, length >= least)
        }
        Hex(least) => {
            let length = run(rest, |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            (length, length >= least)
        }
        Capitals(exactly) => {
            let length = run(rest, |byte| byte.is_ascii_alphanumeric());
            (length, length == exactly && !rest[..length].iter().any(u8::is_ascii_lowercase))
        }
        Jwt => {
            let length = run(rest, |byte| word(byte) || byte == b'.');
            let parts: Vec<&[u8]> = rest[..length].split(|byte| *byte == b'.').collect();
            let sound = parts.len() == 3 && parts[1].starts_with(b"eyJ") && parts.iter().all(|part| part.len() >= 10);
            (length, sound)
        }
        Pem => return private_key(text, hit),
        Userinfo => return password_in_url(text, hit),
        Header => {
            let length = run(rest, |byte| path(byte) || byte == b'~');
            let value = text.get(hit.end..hit.end + length)?;
            let sound = length >= 16 && is_random(value);
            return sound.then_some((hit.end..hit.end + length, 0));
        }
        Telegram => {
            let digits = bytes[..hit.start].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
            let length = run(rest, word);
            let sound = (8..=10).contains(&digits) && length == 33 && !is_placeholder(&text[hit.end..hit.end + length]);
            return sound.then_some((hit.start - digits..hit.end + length, digits));
        }
    };
    let value = text.get(hit.end..hit.end + length)?;
    (sound && !in_word && !is_placeholder(value)).then_some((hit.start..hit.end + length, hit.len()))
}

fn run(bytes: &[u8], part: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !part(*byte)).unwrap_or(bytes.len())
}

/// Longest private key in PEM form, in bytes: an RSA key of 16,384 bits has 12,500.
const PEM_BYTES_MAX: usize = 16 << 10;

fn private_key(text: &str, hit: Range<usize>) -> Option<(Range<usize>, usize)> {
    let bytes = text.as_bytes();
    let line = &bytes[hit.end..bytes.len().min(hit.end + 60)];
    let dashes = memchr::memmem::find(line, b"-----")?;
    if !line[..dashes].ends_with(b"PRIVATE KEY") && !line[..dashes].ends_with(b"PRIVATE KEY BLOCK") {
        return None;
    }
    let head = hit.end + dashes + 5;
    let body = &bytes[head..bytes.len().min(head + PEM_BYTES_MAX)];
    // Without an end it goes on as long as it looks like one.
    let length = match memchr::memmem::find(body, b"-----END ") {
        Some(length) => length,
        None => run(body, |byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\n' | b'\r' | b' ' | b'\\')
        }),
    };
    let length = run(&body[..length], |byte| byte.is_ascii());
    // A line of a key has 64 letters without a break; prose and patterns that speak of keys have none.
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let data = body[..length].split(|byte| !part(byte)).map(<[u8]>::len).max().unwrap_or_default();
    let sound = data >= 32 && !is_placeholder(&text[head..head + length]);
    sound.then_some((hit.start..head + length, head - hit.start))
}

fn password_in_url(text: &str, hit: Range<usize>) -> Option<(Range<usize>, usize)> {
    /// What people write when they mean a password and do not give one.
    const STAND_INS: [&str; 12] =
        ["password", "passwd", "pass", "pwd", "secret", "token", "postgres", "mysql", "root", "admin", "guest", "user"];
    let rest = &text.as_bytes()[hit.end..];
    let part = |byte: u8| {
        byte.is_ascii_graphic()
            && !matches!(byte, b'/' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'@' | b'{' | b'}' | b'\\')
    };
    let length = run(&rest[..rest.len().min(400)], part);
    if rest.get(length) != Some(&b'@') {
        return None;
    }
    let colon = memchr::memchr(b':', &rest[..length])?;
    let (user, password) = (&text[hit.end..hit.end + colon], &text[hit.end + colon + 1..hit.end + length]);
    let host = &rest[length + 1..];
    let here =
        [&b"localhost"[..], b"127.0.0.1", b"[::1]", b"host", b"example."].iter().any(|name| host.starts_with(name));
    let stand_in = password.len() < 6
        || here
        || password.eq_ignore_ascii_case(user)
        || password.contains(['$', '%', '*', '[', ']'])
        || STAND_INS.iter().any(|word| password.eq_ignore_ascii_case(word))
        || is_placeholder(&format!("{password} tuvwxyz"));
    let start = hit.end + colon + 1;
    (!stand_in).then_some((start..start + password.len(), 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written in pieces, so that nobody's scanner takes this file for a leak.
    fn samples() -> Vec<(String, &'static str)> {
        let chance = "7Kq2mVx9RtLw4BzNc8YhJd3FsGp6QaTe1UiX5vOb";
        let hex = "3b9f0c7ad2e84f16a5c0d97e1b82f6343b9f0c7a";
        let of = |prefix: &str, rest: &str| format!("{prefix}{rest}");
        vec![
            (of("gh", "p_") + &chance[..36], "a GitHub token"),
            (of("github", "_pat_") + chance, "a GitHub token"),
            (of("gl", "pat-") + &chance[..20], "a GitLab token"),
            (of("AK", "IA7Q2MVX9RTLW4BZNC"), "an AWS access key"),
            (of("sk-", "ant-api03-") + chance, "an Anthropic API key"),
            (of("sk-", "proj-") + chance, "an OpenAI API key"),
            (of("sk-", "or-v1-") + hex, "an OpenRouter API key"),
            (of("sk", "-") + chance, "an OpenAI API key"),
            (of("xo", "xb-2847561930-") + &chance[..24], "a Slack token"),
            (of("sk_", "live_") + &chance[..24], "a Stripe key"),
            (of("AI", "za") + &chance[..35], "a Google API key"),
            (of("np", "m_") + &chance[..36], "an npm token"),
            (of("py", "pi-AgEIcHlwaS5vcmc") + chance, "a PyPI token"),
            (of("h", "f_") + &chance[..34], "a Hugging Face token"),
            (of("AGE-SECRET", "-KEY-1") + &chance.to_uppercase() + "QPZRY9X8GF2TVDW0S3", "an age secret key"),
            (of("ey", "JhbGciOiJIUzI1NiJ9.ey") + "JzdWIiOiI3NDgyOTMifQ." + chance, "a JSON Web Token"),
            (of("84629173", "50:AA") + &chance[..33], "a Telegram bot token"),
            (of("SG", ".") + &chance[..22] + "." + &chance[..40], "a SendGrid API key"),
        ]
    }

    #[test]
    fn every_kind_is_found_with_its_exact_place() {
        for (secret, kind) in samples() {
            for text in [secret.clone(), format!("a {secret} b"), format!("x = \"{secret}\";\n"), format!("ü{secret}ü")]
            {
                let found = find(&text);
                assert_eq!(found.len(), 1, "{kind}: {text}");
                assert_eq!((&text[found[0].span.clone()], found[0].kind), (secret.as_str(), kind));
                assert!(found[0].lead < secret.len() / 2, "{kind}");
            }
        }
    }

    #[test]
    fn a_prefix_is_found_in_one_pass_with_the_longer_first() {
        for (at, (prefix, ..)) in KNOWN.iter().enumerate() {
            let shorter = KNOWN[..at].iter().find(|(before, ..)| prefix.starts_with(before));
            assert!(shorter.is_none(), "{prefix} can never be reached behind {shorter:?}");
        }
        assert!(PREFIXES.is_some());
    }

    #[test]
    fn passwords_in_addresses_headers_and_keys_are_found_without_their_surroundings() {
        let key = concat!(
            "-----BEGIN PRIV",
            "ATE KEY-----\nMIIEowIBAAKCAQEAx3k9Zq7vT1bYp0sLrW8fJdHn2cGmQ5uEi\n-----END PRIVATE KEY-----\n"
        );
        for (text, secret) in [
            ("git clone https://ada:h8Kq-zz3@git.acme.test/x.git", "h8Kq-zz3"),
            ("postgres://app:Tr0ub4dor@db.acme.test:5432/app", "Tr0ub4dor"),
            ("Authorization: Bearer 9fK2mQ7xVt4LwRz8BnYc", "9fK2mQ7xVt4LwRz8BnYc"),
            (key, &key[..key.len() - 26]),
        ] {
            let found = find(text);
            assert_eq!(found.iter().map(|found| &text[found.span.clone()]).collect::<Vec<_>>(), [secret], "{text}");
        }
    }

    #[test]
    fn what_only_looks_similar_is_passed_over() {
        for text in [
            "sk-...",
            "sk-ant-xxxxxxxxxxxxxxxxxxxxxxxx",
            "ghp_<your token>",
            concat!("gh", "p_abcdefghijklmnopqrstuvwxyz0123456789"),
            concat!("AK", "IAIOSFODNN7EXAMPLE"),
            "the task-management-of-a-very-long-name-without-an-end",
            "risk-assessment2026withoutanykindofspaces42",
            "postgres://user:password@localhost:5432/app",
            "https://ada:${TOKEN}@git.acme.test/x.git",
            "https://acme.test/a:b/c@d",
            "ssh://git@github.com/acme/x.git",
            "Bearer token-of-the-caller",
            "-----BEGIN PUBLIC KEY-----\nMIIEowIBAAKCAQEAx3k9Zq7vT1bYp0sLrW8fJdHn2cGmQ5uEi\n-----END PUBLIC KEY-----",
            "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
            concat!(
                "-----BEGIN PRIV",
                "ATE KEY-----.+-----END PRIVATE KEY-----(\\\\r|\\\\n)* and how a pattern for it is written down in code"
            ),
            "protocol://[user[:password]@]proxyhost[:port]",
            "sha256:3b9f0c7ad2e84f16a5c0d97e1b82f6343b9f0c7ad2e84f16a5c0d97e1b82f634",
            "commit 3b9f0c7ad2e84f16a5c0d97e1b82f6343b9f0c7a",
            "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
            "eyJust a word. Another one. And a third",
            "npm_config_registry_with_a_long_name_of_many_words",
        ] {
            assert_eq!(find(text), [], "{text}");
        }
    }
}
