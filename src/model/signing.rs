//! A public key that decisions are signed with, as it stands in `signing_keys`: one line, as in git's allowed signers.
//!
//! What cannot be read is refused, never skipped: a condition that is not understood would otherwise be no condition.

use super::Zone;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::DateTime;
use sha2::{Digest as _, Sha256};

/// Longest line that is read, in bytes: an RSA key of 16,384 bits has three thousand.
const LINE_BYTES_MAX: usize = 8_192;

/// A key, and when what it signs counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// The key as ssh sends it over the wire.
    pub blob: Vec<u8>,
    /// What it signs counts from then on.
    pub valid_after: Option<Timestamp>,
    /// What it signs counts until then.
    pub valid_before: Option<Timestamp>,
    /// What it may sign, as patterns; `None`: anything.
    pub namespaces: Option<Vec<String>>,
}

impl SigningKey {
    /// Reads a line such as `valid-before="20270101Z" ssh-ed25519 AAAA… ada@acme`. Times without a `Z` are of `zone`.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub fn parse(line: &str, zone: &Zone) -> Result<Self, String> {
        if line.len() > LINE_BYTES_MAX {
            return Err(format!("it is longer than {LINE_BYTES_MAX} bytes"));
        }
        let mut key = Self { blob: Vec::new(), valid_after: None, valid_before: None, namespaces: None };
        let mut rest = line.trim();
        if !is_kind(word(rest).0) {
            let (options, after) = options(rest)?;
            for (name, value) in options {
                match (name.as_str(), value) {
                    ("valid-after", Some(value)) => key.valid_after = Some(time(&value, zone)?),
                    ("valid-before", Some(value)) => key.valid_before = Some(time(&value, zone)?),
                    ("namespaces", Some(value)) => {
                        key.namespaces = Some(namespaces(&value)?);
                    }
                    _ => return Err(format!("`{name}` is not understood, so the key is not used")),
                }
            }
            rest = after;
        }
        let (kind, rest) = word(rest);
        if !is_kind(kind) {
            return Err("it is no ssh public key: it begins with something like `ssh-ed25519`".to_owned());
        }
        let blob = STANDARD.decode(word(rest).0).map_err(|_| "its base64 is damaged".to_owned())?;
        let named = blob.get(..4).and_then(|length| Some(u32::from_be_bytes(length.try_into().ok()?)));
        let named = named.and_then(|length| blob.get(4..4 + usize::try_from(length).ok()?));
        if named != Some(kind.as_bytes()) {
            return Err(format!("it says {kind}, and its base64 is something else"));
        }
        key.blob = blob;
        Ok(key)
    }

    /// The name ssh shows a key by: `SHA256:…`.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.blob)
    }

    /// Whether it may sign for `namespace`.
    pub fn signs(&self, namespace: &str) -> bool {
        let fits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(head) => namespace.starts_with(head),
            None => pattern == namespace,
        };
        self.namespaces.as_ref().is_none_or(|patterns| patterns.iter().any(fits))
    }

    /// Why what was signed then does not count, if it does not.
    pub fn untimely(&self, at: Timestamp) -> Option<String> {
        let early = self.valid_after.filter(|after| at < *after).map(|after| format!("its key counts from {after} on"));
        early.or_else(|| {
            self.valid_before.filter(|before| at > *before).map(|before| format!("its key has expired on {before}"))
        })
    }
}

/// The patterns of namespaces. ssh knows more of them than are needed here: what is not understood lets nobody sign.
fn namespaces(value: &str) -> Result<Vec<String>, String> {
    let patterns: Vec<String> = value.split(',').map(|one| one.trim().to_owned()).collect();
    let is_plain = |pattern: &String| {
        let head = pattern.strip_suffix('*').unwrap_or(pattern);
        head.chars().all(|c| c.is_ascii_alphanumeric() || " -_.@".contains(c))
    };
    match patterns.iter().find(|pattern| !is_plain(pattern)) {
        Some(strange) => Err(format!("the namespace `{strange}` is not understood, so the key is not used")),
        None => Ok(patterns),
    }
}

