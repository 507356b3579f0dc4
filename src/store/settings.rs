//! The settings a company's repository needs of git, and which of them are missing in a `.git/config`.
//!
//! That file belongs to the person: what is set there stays, what is missing is added at the end. It is written by
//! [`super::found`] for a new repository and by [`super::writer`] before its first commit in one that was there.

/// What a company's repository needs, and why.
const WANTED: [(&str, &str, &str); 4] = [
    // A person's `git commit` would pack everything in the middle of our work, and prune; we pack ourselves.
    ("gc", "auto", "0"),
    ("maintenance", "auto", "false"),
    // The checksum of an index of 100,000 tickets costs 10 ms of each change; git reads an index without one.
    ("index", "skipHash", "true"),
    // A split index without checksums comes back empty, and a person's own settings may ask for one everywhere.
    ("core", "splitIndex", "false"),
];

/// The lines that are missing in a configuration. `None`: it makes no sense to git, and is not to be touched.
pub(super) fn missing(text: &[u8]) -> Option<String> {
    let metadata = gix::config::file::Metadata::default();
    let config = gix::config::File::from_bytes_no_includes(text, metadata, gix::config::file::init::Options::default());
    let config = config.ok()?;
    let lines = WANTED
        .into_iter()
        .filter(|(section, key, _)| config.raw_value_by(*section, None, *key).is_err())
        .map(|(section, key, value)| format!("[{section}]\n\t{key} = {value}\n"));
    let begin = if text.is_empty() || text.ends_with(b"\n") { "" } else { "\n" };
    let lines: String = lines.collect();
    Some(if lines.is_empty() { lines } else { format!("{begin}{lines}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_added_once_and_what_is_set_stays() {
        let text = "[core]\n\tbare = false\n# mine\n[GC]\n\tAuto = 7";
        let added = missing(text.as_bytes()).unwrap();
        assert_eq!(
            added,
            "\n[maintenance]\n\tauto = false\n[index]\n\tskipHash = true\n[core]\n\tsplitIndex = false\n"
        );
        assert_eq!(missing((text.to_owned() + &added).as_bytes()).unwrap(), "");
        assert!(missing(b"").unwrap().starts_with("[gc]\n\tauto = 0\n"));
        assert_eq!(missing(b"[core\n"), None);
    }
}
