//! `fallback-account`: what an agent falls back on rests together with its own program.

use super::Rule;
use super::index::Index;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::format::kind::{Adapter, AgentSettings};
use crate::model::agent::Login;

pub(super) static RULE: Rule = Rule {
    code: "fallback-account",
    severity: Severity::Warning,
    summary: "an agent falls back on the account that rests",
    docs: "\
The `fallback` of an agent asks for models on the same account as its `adapter`: it is the same kind of program with the same
login. It is what an agent is while its own account was told to come back later, and that account it shares.

Name a program of another account; for models of the same account there is `adapter.fallbacks`, which the program itself turns to:

```yaml
adapter: {type: claude_local}
fallback: {type: codex_local}
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let defaults = index.draft.corp.as_ref().and_then(|corp| corp.defaults.as_ref());
    let all = defaults.map(|defaults| ("corp.yaml", KeyPath::from("defaults").key("fallback"), defaults));
    let each = index
        .draft
        .agent_settings
        .iter()
        .map(|(path, settings)| (path.as_str(), KeyPath::from("fallback"), &**settings));
    for (path, key, settings) in all.into_iter().chain(each) {
        let Some(fallback) = &settings.fallback else { continue };
        let own = |settings: &AgentSettings| settings.adapter.clone();
        let program = own(settings).or_else(|| defaults.and_then(own));
        if !program.is_some_and(|program| shares(&program, fallback)) {
            continue;
        }
        let message = "this is the account that rests when it is needed: the same kind of program with the same login";
        let place = Place::value(path, key);
        found.push(Diagnostic::warning(RULE.code, place, message).help(
            "name another `type`, or `login: own` where the agent has a login of its own; for other models of the same account \
             there is `adapter.fallbacks`",
        ));
    }
}

/// Whether both ask for models on one account.
fn shares(program: &Adapter, fallback: &Adapter) -> bool {
    let same = fallback.kind.is_none() || fallback.kind == program.kind;
    let local = program.kind.as_ref().is_none_or(|kind| kind.ends_with("_local"));
    let own = |adapter: &Adapter| adapter.login == Some(Login::Own);
    same && (!local || own(program) == own(fallback) || (own(program) && fallback.login.is_none()))
}
