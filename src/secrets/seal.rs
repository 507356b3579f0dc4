//! Sealing and opening in age's format, armoured: what the `age` program writes we open, and it opens what we write.
//!
//! Who sealed a file is not told by it: whoever knows the recipients can make one. That a value is somebody's is told by
//! the commit that brought it.

use super::identity::Identity;
use super::ssh::{self, SshError};
use super::value::{Value, ValueError};
use age::armor::{ArmoredReader, ArmoredWriter, Format};
use std::fmt;
use std::io::{Read as _, Write as _};

/// Longest sealed file that is opened, in bytes: the longest value, armoured, with some hundred recipients.
pub const SEALED_BYTES_MAX: usize = 256 << 10;

/// Somebody a value is sealed for: a public key of age, `age1…`, or of ssh, `ssh-ed25519 …`.
#[derive(Clone)]
pub struct Recipient(Key);

#[derive(Clone)]
enum Key {
    Age(age::x25519::Recipient),
    Ssh(ssh::PublicKey),
}

/// Why something was not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A text is no public key.
    #[error("`{0}` is no public key: one begins with `age1` or with `ssh-ed25519`")]
    NoKey(String),
    /// A key of ssh cannot be used.
    #[error(transparent)]
    Ssh(#[from] SshError),
    /// A secret key was given where a public one belongs.
    #[error("that is a secret key; give the public one, which begins with `age1` or with `ssh-ed25519`")]
    SecretKey,
    /// Nobody to seal for.
    #[error("there is nobody to seal for")]
    Nobody,
    /// It is sealed for others.
    #[error("it is sealed for others, not for the key of this account")]
    Others,
    /// It is no sealed file, or it was changed.
    #[error("it is no sealed file, or it was damaged: {0}")]
    Damaged(String),
    /// What was sealed is no value.
    #[error("what is sealed there cannot be used: {0}")]
    Value(#[from] ValueError),
}

impl Recipient {
    /// Reads a public key.
    ///
    /// # Errors
    /// [`SealError::NoKey`] and its kin.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let text = text.trim();
        // Never quoted: it would be in the message, and from there in a log.
        if text.to_ascii_uppercase().starts_with("AGE-SECRET-KEY-") || ssh::SecretKey::is_meant(text) {
            return Err(SealError::SecretKey);
        }
        if ["ssh-", "sk-ssh-", "ecdsa-"].iter().any(|kind| text.starts_with(kind)) {
            return Ok(Self(Key::Ssh(ssh::PublicKey::parse(text)?)));
        }
        let shown: String = text.chars().take(16).collect();
        text.parse().map(|key| Self(Key::Age(key))).map_err(|_| SealError::NoKey(shown))
    }
}

