//! An agent's desk: a folder of its own with what it may read of the company and its own papers (`$AGENT_HOME`), as a small
//! git repository. The agent never sees the company's folder.
//!
//! A desk is laid before a run ([`Desk::lay`]), brought along when the run asks for it ([`Desk::refresh`]), and what was
//! changed on it is taken up when the run is over ([`take`](mod@take)). What we put there is written down beside the desk
//! ([`Manifest`]), where the agent cannot reach: only that says what was changed.

pub mod beneath;
pub mod repository;
pub mod take;

use crate::store::whole::{self, Lasts, Readers};
use beneath::{Below, Mark, What};
use repository::{File, Label, blob_id, hex};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Most things on a desk, in files: what an agent leaves beyond that is not looked at.
pub const FILES_MAX: usize = 20_000;

/// Largest file that is put on a desk, in bytes.
pub const FILE_BYTES_MAX: usize = 1 << 20;

/// A desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desk {
    folder: PathBuf,
}

/// What we put on a desk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The commit of the company it is from.
    pub revision: String,
    /// Each file, by path.
    pub files: BTreeMap<String, Laid>,
    /// The same of the desk's own git.
    #[serde(default)]
    pub git: BTreeMap<String, Laid>,
}

/// A file we put on a desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Laid {
    /// The name git gives its content.
    pub id: String,
    /// What changes of it when somebody writes it.
    pub mark: Mark,
}

/// What came of bringing a desk along.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Refreshed {
    /// Files that are new, changed, or gone.
    pub changed: Vec<String>,
    /// Files the agent changed itself, which stay as they are.
    pub yours: Vec<String>,
}

