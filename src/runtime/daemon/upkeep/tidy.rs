//! The chores: what keeps a company quick over the years, and whether it is sound.

use super::Came;
use crate::diag::Severity;
use crate::store::archive::{self, Plan};
use crate::store::doctor::{self, Ask, Depth, Group};
use crate::store::pack;
use crate::store::writer::{Options, Writer};
use jiff::Timestamp;
use std::path::Path;

/// Loose bytes from which packing is worth a process, in bytes: a thousand objects.
const LOOSE_BYTES_MIN: u64 = 4 << 20;

/// How much lower than everything else a chore runs, in steps of `nice`.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Lets everything else go before this thread and what it starts. Only Linux tells threads apart there.
pub(in crate::runtime::daemon) fn lower_priority() {
    #[cfg(target_os = "linux")]
    {
        // A system that refuses does it at the usual priority.
        let _lowered = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
    }
}

/// Lets the folders of closed tickets leave the work tree that may.
pub(super) fn archive(root: &Path, mut plan: Plan) -> Came {
    // What left before is in force all the same, and nothing is to be done about it.
    plan.leave.retain(|bucket, _| root.join("tickets").join(bucket).is_dir());
    if plan.leave.is_empty() {
        return Came::Done(None);
    }
    let left = Writer::open(Options::of(root)).and_then(|mut writer| archive::leave(&mut writer, &plan));
    match left {
        Ok(shelved) => {
            let said = shelved.gone.first().map(|first| match shelved.gone.len() {
                1 => format!("tickets/{first} left the work tree"),
                many => format!("tickets/{first} and {} more folders left the work tree", many - 1),
            });
            Came::Done(said)
        }
        Err(error) => Came::Wrong(format!("{error}; see: corp archive")),
    }
}

/// Packs, if there is enough to pack, or many packs.
pub(super) fn pack(root: &Path) -> Came {
    let git_dir = root.join(".git");
    let enough = pack::loose(&git_dir).map(|loose| loose.bytes >= LOOSE_BYTES_MIN);
    let packed =
        enough.and_then(|enough| if enough { pack::repack(&git_dir).map(Some) } else { pack::gather(&git_dir) });
    match packed {
        Ok(None) => Came::Done(None),
        Ok(Some(packed)) => Came::Done(Some(format!("packed {} objects", packed.before.objects))),
        Err(error) => Came::Wrong(format!("{error}; see: corp repack")),
    }
}

/// Looks at what changes from day to day and costs little to look at.
pub(super) fn look(root: &Path, now: Timestamp) -> Came {
    let groups = vec![Group::Environment, Group::Repository];
    let found = doctor::examine(&Ask { depth: Depth::Quick, groups, ..Ask::all(root, now) });
    let mut serious = found.iter().filter(|finding| finding.severity != Severity::Note);
    let Some(first) = serious.next() else { return Came::Done(None) };
    let more = serious.count();
    let more = if more == 0 { String::new() } else { format!(", and {more} more") };
    Came::Wrong(format!("{}: {}{more}; see: corp doctor", first.place, first.what))
}
