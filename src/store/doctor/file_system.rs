//! `file-system`: the company lies where locks or notices get lost.

use super::{Check, Finding, Group, Scene};
#[cfg(target_os = "linux")]
use crate::diag::Severity;

pub(super) static CHECK: Check = Check {
    code: "file-system",
    group: Group::Environment,
    summary: "the company lies on a network or foreign file system",
    docs: "\
One writer at a time is ensured by a kernel lock, and edits are noticed by the kernel's notices. Over NFS, SMB, 9p (WSL,
virtual machines), FUSE and their like, a lock may not reach the other machine, and a notice of its edits never comes. Two
machines on one folder would then write at the same time.

Keep the company on a disk of this machine, and let other machines have clones of their own.
",
    invariant: false,
    look,
    fix: None,
};

/// Kinds of file systems that lose locks or notices, by the number Linux has for them.
#[cfg(target_os = "linux")]
const KINDS: [(u64, &str); 10] = [
    (0x6969, "NFS"),
    (0xff53_4d42, "SMB"),
    (0xfe53_4d42, "SMB"),
    (0x517b, "SMB"),
    (0x0102_1997, "9p"),
    (0x6573_5546, "FUSE"),
    (0x00c3_6400, "Ceph"),
    (0x5346_414f, "AFS"),
    (0x0bd0_0bd0, "Lustre"),
    (0x786f_4256, "a folder shared with a virtual machine"),
];

#[cfg(target_os = "linux")]
fn look(scene: &Scene, found: &mut Vec<Finding>) {
    for folder in [scene.root.clone(), scene.root.join(".git")] {
        let Ok(system) = rustix::fs::statfs(&folder) else { continue };
        let number = u64::try_from(system.f_type).unwrap_or(0) & 0xffff_ffff;
        if let Some((_, name)) = KINDS.iter().find(|(kind, _)| *kind == number) {
            let what = format!("it lies on {name}, where locks and change notices can get lost");
            found.push(
                Finding::new(&CHECK, Severity::Warning, folder.display().to_string(), what)
                    .help("keep the company on a disk of this machine; other machines `git clone` it"),
            );
            return;
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn look(_: &Scene, _: &mut Vec<Finding>) {}
