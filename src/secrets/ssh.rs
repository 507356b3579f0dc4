//! Keys of ssh as the `age` program takes them: `ssh-ed25519`, public and secret.
//!
//! The library's own part for ssh keys brings `rsa`, which has a flaw nobody has mended, so the one kind of key that needs
//! none of it is here: <https://age-encryption.org/v1> names the steps, and `tests/it/cli/secret.rs` has the `age` program
//! on the other side. A secret key that a passphrase protects is told and not opened: a daemon has nobody to ask.

use age::secrecy::{ExposeSecret as _, SecretBox};
use age_core::format::{FILE_KEY_BYTES, FileKey, Stanza};
use age_core::primitives::{aead_decrypt, aead_encrypt, hkdf};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::montgomery::MontgomeryPoint;
use sha2::{Digest as _, Sha256, Sha512};
use std::fmt;

/// What a public key begins with, and what its kind is called in a sealed file.
pub const KIND: &str = "ssh-ed25519";

const LABEL: &[u8] = b"age-encryption.org/v1/ssh-ed25519";
const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END: &str = "-----END OPENSSH PRIVATE KEY-----";
const MAGIC: &[u8] = b"openssh-key-v1\0";

/// A public key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// As ssh sends it.
    wire: Vec<u8>,
    /// The same point, as it is multiplied.
    point: MontgomeryPoint,
}

/// A secret key.
pub struct SecretKey {
    public: PublicKey,
    scalar: SecretBox<[u8; 32]>,
    /// Its file, for the copy.
    text: SecretBox<String>,
}

/// Why a text is no key of ssh that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SshError {
    /// It is of another kind.
    #[error("a key of the kind `{0}` cannot be sealed for: give one of `{KIND}`, or one of age")]
    Kind(String),
    /// It is cut or mistyped.
    #[error("that is no whole key of ssh: copy the line of the `.pub` file as it is")]
    Broken,
    /// It needs a passphrase.
    #[error("the ssh key is protected by a passphrase, and a daemon has nobody to ask for it")]
    Passphrase,
}

impl PublicKey {
    /// Reads the line of a `.pub` file.
    ///
    /// # Errors
    /// [`SshError`].
    pub fn parse(line: &str) -> Result<Self, SshError> {
        let mut words = line.split_whitespace();
        let (kind, key) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if kind != KIND {
            return Err(SshError::Kind(kind.chars().take(40).collect()));
        }
        Self::from_wire(BASE64_STANDARD.decode(key).map_err(|_| SshError::Broken)?)
    }

    fn from_wire(wire: Vec<u8>) -> Result<Self, SshError> {
        let mut rest = wire.as_slice();
        if string(&mut rest)? != KIND.as_bytes() {
            return Err(SshError::Broken);
        }
        let key = string(&mut rest)?;
        let point = CompressedEdwardsY::from_slice(key).ok().and_then(|compressed| compressed.decompress());
        // With a point of small order whoever has the sealed file could open it.
        let point = point.filter(|point| rest.is_empty() && !point.is_small_order()).ok_or(SshError::Broken)?;
        Ok(Self { point: point.to_montgomery(), wire })
    }

    /// The first bytes of its hash, by which a file tells whom a part is for.
    fn tag(&self) -> String {
        let hash = Sha256::digest(&self.wire);
        BASE64_STANDARD_NO_PAD.encode(hash.get(..4).unwrap_or_default())
    }

    /// What the key of a file is sealed with: from what both sides share, and from who they are.
    fn sealing_key(&self, shared: MontgomeryPoint, ephemeral: &MontgomeryPoint) -> [u8; 32] {
        let tweak = hkdf(&self.wire, LABEL, &[]);
        let salt = [*ephemeral.as_bytes(), *self.point.as_bytes()].concat();
        hkdf(&salt, LABEL, shared.mul_clamped(tweak).as_bytes())
    }

    /// Seals the key of a file. `chance` is used once.
    fn wrap(&self, file_key: &FileKey, chance: [u8; 32]) -> Stanza {
        let ephemeral = MontgomeryPoint::mul_base_clamped(chance);
        let key = self.sealing_key(self.point.mul_clamped(chance), &ephemeral);
        Stanza {
            tag: KIND.to_owned(),
            args: vec![self.tag(), BASE64_STANDARD_NO_PAD.encode(ephemeral.as_bytes())],
            body: aead_encrypt(&key, file_key.expose_secret()),
        }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{KIND} {}", BASE64_STANDARD.encode(&self.wire))
    }
}

