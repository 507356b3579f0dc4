//! `command`: a value is what a program of the operator's says, such as `op read op://team/github/token`.
//!
//! The program gets little of our surroundings, nothing on its standard input, so much time and no more, and what it
//! says is read up to a limit and never shown.

use super::{Provider, ProviderError, Wanted};
use crate::secrets::value::{self, Value};
use std::io::{self, Read as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::Duration;

pub(super) const NAME: &str = "command";

/// How long a program may take, in milliseconds: a person's password manager that asks a server, and no run waits longer
/// for one secret.
pub const TIME_MS_MAX: u64 = 5_000;

/// Most that is read of what it says, in bytes: a value with its line end.
pub const BYTES_MAX: u64 = value::BYTES_MAX as u64 + 2;

/// Runs programs.
#[derive(Debug)]
pub struct Command {
    surroundings: Vec<(String, String)>,
    time: Duration,
}

impl Command {
    /// Programs see these surroundings and no others.
    pub fn new(surroundings: Vec<(String, String)>) -> Self {
        Self { surroundings, time: Duration::from_millis(TIME_MS_MAX) }
    }

    /// The same with less patience.
    #[must_use]
    pub fn within(self, time: Duration) -> Self {
        Self { time, ..self }
    }
}

impl Provider for Command {
    fn name(&self) -> &'static str {
        NAME
    }

    fn get(&self, wanted: &Wanted) -> Result<Value, ProviderError> {
        let Wanted::Command(words) = wanted else { return Err(ProviderError::InvalidRequest) };
        let Some((program, arguments)) = words.split_first() else { return Err(ProviderError::InvalidRequest) };
        let mut child = start(program, arguments, &self.surroundings).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ProviderError::NoProgram { program: program.clone() },
            io::ErrorKind::PermissionDenied => ProviderError::AccessDenied,
            _ => ProviderError::Failed,
        })?;
        let Some(out) = child.stdout.take() else { return Err(ProviderError::Failed) };
        let (done, said) = mpsc::channel();
        // A thread of its own: a pipe is read without a limit of time. It ends with the program's group.
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = out.take(BYTES_MAX + 1).read_to_end(&mut bytes);
            drop(done.send(read.map(|_| bytes)));
        });
        let said = said.recv_timeout(self.time);
        let Ok(Ok(bytes)) = said else {
            end(&mut child);
            return Err(ProviderError::Unavailable);
        };
        if bytes.len() as u64 > BYTES_MAX {
            end(&mut child);
            return Err(ProviderError::Value(value::ValueError::Long));
        }
        match waited(&mut child, self.time) {
            Some(true) => Ok(Value::new(bytes)?),
            Some(false) => Err(ProviderError::Failed),
            None => Err(ProviderError::Unavailable),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the program is the operator's own, named in the company's policy")]
fn start(program: &str, arguments: &[String], surroundings: &[(String, String)]) -> io::Result<Child> {
    std::process::Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(surroundings.iter().map(|(name, value)| (name, value)))
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // What it complains about may hold the value or its address: nobody is shown it.
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
}

/// Between two looks at whether a program that closed its output is gone, in milliseconds.
const LOOK_MS: u64 = 2;

/// Whether it ended well; `None`: it did not end in time, and was ended.
fn waited(child: &mut Child, time: Duration) -> Option<bool> {
    let looks = time.as_millis() as u64 / LOOK_MS;
    for _ in 0..=looks {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) => std::thread::sleep(Duration::from_millis(LOOK_MS)),
            Err(_) => break,
        }
    }
    end(child);
    None
}

/// Ends it with what it started, as far as that stayed in its group.
fn end(child: &mut Child) {
    if let Some(group) = rustix::process::Pid::from_raw(child.id().cast_signed()) {
        // One that is gone needs no end.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    drop(child.wait());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(script: &str, within: Duration) -> Result<String, ProviderError> {
        let words = ["sh", "-c", script].map(str::to_owned).to_vec();
        let surroundings = vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())];
        let command = Command::new(surroundings).within(within);
        command.get(&Wanted::Command(words)).map(|value| value.expose().to_owned())
    }

    #[test]
    fn a_program_says_the_value_or_fails_in_a_known_way() {
        let patience = Duration::from_secs(60);
        assert_eq!(get("echo correct horse", patience).as_deref(), Ok("correct horse"));
        assert_eq!(get("echo correct horse; exit 3", patience), Err(ProviderError::Failed));
        assert_eq!(get("echo short", patience), Err(ProviderError::Value(value::ValueError::Short)));
        assert_eq!(get("yes", patience), Err(ProviderError::Value(value::ValueError::Long)));
        assert_eq!(get("cat", patience), Err(ProviderError::Value(value::ValueError::Short)), "it has no input");
        assert_eq!(get("env | grep -c '^CARGO' ; echo that is all", patience).as_deref(), Ok("0\nthat is all\n"));
        let nothing = Command::new(Vec::new()).get(&Wanted::Command(vec!["/no/such/program".to_owned()]));
        assert_eq!(nothing.err(), Some(ProviderError::NoProgram { program: "/no/such/program".to_owned() }));
    }

    #[test]
    fn one_that_hangs_is_ended_with_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("pid");
        let script = format!("sleep 1000 & echo $! > {}; wait", place.display());
        assert_eq!(get(&script, Duration::from_millis(300)), Err(ProviderError::Unavailable));
        // On a machine under load it may not even have begun.
        let Ok(pid) = std::fs::read_to_string(&place) else { return };
        let Ok(pid) = pid.trim().parse() else { return };
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        // It is a zombie until whoever inherits it looks; signals tell nothing of that.
        let state = || std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
        let gone = || !state().contains(") S");
        assert!((0..1000).any(|_| gone() || {
            std::thread::sleep(Duration::from_millis(10));
            false
        }));
    }
}
