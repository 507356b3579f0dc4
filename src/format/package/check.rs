//! The gate: every file that comes from outside passes here before anybody else sees it.
//!
//! A reader (of a folder, an archive, a git tree) says what an entry claims to be with [`Intake::admit`], and
//! hands its content to [`Intake::fill`], which stops at the limits whatever was claimed. Names by themselves
//! are judged in [`super::name`]; the limits are in [`super::limits`], and why something stays outside in
//! [`super::refused`]. Whether the *content* of a package is
//! welcome is decided later, when an import is planned.

use super::limits::{Limits, RATIO_FREE_BYTES};
use super::name;
use super::refused::{Reason, Refused, shown};
use super::{PackageFile, Tree};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// What an entry claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A file with content.
    File {
        /// Whether its executable bit is set.
        executable: bool,
    },
    /// A folder.
    Folder,
    /// A symbolic link.
    Symlink,
    /// A second name of a file.
    HardLink,
    /// A pointer to another repository.
    Submodule,
    /// A device, a pipe, a socket, or a type nobody knows.
    Special,
}

/// How far an intake is, for people who wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Entries so far.
    pub entries: usize,
    /// Bytes so far.
    pub bytes: u64,
}

/// Collects the entries of one package.
pub struct Intake<'p> {
    limits: Limits,
    /// Bytes that may be unpacked, from the size of the archive; `None`: nothing was packed.
    ratio_bytes: Option<u64>,
    tree: Tree,
    /// Every path and every folder above one, by [`name::folded`].
    taken: BTreeMap<String, (String, Taken)>,
    left_out: BTreeSet<String>,
    seen: Seen,
    progress: &'p mut dyn FnMut(Seen),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    File,
    Folder,
}

/// A file that may come in; its content is given to [`Intake::fill`].
#[derive(Debug)]
#[must_use = "the content has to be read, or the file is missing"]
pub struct Slot {
    path: String,
    executable: bool,
    keep: bool,
    claimed: Option<u64>,
}

/// What came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intaken {
    /// The files.
    pub tree: Tree,
    /// Paths that were left out, see [`name::LEFT_OUT`].
    pub left_out: BTreeSet<String>,
}

