//! What is kept on this machine by what it holds, durably, before anything in the company says that it is there.

use crate::store::whole::{self, Lasts, Readers};
use std::io;
use std::path::Path;

/// Keeps `bytes` in `folder` under a name that says what they are. What is there already is the same.
///
/// # Errors
/// It could not be written; nothing stands under the name.
pub(super) fn keep(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let path = folder.join(name);
    if path.is_file() {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    whole::write(&path, bytes, Lasts::New, Readers::AsUsual)
}
