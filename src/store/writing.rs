//! Whether somebody has a file open for writing: an editor that is not done yet has.
//!
//! Linux tells it in `/proc`, of the processes of this account. Elsewhere nobody tells, and a file is believed when
//! it has been still for a while.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// What tells a file from every other one, whatever it is called.
pub(crate) type FileId = (u64, u64);

/// The file behind a path; links are not followed.
pub(crate) fn file_id(path: &Path) -> Option<FileId> {
    fs::symlink_metadata(path).ok().map(|found| id_of(&found))
}

/// The same of something already looked at.
pub(crate) fn id_of(metadata: &fs::Metadata) -> FileId {
    (metadata.dev(), metadata.ino())
}

/// Those of `files` that a process has open for writing; `None` where that cannot be told.
pub(crate) fn among(files: &BTreeSet<FileId>) -> Option<BTreeSet<FileId>> {
    let mut open = BTreeSet::new();
    if files.is_empty() {
        return Some(open);
    }
    // Listing our own files proves that this system tells.
    fs::read_dir("/proc/self/fd").ok()?;
    for process in fs::read_dir("/proc").ok()?.flatten() {
        if !process.file_name().as_encoded_bytes().first().is_some_and(u8::is_ascii_digit) {
            continue;
        }
        // Another account's processes, and those that ended meanwhile, tell nothing.
        let Ok(handles) = fs::read_dir(process.path().join("fd")) else { continue };
        for handle in handles.flatten() {
            // Sockets, pipes and devices are no files; asking a far file system about others may take long.
            let named = fs::read_link(handle.path()).is_ok_and(|name| name.is_absolute() && !name.starts_with("/dev"));
            if !named {
                continue;
            }
            let Ok(metadata) = fs::metadata(handle.path()) else { continue };
            let id = id_of(&metadata);
            if metadata.is_file() && files.contains(&id) && !open.contains(&id) {
                let info = process.path().join("fdinfo").join(handle.file_name());
                if may_write(&info) {
                    open.insert(id);
                }
            }
        }
    }
    Some(open)
}

/// Whether a handle was opened for writing. One that was closed meanwhile was not.
fn may_write(info: &Path) -> bool {
    let flags = |text: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix("flags:"))?;
        u32::from_str_radix(line.trim(), 8).ok()
    };
    match fs::read_to_string(info) {
        // The last two bits say how: reading, writing, both.
        Ok(text) => flags(&text).is_none_or(|flags| flags & 3 != 0),
        Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs::File;

    #[test]
    fn only_who_may_write_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        fs::write(&path, "x").unwrap();
        let wanted = BTreeSet::from([file_id(&path).unwrap()]);
        assert_eq!(among(&wanted), Some(BTreeSet::new()));
        let reader = File::open(&path).unwrap();
        assert_eq!(among(&wanted), Some(BTreeSet::new()), "a reader");
        let writer = File::options().append(true).open(&path).unwrap();
        assert_eq!(among(&wanted), Some(wanted.clone()), "a writer");
        fs::rename(&path, folder.path().join("b.md")).unwrap();
        assert_eq!(among(&wanted), Some(wanted.clone()), "under another name");
        drop((reader, writer));
        assert_eq!(among(&wanted), Some(BTreeSet::new()));
    }
}
