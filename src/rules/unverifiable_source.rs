//! `unverifiable-source`: nobody can tell what a source was.

use super::Rule;
use super::index::Index;
use super::wording::shown;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::kind::{Source, SourceKind};

pub(super) static RULE: Rule = Rule {
    code: "unverifiable-source",
    severity: Severity::Warning,
    summary: "a source is pinned to neither a commit nor a digest",
    docs: "\
A record under `sources` or `metadata.sources` points at a repository or an address, and has neither a `commit` (40
hexadecimal digits), nor a `sha256`, nor a git `blob`.

A branch or an address is something else tomorrow. Whoever fetches it again gets other instructions for your agents, and
nobody can tell what was looked at when the package was made.

Pin it:

```yaml
sources:
  - {kind: github-file, repo: acme/papers, path: style.md, commit: 6254154899f510eb4a4de10561fecfc1f32ff17f}
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for (file, at, source) in index.draft.sources() {
        if !is_elsewhere(source) || is_pinned(source) {
            continue;
        }
        let (path, message) = match &source.commit {
            Some(commit) => (at.path().key("commit"), format!("`{}` is a name, not a commit: it moves", shown(commit))),
            None => (at.path(), "this source is pinned to no commit and no digest".to_owned()),
        };
        let diagnostic = Diagnostic::warning(RULE.code, Place::value(file, path), message);
        found.push(diagnostic.help("add `commit:` with 40 hexadecimal digits, or `sha256:` of the content"));
    }
}

fn is_elsewhere(source: &Source) -> bool {
    match source.kind {
        Some(SourceKind::LocalFile | SourceKind::LocalDir) => false,
        Some(SourceKind::GithubFile | SourceKind::GithubDir | SourceKind::Url) => true,
        None => source.repo.is_some() || source.url.is_some() || source.raw_url.is_some(),
    }
}

fn is_pinned(source: &Source) -> bool {
    let hexadecimal = |text: &Option<String>, digits: usize| {
        text.as_ref().is_some_and(|text| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    hexadecimal(&source.commit, 40) || hexadecimal(&source.sha256, 64) || hexadecimal(&source.blob, 40)
}
