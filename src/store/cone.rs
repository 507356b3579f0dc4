//! git's sparse checkout in cone mode, as a value: which folders the work tree holds.
//!
//! A cone lists folders that are there with all below them, and folders of which only the files directly inside are.
//! What lies on top of the repository always is. Patterns that are no cone are told apart and never written over.
//! Who changes the work tree accordingly: [`super::writer`].

use std::collections::BTreeSet;

/// What `.git/info/sparse-checkout` says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cone {
    /// Folders that are there with everything below them.
    whole: BTreeSet<String>,
    /// Folders of which the files directly inside are there.
    files: BTreeSet<String>,
    /// Everything is there, as without a sparse checkout.
    all: bool,
}

/// Folders a cone that leaves something out has to name, because what it does not name is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folders {
    /// On top of the repository.
    pub top: BTreeSet<String>,
    /// Below `tickets/`: their names.
    pub buckets: BTreeSet<String>,
}

impl Cone {
    /// The cone that leaves nothing out.
    pub fn all() -> Self {
        Self { all: true, ..Self::default() }
    }

    /// Reads the file; `None` if it holds patterns that are no cone.
    pub fn parse(text: &str) -> Option<Self> {
        let mut cone = Self::all();
        for line in text.lines() {
            let line = line.trim_end_matches('\r');
            if line.is_empty() || line.starts_with('#') || line == "/*" {
                continue;
            }
            if line == "!/*/" {
                cone.all = false;
            } else if let Some(parent) = line.strip_prefix("!/").and_then(|rest| rest.strip_suffix("/*/")) {
                let parent = plain(parent)?;
                if !cone.whole.remove(&parent) {
                    return None;
                }
                cone.files.insert(parent);
            } else {
                let folder = line.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'))?;
                cone.whole.insert(plain(folder)?);
            }
        }
        // Without `!/*/` the list of folders adds nothing, and with it git wants `/*` before it.
        (cone.all || text.lines().any(|line| line.trim_end() == "/*")).then_some(cone)
    }

    /// The file as git writes it.
    pub fn render(&self) -> String {
        let mut text = "/*\n".to_owned();
        if self.all {
            return text;
        }
        text.push_str("!/*/\n");
        for folder in &self.files {
            let folder = escaped(folder);
            text += &["/", &folder, "/\n!/", &folder, "/*/\n"].concat();
        }
        for folder in &self.whole {
            text += &["/", &escaped(folder), "/\n"].concat();
        }
        text
    }

    /// Whether the file at `path` belongs into the work tree.
    pub fn holds(&self, path: &str) -> bool {
        match path.rsplit_once('/') {
            None => true,
            Some((folder, _)) => self.all || self.files.contains(folder) || self.holds_folder(folder),
        }
    }

    /// Whether `folder` belongs into the work tree with everything below it.
    pub fn holds_folder(&self, folder: &str) -> bool {
        self.all || above(folder).any(|above| self.whole.contains(above))
    }

    /// Whether a part of `folder` belongs into the work tree.
    pub fn touches(&self, folder: &str) -> bool {
        let below = |other: &String| other.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        self.holds_folder(folder) || self.files.contains(folder) || self.whole.iter().any(below)
    }

    /// Leaves `buckets` of `tickets/` out, and names every other folder of `folders` that is held now, so that it
    /// stays. False if tickets as a whole are left out already, by somebody else.
    #[must_use]
    pub fn leave_out(&mut self, buckets: &BTreeSet<String>, folders: &Folders) -> bool {
        if self.all {
            self.all = false;
            self.whole = folders.top.clone();
            self.files.clear();
            self.whole.insert("tickets".to_owned());
        }
        if self.whole.remove("tickets") {
            self.whole.extend(folders.buckets.iter().map(|bucket| format!("tickets/{bucket}")));
        } else if !self.files.contains("tickets") {
            return false;
        }
        self.files.insert("tickets".to_owned());
        for bucket in buckets {
            self.whole.remove(&format!("tickets/{bucket}"));
        }
        true
    }

