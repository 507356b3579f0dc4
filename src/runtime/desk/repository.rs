//! The desk as a small git repository: one pack with one commit, a branch, and an index that fits the files.
//!
//! It is the agent's, to look back and to compare. Nothing of ours ever reads it again: it is made anew for every run, so
//! that what somebody planted in it (hooks, filters, another object folder) is gone with the run. What nobody touched since we
//! wrote it is not written once more: the making of a file is what costs most.

use super::Laid;
use super::beneath::Below;
use sha1::{Digest as _, Sha1};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::path::Path;

/// The name of a git object.
pub type Id = [u8; 20];

/// A file of the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What it says.
    pub bytes: Vec<u8>,
    /// Whether it can be run.
    pub executable: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Commit = 1,
    Tree = 2,
    Blob = 3,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
        }
    }
}

/// The name git gives a file of these bytes.
pub fn blob_id(bytes: &[u8]) -> Id {
    id(Kind::Blob, bytes)
}

fn id(kind: Kind, bytes: &[u8]) -> Id {
    let mut hash = Sha1::new();
    hash.update(format!("{} {}\0", kind.word(), bytes.len()));
    hash.update(bytes);
    hash.finalize().into()
}

/// A pack that grows.
struct Pack {
    bytes: Vec<u8>,
    /// By name: where it begins, and its checksum.
    objects: BTreeMap<Id, (u32, u32)>,
}

impl Pack {
    fn new() -> Self {
        // The count comes when it is known.
        Self { bytes: b"PACK\0\0\0\x02\0\0\0\0".to_vec(), objects: BTreeMap::new() }
    }

    fn put(&mut self, kind: Kind, bytes: &[u8]) -> io::Result<Id> {
        let id = id(kind, bytes);
        if self.objects.contains_key(&id) {
            return Ok(id);
        }
        let start = self.bytes.len();
        let mut size = bytes.len();
        let mut byte = ((kind as u8) << 4) | (size & 0xf) as u8;
        size >>= 4;
        while size > 0 {
            self.bytes.push(byte | 0x80);
            byte = (size & 0x7f) as u8;
            size >>= 7;
        }
        self.bytes.push(byte);
        // Speed counts, not size: it is read once or never.
        let mut deflate = flate2::write::ZlibEncoder::new(&mut self.bytes, flate2::Compression::fast());
        deflate.write_all(bytes)?;
        deflate.finish()?;
        let mut crc = flate2::Crc::new();
        crc.update(&self.bytes[start..]);
        let place = u32::try_from(start).map_err(|_| io::Error::other("a desk of more than 4 GiB"))?;
        self.objects.insert(id, (place, crc.sum()));
        Ok(id)
    }

    /// The pack and its index, and the name of both.
    fn finish(mut self) -> (Vec<u8>, Vec<u8>, String) {
        let count = u32::try_from(self.objects.len()).unwrap_or(u32::MAX);
        self.bytes[8..12].copy_from_slice(&count.to_be_bytes());
        let checksum: Id = Sha1::digest(&self.bytes).into();
        self.bytes.extend(checksum);
        let mut index = b"\xfftOc\0\0\0\x02".to_vec();
        let mut so_far = 0u32;
        let mut firsts = self.objects.keys().map(|id| id[0]).peekable();
        for first in 0..=u8::MAX {
            while firsts.next_if(|next| *next == first).is_some() {
                so_far += 1;
            }
            index.extend(so_far.to_be_bytes());
        }
        index.extend(self.objects.keys().flatten());
        index.extend(self.objects.values().flat_map(|(_, crc)| crc.to_be_bytes()));
        index.extend(self.objects.values().flat_map(|(place, _)| place.to_be_bytes()));
        index.extend(checksum);
        let own: Id = Sha1::digest(&index).into();
        index.extend(own);
        (self.bytes, index, hex(&checksum))
    }
}

/// In hexadecimal digits.
pub fn hex(id: &Id) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A folder on the way to a tree.
#[derive(Default)]
struct Folder<'f> {
    files: BTreeMap<&'f str, (bool, Id)>,
    folders: BTreeMap<&'f str, Self>,
}

