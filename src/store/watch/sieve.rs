//! What an event of the operating system hints at. Pure: events come in, hints go out.

use crate::store::hand;
use notify::Event;
use notify::event::{AccessKind, AccessMode, CreateKind, EventKind, ModifyKind, RemoveKind, RenameMode};
use std::path::Path;

/// What may have happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hint {
    /// Something at this path.
    Path(String),
    /// A folder came.
    Folder(String),
    /// A file or folder left this path.
    Left(String),
    /// Nobody knows what.
    Rescan,
}

/// Git's own files that tell of what people do with git, beside the branch.
const OF_GIT: [&str; 7] =
    ["HEAD", "packed-refs", "index", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge"];

/// Whether an event tells of reading only.
pub(super) fn is_noise(event: &Event) -> bool {
    let reads = matches!(event.kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write));
    reads && !event.need_rescan()
}

/// What `event` hints at in the company in `root`.
pub(super) fn hints(root: &Path, branch: &str, event: &Event) -> Vec<Hint> {
    if event.need_rescan() {
        return vec![Hint::Rescan];
    }
    let mut found = Vec::new();
    for path in &event.paths {
        let Some(path) = path.strip_prefix(root).ok().and_then(Path::to_str) else { continue };
        if path.is_empty() {
            continue;
        }
        if let Some(own) = path.strip_prefix(".git/") {
            if OF_GIT.contains(&own) || own.strip_prefix("refs/heads/") == Some(branch) {
                found.push(Hint::Path(path.to_owned()));
            }
            continue;
        }
        if hand::is_leftover(path) {
            continue;
        }
        match event.kind {
            EventKind::Create(CreateKind::Folder) => found.push(Hint::Folder(path.to_owned())),
            EventKind::Remove(RemoveKind::Folder) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
                found.push(Hint::Left(path.to_owned()));
            }
            // Of both names at once each was told alone already.
            EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => {}
            EventKind::Modify(ModifyKind::Name(_)) => {
                // It may be a folder with anything in it.
                found.push(Hint::Folder(path.to_owned()));
                found.push(Hint::Path(path.to_owned()));
            }
            EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write) => {}
            _ => found.push(Hint::Path(path.to_owned())),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{DataChange, Flag};

    #[test]
    fn events_become_hints() {
        let path = |path: &str| vec![Hint::Path(path.to_owned())];
        let close = EventKind::Access(AccessKind::Close(AccessMode::Write));
        let name = |mode| EventKind::Modify(ModifyKind::Name(mode));
        let data = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        let new_folder = EventKind::Create(CreateKind::Folder);
        for (kind, at, expected) in [
            (close, "agents/a.md", path("agents/a.md")),
            (data, "agents/a.md", path("agents/a.md")),
            (EventKind::Access(AccessKind::Open(AccessMode::Any)), "agents/a.md", vec![]),
            (EventKind::Access(AccessKind::Close(AccessMode::Read)), "agents/a.md", vec![]),
            (new_folder, "agents/x", vec![Hint::Folder("agents/x".into())]),
            (name(RenameMode::From), "agents/x", vec![Hint::Left("agents/x".into())]),
            (name(RenameMode::To), "agents/x", vec![Hint::Folder("agents/x".into()), Hint::Path("agents/x".into())]),
            (name(RenameMode::Both), "agents/x", vec![]),
            (EventKind::Remove(RemoveKind::File), "a.md", path("a.md")),
            // What editors leave behind, and what the writer puts beside a file for a moment.
            (close, "agents/.a.md.swp", vec![]),
            (close, "agents/a.md~", vec![]),
            (close, "agents/4913", vec![]),
            (close, "agents/#a.md#", vec![]),
            (EventKind::Create(CreateKind::Any), "agents/.#a.md", vec![]),
            (close, "agents/.corp-new-a.md", vec![]),
            // Of git's own only what tells that something moved.
            (name(RenameMode::To), ".git/HEAD", path(".git/HEAD")),
            (name(RenameMode::To), ".git/refs/heads/main", path(".git/refs/heads/main")),
            (name(RenameMode::To), ".git/refs/heads/other", vec![]),
            (close, ".git/index.lock", vec![]),
            (close, ".git/corp/lock", vec![]),
        ] {
            let event = Event::new(kind).add_path(Path::new("/c").join(at));
            assert_eq!(hints(Path::new("/c"), "main", &event), expected, "{kind:?} {at}");
        }
        let outside = Event::new(close).add_path("/elsewhere/a.md".into());
        assert_eq!(hints(Path::new("/c"), "main", &outside), []);
        let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert_eq!(hints(Path::new("/c"), "main", &lost), [Hint::Rescan]);
        assert!(!is_noise(&lost) && is_noise(&Event::new(EventKind::Access(AccessKind::Read))));
    }
}
