//! Telling whether two values are equal without telling anything about either.
//!
//! A plain hash of a short value is an answer for whoever guesses it. This one is keyed (HMAC-SHA-256, RFC 2104) with a
//! key of the company, which is itself a sealed secret.

use super::value::Value;
use sha2::{Digest as _, Sha256};

/// How fingerprints begin: what they were made with.
const PREFIX: &str = "hmac-sha256:";

/// Bytes of the hash that are kept: enough that two values of one company never meet, and short in a file.
const KEPT_BYTES: usize = 16;

/// Bytes that SHA-256 takes at a time.
const BLOCK_BYTES: usize = 64;

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

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0u8; BLOCK_BYTES];
    if key.len() > BLOCK_BYTES {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |pad: u8| block.map(|byte| byte ^ pad);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_vectors_of_rfc_4231() {
        for (key, message, expected) in [
            (vec![0x0b; 20], b"Hi There".to_vec(), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe".to_vec(),
                b"what do ya want for nothing?".to_vec(),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                vec![0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ] {
            assert_eq!(hex(&hmac(&key, &message)), expected);
        }
    }

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
