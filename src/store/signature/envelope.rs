//! What `ssh-keygen -Y sign` makes (OpenSSH's PROTOCOL.sshsig): which key signed what for which purpose, and whether it did.
//!
//! Kinds that are not known, and everything that does not end where it should, are refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature as kinds;
use sha2::{Digest as _, Sha256, Sha512};

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
const MAGIC: &[u8] = b"SSHSIG";

/// Largest signature that is read, in bytes: one by an RSA key of 16,384 bits has six thousand.
const BYTES_MAX: usize = 16 << 10;

/// A signature, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Envelope {
    /// The public key it says it was made with.
    pub(super) key: Vec<u8>,
    /// What it was made for.
    pub(super) namespace: String,
    reserved: Vec<u8>,
    hash: Hash,
    signature: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha512,
}

impl Envelope {
    /// Reads the text between the lines that say what it is.
    pub(super) fn read(text: &[u8]) -> Result<Self, String> {
        if text.len() > BYTES_MAX {
            return Err(format!("it is larger than {BYTES_MAX} bytes"));
        }
        let text = std::str::from_utf8(text).map_err(|_| "it is no text")?.trim();
        let inner = text.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
        let inner = inner.ok_or("it was not made with an ssh key")?;
        let inner: String = inner.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let bytes = STANDARD.decode(inner).map_err(|_| "its base64 is damaged")?;
        let mut rest = Wire(bytes.strip_prefix(MAGIC).ok_or("it is no signature of ssh")?);
        if rest.number()? != 1 {
            return Err("it is of a version that is not known".to_owned());
        }
        let key = rest.string()?.to_vec();
        let namespace = String::from_utf8(rest.string()?.to_vec()).map_err(|_| "it does not say what it is for")?;
        let reserved = rest.string()?.to_vec();
        let hash = match rest.string()? {
            b"sha256" => Hash::Sha256,
            b"sha512" => Hash::Sha512,
            _ => return Err("it is made over a digest that is not known".to_owned()),
        };
        let signature = rest.string()?.to_vec();
        rest.end()?;
        Ok(Self { key, namespace, reserved, hash, signature })
    }

    /// Whether its key signed `message` with it.
    pub(super) fn verify(&self, message: &[u8]) -> Result<(), String> {
        let (name, digest) = match self.hash {
            Hash::Sha256 => ("sha256", Sha256::digest(message).to_vec()),
            Hash::Sha512 => ("sha512", Sha512::digest(message).to_vec()),
        };
        let mut signed = MAGIC.to_vec();
        for part in [self.namespace.as_bytes(), &self.reserved, name.as_bytes(), &digest] {
            put(&mut signed, part);
        }
        let mut key = Wire(&self.key);
        let mut signature = Wire(&self.signature);
        let kind = key.string()?;
        let made_by = signature.string()?;
        match kind {
            b"ssh-ed25519" if made_by == kind => {
                let point = key.string()?;
                key.end()?;
                let bytes = signature.string()?;
                signature.end()?;
                check(&kinds::ED25519, point, &signed, bytes)
            }
            b"ecdsa-sha2-nistp256" | b"ecdsa-sha2-nistp384" if made_by == kind => {
                let curve = Curve::of(key.string()?)?;
                let point = key.string()?;
                key.end()?;
                let bytes = curve.fixed(signature.string()?)?;
                signature.end()?;
                check(curve.algorithm(), point, &signed, &bytes)
            }
            b"ssh-rsa" => {
                let (e, n) = (key.string()?, key.string()?);
                key.end()?;
                let bytes = signature.string()?;
                signature.end()?;
                let components = kinds::RsaPublicKeyComponents { n: positive(n), e: positive(e) };
                let parameters = match made_by {
                    b"rsa-sha2-256" => &kinds::RSA_PKCS1_2048_8192_SHA256,
                    b"rsa-sha2-512" => &kinds::RSA_PKCS1_2048_8192_SHA512,
                    _ => return Err("it is made in a way that is not taken any more".to_owned()),
                };
                components.verify(parameters, &signed, bytes).map_err(|_| wrong())
            }
            // A key that stays in a device signs what it was told together with what it saw.
            b"sk-ssh-ed25519@openssh.com" if made_by == kind => {
                let point = key.string()?;
                let application = key.string()?;
                key.end()?;
                let bytes = signature.string()?;
                check(&kinds::ED25519, point, &of_device(application, &mut signature, &signed)?, bytes)
            }
            b"sk-ecdsa-sha2-nistp256@openssh.com" if made_by == kind => {
                let curve = Curve::of(key.string()?)?;
                let point = key.string()?;
                let application = key.string()?;
                key.end()?;
                let bytes = curve.fixed(signature.string()?)?;
                check(curve.algorithm(), point, &of_device(application, &mut signature, &signed)?, &bytes)
            }
            _ => Err(format!("keys of the kind {} are not checked here", String::from_utf8_lossy(kind))),
        }
    }
}

fn wrong() -> String {
    "it does not belong to this commit".to_owned()
}

fn check(
    algorithm: &'static dyn kinds::VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), String> {
    kinds::UnparsedPublicKey::new(algorithm, key).verify(message, signature).map_err(|_| wrong())
}

/// What a device signs: what it is for, what it saw, how often it signed, and the digest of what it was given.
fn of_device(application: &[u8], signature: &mut Wire<'_>, message: &[u8]) -> Result<Vec<u8>, String> {
    let seen = signature.take(5)?;
    signature.end()?;
    Ok([&Sha256::digest(application)[..], seen, &Sha256::digest(message)[..]].concat())
}

#[derive(Debug, Clone, Copy)]
enum Curve {
    P256,
    P384,
}

impl Curve {
    fn of(name: &[u8]) -> Result<Self, String> {
        match name {
            b"nistp256" => Ok(Self::P256),
            b"nistp384" => Ok(Self::P384),
            _ => Err("keys of this curve are not checked here".to_owned()),
        }
    }

    fn algorithm(self) -> &'static dyn kinds::VerificationAlgorithm {
        match self {
            Self::P256 => &kinds::ECDSA_P256_SHA256_FIXED,
            Self::P384 => &kinds::ECDSA_P384_SHA384_FIXED,
        }
    }

    /// Both numbers of a signature at their full width.
    fn fixed(self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let width = match self {
            Self::P256 => 32,
            Self::P384 => 48,
        };
        let mut numbers = Wire(bytes);
        let mut fixed = Vec::with_capacity(width * 2);
        for _ in 0..2 {
            let number = positive(numbers.string()?);
            let missing = width.checked_sub(number.len()).ok_or_else(wrong)?;
            fixed.resize(fixed.len() + missing, 0);
            fixed.extend_from_slice(number);
        }
        numbers.end()?;
        Ok(fixed)
    }
}

/// A number without the zeros that only say that it is not negative.
fn positive(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

fn put(to: &mut Vec<u8>, part: &[u8]) {
    to.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    to.extend_from_slice(part);
}

/// What is left to be read, in the encoding of RFC 4251.
struct Wire<'w>(&'w [u8]);

impl<'w> Wire<'w> {
    fn take(&mut self, count: usize) -> Result<&'w [u8], String> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or("it is cut off")?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, String> {
        let bytes = self.take(4)?;
        Ok(bytes.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte)))
    }

    fn string(&mut self) -> Result<&'w [u8], String> {
        let length = usize::try_from(self.number()?).map_err(|_| "it is cut off")?;
        self.take(length)
    }

    fn end(&self) -> Result<(), String> {
        if self.0.is_empty() { Ok(()) } else { Err("something follows it".to_owned()) }
    }
}
