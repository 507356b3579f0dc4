//! Files that somebody would obey: the company itself, other programs, readers who take them for the company's own.

/// Folders of records and of what only a person decides about: a package's are never in force.
const RECORDS: [&str; 7] = ["tickets", "approvals", "secrets", "vaults", "ledger", "packages", ".schemas"];
/// Files of the same kind as the folders above.
const OPERATION: [&str; 3] = ["corp.yaml", "home.yaml", "prices.yaml"];
/// What belongs to the package as a whole and would speak for the company it comes into.
const FRONT: [&str; 7] = ["company", "readme", "license", "licence", "copying", "notice", ".paperclip"];
/// Files with a dot in front that describe the package and are obeyed by nobody.
const HARMLESS: [&str; 2] = [".paperclip.yaml", ".paperclip.yml"];

/// Whether a part of the path begins with a dot: version control, editors and agents' programs look for such
/// files and obey them.
pub fn hidden(path: &str) -> bool {
    !HARMLESS.contains(&path) && path.split('/').any(|part| part.starts_with('.'))
}

/// Whether a path is of records or of what only a person decides about.
pub fn is_record(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let top = lower.split('/').next().unwrap_or_default();
    OPERATION.contains(&lower.as_str()) || (lower.contains('/') && RECORDS.contains(&top))
}

/// Whether a path at the top is about the package as a whole.
pub fn is_front(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let stem = lower.split_once('.').map_or(lower.as_str(), |(stem, _)| if stem.is_empty() { &lower } else { stem });
    !lower.contains('/') && FRONT.iter().any(|front| stem.starts_with(front))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_obeyed_is_known() {
        for (path, is_hidden, record, front) in [
            (".claude/settings.json", true, false, false),
            ("skills/x/.env", true, false, false),
            (".paperclip.yaml", false, false, true),
            ("Corp.yaml", false, true, false),
            ("Tickets/0000/X-1.md", false, true, false),
            ("LICENSE-MIT", false, false, true),
            ("README.md", false, false, true),
            ("readme.de.md", false, false, true),
            ("COMPANY.md", false, false, true),
            ("docs/README.md", false, false, false),
            ("images/org.png", false, false, false),
        ] {
            assert_eq!((hidden(path), is_record(path), is_front(path)), (is_hidden, record, front), "{path}");
        }
    }
}
