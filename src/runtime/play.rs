//! Playing a script: `corp play-script FILE`, the program behind the adapter `script`.
//!
//! It says what it does on standard output in the lines [`crate::adapters::script`] reads, and asks for what concerns
//! the company at the run's door, like any agent.

use crate::adapters::script::steps::{self, Step};
use serde_json::{Value, json};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// What a script finds around it.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The run's door.
    pub door: Option<PathBuf>,
    /// What opens it.
    pub token: String,
    /// The ticket; empty if there is none.
    pub ticket: String,
    /// Whether it was asked to judge work on it.
    pub judges: bool,
}

/// Why a script was not played to its end.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// It failed, as it was told to, or because what it asked for was refused.
    #[error("{0}")]
    Failed(String),
    /// The system refused.
    #[error("could not {doing}: {source}")]
    System {
        /// What was being done.
        doing: String,
        /// Why not.
        source: io::Error,
    },
}

fn system(doing: impl Into<String>) -> impl FnOnce(io::Error) -> PlayError {
    let doing = doing.into();
    move |source| PlayError::System { doing, source }
}

/// Plays the script in `file`, in the current folder.
///
/// # Errors
/// [`PlayError`]; what a reader of the transcript needs to know was said before.
pub fn play(file: &Path, around: &Surroundings) -> Result<(), PlayError> {
    let played = play_steps(file, around);
    let last = match &played {
        Ok(()) => json!({ "corp": "done" }),
        Err(error) => json!({ "corp": "failed", "why": error.to_string() }),
    };
    say(&last)?;
    played
}

fn play_steps(file: &Path, around: &Surroundings) -> Result<(), PlayError> {
    let text = std::fs::read_to_string(file).map_err(system("read the script"))?;
    let steps = steps::parse(&text)
        .map_err(|wrong| PlayError::Failed(format!("line {} of the script: {}", wrong.line, wrong.why)))?;
    steps.iter().try_for_each(|step| play_step(step, around))
}

fn play_step(step: &Step, around: &Surroundings) -> Result<(), PlayError> {
    match step {
        Step::Say(text) => say(&json!({ "corp": "say", "text": text })),
        Step::Edit { path, text } => {
            edit(path, text)?;
            say(&json!({ "corp": "tool", "text": format!("edit {path}") }))
        }
        Step::Comment(text) => ask(around, "comment", &json!({ "text": text })),
        Step::Done if around.judges => Ok(()),
        Step::Approve(_) | Step::Return(_) if !around.judges => Ok(()),
        Step::Approve(found) => ask(around, "review", &json!({ "approves": true, "comment": found })),
        Step::Return(missing) => ask(around, "review", &json!({ "approves": false, "comment": missing })),
        Step::Done => ask(around, "done", &json!({})),
        // It has no more words than these: the board is asked.
        Step::Block(why) => ask(around, "block", &json!({ "why": why, "owner": "board" })),
        Step::Spend { money, tokens: (input, output) } => {
            say(&json!({ "corp": "spend", "money": money.to_string(), "input": input, "output": output }))
        }
        Step::Wait(time) => {
            std::thread::sleep(Duration::from_millis(time.ms()));
            Ok(())
        }
        // Said once no signal ends it any more: whoever wants to see it hang can wait for that.
        Step::Hang => heedless(Duration::MAX, || say(&json!({ "corp": "tool", "text": "hang" }))),
        Step::Fail(why) => Err(PlayError::Failed(why.clone())),
        Step::Flood(bytes) => flood(*bytes),
        Step::Fork(time) => fork(Duration::from_millis(time.ms())),
    }
}

fn say(value: &Value) -> Result<(), PlayError> {
    let mut out = io::stdout().lock();
    writeln!(out, "{value}").and_then(|()| out.flush()).map_err(system("speak"))
}

