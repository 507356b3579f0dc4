//! `alternates`: a part of the history lies in another folder.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use std::fs;

pub(super) static CHECK: Check = Check {
    code: "alternates",
    group: Group::Environment,
    summary: "objects are borrowed from another repository",
    docs: "\
The repository was cloned with `--shared` or `--reference`: objects it lacks are read from another folder
(`.git/objects/info/alternates`). When that folder goes, or git tidies it, a part of this company's history is gone, and
nothing here can tell beforehand.

Copy what is borrowed, then stop borrowing:

```sh
git repack -a -d && rm .git/objects/info/alternates
```
",
    invariant: false,
    look,
    fix: None,
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let Some(git_dir) = scene.git_dir() else { return };
    let Ok(text) = fs::read_to_string(git_dir.join("objects/info/alternates")) else { return };
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        found.push(
            Finding::new(&CHECK, Severity::Warning, line, "objects are borrowed from there; if it goes, history goes")
                .help("git repack -a -d && rm .git/objects/info/alternates"),
        );
    }
}
