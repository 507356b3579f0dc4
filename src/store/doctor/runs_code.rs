//! `runs-code`: the repository makes git run something.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use crate::store::writer;
use gix::bstr::ByteSlice as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

pub(super) static CHECK: Check = Check {
    code: "runs-code",
    group: Group::Environment,
    summary: "hooks or settings of this repository run programs",
    docs: "\
Settings in `.git/config` and files in `.git/hooks` make git run programs: hooks, file system monitors, filters, diff and merge
drivers, pagers, transports. `corp` runs none of them, but your `git` does, with your rights, the next time you type
`git status`. Whoever can write into the folder can write them.

What you made yourself is fine. Take away what you do not know:

```sh
git config --local --unset core.fsmonitor
```

`corp`'s own merge driver is not told.
",
    invariant: false,
    look,
    fix: None,
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let Some(git_dir) = scene.git_dir() else { return };
    for (path, file) in writer::own_settings(git_dir).unwrap_or_default() {
        for section in file.sections() {
            let name = section.header().name().to_str_lossy().to_ascii_lowercase();
            let part = section.header().subsection_name().map(|part| part.to_str_lossy().into_owned());
            for (key, value) in section.body() {
                let (key, value) = (key.to_string(), value.to_str_lossy().into_owned());
                if runs(&name, part.as_deref(), &key.to_ascii_lowercase(), &value) {
                    let full = match &part {
                        Some(part) => format!("{name}.{part}.{key}"),
                        None => format!("{name}.{key}"),
                    };
                    let file = path.file_name().unwrap_or_default().to_string_lossy();
                    // The value may hold a password, as addresses of proxies do.
                    let what = format!("`{full}` makes git run a program or read other settings");
                    let help = format!("if you did not set it: git config --file .git/{file} --unset-all {full}");
                    found.push(Finding::new(&CHECK, Severity::Warning, format!(".git/{file}"), what).help(help));
                }
            }
        }
    }
    for entry in fs::read_dir(git_dir.join("hooks")).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let runs =
            fs::metadata(entry.path()).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0);
        if runs && !name.ends_with(".sample") {
            let what = format!("git runs the hook `{name}`");
            let help = format!("if you did not make it: rm .git/hooks/{name}");
            found.push(Finding::new(&CHECK, Severity::Warning, format!(".git/hooks/{name}"), what).help(help));
        }
    }
}

/// Whether a setting makes git run something that the repository names.
fn runs(section: &str, part: Option<&str>, key: &str, value: &str) -> bool {
    let is_switch = matches!(value.to_ascii_lowercase().as_str(), "" | "true" | "false" | "yes" | "no" | "on" | "off");
    match (section, key) {
        ("core", "fsmonitor") => !is_switch,
        (
            "core",
            "hookspath"
            | "sshcommand"
            | "gitproxy"
            | "askpass"
            | "editor"
            | "pager"
            | "alternaterefscommand"
            | "attributesfile",
        )
        | ("sequence", "editor")
        | ("diff", "external" | "command" | "textconv")
        | ("filter", "clean" | "smudge" | "process")
        | ("credential", "helper")
        | ("gpg", "program" | "defaultkeycommand")
        | ("remote", "uploadpack" | "receivepack" | "vcs")
        | ("include" | "includeif", "path")
        | ("uploadpack", "packobjectshook")
        | ("interactive", "difffilter")
        | ("difftool" | "mergetool" | "browser" | "man" | "trailer" | "guitool", "cmd" | "command") => true,
        ("merge", "driver") => part != Some("corp"),
        ("pager", _) => !is_switch,
        ("alias", _) => value.trim_start().starts_with('!'),
        ("submodule", "update") => value.trim_start().starts_with('!'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_is_told_from_what_does_not() {
        for (section, part, key, value, expected) in [
            ("core", None, "hookspath", "x", true),
            ("core", None, "fsmonitor", "./x", true),
            ("core", None, "fsmonitor", "true", false),
            ("core", None, "bare", "false", false),
            ("filter", Some("lfs"), "clean", "git-lfs clean", true),
            ("merge", Some("corp"), "driver", "corp merge-driver", false),
            ("merge", Some("evil"), "driver", "x", true),
            ("alias", None, "st", "status", false),
            ("alias", None, "st", "!x", true),
            ("includeif", Some("gitdir:/x"), "path", "y", true),
            ("remote", Some("origin"), "url", "ssh://x", false),
            ("remote", Some("origin"), "uploadpack", "x", true),
        ] {
            assert_eq!(runs(section, part, key, value), expected, "{section}.{key}={value}");
        }
    }
}
