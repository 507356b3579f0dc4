//! Making a run's folder ready before it begins: a workspace takes git, and git takes its time.

use super::{MARK, SuperviseError, mark};
use crate::runtime::machine::{self, Process};
use crate::runtime::run::{Folder, Job};
use crate::runtime::workspace;

/// Where it is written what was told while the folder was made ready.
const NOTICES: &str = "notices.json";

/// What was told while the folder was made ready.
pub(super) fn notices(folder: &Folder) -> Vec<String> {
    let read = std::fs::read(folder.path().join(NOTICES)).ok();
    read.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Makes the run's folder ready, and listens meanwhile to who wants it to stop. Then also what the folder was like before.
pub(super) async fn made_ready(
    folder: &Folder,
    job: &Job,
    asked: &mut tokio::signal::unix::Signal,
) -> Result<Ready, SuperviseError> {
    let Some(plan) = job.work.clone() else { return Ok(Ready::Yes(workspace::fingerprint(&job.workspace))) };
    let mut environment: Vec<(String, String)> =
        job.environment.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    environment.push((MARK.to_owned(), mark(&job.company, &job.run)));
    let place = job.workspace.clone();
    let policy = job.confinement.clone();
    let work = tokio::task::spawn_blocking(move || {
        workspace::prepare(&plan, &environment, policy.as_ref())
            .map(|notices| (notices, workspace::fingerprint(&place)))
    });
    tokio::select! {
        done = work => match done {
            Ok(Ok((notices, before))) => {
                if !notices.is_empty() {
                    let bytes = serde_json::to_vec(&notices).unwrap_or_default();
                    folder.put(NOTICES, &bytes, false)?;
                }
                Ok(Ready::Yes(before))
            }
            Ok(Err(trouble)) => Ok(Ready::No(trouble.0)),
            Err(error) => Ok(Ready::No(format!("The folder could not be made ready: {error}."))),
        },
        _ = asked.recv() => {
            // What git does for us is done for nobody any more.
            for process in machine::descendants(Process::current().pid) {
                process.signal(rustix::process::Signal::KILL);
            }
            Ok(Ready::Stopped)
        }
    }
}

/// Whether a run's folder is ready.
pub(super) enum Ready {
    /// It is, and it was like this.
    Yes(String),
    /// It cannot be, and why.
    No(String),
    /// Somebody wants the run to stop.
    Stopped,
}
