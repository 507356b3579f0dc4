//! `rescued`: commits that were kept wait to be looked at.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use crate::store::reading::Reading as _;
use gix::bstr::ByteSlice as _;

pub(super) static CHECK: Check = Check {
    code: "rescued",
    group: Group::Repository,
    summary: "commits that the branch left behind were kept",
    docs: "\
When the branch is put elsewhere while something durable was not on it yet, or commits were only here, they are kept as
`refs/corp/rescue/…`. Nothing is applied again by itself.

Look at each, bring in what you want, then let it go:

```sh
git log -p refs/corp/rescue/12-0123456789ab
git cherry-pick refs/corp/rescue/12-0123456789ab
git update-ref -d refs/corp/rescue/12-0123456789ab
```
",
    invariant: false,
    look,
    fix: None,
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let Some(repository) = &scene.repository else { return };
    let Ok(references) = repository.references() else { return };
    for reference in references.prefixed("refs/corp/rescue/").into_iter().flatten().flatten() {
        let name = reference.name().as_bstr().to_str_lossy().into_owned();
        let commit = reference.try_id().and_then(|id| repository.read_commit(id.detach()).ok());
        let subject = commit
            .and_then(|commit| Some(commit.message().ok()?.summary().to_str_lossy().into_owned()))
            .unwrap_or_else(|| "it cannot be read".to_owned());
        let what = format!("a commit is kept there that the branch left behind: {subject}");
        let help = format!("git log -p {name}; when nothing of it is missing: git update-ref -d {name}");
        found.push(Finding::new(&CHECK, Severity::Warning, name, what).help(help));
    }
}