/// The name ssh shows a key by.
pub fn fingerprint(blob: &[u8]) -> String {
    format!("SHA256:{}", base64::engine::general_purpose::STANDARD_NO_PAD.encode(Sha256::digest(blob)))
}

/// The first word and what follows it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once([' ', '\t']).unwrap_or((text, ""))
}

fn is_kind(word: &str) -> bool {
    ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"].iter().any(|kind| word.starts_with(kind))
}

/// An option's name and its value.
type Named = (String, Option<String>);

/// The options before a key, with commas between them and no white space outside of quotes; and what follows.
fn options(text: &str) -> Result<(Vec<Named>, &str), String> {
    let mut found = Vec::new();
    let (mut name, mut value, mut quoted) = (String::new(), None::<String>, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            c if quoted => match &mut value {
                Some(value) => value.push(c),
                None => return Err("a quote stands where an option's name should".to_owned()),
            },
            '=' if value.is_none() => value = Some(String::new()),
            ',' | ' ' | '\t' => {
                found.push((std::mem::take(&mut name).to_ascii_lowercase(), value.take()));
                if c != ',' {
                    return Ok((found, &text[at..]));
                }
            }
            c => match &mut value {
                Some(value) => value.push(c),
                None => name.push(c),
            },
        }
    }
    Err("no key follows its options".to_owned())
}

/// `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, with `Z` for UTC.
fn time(text: &str, zone: &Zone) -> Result<Timestamp, String> {
    let wrong = || format!("`{text}` is no time such as 20270101Z or 202701011200Z");
    let (digits, utc) = match text.strip_suffix(['Z', 'z']) {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || ![8, 12, 14].contains(&digits.len()) {
        return Err(wrong());
    }
    let number = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<i8>().ok()).unwrap_or(0);
    let year = digits[..4].parse::<i16>().map_err(|_| wrong())?;
    let time = DateTime::new(year, number(4, 6), number(6, 8), number(8, 10), number(10, 12), number(12, 14), 0);
    let zone = if utc { Zone::utc() } else { zone.clone() };
    let zoned = time.and_then(|time| time.to_zoned(zone.rules().clone()));
    zoned.map(|zoned| zoned.timestamp()).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBKnC4Rb4HYPFmmAyCmuLDE6Tmb4nGStKjbWuW0z9xqE";

    #[test]
    fn lines() {
        let read = |line: &str| SigningKey::parse(line, &Zone::utc());
        let table: &[(&str, Result<(), &str>)] = &[
            ("", Ok(())),
            ("valid-before=\"20270101Z\"", Ok(())),
            ("valid-after=\"202601011200\",namespaces=\"git,file\"", Ok(())),
            ("namespaces=\"g it\"", Ok(())),
            ("cert-authority", Err("not understood")),
            ("valid-before=\"soon\"", Err("no time")),
            ("valid-before=\"20271301\"", Err("no time")),
            ("verify-required", Err("not understood")),
            ("\"valid-before=1\"", Err("quote")),
        ];
        for (options, expected) in table {
            let found = read(&format!("{options} {KEY} ada@acme"));
            match expected {
                Ok(()) => assert!(found.is_ok(), "{options}: {found:?}"),
                Err(part) => assert!(found.as_ref().is_err_and(|why| why.contains(part)), "{options}: {found:?}"),
            }
        }
        for wrong in [
            "",
            "hello",
            "ssh-ed25519",
            "ssh-ed25519 AAAA",
            &KEY.replace("ssh-ed25519", "ssh-rsa"),
            "valid-before=\"20270101Z\"",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_key_counts_in_its_time_and_for_its_purpose() {
        let line = format!("valid-after=\"20260101Z\",valid-before=\"20270101Z\",namespaces=\"git*\" {KEY}");
        let key = SigningKey::parse(&line, &Zone::utc()).unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(key.untimely(at("2026-06-01T00:00:00Z")), None);
        assert_eq!(key.untimely(at("2026-01-01T00:00:00Z")), None);
        assert!(key.untimely(at("2025-12-31T23:59:59Z")).unwrap().contains("from"));
        assert!(key.untimely(at("2027-01-01T00:00:01Z")).unwrap().contains("expired"));
        assert!(key.signs("git") && !key.signs("file"));
    }
}
