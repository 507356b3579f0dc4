//! The daemon: `corp up`. It waits for what happens to its companies and has each walk the road with it.
//!
//! One thread per company owns its [`Office`] and does everything in turn ([`company`]); what waits on many things at
//! once, sockets and signals, is here. Companies share the process and nothing else.

mod coming;
mod company;
mod greeting;
mod hands;
mod leftovers;
mod letters;
mod listen;
mod lock;
mod looking;
mod telling;
mod upkeep;

pub use company::{Mode, Tally};
pub use lock::{Holder, holder};

use super::clock::Clock;
use super::machine;
use super::office::{Office, OfficeError};
use super::place::Place;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How a daemon runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How long.
    pub mode: Mode,
    /// By which clock.
    pub clock: Clock,
    /// Who saves files, if git has no name for the person: the login name.
    pub user: String,
}

/// Why a daemon does not run.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// One runs already.
    #[error("a daemon runs already for {root}{}", pid.map(|pid| format!(", as process {pid}")).unwrap_or_default())]
    Runs {
        /// The company.
        root: PathBuf,
        /// Its process.
        pid: Option<u32>,
    },
    /// The company cannot be worked with.
    #[error("{root}: {source}")]
    Company {
        /// The company.
        root: PathBuf,
        /// Why not.
        source: OfficeError,
    },
    /// The system refused.
    #[error("could not {doing}: {source}")]
    System {
        /// What was being done.
        doing: String,
        /// Why not.
        source: io::Error,
    },
}

fn system(doing: impl Into<String>) -> impl FnOnce(io::Error) -> DaemonError {
    let doing = doing.into();
    move |source| DaemonError::System { doing, source }
}

/// Serves the companies at `places` until it is told to go, or until there is nothing to do, as `options` say. Returns
/// what each did.
///
/// # Errors
/// [`DaemonError`]; nothing was started then.
pub fn serve(places: &[Place], options: &Options) -> Result<Vec<Tally>, DaemonError> {
    machine::close_to_others();
    let several = places.len() > 1;
    let mut companies = Vec::new();
    for place in places {
        let lock = lock::take(place)?;
        let (surface, office) = std::thread::scope(|scope| {
            // It waits for the disk, and reading the company for the processor.
            let surface = scope.spawn(|| greeting::remember(place));
            let office = Office::open(place.clone(), options.clock);
            (surface.join(), office)
        });
        // Also if the company cannot be worked with: what changed is told once.
        greeting::tell_of_git(surface.unwrap_or_else(|_| Err(io::Error::other("its thread came to an end"))));
        let office = office.map_err(|source| DaemonError::Company { root: place.root.clone(), source })?;
        greeting::tell_of_runs(office.snapshot());
        companies.push((place.clone(), lock, office));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(system("wait for several things at once"))?;
    let (quit, quitting) = watch::channel(false);
    let mut threads = Vec::new();
    let mut locks = Vec::new();
    let mut inboxes = Vec::new();
    for (place, lock, office) in companies {
        let (inbox, letters) = mpsc::channel();
        let listener = {
            let _inside = runtime.enter();
            listen::bind(&place).map_err(system(format!("listen at {}", place.socket().display())))?
        };
        runtime.spawn(listen::listen(listener, inbox.clone(), quit.clone()));
        let own = inbox.clone();
        let options = options.clone();
        // Of several, each line of the log says whose it is.
        let span = several.then(|| tracing::info_span!("of", company = place.key.as_str()));
        let body = move || {
            let _of = span.map(tracing::Span::entered);
            company::work(office, &letters, &own, &options)
        };
        let thread = std::thread::Builder::new().name(place.key.clone()).spawn(body);
        threads.push(thread.map_err(system("start a company's thread"))?);
        inboxes.push(inbox);
        locks.push((place, lock));
    }
    runtime.spawn(until_told(quit.clone(), quitting.clone(), inboxes));
    let tallies = threads.into_iter().filter_map(|thread| thread.join().ok()).collect();
    // What is being answered is answered; what waits for an answer that will not come is told so by the end.
    for (place, _lock) in &locks {
        drop(std::fs::remove_file(place.socket()));
    }
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    Ok(tallies)
}

/// Waits for a signal or for somebody who says so, and tells every company.
async fn until_told(
    quit: watch::Sender<bool>,
    mut quitting: watch::Receiver<bool>,
    inboxes: Vec<mpsc::Sender<letters::Letter>>,
) {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be listened to; `corp down` ends this daemon");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => tracing::info!("told to go by a signal"),
        _ = interrupt.recv() => tracing::info!("told to go from the keyboard"),
        _ = quitting.wait_for(|quit| *quit) => tracing::info!("told to go"),
    }
    drop(quit);
    for inbox in inboxes {
        // A company that has gone by itself need not be told.
        drop(inbox.send(letters::Letter::Quit));
    }
}
