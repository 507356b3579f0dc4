//! How much a package may hold. One place, with units and reasons.

/// Entries of a package, folders included. The largest company package we know of has under 600 files; a
/// listing ten times as long is no longer something a person looks through before saying yes.
pub const ENTRIES_MAX: usize = 2_000;

/// Bytes of one file, unpacked. Agents read these files as text; a megabyte is already a book.
pub const FILE_BYTES_MAX: u64 = 1 << 20;

/// Bytes of a whole package, unpacked: it is held in memory and becomes one commit.
pub const TOTAL_BYTES_MAX: u64 = 20 << 20;

/// Bytes of an archive as it lies there: what unpacks to [`TOTAL_BYTES_MAX`] is not larger than this.
pub const ARCHIVE_BYTES_MAX: u64 = 32 << 20;

/// Unpacked bytes per packed byte. Text packs 3 to 20 times; deflate reaches 1,032 on bytes made for it.
pub const RATIO_MAX: u64 = 100;

/// Unpacked bytes that never count as a bomb, in bytes: a page of blank lines packs extremely well.
pub const RATIO_FREE_BYTES: u64 = 1 << 20;

/// Folders above a file. A company needs five (`projects/x/tasks/y/TASK.md`), skills with assets a few more.
pub const DEPTH_MAX: usize = 12;

/// Bytes of one name. File systems end at 255; a file being written is `.NAME.corp-PID` for a moment.
pub const NAME_BYTES_MAX: usize = 200;

/// Bytes of a path. macOS ends at 1,024, and the company's own folder comes in front of it.
pub const PATH_BYTES_MAX: usize = 600;

/// How much may come in; [`Limits::default`] is what the constants of this module say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Entries, folders included.
    pub entries: usize,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files together.
    pub total_bytes: u64,
    /// Bytes of an archive, packed.
    pub archive_bytes: u64,
    /// Unpacked bytes per packed byte, beyond [`RATIO_FREE_BYTES`].
    pub ratio: u64,
    /// Folders above a file.
    pub depth: usize,
    /// Bytes of one name.
    pub name_bytes: usize,
    /// Bytes of a path.
    pub path_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: ENTRIES_MAX,
            file_bytes: FILE_BYTES_MAX,
            total_bytes: TOTAL_BYTES_MAX,
            archive_bytes: ARCHIVE_BYTES_MAX,
            ratio: RATIO_MAX,
            depth: DEPTH_MAX,
            name_bytes: NAME_BYTES_MAX,
            path_bytes: PATH_BYTES_MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_holds() {
        let page = include_str!("../../../docs/sources.md");
        let mib = |bytes: u64| format!("{} MiB", bytes >> 20);
        for (what, limit) in [
            ("entries, with folders", ENTRIES_MAX.to_string()),
            ("a file", mib(FILE_BYTES_MAX)),
            ("all files", mib(TOTAL_BYTES_MAX)),
            ("an archive, packed", mib(ARCHIVE_BYTES_MAX)),
            ("unpacked to packed", format!("{RATIO_MAX} times, beyond the first MiB")),
            ("folders above a file", DEPTH_MAX.to_string()),
            ("a name", format!("{NAME_BYTES_MAX} bytes")),
            ("a path", format!("{PATH_BYTES_MAX} bytes")),
        ] {
            let row = format!("\n| {what} | {limit} |");
            assert!(page.contains(&row), "docs/sources.md lacks {row}");
        }
    }
}