impl Folder<'_> {
    fn put(&self, pack: &mut Pack) -> io::Result<Id> {
        // git sorts a folder as if its name ended with a slash.
        let mut entries: Vec<(String, &str, &'static str, Id)> = Vec::new();
        for (name, (executable, id)) in &self.files {
            entries.push(((*name).to_owned(), name, if *executable { "100755" } else { "100644" }, *id));
        }
        for (name, folder) in &self.folders {
            entries.push((format!("{name}/"), name, "40000", folder.put(pack)?));
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let mut bytes = Vec::new();
        for (_, name, mode, id) in entries {
            bytes.extend(mode.bytes());
            bytes.push(b' ');
            bytes.extend(name.bytes());
            bytes.push(0);
            bytes.extend(id);
        }
        pack.put(Kind::Tree, &bytes)
    }
}

/// What stands in the commit of a desk.
#[derive(Debug, Clone, Copy)]
pub struct Label<'l> {
    /// Whose desk it is.
    pub agent: &'l str,
    /// The time of the commit.
    pub seconds: i64,
}

/// Makes the repository of a desk that holds `files`, in place of any that is there, and says what it wrote. `known`: what it
/// wrote last; `same`: for the same files, which nobody touched since.
///
/// # Errors
/// What the system says.
pub fn write(
    desk: &Path,
    below: &Below,
    files: &BTreeMap<String, File>,
    label: &Label<'_>,
    known: &BTreeMap<String, Laid>,
    same: bool,
) -> io::Result<BTreeMap<String, Laid>> {
    let untouched = is_untouched(below, known);
    if untouched && same {
        return Ok(known.clone());
    }
    if !untouched {
        below.remove(".git")?;
    }
    let Label { agent, seconds } = label;
    let mut pack = Pack::new();
    let mut root = Folder::default();
    let mut ids = Vec::with_capacity(files.len());
    for (path, file) in files {
        let id = pack.put(Kind::Blob, &file.bytes)?;
        ids.push((path.as_str(), file.executable, id));
        let mut folder = &mut root;
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_some() {
                folder = folder.folders.entry(part).or_default();
            } else {
                folder.files.insert(part, (file.executable, id));
            }
        }
    }
    let tree = root.put(&mut pack)?;
    let commit = format!(
        "tree {}\nauthor corp <corp@localhost> {seconds} +0000\ncommitter corp <corp@localhost> {seconds} +0000\n\nthe \
         desk of {agent}\n",
        hex(&tree)
    );
    let commit = pack.put(Kind::Commit, commit.as_bytes())?;
    let (pack, index, name) = pack.finish();
    let config = format!(
        "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tautocrlf = false\n[user]\n\tname = {agent}\n\temail = \
         {agent}@localhost\n"
    );
    let parts = [
        (format!(".git/objects/pack/pack-{name}.pack"), pack),
        (format!(".git/objects/pack/pack-{name}.idx"), index),
        (".git/refs/heads/main".to_owned(), format!("{}\n", hex(&commit)).into_bytes()),
        (".git/config".to_owned(), config.into_bytes()),
        (".git/index".to_owned(), index_of(desk, &ids)),
        // Last: with it, it is a repository.
        (".git/HEAD".to_owned(), b"ref: refs/heads/main\n".to_vec()),
    ];
    let mut written = BTreeMap::new();
    let mut maker = below.maker();
    for (path, bytes) in parts {
        let id = hex(&blob_id(&bytes));
        let laid = match known.get(&path).filter(|laid| untouched && laid.id == id) {
            Some(laid) => laid.clone(),
            None => Laid { mark: maker.make(&path, &bytes, false)?, id },
        };
        written.insert(path, laid);
    }
    for path in known.keys().filter(|path| untouched && !written.contains_key(*path)) {
        below.remove(path)?;
    }
    Ok(written)
}

