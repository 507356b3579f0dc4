//! `account`: the program runs as root, or in somebody else's folder.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use std::os::unix::fs::MetadataExt as _;

pub(super) static CHECK: Check = Check {
    code: "account",
    group: Group::Environment,
    summary: "you are root, or the folder belongs to another account",
    docs: "\
As root, agents would run as root, and nothing keeps them in their folders; what root writes, others cannot change. In a
folder of another account git refuses to work (`safe.directory`), because the settings in it are somebody else's.

Use an account of its own for companies, and `chown -R` what belongs to the wrong one.
",
    invariant: false,
    look,
    fix: None,
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let uid = rustix::process::geteuid();
    if uid.is_root() {
        found.push(
            Finding::new(&CHECK, Severity::Warning, "this account", "you are root, and agents would be too")
                .help("use an account of its own for companies: `useradd -m corp && su - corp`"),
        );
    }
    for folder in [scene.root.clone(), scene.root.join(".git")] {
        let Ok(metadata) = std::fs::metadata(&folder) else { continue };
        if metadata.uid() != uid.as_raw() {
            let what = format!("it belongs to the account {}, and you are {}", metadata.uid(), uid.as_raw());
            let help = format!("chown -R {} {}", uid.as_raw(), scene.root.display());
            found.push(Finding::new(&CHECK, Severity::Warning, folder.display().to_string(), what).help(help));
            return;
        }
    }
}
