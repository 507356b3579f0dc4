//! What a person wrote as the source of a package, taken apart. Nothing is fetched here.

use std::path::Path;

/// Where a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place<'s> {
    /// On this machine.
    Path {
        /// The path.
        path: &'s str,
        /// Behind `#`, if anything.
        inside: Inside<'s>,
    },
    /// A repository to be fetched.
    Url {
        /// What git is told.
        url: String,
        /// The host; `None`: this machine.
        host: Option<String>,
        /// Behind `#`, or from the URL of a page.
        inside: Inside<'s>,
    },
}

/// Which state and which folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Inside<'s> {
    /// A branch, a tag or a commit.
    pub(super) reference: Option<&'s str>,
    /// A folder.
    pub(super) folder: Option<&'s str>,
}

/// The ways a repository is spoken to. The others show what is fetched to everybody on the way, or start
/// programs.
const SCHEMES: [&str; 3] = ["https", "ssh", "file"];

/// Takes `source` apart. `exists` says whether a path is there: a path that exists is taken as it is.
///
/// # Errors
/// Why it is no source.
pub(super) fn parse<'s>(source: &'s str, exists: &dyn Fn(&str) -> bool) -> Result<Place<'s>, &'static str> {
    if source.is_empty() || source.chars().any(char::is_control) {
        return Err("it is empty or contains control characters");
    }
    if exists(source) {
        return Ok(Place::Path { path: source, inside: Inside::default() });
    }
    let (place, fragment) = source.split_once('#').unwrap_or((source, ""));
    let inside = inside(fragment)?;
    if exists(place) {
        return Ok(Place::Path { path: place, inside });
    }
    if place.starts_with('-') {
        return Err("it begins with `-`");
    }
    if let Some((helper, _)) = place.split_once("::")
        && helper.chars().all(|character| character.is_ascii_alphanumeric() || "+.-".contains(character))
    {
        return Err("`HELPER::…` would start a program; write an https or ssh address");
    }
    match place.split_once("://") {
        Some((scheme, rest)) => url(place, scheme.strip_prefix("git+").unwrap_or(scheme), rest, inside),
        None => Ok(match short(place)? {
            Some(host) => Place::Url { url: place.to_owned(), host: Some(host), inside },
            None => Place::Path { path: place, inside },
        }),
    }
}

/// The address of a company's remote, as git is told it: https, ssh, or a path, which is taken from `root`.
///
/// # Errors
/// Why it is none.
pub(in crate::store) fn remote(text: &str, root: &Path) -> Result<String, &'static str> {
    // git runs elsewhere.
    let path = |path: &str| std::path::absolute(root.join(path)).unwrap_or_default().to_string_lossy().into_owned();
    match parse(text, &|path| root.join(path).exists())? {
        Place::Path { path: found, inside } if inside == Inside::default() => Ok(path(found)),
        Place::Url { url, inside, .. } if inside == Inside::default() => Ok(url),
        _ => Err("a remote has nothing behind `#`, and is no page about a folder"),
    }
}

/// `REF`, `REF:FOLDER` or `:FOLDER`.
fn inside(fragment: &str) -> Result<Inside<'_>, &'static str> {
    let (reference, folder) = fragment.split_once(':').unwrap_or((fragment, ""));
    if !is_reference(reference) {
        return Err("what follows `#` is no name of a branch, tag or commit");
    }
    let some = |text: &'_ str| !text.is_empty();
    Ok(Inside { reference: Some(reference).filter(|text| some(text)), folder: Some(folder).filter(|text| some(text)) })
}

fn is_reference(name: &str) -> bool {
    let plain = |character: char| character.is_alphanumeric() || "/._-+@".contains(character);
    name.chars().all(plain)
        && !name.starts_with(['-', '/', '.'])
        && !name.ends_with(['/', '.'])
        && !["..", "//", "/.", "@{"].iter().any(|pair| name.contains(pair))
}

fn url<'s>(place: &'s str, scheme: &str, rest: &'s str, inside: Inside<'s>) -> Result<Place<'s>, &'static str> {
    let lower = scheme.to_ascii_lowercase();
    if !SCHEMES.contains(&lower.as_str()) {
        return Err("only https, ssh and paths on this machine are fetched from");
    }
    if place.contains(char::is_whitespace) {
        return Err("it contains a space");
    }
    if lower == "file" {
        return match rest.strip_prefix('/') {
            Some(_) => Ok(Place::Url { url: format!("file://{rest}"), host: None, inside }),
            None => Err("a file address has three slashes: file:///path"),
        };
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, address) = authority.rsplit_once('@').unwrap_or(("", authority));
    if user.contains(':') || lower == "https" && !user.is_empty() {
        return Err("it contains a password or token, which everybody on this machine could read");
    }
    let host = address.split(':').next().unwrap_or_default();
    if host.is_empty() || host.starts_with('-') || user.starts_with('-') || path.is_empty() {
        return Err("it is no address of a repository");
    }
    if [".zip", ".tar", ".tgz", ".tar.gz"].iter().any(|end| path.ends_with(end)) {
        return Err("archives are not fetched over the network; download it, look at it, and name the file");
    }
    let page = (lower == "https").then(|| page(path)).flatten();
    let (path, inside) = match page {
        Some((path, shown)) if inside == Inside::default() => (path, shown),
        _ => (path, inside),
    };
    if !inside.reference.is_none_or(is_reference) {
        return Err("the address of the page names no branch, tag or commit");
    }
    Ok(Place::Url { url: format!("{lower}://{authority}/{path}"), host: Some(host.to_owned()), inside })
}

