//! Agents' homes: what a program finds made there when it starts, and a shared login that it renewed.
//!
//! An agent writes in its home, so nothing there is followed.

use super::desk::beneath::Below;
use crate::adapters::{Adapter, Invocation};
use crate::store::whole::{self, Lasts, Readers};
use serde::{Deserialize, Serialize};
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Longest file of a login, in bytes.
const LOGIN_BYTES_MAX: u64 = 1 << 20;

/// A login that is somebody else's, and lies in an agent's home by a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// The home.
    pub home: PathBuf,
    /// Where the link is below it.
    pub path: String,
    /// Where it leads.
    pub target: PathBuf,
}

/// Makes the folders that a call asks for, and its links where there is nothing yet. Returns the links at home that are not the
/// run's alone, as far as they are what they should be.
///
/// # Errors
/// What the system says.
pub fn furnish(invocation: &Invocation, home: &Path) -> io::Result<Vec<Shared>> {
    let folder = |path: &Path| DirBuilder::new().recursive(true).mode(0o700).create(path);
    let below = |path: &str| -> Option<String> {
        let below = Path::new(path).strip_prefix(home).ok().filter(|_| home.is_absolute())?;
        below.to_str().filter(|below| !below.is_empty()).map(str::to_owned)
    };
    folder(home).or_else(|error| if home.is_absolute() { Err(error) } else { Ok(()) })?;
    for path in &invocation.folders {
        match below(path) {
            Some(inside) => Below::open(home)?.folder(&inside)?,
            None => folder(Path::new(path))?,
        }
    }
    let mut shared = Vec::new();
    let lasting = invocation.links.iter().map(|link| (link, true));
    for ((link, target), lasts) in lasting.chain(invocation.passing_links.iter().map(|link| (link, false))) {
        let Some(path) = below(link) else {
            Path::new(link).parent().map_or(Ok(()), folder)?;
            match std::os::unix::fs::symlink(target, link) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => continue,
            }
        };
        if Below::open(home)?.link(&path, target)? && lasts {
            shared.push(Shared { home: home.to_owned(), path, target: target.into() });
        }
    }
    Ok(shared)
}

/// Looks whether a program put a file in place of the link to a shared login, as some do when they renew it; and has it be the
/// login of all again, as far as its adapter knows it for the same one. Returns whether it was.
///
/// # Errors
/// What the system says; also where the login lies.
pub fn settle(shared: &Shared, adapter: &dyn Adapter) -> io::Result<bool> {
    let home = Below::open(&shared.home)?;
    if home.mark(&shared.path).is_none() {
        return Ok(false);
    }
    let Some(found) = home.read(&shared.path, LOGIN_BYTES_MAX)? else { return Ok(false) };
    let before = std::fs::read(&shared.target)?;
    let Some(renewed) = adapter.renewed(&before, &found) else { return Ok(false) };
    // Where the operator keeps it elsewhere by a link of their own, it stays there.
    let target = std::fs::canonicalize(&shared.target)?;
    whole::write(&target, &renewed, Lasts::New, Readers::Nobody)?;
    home.remove(&shared.path)?;
    home.link(&shared.path, &shared.target.to_string_lossy())?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::{self, Program};
    use std::os::unix::fs::symlink;

    fn written(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn nothing_is_made_through_a_link_that_an_agent_laid() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        std::fs::create_dir_all(at("home")).unwrap();
        std::fs::create_dir_all(at("operators")).unwrap();
        symlink(at("operators"), at("home/.agent")).unwrap();
        let text = |name: &str| at(name).to_str().unwrap().to_owned();
        let invocation = Invocation {
            folders: vec![text("home/.agent/notes"), text("elsewhere/too")],
            links: [(text("home/.agent/login"), text("login"))].into(),
            passing_links: [(text("home/.agent/passing"), text("run/passing"))].into(),
            ..Invocation::of(Program::Ourselves)
        };
        let made = furnish(&invocation, &at("home")).unwrap();
        assert_eq!(std::fs::read_dir(at("operators")).unwrap().count(), 0, "nothing was made there");
        assert!(at("elsewhere/too").is_dir());
        let shared = Shared { home: at("home"), path: ".agent/login".to_owned(), target: at("login") };
        assert_eq!(made, std::slice::from_ref(&shared));
        assert_eq!(furnish(&invocation, &at("home")).unwrap(), [shared], "and stays");
        // Another login that the agent has there, and another link, are no shared one.
        std::fs::remove_file(at("home/.agent/login")).unwrap();
        written(&at("home/.agent/login"), "own");
        assert_eq!(furnish(&invocation, &at("home")).unwrap(), []);
    }

    #[test]
    fn a_login_that_was_renewed_is_the_login_of_all() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        let login = |token: &str, until: u64, more: &str| {
            let (access, refresh) = (format!("a-{token}"), format!("r-{token}"));
            format!(
                r#"{{"claudeAiOauth":{{"accessToken":"{access}","refreshToken":"{refresh}","expiresAt":{until},"subscriptionType":"max"}}{more}}}"#
            )
        };
        let adapter = adapters::find("claude_local").unwrap();
        let shared = Shared { home: at("home"), path: ".claude/c".to_owned(), target: at("operators/c") };
        let operators = login("1", 100, r#","mcpOAuth":{"x":"y"}"#);
        written(&at("operators/c"), &operators);
        std::fs::create_dir_all(at("home/.claude")).unwrap();
        symlink(at("operators/c"), at("home/.claude/c")).unwrap();
        assert!(!settle(&shared, adapter).unwrap(), "the link is still there");
        for not in
            [login("0", 99, ""), "{}".to_owned(), "no JSON".to_owned(), login("2", 200, "").replace("max", "pro")]
        {
            std::fs::remove_file(at("home/.claude/c")).unwrap();
            written(&at("home/.claude/c"), &not);
            assert!(!settle(&shared, adapter).unwrap(), "{not}");
            assert_eq!(std::fs::read_to_string(at("operators/c")).unwrap(), operators, "{not}");
        }
        written(&at("home/.claude/c"), &login("2", 200, r#","hooks":{"evil":true}"#));
        assert!(settle(&shared, adapter).unwrap());
        let now = std::fs::read_to_string(at("operators/c")).unwrap();
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&now).unwrap(),
            serde_json::from_str::<serde_json::Value>(&login("2", 200, r#","mcpOAuth":{"x":"y"}"#)).unwrap()
        );
        assert_eq!(std::fs::read_link(at("home/.claude/c")).unwrap(), at("operators/c"));
    }
}