    /// Takes `folder` in with everything below it.
    pub fn take_in(&mut self, folder: &str) {
        if self.holds_folder(folder) {
            return;
        }
        let below = |other: &String| !other.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        self.whole.retain(below);
        self.files.retain(|other| below(other) && other != folder);
        self.whole.insert(folder.to_owned());
        for parent in above(folder).skip(1) {
            self.files.insert(parent.to_owned());
        }
    }
}

/// `a/b/c`, `a/b`, `a`.
fn above(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| folder.rsplit_once('/').map(|(above, _)| above))
}

/// A folder's name without git's backslashes; `None` if it holds a pattern.
fn plain(text: &str) -> Option<String> {
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.push(letters.next()?),
            '*' | '?' | '[' => return None,
            _ => plain.push(letter),
        }
    }
    (!plain.is_empty()).then_some(plain)
}

fn escaped(folder: &str) -> String {
    let mut text = String::new();
    for letter in folder.chars() {
        if matches!(letter, '*' | '?' | '[' | '\\') {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn folders() -> Folders {
        Folders { top: set(&["agents", "goals", "tickets"]), buckets: set(&["0000", "0001", "0002", "pictures"]) }
    }

    #[test]
    fn what_git_writes_is_read_and_written_the_same() {
        let text = "/*\n!/*/\n/tickets/\n!/tickets/*/\n/agents/\n/odd\\*name/\n/tickets/0012/\n";
        let cone = Cone::parse(text).unwrap();
        assert_eq!(cone.render(), text);
        for (path, held) in [
            ("corp.yaml", true),
            ("agents/cto/AGENTS.md", true),
            ("tickets/draft-1a2b3c4d.md", true),
            ("tickets/0012/ACME-1234.md", true),
            ("tickets/0012/ACME-1234/a.md", true),
            ("tickets/0000/ACME-1.md", false),
            ("goals/launch.md", false),
            ("odd*name/a", true),
        ] {
            assert_eq!(cone.holds(path), held, "{path}");
        }
        assert!(cone.touches("tickets") && !cone.holds_folder("tickets") && !cone.touches("tickets/0000"));
        assert_eq!(Cone::parse("/*\n").unwrap().render(), "/*\n");
        assert!(Cone::parse("/*\n").unwrap().holds("any/where"));
    }

    #[test]
    fn patterns_that_are_no_cone_are_told_apart() {
        for text in ["*.md\n", "/*\n!/tickets/0000/\n", "/*\n!/*/\n/agents/*/x/\n", "/agents\n", "!/*/\n/agents/\n"] {
            assert_eq!(Cone::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_bucket_leaves_and_comes_back_and_what_else_is_there_stays() {
        let mut cone = Cone::all();
        assert!(cone.leave_out(&set(&["0000", "0001"]), &folders()));
        let text = "/*\n!/*/\n/tickets/\n!/tickets/*/\n/agents/\n/goals/\n/tickets/0002/\n/tickets/pictures/\n";
        assert_eq!(cone.render(), text);
        cone.take_in("tickets/0001");
        assert!(cone.holds("tickets/0001/ACME-100.md") && !cone.holds("tickets/0000/ACME-1.md"));
        assert_eq!(Cone::parse(&cone.render()).as_ref(), Some(&cone));
        cone.take_in("tickets");
        assert!(cone.holds("tickets/0000/ACME-1.md") && cone.holds("tickets/d.md"));
        cone.take_in("new/folder");
        assert!(cone.holds("new/folder/x/y") && cone.holds("new/x") && !cone.holds("new/other/y"));
    }

    #[test]
    fn what_a_person_left_out_stays_out() {
        let mut cone = Cone::parse("/*\n!/*/\n/tickets/\n").unwrap();
        assert!(cone.leave_out(&set(&["0000"]), &folders()));
        assert!(!cone.holds("agents/cto/AGENTS.md") && cone.holds("tickets/0001/ACME-100.md"));
        let mut none = Cone::parse("/*\n!/*/\n/agents/\n").unwrap();
        assert!(!none.leave_out(&set(&["0000"]), &folders()), "tickets are not ours to leave out");
    }
}
