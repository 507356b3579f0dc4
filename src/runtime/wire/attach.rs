//! A file that is put into a request.

use super::Ask;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::path::Path;

/// Largest file that a request carries, in bytes: with base64 and room around it, what the daemon reads of one.
const CARRIED_BYTES_MAX: u64 = 11 << 20;

/// The request to attach a file.
///
/// # Errors
/// The file cannot be read, or is larger than a request can be; in words.
pub fn attaching(ticket: &str, file: &Path, name: Option<&str>, text: &str) -> Result<Ask, String> {
    let fails = |error: std::io::Error| format!("{} cannot be read: {error}", file.display());
    let about = std::fs::metadata(file).map_err(fails)?;
    if !about.is_file() || about.len() > CARRIED_BYTES_MAX {
        return Err(format!(
            "{} is no file of at most {CARRIED_BYTES_MAX} bytes, and cannot be attached",
            file.display()
        ));
    }
    let bytes = std::fs::read(file).map_err(fails)?;
    let own = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Ask::Attach {
        ticket: ticket.to_owned(),
        name: name.map_or(own, str::to_owned),
        content: STANDARD.encode(bytes),
        text: text.to_owned(),
    })
}