impl<'p> Intake<'p> {
    /// An empty package; `progress` hears of every entry.
    pub fn new(limits: Limits, progress: &'p mut dyn FnMut(Seen)) -> Self {
        let (tree, taken, left_out) = (Tree::new(), BTreeMap::new(), BTreeSet::new());
        Self { limits, ratio_bytes: None, tree, taken, left_out, seen: Seen::default(), progress }
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Says that everything to come was packed into `bytes`.
    pub fn packed_into(&mut self, bytes: u64) {
        self.ratio_bytes = Some(bytes.saturating_mul(self.limits.ratio).max(RATIO_FREE_BYTES));
    }

    /// Counts something that is not an entry and costs as much, such as a header about other headers.
    ///
    /// # Errors
    /// [`Reason::TooMany`].
    pub fn count(&mut self, raw: &[u8]) -> Result<(), Refused> {
        self.seen.entries += 1;
        (self.progress)(self.seen);
        if self.seen.entries > self.limits.entries {
            return Err(Refused::new(raw, Reason::TooMany { max: self.limits.entries }));
        }
        Ok(())
    }

    /// Judges an entry by what it claims to be. `claimed` is its size in bytes if that is known: a larger one
    /// is refused at once, and one that turns out otherwise is refused then. A folder has no slot.
    ///
    /// # Errors
    /// Why it may not come in.
    pub fn admit(&mut self, raw: &[u8], kind: EntryKind, claimed: Option<u64>) -> Result<Option<Slot>, Refused> {
        self.count(raw)?;
        self.judge(raw, kind, claimed).map_err(|reason| Refused::new(raw, reason))
    }

    fn judge(&mut self, raw: &[u8], kind: EntryKind, claimed: Option<u64>) -> Result<Option<Slot>, Reason> {
        let path = name::check(raw, &self.limits)?;
        let (taken, executable) = match kind {
            EntryKind::File { executable } => (Taken::File, executable),
            EntryKind::Folder => (Taken::Folder, false),
            EntryKind::Symlink => return Err(Reason::Symlink),
            EntryKind::HardLink => return Err(Reason::HardLink),
            EntryKind::Submodule => return Err(Reason::Submodule),
            EntryKind::Special => return Err(Reason::Special),
        };
        self.take(path, taken)?;
        let keep = left_out(path).is_none();
        self.left_out.extend(left_out(path).map(str::to_owned));
        if taken == Taken::Folder {
            return Ok(None);
        }
        if let Some(claimed) = claimed {
            self.room_for(claimed, claimed)?;
        }
        Ok(Some(Slot { path: path.to_owned(), executable, keep, claimed }))
    }

    /// Puts the path and the folders above it down as taken.
    fn take(&mut self, path: &str, kind: Taken) -> Result<(), Reason> {
        let above = path.match_indices('/').map(|(at, _)| (&path[..at], Taken::Folder));
        for (path, kind) in above.chain([(path, kind)]) {
            let form = name::folded(path);
            let Some((other, other_kind)) = self.taken.get(&form) else {
                self.taken.insert(form, (path.to_owned(), kind));
                continue;
            };
            if other != path {
                return Err(Reason::Clash { other: shown(other.as_bytes()) });
            }
            match (kind, other_kind) {
                (Taken::Folder, Taken::Folder) => {}
                (Taken::File, Taken::File) => return Err(Reason::Duplicate),
                (Taken::File, Taken::Folder) | (Taken::Folder, Taken::File) => {
                    return Err(Reason::FileAndFolder { other: shown(other.as_bytes()) });
                }
            }
        }
        Ok(())
    }

    /// Whether a file of `file` bytes, of which `more` are still to be counted, keeps within the limits.
    fn room_for(&self, file: u64, more: u64) -> Result<(), Reason> {
        let total = self.seen.bytes.saturating_add(more);
        if file > self.limits.file_bytes {
            return Err(Reason::TooLarge { max: self.limits.file_bytes });
        }
        if self.ratio_bytes.is_some_and(|max| total > max) {
            return Err(Reason::Bomb { max: self.limits.ratio });
        }
        if total > self.limits.total_bytes {
            return Err(Reason::TotalTooLarge { max: self.limits.total_bytes });
        }
        Ok(())
    }

    /// Reads the content of an admitted file, and stops at the first byte too many.
    ///
    /// # Errors
    /// Why it may not come in.
    pub fn fill(&mut self, slot: Slot, content: &mut dyn Read) -> Result<(), Refused> {
        let Slot { path, executable, keep, claimed } = slot;
        let bytes = self.read(claimed, content).map_err(|reason| Refused::new(path.as_bytes(), reason))?;
        if keep {
            self.tree.insert(path, PackageFile { bytes, executable });
        }
        Ok(())
    }

    fn read(&mut self, claimed: Option<u64>, content: &mut dyn Read) -> Result<Vec<u8>, Reason> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 16 << 10];
        loop {
            let read = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Reason::Unreadable(shown(error.to_string().as_bytes()))),
            };
            let found = (bytes.len() + read) as u64;
            self.room_for(found, read as u64)?;
            if let Some(claimed) = claimed
                && found > claimed
            {
                return Err(Reason::Lied { claimed, found });
            }
            bytes.extend_from_slice(&buffer[..read]);
            self.seen.bytes += read as u64;
            (self.progress)(self.seen);
        }
        match claimed {
            Some(claimed) if claimed != bytes.len() as u64 => Err(Reason::Lied { claimed, found: bytes.len() as u64 }),
            _ => Ok(bytes),
        }
    }

    /// Admits and fills in one go, for content that is in memory.
    ///
    /// # Errors
    /// Why it may not come in.
    pub fn add(&mut self, raw: &[u8], kind: EntryKind, mut content: &[u8]) -> Result<(), Refused> {
        match self.admit(raw, kind, None)? {
            Some(slot) => self.fill(slot, &mut content),
            None => Ok(()),
        }
    }

    /// Notes that a reader passed something over, such as the `.git` of a folder.
    pub fn leave_out(&mut self, path: &str) {
        self.left_out.insert(path.to_owned());
    }

    /// What came in.
    pub fn finish(self) -> Intaken {
        Intaken { tree: self.tree, left_out: self.left_out }
    }
}

impl std::fmt::Debug for Intake<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake").field("limits", &self.limits).field("seen", &self.seen).finish_non_exhaustive()
    }
}

