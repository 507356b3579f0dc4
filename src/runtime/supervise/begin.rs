//! How the program of a run begins: with its arguments, its surroundings and, where it is confined, what it may touch.

use super::{MARK, mark};
use crate::adapters::gateway::TOKEN_VARIABLE;
use crate::runtime::confine::{POLICY, TEMPORARY};
use crate::runtime::gateway::Gateway;
use crate::runtime::run::{Folder, Job};
use crate::sandbox::{Policy, launcher};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Starts the program of `job` in a group of its own, its output in pipes.
#[expect(clippy::disallowed_methods, reason = "this is the runtime's supervisor, where agents are started")]
pub(super) fn start(
    folder: &Folder,
    job: &Job,
    gateway: Option<&Gateway>,
    variables: &BTreeMap<String, String>,
) -> io::Result<std::process::Child> {
    let ourselves = std::env::current_exe()?;
    let program = job.program.as_ref().map_or_else(|| ourselves.clone(), Into::into);
    let stdin = match &job.stdin {
        Some(path) => Stdio::from(File::open(path)?),
        None => Stdio::null(),
    };
    std::fs::create_dir_all(&job.workspace)?;
    let inherited = job.inherited.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    let told = |text: &String| gateway.map_or_else(|| text.clone(), |gateway| gateway.told(text));
    let mut command = match &job.confinement {
        None => Command::new(program),
        Some(policy) => {
            let (launcher, words) = launcher::words(&ourselves, &confine(folder, policy, gateway)?);
            let mut command = Command::new(launcher);
            command.args(words).arg(program);
            command
        }
    };
    command
        .args(job.arguments.iter().map(told))
        .env_clear()
        .envs(inherited)
        .envs(job.environment.iter().map(|(name, value)| (name, told(value))))
        .envs(variables);
    if let (Some(passage), Some(_)) = (&job.meter.passage, gateway) {
        command.env(TOKEN_VARIABLE, &passage.token);
        // A proxy elsewhere knows no way to a port of this machine.
        for name in ["NO_PROXY", "no_proxy"] {
            let known = around(name).map(|known| known + ",").unwrap_or_default();
            command.env(name, known + "127.0.0.1");
        }
    }
    if job.confinement.is_some() {
        let temporary = folder.path().join(TEMPORARY);
        command.envs(["TMPDIR", "TMP", "TEMP"].map(|name| (name, &temporary)));
    }
    command
        .env("CORP_DOOR", &job.door)
        .env("CORP_TOKEN", &job.token)
        .env(MARK, mark(&job.company, &job.run))
        .current_dir(&job.workspace)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
}

/// Writes down what the run may touch, where its launch finds it, and makes its folder for temporary files.
fn confine(folder: &Folder, policy: &Policy, gateway: Option<&Gateway>) -> io::Result<PathBuf> {
    let mut policy = policy.clone();
    policy.connect.extend(gateway.map(Gateway::port));
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder.path().join(TEMPORARY))?;
    folder.put(POLICY, &serde_json::to_vec(&policy)?, false).map_err(io::Error::other)?;
    Ok(folder.path().join(POLICY))
}

/// A variable around the supervisor: what the operator is logged in by came to it that way.
#[expect(clippy::disallowed_methods, reason = "the run's own surroundings are these")]
pub(super) fn around(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