impl age::Recipient for PublicKey {
    #[expect(clippy::disallowed_types, reason = "the library asks for it, and it is empty")]
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
    ) -> Result<(Vec<Stanza>, std::collections::HashSet<String>), age::EncryptError> {
        let mut chance = [0; 32];
        getrandom::fill(&mut chance).map_err(std::io::Error::from)?;
        Ok((vec![self.wrap(file_key, chance)], std::collections::HashSet::new()))
    }
}

impl SecretKey {
    /// Whether a text means to be the file of a secret key.
    pub fn is_meant(text: &str) -> bool {
        text.trim_start().starts_with("-----BEGIN")
    }

    /// Reads the file of a secret key, as `ssh-keygen` writes it.
    ///
    /// # Errors
    /// [`SshError`].
    pub fn parse(text: &str) -> Result<Self, SshError> {
        let body = text.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
        let Some(body) = body else { return Err(SshError::Kind("another format".to_owned())) };
        let body: String = body.split_whitespace().collect();
        let bytes = SecretBox::new(Box::new(BASE64_STANDARD.decode(body).map_err(|_| SshError::Broken)?));
        let mut rest = bytes.expose_secret().strip_prefix(MAGIC).ok_or(SshError::Broken)?;
        if string(&mut rest)? != b"none" {
            return Err(SshError::Passphrase);
        }
        let (_derivation, _options, keys) = (string(&mut rest)?, string(&mut rest)?, number(&mut rest)?);
        let wire = string(&mut rest)?;
        if keys != 1 {
            return Err(SshError::Broken);
        }
        if !wire.starts_with(&[&11u32.to_be_bytes(), KIND.as_bytes()].concat()) {
            let mut kind = wire;
            return Err(SshError::Kind(String::from_utf8_lossy(string(&mut kind)?).chars().take(40).collect()));
        }
        let public = PublicKey::from_wire(wire.to_vec())?;
        let mut inner = string(&mut rest)?;
        let checks = (number(&mut inner)?, number(&mut inner)?);
        let (kind, _public, secret) = (string(&mut inner)?, string(&mut inner)?, string(&mut inner)?);
        if checks.0 != checks.1 || kind != KIND.as_bytes() || secret.len() != 64 {
            return Err(SshError::Broken);
        }
        let hash = Sha512::digest(secret.get(..32).unwrap_or_default());
        let mut scalar = Box::new([0; 32]);
        scalar.copy_from_slice(hash.get(..32).unwrap_or_default());
        // Both halves must be of one key, or what is sealed for the one is never opened by the other.
        if MontgomeryPoint::mul_base_clamped(*scalar) != public.point {
            return Err(SshError::Broken);
        }
        let text = SecretBox::new(Box::new(format!("{}\n", text.trim())));
        Ok(Self { public, scalar: SecretBox::new(scalar), text })
    }

    /// Its public key.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Its file. It is the secret itself.
    pub fn text(&self) -> &str {
        self.text.expose_secret()
    }

    fn unwrap(&self, stanza: &Stanza) -> Option<Result<FileKey, age::DecryptError>> {
        let [tag, ephemeral] = stanza.args.as_slice() else { return None };
        if stanza.tag != KIND || *tag != self.public.tag() {
            return None;
        }
        let damaged = || Some(Err(age::DecryptError::InvalidHeader));
        let ephemeral = BASE64_STANDARD_NO_PAD.decode(ephemeral).ok().and_then(|bytes| bytes.try_into().ok());
        let Some(ephemeral) = ephemeral.map(MontgomeryPoint) else { return damaged() };
        let shared = ephemeral.mul_clamped(*self.scalar.expose_secret());
        let key = self.public.sealing_key(shared, &ephemeral);
        let Ok(opened) = aead_decrypt(&key, FILE_KEY_BYTES, &stanza.body) else {
            return Some(Err(age::DecryptError::DecryptionFailed));
        };
        let opened = SecretBox::new(Box::new(opened));
        Some(Ok(FileKey::init_with_mut(|key| key.copy_from_slice(opened.expose_secret()))))
    }
}

impl age::Identity for SecretKey {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, age::DecryptError>> {
        self.unwrap(stanza)
    }
}