/// The part of a path that is left out, with what lies above it.
fn left_out(path: &str) -> Option<&str> {
    let mut end = 0;
    path.split('/').find_map(|part| {
        end += part.len();
        let found = name::LEFT_OUT.contains(&part).then(|| &path[..end]);
        end += 1;
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: EntryKind = EntryKind::File { executable: false };

    fn small() -> Limits {
        Limits { entries: 4, file_bytes: 10, total_bytes: 20, ..Limits::default() }
    }

    /// Adds all, and returns what came in or the first refusal.
    fn intake(limits: Limits, entries: &[(&str, EntryKind, &str)]) -> Result<Intaken, Refused> {
        let mut progress = |_| {};
        let mut intake = Intake::new(limits, &mut progress);
        for (path, kind, content) in entries {
            intake.add(path.as_bytes(), *kind, content.as_bytes())?;
        }
        Ok(intake.finish())
    }

    #[test]
    fn what_is_harmless_comes_in() {
        let executable = EntryKind::File { executable: true };
        let came = intake(
            Limits::default(),
            &[
                ("COMPANY.md", FILE, "x"),
                ("agents", EntryKind::Folder, ""),
                ("agents/a/run.sh", executable, "y"),
                ("agents/a", EntryKind::Folder, ""),
                ("agents/.gitkeep", FILE, ""),
                (".github/workflows/ci.yml", FILE, "z"),
                (".github/x", FILE, "z"),
            ],
        )
        .unwrap();
        assert_eq!(came.tree.keys().collect::<Vec<_>>(), ["COMPANY.md", "agents/a/run.sh"]);
        assert!(came.tree["agents/a/run.sh"].executable);
        assert_eq!(came.left_out.iter().collect::<Vec<_>>(), [".github", "agents/.gitkeep"]);
    }

    #[test]
    fn what_is_not_is_refused_with_its_name() {
        type Entries<'e> = &'e [(&'e str, EntryKind, &'e str)];
        let cases: &[(Entries<'_>, &str)] = &[
            (&[("a", EntryKind::Symlink, "")], "`a` is refused: it is a symbolic link; a package consists of files"),
            (&[("a", EntryKind::HardLink, "")], "`a` is refused: it is a hard link; a package consists of files"),
            (
                &[("a", EntryKind::Submodule, "")],
                "`a` is refused: it is a submodule; its content is not in this repository",
            ),
            (
                &[("a", EntryKind::Special, "")],
                "`a` is refused: it is a device, a pipe or something else that is not a file",
            ),
            (&[("a", FILE, ""), ("a", FILE, "")], "`a` is refused: it is there twice"),
            (
                &[("agents/A/x", FILE, ""), ("agents/a/y", FILE, "")],
                "`agents/a/y` is refused: on some file systems it is the same as `agents/A`",
            ),
            (
                &[("\u{e9}", FILE, ""), ("e\u{301}", FILE, "")],
                "`e\\u{301}` is refused: on some file systems it is the same as `é`",
            ),
            (&[("a", FILE, ""), ("a/b", FILE, "")], "`a/b` is refused: `a` is a file, and cannot be a folder too"),
            (&[("a/b", FILE, ""), ("a", FILE, "")], "`a` is refused: `a` is a file, and cannot be a folder too"),
            (
                &[("a", EntryKind::Folder, ""), ("a", FILE, "")],
                "`a` is refused: `a` is a file, and cannot be a folder too",
            ),
            (
                &[("1", FILE, ""), ("2", FILE, ""), ("3", FILE, ""), ("4/", EntryKind::Folder, "")],
                "`4/` is refused: a part of its path is empty",
            ),
            (
                &[("1", FILE, ""), ("2", FILE, ""), ("3", FILE, ""), ("4", EntryKind::Folder, ""), ("5", FILE, "")],
                "`5` is refused: the package has more than 4 entries",
            ),
            (&[("a", FILE, "12345678901")], "`a` is refused: it is larger than 10 bytes"),
            (
                &[("a", FILE, "1234567890"), ("b", FILE, "1234567890"), ("c", FILE, "1")],
                "`c` is refused: with it the package is larger than 20 bytes",
            ),
            (
                &[("a\u{1b}[31m\nb", FILE, "")],
                "`a\\u{1b}[31m\\nb` is refused: its name contains a control character or an invisible one",
            ),
        ];
        for (entries, expected) in cases {
            assert_eq!(intake(small(), entries).unwrap_err().to_string(), *expected);
        }
        let long = "x".repeat(5_000);
        let shown = intake(small(), &[(&long, FILE, "")]).unwrap_err().to_string();
        assert!(shown.len() < 250 && !shown.contains('\n'), "{shown}");
    }

    #[test]
    fn content_is_counted_whatever_was_claimed() {
        let mut progress = |_| {};
        for (claimed, content, expected) in [
            (Some(11), "1", Some(Reason::TooLarge { max: 10 })),
            (Some(u64::MAX), "1", Some(Reason::TooLarge { max: 10 })),
            (Some(1), "12", Some(Reason::Lied { claimed: 1, found: 2 })),
            (Some(3), "12", Some(Reason::Lied { claimed: 3, found: 2 })),
            (Some(2), "12345678901", Some(Reason::TooLarge { max: 10 })),
            (None, "12345678901", Some(Reason::TooLarge { max: 10 })),
            (Some(2), "12", None),
        ] {
            let mut intake = Intake::new(small(), &mut progress);
            let outcome = match intake.admit(b"a", FILE, claimed) {
                Ok(slot) => intake.fill(slot.unwrap(), &mut content.as_bytes()),
                Err(refused) => Err(refused),
            };
            assert_eq!(outcome.map_err(|refused| refused.reason).err(), expected, "{claimed:?} {content}");
        }
    }

    #[test]
    fn an_endless_file_is_left_at_the_limit() {
        for (file_bytes, expected) in
            [(1 << 20, Reason::TooLarge { max: 1 << 20 }), (1 << 30, Reason::Bomb { max: 100 })]
        {
            let mut read = 0;
            let mut progress = |seen: Seen| read = seen.bytes;
            let mut intake = Intake::new(Limits { file_bytes, ..Limits::default() }, &mut progress);
            intake.packed_into(1_000);
            let slot = intake.admit(b"a", FILE, None).unwrap().unwrap();
            assert_eq!(intake.fill(slot, &mut std::io::repeat(b'x')).unwrap_err().reason, expected);
            assert!(read <= 1 << 20);
        }
    }
}
