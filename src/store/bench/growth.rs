//! How a repository grows: what a change takes of the disk before and after packing, and how much is ever loose.

use super::company::Measured;
use super::mutations::{CALLERS, Changes};
use super::{BenchError, Clock, Watch, cpu, micros};
use crate::store::pack;
use crate::store::writer::{Mutation, Options, Shared, WriteError, Writer};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// Changes that are made without packing, to see what one takes.
const UNPACKED: usize = 200;

/// Between two looks how much is loose. Each look at a full repository takes some milliseconds of processor time.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How a repository grew.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Growth {
    /// Tickets it began with.
    pub tickets: usize,
    /// Changes that were made.
    pub changes: usize,
    /// Bytes of the disk a change takes before it is packed.
    pub loose_bytes_each: u64,
    /// Bytes of the disk a change takes in the end.
    pub packed_bytes_each: u64,
    /// Most bytes that were loose at any moment.
    pub loose_bytes_max: u64,
    /// Changes in a second, with the packing beside them.
    pub per_second: u64,
    /// Processor time of a change, in microseconds, its part of the packing included.
    pub cpu_us: u64,
    /// Processor time of packing what was left at the end, in microseconds.
    pub last_pack_cpu_us: u64,
    /// How long that took, in microseconds.
    pub last_pack_us: u64,
}

/// Makes `changes` changes in a company of `tickets` tickets, by sixteen callers at once.
///
/// # Errors
/// [`BenchError`].
pub fn measure(parent: &Path, tickets: usize, changes: usize, clock: &dyn Clock) -> Result<Growth, BenchError> {
    let company = Measured::new(parent, tickets)?;
    let git_dir = company.root().join(".git");
    let mut source = Changes::new(&company);
    let packs = || bytes_in(&git_dir.join("objects/pack"));
    let begun = packs()?;
    let commits = company.commits()?;
    let options = Options { patience_ms: 60_000, ..Options::new(company.root()) };
    let shared = Shared::new(Writer::open(options)?).map_err(BenchError::io("a thread"))?;
    let all = source.take(changes.max(UNPACKED));
    let (first, others) = all.split_at(UNPACKED);
    by_many(&shared, first)?;
    let unpacked = pack::loose(&git_dir)?.bytes + packs()?.saturating_sub(begun);
    let loose_bytes_each = unpacked / UNPACKED as u64;
    let (most, done) = (AtomicU64::new(0), AtomicBool::new(false));
    let watch = Watch::start(clock);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let now = pack::loose(&git_dir).unwrap_or_default();
                most.fetch_max(now.bytes, Ordering::Relaxed);
                std::thread::sleep(LOOK_EVERY);
            }
        });
        let made = by_many(&shared, others);
        done.store(true, Ordering::Relaxed);
        made
    })?;
    let cost = watch.stop(vec![Duration::ZERO; others.len()]);
    drop(shared);
    let (wall, used) = (clock.wall(), cpu(clock));
    pack::repack(&git_dir)?;
    let (last_pack_us, last_pack_cpu_us) = (micros(clock.wall() - wall), micros(cpu(clock).saturating_sub(used)));
    let found = company.commits()?.saturating_sub(commits);
    if found != all.len() {
        return Err(BenchError::Lost { wanted: all.len(), found });
    }
    let grown = packs()?.saturating_sub(begun) + pack::loose(&git_dir)?.bytes;
    Ok(Growth {
        tickets,
        changes: all.len(),
        loose_bytes_each,
        packed_bytes_each: grown / all.len() as u64,
        loose_bytes_max: most.into_inner(),
        per_second: cost.per_second,
        cpu_us: cost.cpu_us,
        last_pack_cpu_us,
        last_pack_us,
    })
}

fn by_many(shared: &Shared, mutations: &[Mutation]) -> Result<(), WriteError> {
    let next = AtomicUsize::new(0);
    let call = || {
        while let Some(mutation) = mutations.get(next.fetch_add(1, Ordering::Relaxed)) {
            shared.commit(mutation.clone())?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(call)).collect();
        callers.into_iter().try_for_each(|caller| caller.join().unwrap_or(Err(WriteError::Stopped)))
    })
}

fn bytes_in(folder: &Path) -> Result<u64, BenchError> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).map_err(BenchError::io(folder))? {
        bytes += entry.and_then(|entry| entry.metadata()).map_err(BenchError::io(folder))?.len();
    }
    Ok(bytes)
}
