//! Owning one run: `corp supervise FOLDER`, a small process of its own that outlives the daemon.
//!
//! It makes the folder ready ([`ready`]), starts what the job says in a session of its own ([`begin`]), writes down what it says ([`output`]), keeps its door
//! ([`door`]), ends it when it is asked to or when it takes too long, with everything it started ([`tree`]), and leaves
//! a record of how it ended. What is known of it meanwhile is in [`watch`]. As long as it lives it holds the lock in the run's folder.

mod begin;
mod bounds;
mod door;
mod output;
mod ready;
mod tree;
mod watch;

pub use door::REQUEST_BYTES_MAX;

use super::clock::Clock;
use super::confine::{POLICY, TEMPORARY};
use super::control_group::Group;
use super::gateway::{Account, Gateway, Tally};
use super::homes;
use super::machine::{self, Process};
use super::run::{Completion, End, Folder, FolderError, Job, LOOK_AT_CEILING, Life, Stop, Supervisor};
use super::secrets::given::{self, Letter};
use super::workspace;
use crate::adapters::{self, Stream};
use crate::sandbox::launch;
use ready::Ready;
use rustix::process::Pid;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe::Receiver;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep_until};
use watch::Watch;

/// What is read of a run's output at a time, in bytes: a pipe of Linux holds as much.
const READ_BYTES: usize = 64 << 10;

/// How long what was left in the pipes is waited for once all processes are gone, in milliseconds. Whoever still holds
/// them then was not started by the run.
const DRAIN_MS_MAX: u64 = 500;

/// How long processes that outlive the run's first may take to end, in milliseconds, if the grace is longer.
const LEFTOVER_MS_MAX: u64 = 1_000;

/// How long a run lives before it gets a control group, in milliseconds: much longer than a program that does nothing, and
/// before one that does something has done much.
const GROUP_AFTER_MS: u64 = 100;

/// Between two looks how much a run takes, in milliseconds, and how many times as long as the look itself at least: of a
/// machine with many processes looking takes no more than its share.
const LOOK_EVERY_MS: u64 = 1_000;
const LOOK_SHARE: u32 = 50;

/// The name that marks every process of a run in its environment, with [`mark`] as its value.
pub const MARK: &str = "CORP_MARK";

/// What marks the processes of a run.
pub fn mark(company: &str, run: &str) -> String {
    format!("{company}/{run}")
}

/// Why a run was not supervised.
#[derive(Debug, thiserror::Error)]
pub enum SuperviseError {
    /// Another supervisor has it.
    #[error("this run has a supervisor already")]
    Taken,
    /// The folder could not be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The system refused.
    #[error("could not {doing}: {source}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// Why not.
        source: io::Error,
    },
}

fn system(doing: &'static str) -> impl FnOnce(io::Error) -> SuperviseError {
    move |source| SuperviseError::System { doing, source }
}

/// Owns the run in `folder` from its start to its end. A run that ended or was given up is left alone.
///
/// # Errors
/// [`SuperviseError`]; a program that cannot be started is an end of the run, not an error.
pub fn supervise(folder: &Folder, clock: Clock) -> Result<(), SuperviseError> {
    // A session of its own: what ends the daemon's terminal or group does not end the run. Refused to the leader of a
    // group, who has one already.
    let _ = rustix::process::setsid();
    // It knows the run's token and what the operator is logged in by: nobody of this account looks into it.
    machine::close_to_others();
    let Life::Dead(_alive) = folder.look()? else { return Err(SuperviseError::Taken) };
    if folder.is_buried() || folder.end()?.is_some() {
        return Ok(());
    }
    let job = folder.job()?;
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))
        .map_err(io::Error::from)
        .map_err(system("adopt what a run leaves behind"))?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system("wait for a run"))?;
    let letter = letter(&job)?;
    let live = letter.live();
    let owned = runtime.block_on(own(folder, &job, clock, &letter));
    // Whatever came of it, what the run was given goes.
    drop(letter);
    given::clear(folder.path());
    let (mut end, before) = owned?;
    // The door may wait for a daemon that is away; what it waits with lies in the folder.
    runtime.shutdown_background();
    drop(std::fs::remove_file(&job.door));
    let work = job.work.as_ref().zip(before);
    // Bringing home what it made may take its time: how it ended is safe before that.
    if work.as_ref().is_none_or(|(plan, _)| plan.source.is_some()) {
        folder.set_end(&end)?;
    }
    if let Some((plan, before)) = work {
        // Who dies over that leaves it where it is.
        let changed = workspace::fingerprint(&job.workspace) != before;
        end.changed = Some(changed);
        end.work = workspace::collect(plan, changed);
        end.work.trouble = end.work.trouble.map(|trouble| live.hide(&trouble).into_owned());
        end.work.notices.splice(0..0, ready::notices(folder));
        folder.set_end(&end)?;
    }
    Ok(())
}

