//! Telling whether two values are equal without telling anything about either.
//!
//! A plain hash of a short value is an answer for whoever guesses it. This one is keyed (HMAC-SHA-256, RFC 2104) with a
//! key of the company, which is itself a sealed secret.

use super::mac::hmac;
use super::value::Value;

/// How fingerprints begin: what they were made with.
const PREFIX: &str = "hmac-sha256:";

/// Bytes of the hash that are kept: enough that two values of one company never meet, and short in a file.
const KEPT_BYTES: usize = 16;

/// What fingerprints of a company are made with.
#[derive(Debug, Clone)]
pub struct FingerprintKey(Value);

impl FingerprintKey {
    /// The key that a company keeps as a secret of its own.
    pub fn new(value: Value) -> Self {
        Self(value)
    }

    /// The fingerprint of a value.
    pub fn of(&self, value: &Value) -> String {
        let hash = hmac(self.0.expose().as_bytes(), value.expose().as_bytes());
        let mut text = PREFIX.to_owned();
        text.extend(hash.iter().take(KEPT_BYTES).map(|byte| format!("{byte:02x}")));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_one_fingerprint_and_another_company_has_another() {
        let value = |text: &str| Value::new(text.as_bytes().to_vec()).unwrap();
        let (one, other) = (FingerprintKey::new(value("key number one")), FingerprintKey::new(value("key number two")));
        assert_eq!(one.of(&value("correct horse")), one.of(&value("correct horse\n")));
        assert_ne!(one.of(&value("correct horse")), one.of(&value("correct house")));
        assert_ne!(one.of(&value("correct horse")), other.of(&value("correct horse")));
        assert_eq!(one.of(&value("correct horse")).len(), PREFIX.len() + 2 * KEPT_BYTES);
    }
}
