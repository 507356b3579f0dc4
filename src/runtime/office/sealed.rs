//! Sealed records: what they come to is folded into a [`Snapshot`] once, and then their lines are let go of. Whoever wants
//! one of them reads its file again. A company has very many of them, and no question but "what was that run" needs a line.
//!
//! What they come to is also kept in the machine's state, so that whoever opens the company next reads those that are new. It is
//! believed only of the very files it was made from, and of this very program; without it, all are read.

use super::Office;
use crate::format::document::{self, Document};
use crate::format::kind::LedgerLine;
use crate::format::layout::{self, Kind};
use crate::format::snapshot::{self as reading, Line};
use crate::model::Snapshot;
use crate::model::local::LocalFacts;
use crate::model::snapshot::Folded;
use crate::runtime::place::Place;
use crate::store::force::{Force, ForceError, Records};
use crate::store::history::Id;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// From how many lines on that nobody kept it is worth writing anew what they come to: the reading of that many takes some tens of
/// milliseconds.
const WORTH_LINES: usize = 2_048;

/// What sealed records came to, as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// The program that wrote it: another one may come to something else.
    program: Stamp,
    /// The files it was made from, by path, with git's name for what was in them.
    files: BTreeMap<String, Vec<u8>>,
    folded: Folded,
    /// Runs whose price is not known, each as its line.
    unpriced: Vec<String>,
}

/// What a program is told by from another of the same name: its length, and when and as what file it was written.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp(u64, i64, i64, u64);

impl Stamp {
    fn of(program: &Path) -> io::Result<Self> {
        let found = std::fs::metadata(program)?;
        Ok(Self(found.len(), found.mtime(), found.mtime_nsec(), found.ino()))
    }
}

impl Kept {
    fn place(place: &Place) -> PathBuf {
        place.state.join("sealed.fold")
    }

    /// What is kept; `None`: nothing, or nothing that can be gone on from.
    fn read(place: &Place, program: &Path) -> Option<Self> {
        let bytes = std::fs::read(Self::place(place)).ok()?;
        let (hash, said) = bytes.split_at_checked(32)?;
        if <[u8; 32]>::from(Sha256::digest(said)) != hash {
            return None;
        }
        let kept: Self = postcard::from_bytes(said).ok()?;
        (kept.program == Stamp::of(program).ok()?).then_some(kept)
    }

    fn write(&self, place: &Place) -> io::Result<()> {
        let said = postcard::to_stdvec(self).map_err(io::Error::other)?;
        let whole = Self::place(place);
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&place.state)?;
        let beside = whole.with_extension(format!("{}.new", std::process::id()));
        let mut file = std::fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(&Sha256::digest(&said))?;
        file.write_all(&said)?;
        std::fs::rename(beside, whole)
    }
}

/// Sealed records being folded.
struct Folding {
    sealed: Snapshot,
    /// Files that were folded before.
    known: BTreeMap<String, Vec<u8>>,
    /// How many of them are still there.
    met: usize,
    /// Files that were folded now.
    new: BTreeMap<String, Vec<u8>>,
    /// How many lines those had.
    lines: usize,
}

impl Folding {
    fn new(local: &LocalFacts) -> Self {
        let sealed = Snapshot::new(local.clone());
        Self { sealed, known: BTreeMap::new(), met: 0, new: BTreeMap::new(), lines: 0 }
    }

    fn upon(kept: Kept, local: &LocalFacts) -> Self {
        let mut sealed = Snapshot::upon(kept.folded, local.clone());
        for line in &kept.unpriced {
            // Its place says which kind of line it is.
            if let Document::Ledger(lines) = document::read("ledger/2000-01/01-1.jsonl", line).0 {
                reading::take_records(&mut sealed, &lines);
            }
        }
        Self { sealed, known: kept.files, ..Self::new(local) }
    }

    /// What is to be kept of it.
    fn kept(&self, program: &Path) -> io::Result<Kept> {
        let unpriced = self.sealed.sealed_runs().map(|run| reading::line_text(&Line::Run(Box::new(run.clone()))));
        Ok(Kept {
            program: Stamp::of(program)?,
            files: self.known.iter().chain(&self.new).map(|(path, id)| (path.clone(), id.clone())).collect(),
            folded: self.sealed.folded(),
            unpriced: unpriced.collect(),
        })
    }
}

impl Records for Folding {
    fn are_known(&mut self, path: &str, id: Id) -> bool {
        let known = self.known.get(path).is_some_and(|known| known == id.as_slice());
        self.met += usize::from(known);
        known
    }

    fn take(&mut self, path: &str, id: Id, lines: &[LedgerLine]) {
        reading::take_records(&mut self.sealed, lines);
        self.new.insert(path.to_owned(), id.as_slice().to_vec());
        self.lines += lines.len();
    }
}

/// The company in force, and what its sealed records come to.
pub(super) fn open(
    place: &Place,
    branch: &str,
    program: &Path,
    local: &LocalFacts,
) -> Result<(Force, Snapshot), ForceError> {
    let mut folding = match Kept::read(place, program) {
        Some(kept) => Folding::upon(kept, local),
        None => Folding::new(local),
    };
    let mut force = Force::load_with(&place.root, branch, &mut folding)?;
    if folding.met < folding.known.len() {
        // A file that was folded is another one now, or gone.
        folding = Folding::new(local);
        force = Force::load_with(&place.root, branch, &mut folding)?;
    }
    force.note_numbers(folding.sealed.highest());
    if folding.lines >= WORTH_LINES {
        // Whoever cannot keep it reads all of them the next time as well.
        drop(folding.kept(program).and_then(|kept| kept.write(place)));
    }
    let mut sealed = folding.sealed;
    // What is left are lines of broken files, which no version of a file holds.
    let broken: Vec<&String> = force.broken().keys().filter(|path| is_segment(path)).collect();
    for path in broken {
        reading::update(&mut sealed, force.draft(), path);
    }
    Ok((force, sealed))
}

/// The company as its sealed records alone tell it; their lines are gone from `force` afterwards.
pub(super) fn fold(force: &mut Force, local: &LocalFacts) -> Snapshot {
    let mut sealed = Snapshot::new(local.clone());
    let paths: Vec<String> = force.draft().ledger.keys().filter(|path| is_segment(path)).cloned().collect();
    for path in paths {
        take(&mut sealed, force, &path);
    }
    sealed
}

/// Takes in what a file of sealed records says now, and lets go of it.
pub(super) fn take(sealed: &mut Snapshot, force: &mut Force, path: &str) {
    reading::update(sealed, force.draft(), path);
    force.let_go(path);
}

/// Whether a file holds sealed records.
pub(super) fn is_segment(path: &str) -> bool {
    layout::locate(path).kind == Kind::LedgerSegment
}

impl Office {
    /// All lines of the ledger, one file after the other.
    pub(super) fn lines(&self) -> impl DoubleEndedIterator<Item = Vec<LedgerLine>> {
        self.force.draft().ledger.iter().map(|(path, lines)| {
            if !lines.is_empty() || !is_segment(path) {
                return lines.clone();
            }
            // What cannot be read now was folded all the same; only what asks for a line lacks it.
            let text = self.text(path).ok().flatten().unwrap_or_default();
            match document::read(path, &text).0 {
                Document::Ledger(lines) => lines,
                _ => Vec::new(),
            }
        })
    }
}
