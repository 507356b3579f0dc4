//! `secret-source`: where a secret's value is cannot be told, or a version is named that is not there.

use super::Rule;
use super::index::Index;
use super::wording::shown;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::format::kind::{SecretFile, VersionStatus};
use crate::format::layout;

pub(super) static RULE: Rule = Rule {
    code: "secret-source",
    severity: Severity::Error,
    summary: "where a secret's value is cannot be told",
    docs: "\
What `secrets/<NAME>.yaml` says about where the value is does not agree: a `provider` that is not that of its vault, a
`command` without the program, a program for something else, or a binding to a version that is kept no more.

No run that needs it starts, since it would get another value than was meant, or none.

Say one thing:

```yaml
provider: command
reference: {command: [op, read, \"op://team/github/token\"]}
```

A value that lies in the company needs neither `provider` nor `reference`. Which versions there are is shown by
`corp secret history NAME`.
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for (path, secret) in &index.draft.secrets {
        let name = layout::locate(path).name;
        if let Some((key, message, help)) = source(index, secret) {
            found.push(Diagnostic::error(RULE.code, Place::value(path, key), message).help(help));
        }
        let kept = |wanted: u64| {
            secret
                .versions
                .iter()
                .flatten()
                .any(|version| version.version == Some(wanted) && version.status != Some(VersionStatus::Destroyed))
        };
        for (at, binding) in secret.bindings.iter().flatten().enumerate() {
            let Some(wanted) = binding.version.filter(|wanted| !kept(*wanted)) else { continue };
            let key = KeyPath::default().key("bindings").index(at).key("version");
            let message = format!("there is no version {wanted} of `{}`", shown(name));
            let diagnostic = Diagnostic::error(RULE.code, Place::value(path, key), message);
            found.push(diagnostic.help("name one that is kept, or leave it out for the latest"));
        }
    }
}

/// What of a secret's source does not agree: the key, what is wrong, what to do.
fn source(index: &Index<'_>, secret: &SecretFile) -> Option<(&'static str, String, &'static str)> {
    let provider = secret.provider.as_deref();
    let command = secret.reference.as_ref().is_some_and(|reference| reference.command.is_some());
    if let Some(vault) = &secret.vault
        && let Some(file) = index.draft.vaults.get(&format!("vaults/{vault}.yaml"))
        && let (Some(named), Some(its)) = (provider, file.provider.as_deref())
        && named != its
    {
        let message = format!("the vault `{vault}` is of `{}`, not of `{}`", shown(its), shown(named));
        return Some(("provider", message, "leave `provider` out: the vault says it"));
    }
    match provider {
        Some("command") if !command => {
            Some(("provider", "it is not said which command".to_owned(), "add `reference: {command: [PROGRAM, …]}`"))
        }
        Some("age") if secret.reference.is_some() || secret.vault.is_some() => Some((
            "provider",
            "it is here and elsewhere".to_owned(),
            "leave out `provider`, or `reference` and `vault`",
        )),
        Some(other) if command && other != "command" => Some((
            "provider",
            format!("a command is named, and the provider is `{}`", shown(other)),
            "write `provider: command`",
        )),
        _ => None,
    }
}
