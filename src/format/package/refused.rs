//! Why an entry of a package may not come in, in words that are safe to print.

/// An entry that may not come in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{entry}` is refused: {reason}")]
pub struct Refused {
    /// The entry's name, escaped and shortened: safe to print.
    pub entry: String,
    /// Why.
    pub reason: Reason,
}

impl Refused {
    /// The entry called `raw`, refused.
    pub fn new(raw: &[u8], reason: Reason) -> Self {
        Self { entry: shown(raw), reason }
    }
}

/// Why an entry may not come in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Its name is empty.
    #[error("it has no name")]
    Nameless,
    /// Its name is not UTF-8.
    #[error("its name is not UTF-8")]
    NotUtf8,
    /// Its path begins at the root of the file system.
    #[error("its path is absolute")]
    Absolute,
    /// Its path has a backslash, which is a separator elsewhere.
    #[error("its path contains a backslash")]
    Backslash,
    /// Its path begins with a drive.
    #[error("its path begins with a drive letter")]
    Drive,
    /// Its path leads upwards, or in a circle.
    #[error("its path contains `.` or `..`")]
    Traversal,
    /// Its path has nothing between two slashes, or at its end.
    #[error("a part of its path is empty")]
    EmptyPart,
    /// It is, or could pass for, something git obeys.
    #[error("git's own files may not come with a package, in whatever spelling")]
    Git,
    /// It belongs to another version control.
    #[error("a version control's own files may not come with a package")]
    VersionControl,
    /// Its name has a control character or one that cannot be seen.
    #[error("its name contains a control character or an invisible one")]
    Control,
    /// Its name has a character some systems give a meaning to.
    #[error("its name contains one of : * ? \" < > |")]
    Character,
    /// Its name begins or ends in a way some systems quietly change.
    #[error("its name begins with a space, or ends with a space or a dot")]
    Edge,
    /// Its name is a device on Windows.
    #[error("its name means a device on some systems")]
    Device,
    /// One name is too long.
    #[error("a name of {bytes} bytes; at most {max} are taken")]
    LongName {
        /// What it has.
        bytes: usize,
        /// What it may have.
        max: usize,
    },
    /// The path is too long.
    #[error("a path of {bytes} bytes; at most {max} are taken")]
    LongPath {
        /// What it has.
        bytes: usize,
        /// What it may have.
        max: usize,
    },
    /// It lies too deep.
    #[error("it lies more than {max} folders deep")]
    Deep {
        /// How deep it may lie.
        max: usize,
    },
    /// It is a symbolic link.
    #[error("it is a symbolic link; a package consists of files")]
    Symlink,
    /// It is a hard link.
    #[error("it is a hard link; a package consists of files")]
    HardLink,
    /// It is a submodule.
    #[error("it is a submodule; its content is not in this repository")]
    Submodule,
    /// It is no file at all.
    #[error("it is a device, a pipe or something else that is not a file")]
    Special,
    /// It is there twice.
    #[error("it is there twice")]
    Duplicate,
    /// It differs from another entry only in ways some file systems do not see.
    #[error("on some file systems it is the same as `{other}`")]
    Clash {
        /// The other entry, escaped.
        other: String,
    },
    /// One entry is a file where another needs a folder.
    #[error("`{other}` is a file, and cannot be a folder too")]
    FileAndFolder {
        /// The file, escaped.
        other: String,
    },
    /// There are too many entries.
    #[error("the package has more than {max} entries")]
    TooMany {
        /// How many it may have.
        max: usize,
    },
    /// The file is too large.
    #[error("it is larger than {max} bytes")]
    TooLarge {
        /// How large it may be, in bytes.
        max: u64,
    },
    /// The package is too large.
    #[error("with it the package is larger than {max} bytes")]
    TotalTooLarge {
        /// How large it may be, in bytes.
        max: u64,
    },
    /// It unpacks to far more than it was.
    #[error("the package unpacks to more than {max} times its size")]
    Bomb {
        /// How many times it may.
        max: u64,
    },
    /// It has more or fewer bytes than was said.
    #[error("it says that it has {claimed} bytes, and has {}{found}", if found > claimed { "at least " } else { "" })]
    Lied {
        /// What was said.
        claimed: u64,
        /// What came.
        found: u64,
    },
    /// It is encrypted.
    #[error("it is encrypted")]
    Encrypted,
    /// It is packed in a way that is not read.
    #[error("it is packed with a method other than `store` and `deflate`")]
    Method,
    /// It is stored in pieces with holes between them.
    #[error("it is stored as a sparse file")]
    Sparse,
    /// Its description contradicts itself.
    #[error("{0}")]
    Ambiguous(&'static str),
    /// Its content cannot be had.
    #[error("its content cannot be read: {0}")]
    Unreadable(String),
}

/// A name from outside as it can be printed on one line: escaped, and not endless.
pub fn shown(raw: &[u8]) -> String {
    const CHARACTERS_MAX: usize = 120;
    let escaped = match std::str::from_utf8(raw) {
        Ok(text) => {
            text.chars().flat_map(char::escape_debug).take(CHARACTERS_MAX + 1).collect::<String>().replace("\\'", "'")
        }
        Err(_) => raw.escape_ascii().take(CHARACTERS_MAX + 1).map(char::from).collect(),
    };
    match escaped.char_indices().nth(CHARACTERS_MAX) {
        Some((at, _)) => format!("{}…", &escaped[..at]),
        None => escaped,
    }
}