/// The address of a page about a folder: `owner/repo/tree/REF/FOLDER`, on some hosts with `/-/` before `tree`.
/// A REF with slashes cannot be told from a folder there; it is written behind `#`.
fn page(path: &str) -> Option<(&str, Inside<'_>)> {
    let (repository, rest) = path.split_once("/-/tree/").or_else(|| path.split_once("/tree/"))?;
    let (reference, folder) = rest.split_once('/').unwrap_or((rest, ""));
    let folder = folder.trim_end_matches('/');
    let folder = Some(folder).filter(|folder| !folder.is_empty());
    Some((repository, Inside { reference: Some(reference).filter(|reference| !reference.is_empty()), folder }))
}

/// The host of `user@host:path`, the short way of writing an ssh address.
fn short(place: &str) -> Result<Option<String>, &'static str> {
    let Some((before, path)) = place.split_once(':') else { return Ok(None) };
    if before.contains(['/', '\\']) || before.len() < 2 {
        return Ok(None);
    }
    let host = before.rsplit_once('@').map_or(before, |(_, host)| host);
    if host.is_empty() || host.starts_with('-') || path.is_empty() || path.starts_with('-') || place.contains(' ') {
        return Err("it is no address of a repository");
    }
    Ok(Some(host.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str) -> String {
        let exists = |path: &str| ["folder", "a#b", "pack.zip"].contains(&path);
        match parse(source, &exists) {
            Ok(Place::Path { path, inside }) => format!("path {path}{}", tail(inside)),
            Ok(Place::Url { url, host, inside }) => {
                format!("{} {url}{}", host.as_deref().unwrap_or("here"), tail(inside))
            }
            Err(why) => format!("no: {why}"),
        }
    }

    fn tail(inside: Inside<'_>) -> String {
        let reference = inside.reference.map(|reference| format!(" ref={reference}"));
        let folder = inside.folder.map(|folder| format!(" folder={folder}"));
        reference.unwrap_or_default() + &folder.unwrap_or_default()
    }

    #[test]
    fn sources_are_taken_apart() {
        for (source, expected) in [
            ("folder", "path folder"),
            ("a#b", "path a#b"),
            ("a#b#:c", "path a"),
            ("folder#main", "path folder ref=main"),
            ("folder#main:x/y", "path folder ref=main folder=x/y"),
            ("pack.zip#:x", "path pack.zip folder=x"),
            ("owner/repo", "path owner/repo"),
            ("C:/x", "path C:/x"),
            ("https://github.com/o/r", "github.com https://github.com/o/r"),
            ("HTTPS://github.com/o/r.git#v1.2", "github.com https://github.com/o/r.git ref=v1.2"),
            ("git+https://host:8443/o/r#:pack", "host https://host:8443/o/r folder=pack"),
            ("https://github.com/o/r/tree/main/a/b/", "github.com https://github.com/o/r ref=main folder=a/b"),
            ("https://github.com/o/r/tree/main", "github.com https://github.com/o/r ref=main"),
            ("https://gitlab.com/g/s/r/-/tree/main/a", "gitlab.com https://gitlab.com/g/s/r ref=main folder=a"),
            ("https://github.com/o/r#feature/x:a", "github.com https://github.com/o/r ref=feature/x folder=a"),
            ("git@github.com:o/r.git#main", "github.com git@github.com:o/r.git ref=main"),
            ("ssh://git@host:22/o/r", "host ssh://git@host:22/o/r"),
            ("file:///srv/r#main", "here file:///srv/r ref=main"),
        ] {
            if source == "a#b#:c" {
                // The path ends at the first `#` unless the whole exists.
                assert!(shown(source).starts_with("no: what follows `#`"), "{source}");
                continue;
            }
            assert_eq!(shown(source), expected, "{source}");
        }
    }

    #[test]
    fn what_is_dangerous_is_no_source() {
        for (source, why) in [
            ("", "it is empty"),
            ("a\nb", "it is empty or contains control"),
            ("-u./payload", "it begins with `-`"),
            ("--upload-pack=touch x", "it begins with `-`"),
            ("ext::sh -c touch% x", "`HELPER::…`"),
            ("fd::17", "`HELPER::…`"),
            ("http://host/x", "only https"),
            ("git://host/x", "only https"),
            ("ftp://host/x", "only https"),
            ("git+http://host/x", "only https"),
            ("ssh://-oProxyCommand=x/y", "it is no address"),
            ("ssh://-oProxyCommand=x@host/y", "it is no address"),
            ("-oProxyCommand=x:y", "it begins with `-`"),
            ("git@-oProxyCommand=x:y", "it is no address"),
            ("host:-x", "it is no address"),
            ("https://user:secret@host/o/r", "it contains a password"),
            ("https://ghp_token@github.com/o/r", "it contains a password"),
            ("https://host/o/r x", "it contains a space"),
            ("https://host/", "it is no address"),
            ("https:///x", "it is no address"),
            ("file://host/x", "a file address"),
            ("https://host/a.zip", "archives are not fetched"),
            ("https://host/o/r#-x", "what follows `#`"),
            ("https://host/o/r#a..b", "what follows `#`"),
            ("https://host/o/r#a:b:c", ""),
            ("https://host/o/r#+refs/*", "what follows `#`"),
            ("https://host/o/r#x^{/y}", "what follows `#`"),
            ("https://host/o/r/tree/-x/a", "the address of the page"),
        ] {
            if why.is_empty() {
                assert!(shown(source).ends_with("ref=a folder=b:c"), "{}", shown(source));
            } else {
                assert!(shown(source).starts_with(&format!("no: {why}")), "{source}: {}", shown(source));
            }
        }
    }
}