/// Takes a number off the front, as ssh writes it.
fn number(rest: &mut &[u8]) -> Result<u32, SshError> {
    let (bytes, after) = rest.split_first_chunk::<4>().ok_or(SshError::Broken)?;
    *rest = after;
    Ok(u32::from_be_bytes(*bytes))
}

/// Takes bytes with their length off the front, as ssh writes them.
fn string<'b>(rest: &mut &'b [u8]) -> Result<&'b [u8], SshError> {
    let length = usize::try_from(number(rest)?).map_err(|_| SshError::Broken)?;
    let (bytes, after) = rest.split_at_checked(length).ok_or(SshError::Broken)?;
    *rest = after;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made by `ssh-keygen` for this test and used nowhere.
    const PUBLIC: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMMWXkJ728x3FudqC6oV85xiX4kH2WL1IkR8VCh0qvEe";
    const SECRET: &str = concat!(
        "-----BEGIN OPENSSH PRIV",
        "ATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\nQyNTUxOQAAACDDFl5Ce9vMdxbnaguqFfOcYl+JB9li9SJEfFQodKrxHgAAAIjq9PBW6vTw\nVgAAAAtzc2gtZWQyNTUxOQAAACDDFl5Ce9vMdxbnaguqFfOcYl+JB9li9SJEfFQodKrxHg\nAAAEDfUOGRmkygssKxVPAmFHOkQMwjY0NYnwaDXF+rH37De8MWXkJ728x3FudqC6oV85xi\nX4kH2WL1IkR8VCh0qvEeAAAAAAECAwQF\n-----END OPENSSH PRIVATE KEY-----\n"
    );

    #[test]
    fn a_public_key_is_read_and_written_without_its_comment() {
        let key = PublicKey::parse(&format!(" {PUBLIC} ada@laptop\n")).unwrap();
        assert_eq!(key.to_string(), PUBLIC);
        let cut = &PUBLIC[..PUBLIC.len() - 4];
        for (text, why) in [
            (cut, SshError::Broken),
            ("ssh-ed25519", SshError::Broken),
            ("ssh-ed25519 AAAA", SshError::Broken),
            ("ssh-rsa AAAAB3NzaC1yc2E=", SshError::Kind("ssh-rsa".to_owned())),
        ] {
            assert_eq!(PublicKey::parse(text).map(|_| ()), Err(why), "{text}");
        }
        // The point that is its own negative: whatever is sealed for it everybody opens.
        let nothing = [&11u32.to_be_bytes(), KIND.as_bytes(), &32u32.to_be_bytes(), &[1], &[0; 31]].concat();
        let nothing = format!("{KIND} {}", BASE64_STANDARD.encode(nothing));
        assert_eq!(PublicKey::parse(&nothing).map(|_| ()), Err(SshError::Broken));
    }

    #[test]
    fn a_secret_key_opens_what_was_sealed_for_its_public_one() {
        let secret = SecretKey::parse(SECRET).unwrap();
        assert_eq!((secret.public().to_string().as_str(), secret.text()), (PUBLIC, SECRET));
        let file_key = FileKey::new(Box::new([7; FILE_KEY_BYTES]));
        let stanza = secret.public().wrap(&file_key, [3; 32]);
        let opened = secret.unwrap(&stanza).unwrap().unwrap();
        assert_eq!(opened.expose_secret(), file_key.expose_secret());
        let mut other = Stanza { tag: stanza.tag, args: stanza.args, body: stanza.body };
        other.body[0] ^= 1;
        assert!(matches!(secret.unwrap(&other), Some(Err(_))));
        other.args[0] = "AAAAAA".to_owned();
        assert!(secret.unwrap(&other).is_none(), "it is somebody else's");
    }

    #[test]
    fn what_is_no_secret_key_is_told() {
        for cut in [40, 100, SECRET.len() - 60] {
            let text = format!("{}\n-----END OPENSSH PRIVATE KEY-----\n", &SECRET[..cut]);
            assert!(SecretKey::parse(&text).is_err(), "{cut}");
        }
        let body = [MAGIC, &10u32.to_be_bytes(), b"aes256-ctr", b"and so on"].concat();
        let locked = format!("{BEGIN}\n{}\n{END}\n", BASE64_STANDARD.encode(body));
        assert_eq!(SecretKey::parse(&locked).map(|_| ()).unwrap_err(), SshError::Passphrase);
    }
}
