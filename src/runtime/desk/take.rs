//! What was changed on a desk, when the run is over: read safely, within limits, and judged by nobody yet.

use super::beneath::{Below, What};
use super::repository::{blob_id, hex};
use super::{Desk, FILES_MAX};
use std::io;

/// Largest paper that is taken up, in bytes: more than an agent reads again.
pub const PAPER_BYTES_MAX: u64 = 256 << 10;

/// Largest other file that is kept, in bytes.
pub const KEPT_BYTES_MAX: u64 = 1 << 20;

/// Most bytes of everything that is taken up or kept of one run.
pub const ALL_BYTES_MAX: u64 = 32 << 20;

/// Most files that are taken up or kept of one run.
pub const CHANGES_MAX: usize = 500;

/// What an agent may plant in its desk's git for others to run or to read. We never do; it is told so.
const PLANTED: &[&str] = &[".git/objects/info/alternates", ".git/info/attributes", ".git/refs/replace", ".git/modules"];

/// The same: everything in this folder.
const HOOKS: &str = ".git/hooks";

/// One thing that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its path on the desk, which is its path in the company.
    pub path: String,
    /// The name git gives what it was; `None`: it was not there.
    pub base: Option<String>,
    /// What it is now.
    pub now: Now,
}

/// What a changed thing is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Now {
    /// These bytes.
    Bytes(Vec<u8>),
    /// It is gone.
    Gone,
    /// It is not taken, and why.
    Refused(String),
}

/// What was changed on `desk`, in order. `is_paper` tells the papers, which may be smaller, from the rest.
///
/// # Errors
/// What the system says.
pub fn changes(desk: &Desk, is_paper: impl Fn(&str) -> bool) -> io::Result<Vec<Change>> {
    let below = match Below::open(desk.folder()) {
        // A desk that was removed says nothing about what was on it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        below => below?,
    };
    let manifest = desk.manifest();
    let (met, _) = below.walk(FILES_MAX)?;
    let mut changes = Vec::new();
    let mut bytes_so_far = 0;
    let mut seen = std::collections::BTreeSet::new();
    for met in met {
        seen.insert(met.path.clone());
        let laid = manifest.files.get(&met.path);
        let base = laid.map(|laid| laid.id.clone());
        let now = match met.what {
            What::File(mark) if laid.is_some_and(|laid| laid.mark == mark) => continue,
            What::Odd(why) => Now::Refused(why.to_owned()),
            What::File(_) if changes.len() >= CHANGES_MAX => {
                Now::Refused(format!("more than {CHANGES_MAX} files were changed"))
            }
            What::File(_) => {
                let max = if is_paper(&met.path) { PAPER_BYTES_MAX } else { KEPT_BYTES_MAX };
                match below.read(&met.path, max) {
                    Ok(Some(bytes)) if base.as_deref() == Some(&hex(&blob_id(&bytes))) => continue,
                    Ok(Some(bytes)) if bytes_so_far + bytes.len() as u64 > ALL_BYTES_MAX => {
                        Now::Refused(format!("all changes together have more than {ALL_BYTES_MAX} bytes"))
                    }
                    Ok(Some(bytes)) => {
                        bytes_so_far += bytes.len() as u64;
                        Now::Bytes(bytes)
                    }
                    Ok(None) => continue,
                    Err(error) => Now::Refused(error.to_string()),
                }
            }
        };
        changes.push(Change { path: met.path, base, now });
    }
    for path in PLANTED.iter().copied().chain(below.names(HOOKS)?.iter().map(String::as_str)) {
        if below.is_there(path) {
            let why = "nothing of a desk's git is ever read, run or taken".to_owned();
            changes.push(Change { path: path.to_owned(), base: None, now: Now::Refused(why) });
        }
    }
    for (path, laid) in manifest.files.iter().filter(|(path, _)| !seen.contains(*path)) {
        changes.push(Change { path: path.clone(), base: Some(laid.id.clone()), now: Now::Gone });
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::super::repository::File;
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn changes_are_read_within_limits() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::at(folder.path().join("cto"));
        let file = |text: &str| File { bytes: text.as_bytes().to_vec(), executable: false };
        let laid = ["same", "changed", "gone", "touched", "big", "link"].map(|path| (path.to_owned(), file(path)));
        desk.lay("one", &BTreeMap::from(laid), "cto", 0).unwrap();
        assert_eq!(changes(&desk, |_| false).unwrap(), []);
        let at = |path: &str| desk.folder().join(path);
        std::fs::write(at("changed"), "new").unwrap();
        std::fs::write(at("touched"), "touched").unwrap();
        std::fs::remove_file(at("gone")).unwrap();
        std::fs::write(at("big"), vec![b'x'; 300 << 10]).unwrap();
        std::fs::remove_file(at("link")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", at("link")).unwrap();
        std::fs::create_dir(at("new")).unwrap();
        std::fs::write(at("new/one"), "1").unwrap();
        let found = changes(&desk, |path| path == "big").unwrap();
        let told: Vec<String> = found
            .iter()
            .map(|change| {
                let now = match &change.now {
                    Now::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                    Now::Gone => "gone".to_owned(),
                    Now::Refused(why) => why.clone(),
                };
                format!("{} {} {now}", change.path, if change.base.is_some() { "was" } else { "new" })
            })
            .collect();
        assert_eq!(
            told,
            [
                "big was it has more than 262144 bytes",
                "changed was new",
                "gone was gone",
                "link was it is a link",
                "new/one new 1"
            ]
        );
    }
}
