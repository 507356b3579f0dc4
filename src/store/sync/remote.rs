//! Whom a clone syncs with, as git's own configuration names it.

use super::{REMOTE_CHARACTERS_MAX, SyncError};
use crate::store::courier::Address;
use gix::Repository;
use gix::bstr::BStr;
use std::path::Path;

/// A remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Its name, such as `origin`.
    pub name: String,
    /// Where is fetched from.
    pub fetch: Address,
    /// Where is pushed to.
    pub push: Address,
}

/// The remote called `name`; without a name the one the branch follows, then `origin`, then the only one.
///
/// # Errors
/// [`SyncError::NoRemote`], with what to do.
pub fn remote(repository: &Repository, root: &Path, branch: &str, name: Option<&str>) -> Result<Remote, SyncError> {
    let config = repository.config_snapshot();
    let names: Vec<String> = repository.remote_names().iter().map(ToString::to_string).collect();
    let of_branch =
        || config.plumbing().string_by("branch", Some(BStr::new(branch)), "remote").map(|name| name.to_string());
    let known = |name: &String| names.contains(name);
    let chosen = match name {
        Some(name) => Some(name.to_owned()),
        None => of_branch()
            .filter(known)
            .or_else(|| Some("origin".to_owned()).filter(known))
            .or_else(|| if names.len() == 1 { names.first().cloned() } else { None }),
    };
    let none = |text: String| SyncError::NoRemote(text);
    let chosen = chosen.ok_or_else(|| {
        none(match names.as_slice() {
            [] => "there is no remote; name one with `git remote add origin URL`".to_owned(),
            many => format!("there are several remotes and none is `origin`; name one of {}", many.join(", ")),
        })
    })?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !chosen.chars().all(plain)
        || chosen.starts_with(['.', '-'])
        || chosen.contains("..")
        || chosen.len() > REMOTE_CHARACTERS_MAX
    {
        return Err(none(format!("`{}` is no name of a remote", chosen.escape_debug())));
    }
    let said =
        |key: &str| config.plumbing().string_by("remote", Some(BStr::new(&chosen)), key).map(|text| text.to_string());
    let Some(url) = said("url") else { return Err(none(format!("there is no remote called `{chosen}`"))) };
    let address = |text: &str| {
        // The address itself may hold a password, and is not repeated.
        Address::new(text, root).map_err(|why| none(format!("the address of `{chosen}` cannot be used: {why}")))
    };
    let push = said("pushurl").unwrap_or_else(|| url.clone());
    Ok(Remote { fetch: address(&url)?, push: address(&push)?, name: chosen })
}
