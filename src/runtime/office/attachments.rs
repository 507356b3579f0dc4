//! Files that are attached to tickets. Short texts lie in the history; everything else in `attachments/` of this machine's
//! state, by what it holds, before the entry that names it is committed. Another clone sees the entry, and not the file.

use super::Office;
use crate::model::ticket::Attached;
use crate::redact;
use crate::runtime::kept;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// What was sent: described, and its text if it is one that may lie in the history.
pub(super) fn described(name: &str, content: &str) -> Result<(Attached, Option<String>), String> {
    let bytes = decoded(content)?;
    let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let attached = Attached { name: name.to_owned(), sha256, bytes: bytes.len() as u64, place: None };
    // What looks like a secret is in no history, and what is no text is kept by its hash alone.
    let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0') && redact::mask(text) == text.as_str());
    Ok((attached, text))
}

fn decoded(content: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(content).map_err(|error| format!("what is attached is not base64: {error}"))
}

impl Office {
    /// Keeps what is attached, before anything says that it is there.
    pub(super) fn keep_attachment(&self, content: &str, sha256: &str) -> Result<(), String> {
        let folder = self.place.state.join("attachments");
        let kept = kept::keep(&folder, sha256, &decoded(content)?);
        kept.map_err(|error| format!("{} cannot be written: {error}", folder.join(sha256).display()))
    }
}