/// Whether a desk's git is exactly what was written last: the same folders with the same files in them, and nobody wrote one.
fn is_untouched(below: &Below, known: &BTreeMap<String, Laid>) -> bool {
    let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for path in known.keys() {
        let mut path = path.as_str();
        while let Some((folder, _)) = path.rsplit_once('/') {
            folders.entry(folder).or_default().insert(path);
            path = folder;
        }
    }
    !known.is_empty()
        && folders.iter().all(|(folder, inside)| {
            below.names(folder).is_ok_and(|names| names.iter().map(String::as_str).eq(inside.iter().copied()))
        })
        && known.iter().all(|(path, laid)| below.mark(path) == Some(laid.mark))
}

/// git's index (version 2), with what the file system says of each file, so that the first look costs nothing.
fn index_of(desk: &Path, files: &[(&str, bool, Id)]) -> Vec<u8> {
    use std::os::unix::fs::MetadataExt as _;
    let mut bytes = b"DIRC\0\0\0\x02".to_vec();
    bytes.extend(u32::try_from(files.len()).unwrap_or(u32::MAX).to_be_bytes());
    #[expect(clippy::cast_possible_truncation, reason = "git keeps the lower 32 bits of each")]
    for (path, executable, id) in files {
        let start = bytes.len();
        let mut word = |value: u32| bytes.extend(value.to_be_bytes());
        let found = std::fs::symlink_metadata(desk.join(path)).ok();
        let of = |value: &dyn Fn(&std::fs::Metadata) -> u64| found.as_ref().map_or(0, |found| value(found) as u32);
        word(of(&|found| found.ctime() as u64));
        word(of(&|found| found.ctime_nsec() as u64));
        word(of(&|found| found.mtime() as u64));
        word(of(&|found| found.mtime_nsec() as u64));
        word(of(&|found| found.dev()));
        word(of(&|found| found.ino()));
        word(if *executable { 0o100_755 } else { 0o100_644 });
        word(of(&|found| u64::from(found.uid())));
        word(of(&|found| u64::from(found.gid())));
        word(of(&|found| found.len()));
        bytes.extend(id);
        bytes.extend((path.len().min(0xfff) as u16).to_be_bytes());
        bytes.extend(path.bytes());
        // At least one zero, up to a multiple of eight.
        bytes.resize(start + (bytes.len() - start + 8) / 8 * 8, 0);
    }
    let checksum: Id = Sha1::digest(&bytes).into();
    bytes.extend(checksum);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "git itself judges what was written")]
    fn git_finds_nothing_wrong_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let below = Below::open(folder.path()).unwrap();
        let mut files = BTreeMap::new();
        for number in 0..60 {
            let text = format!("paper {number}\n").repeat(number * 10);
            let file = File { bytes: text.into_bytes(), executable: number % 7 == 0 };
            files.insert(format!("agents/cto/memory/{number}.md"), file);
        }
        // Sorted differently as files and as folders.
        for path in ["a", "a.b/c", "a/b", "a-b"].map(|name| format!("x/{name}")) {
            if path != "x/a" {
                files.insert(path, File { bytes: b"x".to_vec(), executable: false });
            }
        }
        for (path, file) in &files {
            below.write(path, &file.bytes, file.executable).unwrap();
        }
        std::fs::create_dir_all(folder.path().join(".git/hooks")).unwrap();
        std::fs::write(folder.path().join(".git/hooks/post-index-change"), "#!/bin/sh\n").unwrap();
        let label = Label { agent: "cto", seconds: 1_700_000_000 };
        write(folder.path(), &below, &files, &label, &BTreeMap::new(), false).unwrap();
        assert!(!folder.path().join(".git/hooks").exists());
        let git = |args: &[&str]| {
            let output = Command::new("git")
                .args(args)
                .current_dir(folder.path())
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GIT_CONFIG_SYSTEM", "/dev/null")
                .output()
                .unwrap();
            assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        };
        git(&["fsck", "--strict", "--no-dangling"]);
        assert_eq!(git(&["status", "--porcelain"]), "");
        assert_eq!(git(&["ls-files"]).lines().count(), files.len());
        assert_eq!(git(&["show", "HEAD:agents/cto/memory/2.md"]), "paper 2\n".repeat(20));
        std::fs::write(folder.path().join("x/a-b"), "y").unwrap();
        assert_eq!(git(&["diff", "--name-only"]), "x/a-b\n");
    }
}
