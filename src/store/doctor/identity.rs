//! `identity`: git does not know who you are.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use crate::store::found;

pub(super) static CHECK: Check = Check {
    code: "identity",
    group: Group::Environment,
    summary: "git has no name and address for you",
    docs: "\
What you change becomes a commit in your name. Without `user.name` and `user.email` it gets the login name of this machine,
and the board (`corp.yaml`, matched by address) does not know that it was you.

```sh
git config --global user.name \"Ada Lovelace\"
git config --global user.email ada@example.com
```
",
    invariant: false,
    look,
    fix: None,
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let own = scene.repository.as_ref().is_some_and(|repository| {
        let config = repository.config_snapshot();
        config.string("user.name").is_some() && config.string("user.email").is_some()
    });
    if !own && found::identity().is_none() {
        found.push(
            Finding::new(&CHECK, Severity::Note, "git config", "git has no name and address for you")
                .help("git config --global user.name NAME; git config --global user.email ADDRESS"),
        );
    }
}
