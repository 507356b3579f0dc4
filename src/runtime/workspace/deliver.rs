//! Looking at what a ticket has to come with, in the folder its work was done in: files that are there and not empty,
//! commands that succeed. May take its time: no daemon waits for it.

use super::command::{Wanted, Went};
use crate::model::local::Looked;
use crate::model::ticket::Deliverable;
use crate::sandbox::Policy;
use std::path::{Component, Path, PathBuf};

/// Longest that one command may take, in minutes: a test suite, and not a machine that hangs.
const COMMAND_MINUTES_MAX: u64 = 10;

/// What is to be looked at, and where.
#[derive(Debug, Clone)]
pub struct Deliverables {
    /// The folder.
    pub folder: PathBuf,
    /// What is wanted.
    pub of: Vec<Deliverable>,
    /// All of the environment of commands.
    pub environment: Vec<(String, String)>,
    /// What commands may touch. None: they are not confined.
    pub policy: Option<Policy>,
    /// Where what commands say is written.
    pub log: PathBuf,
}

impl Deliverables {
    /// Looks. Blocks the thread as long as the commands take.
    pub fn look(&self) -> Looked {
        let missing = match self.folder.canonicalize() {
            Ok(folder) => self.of.iter().filter_map(|wanted| self.one(&folder, wanted).err()).collect(),
            Err(_) => {
                let named = self.of.iter().map(|wanted| match wanted {
                    Deliverable::Path(path) => format!("{path} is not there"),
                    Deliverable::Run(command) => format!("`{command}` was not run"),
                });
                named.map(|words| format!("{words}: nobody has worked in {} yet", self.folder.display())).collect()
            }
        };
        Looked { of: self.of.clone(), missing }
    }

    fn one(&self, folder: &Path, wanted: &Deliverable) -> Result<(), String> {
        match wanted {
            Deliverable::Path(path) => is_there(folder, path),
            Deliverable::Run(command) => self.succeeds(folder, command),
        }
    }

    fn succeeds(&self, folder: &Path, command: &str) -> Result<(), String> {
        let wanted = Wanted {
            text: command,
            folder,
            environment: &self.environment,
            is_worked_in: true,
            policy: self.policy.as_ref(),
            minutes_max: COMMAND_MINUTES_MAX,
            log: self.log.clone(),
        };
        match wanted.run() {
            Ok(Went::Well(_)) => Ok(()),
            Ok(Went::Badly(how, said)) if said.is_empty() => Err(format!("`{command}` {how}")),
            Ok(Went::Badly(how, said)) => Err(format!("`{command}` {how}, and said: {said}")),
            Err(error) => Err(format!("`{command}` could not be run: {error}")),
        }
    }
}

/// Whether there is something at `path` below `folder`, itself without links.
fn is_there(folder: &Path, path: &str) -> Result<(), String> {
    let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !inside || path.is_empty() {
        return Err(format!("{path} is no path in the workspace"));
    }
    // A link that leads out of the folder is nothing that comes with it.
    let found = folder.join(path).canonicalize().ok().filter(|found| found.starts_with(folder));
    let Some(found) = found else { return Err(format!("{path} is not in {}", folder.display())) };
    let empty = match std::fs::metadata(&found) {
        Ok(about) if about.is_dir() => std::fs::read_dir(&found).is_ok_and(|mut entries| entries.next().is_none()),
        Ok(about) => about.len() == 0,
        Err(error) => return Err(format!("{path} cannot be read: {error}")),
    };
    if empty { Err(format!("{path} is empty")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_told_from_what_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let work = folder.path().join("work");
        std::fs::create_dir_all(work.join("docs/none")).unwrap();
        std::fs::write(work.join("docs/report.md"), "all of it\n").unwrap();
        std::fs::write(work.join("empty"), "").unwrap();
        std::fs::write(folder.path().join("secret"), "not the ticket's\n").unwrap();
        std::os::unix::fs::symlink(folder.path().join("secret"), work.join("link")).unwrap();
        std::os::unix::fs::symlink("docs/report.md", work.join("inside")).unwrap();
        let path = |path: &str| Deliverable::Path(path.to_owned());
        let run = |command: &str| Deliverable::Run(command.to_owned());
        let table = [
            (path("docs/report.md"), ""),
            (path("./docs"), ""),
            (path("inside"), ""),
            (path("docs/none"), "docs/none is empty"),
            (path("empty"), "empty is empty"),
            (path("absent"), "absent is not in"),
            (path("link"), "link is not in"),
            (path("../secret"), "../secret is no path in the workspace"),
            (path("/etc/passwd"), "/etc/passwd is no path in the workspace"),
            (run("test -s docs/report.md"), ""),
            (
                run("echo on the way; exit 3"),
                "`echo on the way; exit 3` ended with exit status: 3, and said: on the way",
            ),
            (run("test -z \"$PASSED_ON\" && test \"$SEEN\" = yes"), ""),
        ];
        for (wanted, expected) in table {
            let looking = Deliverables {
                folder: work.clone(),
                of: vec![wanted.clone()],
                policy: None,
                environment: [("PATH", "/usr/bin:/bin"), ("SEEN", "yes")]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .to_vec(),
                log: folder.path().join("log"),
            };
            let missing = looking.look().missing.join("\n");
            assert!(
                missing.starts_with(expected) && missing.is_empty() == expected.is_empty(),
                "{wanted:?}: {missing}"
            );
        }
    }
}
