//! Keeping what is not committed in a workspace: a commit in our mirror upon the branch's newest one, with every file as it
//! lies there. Nothing of the folder's own git is asked: its files are read, and its `.gitignore`s for what is not work.

use super::Plan;
use crate::store::reading::Reading as _;
use gix::bstr::{BString, ByteSlice as _};
use gix::objs::tree::EntryKind;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, openat, readlinkat, statat};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Runs may write where this reads: nothing is opened through a link, and no pipe is waited for.
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const FILE: OFlags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// Most files that are kept at a time; a folder with more that are neither committed nor ignored holds no work of an agent.
const FILES_MAX: usize = 20_000;

/// Most bytes that are kept at a time.
const BYTES_MAX: u64 = 1 << 30;

/// What was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rescued {
    /// The name to keep it under.
    pub reference: String,
    /// The commit that holds it.
    pub commit: String,
    /// How many files differ from what is committed.
    pub files: usize,
}

impl Rescued {
    /// For whoever reads the ticket.
    pub(super) fn words(&self, folder: &Path, mirror: &Path) -> String {
        let Self { reference, files, .. } = self;
        let (what, are) = if *files == 1 { ("1 file", "is") } else { (&*format!("{files} files"), "are") };
        format!(
            "{what} in {} {are} not committed. The folder stays as it is, and a copy is kept: `git -C {} show {reference}`.",
            folder.display(),
            mirror.display()
        )
    }
}

struct Walk<'r> {
    repository: &'r gix::Repository,
    committed: BTreeMap<BString, (EntryKind, gix::ObjectId)>,
    ignored: gix::worktree::Stack,
    changed: BTreeMap<BString, Option<(EntryKind, gix::ObjectId)>>,
    bytes: u64,
}

/// Keeps what differs from the commit `head` in the workspace of `plan`, in the repository `mirror`. `None`: nothing does.
///
/// # Errors
/// Why it could not be kept, in words.
pub(super) fn rescue(plan: &Plan, mirror: &Path, head: &str) -> Result<Option<Rescued>, String> {
    let repository = gix::open_opts(mirror, gix::open::Options::isolated()).map_err(words)?;
    let head = gix::ObjectId::from_hex(head.as_bytes()).map_err(words)?;
    let tree = repository.read_tree_of(head).map_err(words)?;
    let mut committed = BTreeMap::new();
    for entry in tree.traverse().breadthfirst.files().map_err(words)? {
        committed.insert(entry.filepath, (entry.mode.kind(), entry.oid));
    }
    let ignore = gix::worktree::stack::state::Ignore::new(
        gix::ignore::Search::default(),
        gix::ignore::Search::default(),
        None,
        gix::worktree::stack::state::ignore::Source::WorktreeThenIdMappingIfNotSkipped,
        gix::worktree::stack::state::ignore::ParseIgnore::default(),
    );
    let ignored = gix::worktree::Stack::new(
        &plan.folder,
        gix::worktree::stack::State::IgnoreStack(ignore),
        gix::glob::pattern::Case::Sensitive,
        Vec::new(),
        Vec::new(),
    );
    let mut walk = Walk { repository: &repository, committed, ignored, changed: BTreeMap::new(), bytes: 0 };
    let folder = openat(CWD, &plan.folder, FOLDER, Mode::empty()).map_err(words)?;
    walk.folder(&folder, &BString::default())?;
    // What is committed and was not met is gone.
    let gone: Vec<BString> = walk
        .committed
        .iter()
        .filter(|(_, (kind, _))| *kind != EntryKind::Commit)
        .map(|(path, _)| path.clone())
        .collect();
    walk.changed.extend(gone.into_iter().map(|path| (path, None)));
    let changed = walk.changed;
    if changed.is_empty() {
        return Ok(None);
    }
    let mut editor = repository.edit_tree(tree.id).map_err(words)?;
    for (path, now) in &changed {
        match now {
            Some((kind, id)) => drop(editor.upsert(path.as_bstr(), *kind, *id).map_err(words)?),
            None => drop(editor.remove(path.as_bstr()).map_err(words)?),
        }
    }
    let tree = editor.write().map_err(words)?.detach();
    // Without a time of its own the same files make the same commit, however often it is looked.
    let who =
        gix::actor::Signature { name: "corp".into(), email: "corp@localhost".into(), time: gix::date::Time::new(0, 0) };
    let commit = gix::objs::Commit {
        tree,
        parents: [head].into_iter().collect(),
        author: who.clone(),
        committer: who,
        encoding: None,
        message: format!("what was not committed in the workspace of {} after {}\n", plan.name, plan.run).into(),
        extra_headers: Vec::new(),
    };
    let commit = repository.write_object(&commit).map_err(words)?.detach();
    let reference = format!("refs/rescue/{}/{}", plan.name, plan.run);
    Ok(Some(Rescued { reference, commit: commit.to_string(), files: changed.len() }))
}