impl Desk {
    /// The desk in `folder`, there or not.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn manifest_place(&self) -> PathBuf {
        let mut name = self.folder.file_name().unwrap_or_default().to_owned();
        name.push(".json");
        self.folder.with_file_name(name)
    }

    /// What we put there last; of a desk that was never laid, nothing.
    pub fn manifest(&self) -> Manifest {
        let read = std::fs::read(self.manifest_place()).ok();
        read.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    fn write_down(&self, manifest: &Manifest) -> io::Result<()> {
        whole::write(&self.manifest_place(), &serde_json::to_vec(manifest)?, Lasts::UntilCrash, Readers::AsUsual)
    }

    /// Lays the desk for a run: exactly `files`, whatever was there. What an earlier run changed has been taken up.
    ///
    /// # Errors
    /// What the system says.
    pub fn lay(&self, revision: &str, files: &BTreeMap<String, File>, agent: &str, seconds: i64) -> io::Result<()> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let below = Below::open(&self.folder)?;
        let known = self.manifest();
        let (met, more) = below.walk(FILES_MAX)?;
        if more {
            return Err(io::Error::other(format!(
                "{} has more than {FILES_MAX} files; what is needed of them goes elsewhere, then the folder can go",
                self.folder.display()
            )));
        }
        let mut there: BTreeMap<&str, Mark> = BTreeMap::new();
        for met in &met {
            match met.what {
                What::File(mark) if files.contains_key(&met.path) => drop(there.insert(&met.path, mark)),
                What::File(_) | What::Odd(_) => below.remove(&met.path)?,
            }
        }
        let mut manifest = Manifest { revision: revision.to_owned(), ..Manifest::default() };
        let mut maker = below.maker();
        for (path, file) in files {
            let id = hex(&blob_id(&file.bytes));
            let laid = known.files.get(path).filter(|laid| laid.id == id && there.get(&**path) == Some(&laid.mark));
            let laid = match laid {
                Some(laid) => laid.clone(),
                None => Laid { mark: maker.make(path, &file.bytes, file.executable)?, id },
            };
            manifest.files.insert(path.clone(), laid);
        }
        let same = manifest.files == known.files;
        manifest.git = repository::write(&self.folder, &below, files, &Label { agent, seconds }, &known.git, same)?;
        if manifest.files == known.files && manifest.git == known.git {
            // What is there is of the earlier commit as well as of this one.
            return Ok(());
        }
        self.write_down(&manifest)
    }

    /// Writes other bytes over what the agent wrote into a file; what was laid there stays what it is compared with.
    ///
    /// # Errors
    /// What the system says.
    pub fn write_over(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        Below::open(&self.folder)?.write(path, bytes, false).map(drop)
    }

    /// Brings the desk along while a run is at it: what the agent has not touched becomes as it is in the company now. Its
    /// git is left alone, so that what came shows in it.
    ///
    /// # Errors
    /// What the system says.
    pub fn refresh(&self, revision: &str, files: &BTreeMap<String, File>) -> io::Result<Refreshed> {
        let below = Below::open(&self.folder)?;
        let mut manifest = self.manifest();
        let mut refreshed = Refreshed::default();
        let all: BTreeSet<String> = manifest.files.keys().chain(files.keys()).cloned().collect();
        for path in all {
            let laid = manifest.files.get(&path);
            let wanted = files.get(&path);
            let new = wanted.map(|file| hex(&blob_id(&file.bytes)));
            let now = below.read(&path, FILE_BYTES_MAX as u64 * 4);
            let now = match &now {
                Ok(bytes) => bytes.as_ref().map(|bytes| hex(&blob_id(bytes))),
                Err(_) => Some("something else".to_owned()),
            };
            let was = laid.map(|laid| laid.id.clone());
            if now == new {
                // It is so already; from now on that is what it is compared with.
                if let (Some(id), Some(mark)) = (new, below.mark(&path)) {
                    manifest.files.insert(path, Laid { id, mark });
                } else {
                    manifest.files.remove(&path);
                }
            } else if now != was {
                refreshed.yours.push(path);
            } else if let (Some(file), Some(id)) = (wanted, new) {
                let mark = below.write(&path, &file.bytes, file.executable)?;
                // Its new name changed it once more.
                let mark = below.mark(&path).unwrap_or(mark);
                manifest.files.insert(path.clone(), Laid { id, mark });
                refreshed.changed.push(path);
            } else {
                below.remove(&path)?;
                manifest.files.remove(&path);
                refreshed.changed.push(path);
            }
        }
        revision.clone_into(&mut manifest.revision);
        self.write_down(&manifest)?;
        Ok(refreshed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> BTreeMap<String, File> {
        let file = |text: &str| File { bytes: text.as_bytes().to_vec(), executable: false };
        list.iter().map(|(path, text)| ((*path).to_owned(), file(text))).collect()
    }

    #[test]
    fn a_desk_is_exactly_what_was_laid() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::at(folder.path().join("cto"));
        let read = |path: &str| std::fs::read_to_string(desk.folder().join(path)).ok();
        desk.lay("one", &files(&[("COMPANY.md", "a"), ("agents/cto/MEMORY.md", "b")]), "cto", 0).unwrap();
        assert_eq!(read("COMPANY.md").as_deref(), Some("a"));
        std::fs::write(desk.folder().join("COMPANY.md"), "mine").unwrap();
        std::fs::write(desk.folder().join("scratch"), "x").unwrap();
        std::os::unix::fs::symlink("/etc", desk.folder().join("etc")).unwrap();
        desk.lay("two", &files(&[("COMPANY.md", "a"), ("goals/x.md", "g")]), "cto", 0).unwrap();
        assert_eq!(read("COMPANY.md").as_deref(), Some("a"));
        assert_eq!((read("scratch"), read("etc/passwd"), read("agents/cto/MEMORY.md")), (None, None, None));
        assert_eq!(read("goals/x.md").as_deref(), Some("g"));
        assert_eq!(desk.manifest().files.keys().collect::<Vec<_>>(), ["COMPANY.md", "goals/x.md"]);
    }

    #[test]
    fn its_git_is_made_anew_unless_nobody_touched_it() {
        use std::os::unix::fs::MetadataExt as _;
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::at(folder.path().join("cto"));
        let at = |path: &str| desk.folder().join(".git").join(path);
        let (one, two) = (files(&[("a", "1")]), files(&[("a", "2")]));
        let number = |path: &str| std::fs::metadata(at(path)).unwrap().ino();
        let packs = || std::fs::read_dir(at("objects/pack")).unwrap().count();
        desk.lay("one", &one, "cto", 0).unwrap();
        let (head, index) = (number("HEAD"), number("index"));
        desk.lay("one", &one, "cto", 1).unwrap();
        assert_eq!((number("HEAD"), number("index")), (head, index));
        // Of what changes only that is written.
        desk.lay("two", &two, "cto", 2).unwrap();
        assert_eq!(number("HEAD"), head);
        assert_ne!(number("index"), index);
        assert_eq!(packs(), 2);
        // Whatever an agent does to it, it is as it was.
        let plants: [&dyn Fn(); 5] = [
            &|| std::fs::create_dir(at("hooks")).unwrap(),
            &|| std::fs::write(at("objects/info"), "x").unwrap(),
            &|| std::fs::write(at("config"), "[core]\n\tfsmonitor = x\n").unwrap(),
            &|| std::os::unix::fs::symlink("/etc/passwd", at("refs/heads/other")).unwrap(),
            &|| {
                std::fs::rename(at("objects"), at("../moved")).unwrap();
                std::os::unix::fs::symlink("../moved", at("objects")).unwrap();
            },
        ];
        let names = |path: &str| {
            let mut names: Vec<_> = std::fs::read_dir(at(path)).unwrap().map(|at| at.unwrap().file_name()).collect();
            names.sort();
            names
        };
        let config = std::fs::read_to_string(at("config")).unwrap();
        for plant in plants {
            plant();
            desk.lay("two", &two, "cto", 2).unwrap();
            assert_eq!(names(""), ["HEAD", "config", "index", "objects", "refs"]);
            assert_eq!(
                (names("objects"), names("refs"), names("refs/heads")),
                (vec!["pack".into()], vec!["heads".into()], vec!["main".into()])
            );
            assert!(std::fs::symlink_metadata(at("objects")).unwrap().is_dir());
            assert_eq!(std::fs::read_to_string(at("config")).unwrap(), config);
            assert_eq!(packs(), 2);
        }
    }

    #[test]
    fn a_refresh_brings_what_the_agent_has_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::at(folder.path().join("cto"));
        let first = files(&[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"), ("same", "1")]);
        desk.lay("one", &first, "cto", 0).unwrap();
        let put = |path: &str, text: &str| std::fs::write(desk.folder().join(path), text).unwrap();
        put("b", "mine");
        put("d", "2");
        let refreshed =
            desk.refresh("two", &files(&[("a", "2"), ("b", "2"), ("d", "2"), ("e", "2"), ("same", "1")])).unwrap();
        assert_eq!(
            (refreshed.changed, refreshed.yours),
            (["a", "c", "e"].map(str::to_owned).to_vec(), vec!["b".to_owned()])
        );
        let read = |path: &str| std::fs::read_to_string(desk.folder().join(path)).ok();
        assert_eq!(
            [read("a"), read("b"), read("c"), read("e")],
            [Some("2".to_owned()), Some("mine".to_owned()), None, Some("2".to_owned())]
        );
        // What is the agent's is compared with what it was, the rest with what it is now.
        let manifest = desk.manifest();
        assert_eq!(manifest.files["b"].id, hex(&blob_id(b"1")));
        assert_eq!(manifest.files["a"].id, hex(&blob_id(b"2")));
        assert_eq!(manifest.revision, "two");
    }
}
