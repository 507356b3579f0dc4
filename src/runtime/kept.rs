//! What is kept on this machine by what it holds, durably, before anything in the company says that it is there.

use std::io::{self, Write as _};
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
    let fresh = folder.join(format!("{name}.new-{}", std::process::id()));
    let mut file = std::fs::File::create(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&fresh, &path)?;
    std::fs::File::open(folder)?.sync_all()
}