/// What this process is told of secrets: on its standard input, which no other process reads.
fn letter(job: &Job) -> Result<Letter, SuperviseError> {
    if !job.letter {
        return Ok(Letter::default());
    }
    serde_json::from_reader(io::stdin().lock()).map_err(io::Error::from).map_err(system("read what the run is given"))
}

/// Owns the run; also returns what its folder was like before it began, if it did.
async fn own(
    folder: &Folder,
    job: &Job,
    clock: Clock,
    letter: &Letter,
) -> Result<(End, Option<String>), SuperviseError> {
    let mut children = signal(SignalKind::child()).map_err(system("listen to signals"))?;
    let mut asked = signal(SignalKind::terminate()).map_err(system("listen to signals"))?;
    // Listened to before anybody can know of this process, so that nothing that is told is missed.
    let mut limited = signal(SignalKind::from_raw(LOOK_AT_CEILING.as_raw())).map_err(system("listen to signals"))?;
    let mut supervisor = Supervisor { boot: machine::boot(), process: Process::current(), group: None };
    folder.set_supervisor(&supervisor)?;
    let live = letter.live();
    let mut watch = Watch::new(folder, job, &live)?;
    if let Some(stop) = folder.stop()? {
        watch.because(stop.completion(), stop.why);
        return Ok((watch.end(None, None, clock, 0), None));
    }
    let before = match ready::made_ready(folder, job, &mut asked).await? {
        Ready::Yes(before) => before,
        Ready::No(trouble) => {
            let trouble = live.hide(&trouble).into_owned();
            watch.because(Completion::Failed, trouble.clone());
            let mut end = watch.end(None, None, clock, 0);
            end.work.trouble = Some(trouble);
            return Ok((end, None));
        }
        Ready::Stopped => {
            let stop = folder.stop()?.unwrap_or_else(|| Stop::because("it was asked to stop"));
            watch.because(stop.completion(), stop.why);
            return Ok((watch.end(None, None, clock, 0), None));
        }
    };
    let door = door::open(folder, job, &live).map_err(system("open the run's door"))?;
    let gateway = match &job.meter.passage {
        None => None,
        Some(passage) => {
            let way = (passage, letter.swaps());
            match Gateway::open(way, &watch.ceiling, &job.meter, &job.run, clock, begin::around).await {
                Ok(gateway) => Some(gateway),
                Err(error) => {
                    watch.because(Completion::Failed, format!("the way to its model could not be opened: {error}"));
                    return Ok((watch.end(None, None, clock, 0), None));
                }
            }
        }
    };
    let account = gateway.as_ref().map(|gateway| Arc::clone(&gateway.account));
    let variables = letter.lay(folder.path()).map_err(system("put down what the run is given"))?;
    let mut child = match begin::start(folder, job, gateway.as_ref(), &variables) {
        Ok(child) => child,
        Err(error) => {
            watch.because(Completion::Failed, format!("could not start {}: {error}", job.program_name()));
            return Ok((watch.end(None, None, clock, 0), None));
        }
    };
    let started_at = clock.now();
    watch.started = Instant::now();
    watch.heard = watch.started;
    let leader = Pid::from_child(&child);
    // From here on the run is ended whatever goes wrong: nobody else attends to it.
    let pipes = pipe(child.stdout.take().map(OwnedFd::from))
        .and_then(|out| Ok((out, pipe(child.stderr.take().map(OwnedFd::from))?)));
    let (mut out, mut err) = match pipes {
        Ok(pipes) => pipes,
        Err(error) => {
            tree::end_all(leader, None).await;
            return Err(error);
        }
    };
    let (mut out_bytes, mut err_bytes) = (vec![0; READ_BYTES], vec![0; READ_BYTES]);

    let mut reaped = tree::reap(leader);
    // Not at once: entering a group may take the kernel as long as a short run takes altogether.
    let grouped_at = watch.started + Duration::from_millis(GROUP_AFTER_MS);
    let (mut grouped, mut group) = (false, None);
    let mut looked_at = grouped_at + Duration::from_millis(GROUP_AFTER_MS);
    while reaped.leader.is_none() {
        watch.note_hold(clock.now());
        let due = watch.due();
        tokio::select! {
            _ = children.recv() => reaped = tree::reap(leader),
            _ = asked.recv() => {
                // Why, where that can be read.
                let stop = folder.stop().ok().flatten().unwrap_or_else(|| Stop::because("it was asked to stop"));
                watch.stop(leader, stop.completion(), stop.why);
            }
            read = read(&mut out, &mut out_bytes) => watch.take(Stream::Out, &out_bytes[..read], leader),
            read = read(&mut err, &mut err_bytes) => watch.take(Stream::Err, &err_bytes[..read], leader),
            _ = limited.recv() => match folder.ceiling() {
                Ok(None) => {}
                Ok(Some(ceiling)) => {
                    if let Some(account) = &account {
                        account.limit(ceiling.clone());
                    }
                    watch.limit(ceiling, leader);
                }
                // What it may still spend is not known.
                Err(error) => {
                    watch.because(Completion::Failed, format!("what it may spend cannot be read: {error}"));
                    reaped = tree::end_all(leader, group.as_ref()).await;
                }
            },
            tally = metered(account.as_deref()) => watch.meter(tally, leader),
            () = sleep_until(grouped_at), if !grouped => {
                grouped = true;
                if let Some(made) = Group::make(&job.company, &job.run) {
                    // Noted before it is used, so that it is found whatever happens to this process.
                    supervisor.group = Some(made.path().to_owned());
                    // Without the note it is done without, as where there are none.
                    if folder.set_supervisor(&supervisor).is_ok() {
                        if let Some(policy) = &job.confinement {
                            made.bound(&policy.bounds);
                        }
                        made.take_in(supervisor.process.pid);
                        group = Some(made);
                    } else {
                        supervisor.group = None;
                        made.remove();
                    }
                }
            }
            () = sleep_until(looked_at), if job.confinement.is_some() => {
                let before = Instant::now();
                let policy = job.confinement.as_ref();
                let passed = policy.and_then(|policy| bounds::passed(&policy.bounds, group.as_ref(), &job.workspace));
                if let Some(why) = passed {
                    watch.because(Completion::Failed, why);
                    reaped = tree::end_all(leader, group.as_ref()).await;
                }
                let pause = (before.elapsed() * LOOK_SHARE).max(Duration::from_millis(LOOK_EVERY_MS));
                looked_at = Instant::now() + pause;
            }
            () = sleep_until(due) => {
                if watch.overtime(leader) {
                    reaped = tree::end_all(leader, group.as_ref()).await;
                }
            }
        }
    }
    let mut leftovers = 0;
    if !reaped.none_left && !tree::reap(leader).none_left {
        leftovers = tree::count();
        tree::ask_all(leader);
        let patience = Duration::from_millis(job.grace_ms.min(LEFTOVER_MS_MAX));
        let until = Instant::now() + patience;
        while Instant::now() < until && !tree::reap(leader).none_left {
            tokio::select! {
                _ = children.recv() => {}
                () = sleep_until(until) => {}
            }
        }
        tree::end_all(leader, group.as_ref()).await;
    }
    if let Some(group) = group {
        if group.was_out_of_memory() {
            watch.because(
                Completion::Failed,
                "it used more memory than a run may, and the kernel ended a part of it".to_owned(),
            );
        }
        group.remove();
    }
    let until = Instant::now() + Duration::from_millis(DRAIN_MS_MAX);
    while out.is_some() || err.is_some() {
        tokio::select! {
            read = read(&mut out, &mut out_bytes) => watch.take(Stream::Out, &out_bytes[..read], leader),
            read = read(&mut err, &mut err_bytes) => watch.take(Stream::Err, &err_bytes[..read], leader),
            () = sleep_until(until) => break,
        }
    }
    door.abort();
    if job.confinement.is_some() {
        if reaped.leader.and_then(|status| status.exit_status()).is_some_and(|code| code != 0)
            && let Some(why) = launch::failed(&folder.path().join(POLICY))
        {
            watch.because(Completion::Failed, format!("could not start {}: {why}", job.program_name()));
        }
        // What a run left there is of use to nobody. What cannot be removed goes with the folder.
        drop(std::fs::remove_dir_all(folder.path().join(TEMPORARY)));
    }
    for shared in &job.shared {
        let settled = adapters::find(&job.adapter).map(|adapter| homes::settle(shared, adapter));
        if let Some(Err(error)) = settled {
            tracing::warn!(%error, path = %shared.target.display(), "a login that a run renewed could not be kept");
        }
    }
    watch.note_hold(clock.now());
    if let Some(account) = &account {
        watch.metered = Some(account.tally());
    }
    Ok((watch.end(Some(started_at), reaped.leader, clock, leftovers), Some(before)))
}

/// What the gateway has counted, once that is more than before; never returns without one.
async fn metered(account: Option<&Account>) -> Tally {
    match account {
        Some(account) => {
            account.changed.notified().await;
            account.tally()
        }
        None => std::future::pending().await,
    }
}

fn pipe(end: Option<OwnedFd>) -> Result<Option<Receiver>, SuperviseError> {
    end.map(Receiver::from_owned_fd).transpose().map_err(system("read what a run says"))
}

/// Reads what is there; never returns for a pipe that is closed.
async fn read(pipe: &mut Option<Receiver>, bytes: &mut [u8]) -> usize {
    if let Some(open) = pipe {
        match open.read(bytes).await {
            Ok(0) | Err(_) => *pipe = None,
            Ok(count) => return count,
        }
        return 0;
    }
    std::future::pending().await
}