impl Walk<'_> {
    fn folder(&mut self, folder: &OwnedFd, below: &BString) -> Result<(), String> {
        let mut names: Vec<CString> = Vec::new();
        for entry in Dir::read_from(folder).map_err(words)? {
            names.push(entry.map_err(words)?.file_name().to_owned());
        }
        names.sort();
        for name in names {
            if matches!(name.to_bytes(), b"." | b"..") || name.to_bytes().eq_ignore_ascii_case(b".git") {
                continue;
            }
            let mut path = below.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(name.to_bytes());
            let found = statat(folder, &name, AtFlags::SYMLINK_NOFOLLOW).map_err(words)?;
            if FileType::from_raw_mode(found.st_mode).is_dir() {
                // A folder that is ignored may hold what is committed all the same.
                let mut inside = path.clone();
                inside.push(b'/');
                let holds =
                    self.committed.range(inside.clone()..).next().is_some_and(|(known, _)| known.starts_with(&inside));
                if holds || !self.is_ignored(&path, true)? {
                    let inside = openat(folder, &name, FOLDER, Mode::empty()).map_err(words)?;
                    self.folder(&inside, &path)?;
                }
                continue;
            }
            self.file(folder, &name, path)?;
        }
        Ok(())
    }

    fn file(&mut self, folder: &OwnedFd, name: &CString, path: BString) -> Result<(), String> {
        let known = self.committed.remove(&path);
        if known.is_none() && self.is_ignored(&path, false)? {
            return Ok(());
        }
        let (kind, bytes) = match openat(folder, name, FILE, Mode::empty()) {
            Err(Errno::LOOP) => (EntryKind::Link, readlinkat(folder, name, Vec::new()).map_err(words)?.into_bytes()),
            // A socket holds nothing.
            Err(Errno::NXIO) => return Ok(()),
            Err(error) => return Err(words(error)),
            // Only what is open is certain to be what it is.
            Ok(open) => {
                let file = File::from(open);
                let found = file.metadata().map_err(words)?;
                if !found.is_file() {
                    // Nor does a pipe.
                    return Ok(());
                }
                if self.bytes.saturating_add(found.len()) > BYTES_MAX && known.is_none() {
                    return Err(format!("it has more than {BYTES_MAX} bytes"));
                }
                let is_program = found.permissions().mode() & 0o100 != 0;
                let mut bytes = Vec::new();
                (&file).take(BYTES_MAX).read_to_end(&mut bytes).map_err(words)?;
                (if is_program { EntryKind::BlobExecutable } else { EntryKind::Blob }, bytes)
            }
        };
        let id =
            gix::objs::compute_hash(self.repository.object_hash(), gix::objs::Kind::Blob, &bytes).map_err(words)?;
        if known == Some((kind, id)) {
            return Ok(());
        }
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        if self.changed.len() >= FILES_MAX {
            return Err(format!("more than {FILES_MAX} files are not committed"));
        }
        self.repository.write_blob(&bytes).map_err(words)?;
        self.changed.insert(path, Some((kind, id)));
        Ok(())
    }

    fn is_ignored(&mut self, path: &BString, is_folder: bool) -> Result<bool, String> {
        let mode = if is_folder { gix::index::entry::Mode::DIR } else { gix::index::entry::Mode::FILE };
        let found = self.ignored.at_entry(path.as_bstr(), Some(mode), &self.repository.objects).map_err(words)?;
        Ok(found.is_excluded())
    }
}

fn words(error: impl std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = error.source();
    }
    text
}