impl Recipient {
    fn as_age(&self) -> &dyn age::Recipient {
        match &self.0 {
            Key::Age(key) => key,
            Key::Ssh(key) => key,
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Key::Age(key) => key.fmt(f),
            Key::Ssh(key) => key.fmt(f),
        }
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<age::x25519::Recipient> for Recipient {
    fn from(key: age::x25519::Recipient) -> Self {
        Self(Key::Age(key))
    }
}

impl From<ssh::PublicKey> for Recipient {
    fn from(key: ssh::PublicKey) -> Self {
        Self(Key::Ssh(key))
    }
}

/// Seals a value for all of `recipients`. Chance makes each sealing another text, so that what did not change is never
/// sealed again.
///
/// # Errors
/// [`SealError`].
pub fn seal(value: &Value, recipients: &[Recipient]) -> Result<String, SealError> {
    let damaged = |error: std::io::Error| SealError::Damaged(error.to_string());
    let keys = recipients.iter().map(Recipient::as_age);
    let encryptor = age::Encryptor::with_recipients(keys).map_err(|error| match error {
        age::EncryptError::MissingRecipients => SealError::Nobody,
        other => SealError::Damaged(other.to_string()),
    })?;
    let mut sealed = Vec::new();
    let armour = ArmoredWriter::wrap_output(&mut sealed, Format::AsciiArmor).map_err(damaged)?;
    let mut writer = encryptor.wrap_output(armour).map_err(damaged)?;
    writer.write_all(value.expose().as_bytes()).map_err(damaged)?;
    writer.finish().and_then(ArmoredWriter::finish).map_err(damaged)?;
    String::from_utf8(sealed).map_err(|error| SealError::Damaged(error.to_string()))
}

/// Opens what was sealed for one of the keys of `identity`, armoured or not.
///
/// # Errors
/// [`SealError`].
pub fn open(sealed: &[u8], identity: &Identity) -> Result<Value, SealError> {
    if sealed.len() > SEALED_BYTES_MAX {
        return Err(SealError::Damaged("it is too large".to_owned()));
    }
    let told = |error: age::DecryptError| match error {
        age::DecryptError::NoMatchingKeys => SealError::Others,
        other => SealError::Damaged(other.to_string()),
    };
    let decryptor = age::Decryptor::new_buffered(ArmoredReader::new(sealed)).map_err(told)?;
    let keys = identity.keys();
    let reader = decryptor.decrypt(keys).map_err(told)?;
    let mut bytes = Vec::with_capacity(sealed.len());
    let most = super::value::BYTES_MAX as u64 + 2;
    reader.take(most).read_to_end(&mut bytes).map_err(|error| SealError::Damaged(error.to_string()))?;
    Ok(Value::new(bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value::new(text.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn each_recipient_opens_what_was_sealed_and_nobody_else() {
        let (ada, grace, eve) = (Identity::generate(), Identity::generate(), Identity::generate());
        let sealed =
            seal(&value("correct horse"), &[ada.recipients()[0].clone(), grace.recipients()[0].clone()]).unwrap();
        assert!(sealed.starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n"), "{sealed}");
        for identity in [&ada, &grace] {
            assert_eq!(open(sealed.as_bytes(), identity).unwrap().expose(), "correct horse");
        }
        assert!(matches!(open(sealed.as_bytes(), &eve), Err(SealError::Others)));
        assert_ne!(seal(&value("correct horse"), &ada.recipients()).unwrap(), sealed);
        assert!(matches!(seal(&value("correct horse"), &[]), Err(SealError::Nobody)));
    }

    #[test]
    fn what_was_changed_is_not_opened() {
        let ada = Identity::generate();
        let sealed = seal(&value("correct horse battery staple"), &ada.recipients()).unwrap();
        let lines: Vec<&str> = sealed.lines().collect();
        for at in 1..lines.len() - 1 {
            let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            let flipped = if changed[at].starts_with('A') { "B" } else { "A" };
            changed[at].replace_range(0..1, flipped);
            assert!(open(changed.join("\n").as_bytes(), &ada).is_err(), "line {at}");
        }
        for text in ["", "nothing", "-----BEGIN AGE ENCRYPTED FILE-----\n"] {
            assert!(open(text.as_bytes(), &ada).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_public_key_is_told_and_no_secret_key_is_shown() {
        let secret = Identity::generate();
        let text = secret.text();
        let line = text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-")).unwrap().to_owned();
        let error = Recipient::parse(&line).unwrap_err();
        assert!(matches!(error, SealError::SecretKey) && !error.to_string().contains(&line[15..30]));
        for text in ["ssh-ed25519 AAAA", "ssh-rsa AAAAB3NzaC1yc2E=", "sk-ssh-ed25519@openssh.com AAAA"] {
            assert!(matches!(Recipient::parse(text), Err(SealError::Ssh(_))), "{text}");
        }
        assert!(matches!(Recipient::parse("-----BEGIN OPENSSH PRIVATE KEY-----"), Err(SealError::SecretKey)));
        assert!(matches!(Recipient::parse("age1nonsense"), Err(SealError::NoKey(_))));
        let public = secret.recipients()[0].to_string();
        assert_eq!(Recipient::parse(&format!(" {public}\n")).unwrap().to_string(), public);
    }
}