/// Writes a file below the current folder, and nowhere else.
fn edit(path: &str, text: &str) -> Result<(), PlayError> {
    let relative = Path::new(path);
    if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(PlayError::Failed(format!("{path} lies outside the workspace")));
    }
    if let Some(folder) = relative.parent() {
        std::fs::create_dir_all(folder).map_err(system(format!("make the folder of {path}")))?;
    }
    std::fs::write(relative, format!("{text}\n")).map_err(system(format!("write {path}")))
}

/// Asks at the door about the run's ticket. Without a ticket there is nothing to ask.
pub(super) fn ask(around: &Surroundings, verb: &str, with: &Value) -> Result<(), PlayError> {
    if around.ticket.is_empty() {
        return say(&json!({ "corp": "say", "text": format!("no ticket to {verb}") }));
    }
    let Some(door) = &around.door else { return Err(PlayError::Failed(format!("there is no door to ask at: {verb}"))) };
    let mut what = json!({ "verb": verb, "ticket": around.ticket });
    if let (Some(what), Some(with)) = (what.as_object_mut(), with.as_object()) {
        what.extend(with.clone());
    }
    let mut stream = UnixStream::connect(door).map_err(system("reach the door"))?;
    writeln!(stream, "{}", json!({ "token": around.token, "do": what })).map_err(system("speak at the door"))?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).map_err(system("hear at the door"))?;
    let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
    say(&json!({ "corp": "tool", "text": verb, "answer": answer }))?;
    match answer.get("refused").and_then(Value::as_str) {
        Some(why) => Err(PlayError::Failed(format!("{verb} was refused: {why}"))),
        None => Ok(()),
    }
}

/// Stays for a time, whatever polite signal comes.
///
/// # Errors
/// [`PlayError`] if signals cannot be listened to.
pub fn linger(time: Duration) -> Result<(), PlayError> {
    heedless(time, || Ok(()))
}

/// Heeds no polite signal for `time`; `then` is done as soon as none is heeded.
fn heedless(time: Duration, then: impl FnOnce() -> Result<(), PlayError>) -> Result<(), PlayError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system("wait"))?;
    runtime.block_on(async {
        let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
        // Listening is what keeps a signal from doing what it usually does.
        let _deaf = kinds.map(|kind| signal(kind).ok());
        then()?;
        if time == Duration::MAX {
            std::future::pending::<()>().await;
        } else {
            tokio::time::sleep(time).await;
        }
        Ok(())
    })
}

/// The same in a session of its own, where no signal to the run's group comes.
///
/// # Errors
/// As [`linger`].
pub fn linger_apart(time: Duration) -> Result<(), PlayError> {
    rustix::process::setsid().map_err(io::Error::from).map_err(system("leave the session"))?;
    linger(time)
}

/// Says so many bytes, in lines.
fn flood(bytes: u64) -> Result<(), PlayError> {
    const LINE: &str =
        "the same line over and over, as programs that went astray write it, many million times ......\n";
    let block = LINE.repeat(700);
    let mut out = io::stdout().lock();
    let mut left = bytes;
    while left > 0 {
        let part = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
        out.write_all(&block.as_bytes()[..part]).map_err(system("speak"))?;
        left -= part as u64;
    }
    if !bytes.is_multiple_of(LINE.len() as u64) {
        out.write_all(b"\n").map_err(system("speak"))?;
    }
    out.flush().map_err(system("speak"))
}

/// Leaves a process behind that keeps the output open.
#[expect(clippy::disallowed_methods, reason = "leaving a process behind is what the step is for")]
fn fork(time: Duration) -> Result<(), PlayError> {
    let program = std::env::current_exe().map_err(system("find this program"))?;
    // Nobody waits for it: that is the point.
    drop(
        Command::new(program)
            .args(["play-script", "--linger", &time.as_millis().to_string()])
            .stdin(Stdio::null())
            .spawn()
            .map_err(system("leave a process behind"))?,
    );
    Ok(())
}
