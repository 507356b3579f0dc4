//! One writer for many callers of one program: whoever asks while a barrier runs shares the next one.
//!
//! The writer lives in a thread of its own and takes what waits for it: one mutation at once if it was idle, all that
//! gathered behind a running barrier otherwise. Each stays a commit of its own and is answered on its own.

use super::{Committed, Mutation, WriteError, Writer};
use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

/// Most mutations behind one barrier: enough to make its cost small, few enough to answer the first one soon.
const GROUP_MAX: usize = 64;

/// Most bytes of files behind one barrier, so that a group fits into the journal with the folders it rewrites.
const GROUP_BYTES_MAX: usize = 1 << 20;

/// How a caller hears the answer.
type Answer = Box<dyn FnOnce(Result<Committed, WriteError>) + Send>;

/// What waits for the writer.
enum Waiting {
    Mutation(Box<Mutation>, Answer),
    Call(Box<dyn FnOnce(&mut Writer) + Send>),
}

/// A writer that many threads ask. Dropping it ends the writer, after everything that was asked is answered.
pub struct Shared {
    /// Gone when the writer is to end.
    waiting: Option<Sender<Waiting>>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    /// Gives `writer` a thread of its own.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn new(writer: Writer) -> io::Result<Self> {
        let (waiting, asked) = mpsc::channel();
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || work(writer, &asked))?;
        Ok(Self { waiting: Some(waiting), thread: Some(thread) })
    }

    /// Makes the mutation a commit and returns once it is durable.
    ///
    /// # Errors
    /// As [`Writer::commit`]; [`WriteError::Stopped`] if the writer is gone.
    pub fn commit(&self, mutation: Mutation) -> Result<Committed, WriteError> {
        let (sender, answer) = mpsc::sync_channel(1);
        // Whoever asked is waiting below.
        self.submit(mutation, move |answer| drop(sender.send(answer)));
        answer.recv().unwrap_or(Err(WriteError::Stopped))
    }

    /// Asks for the mutation and returns at once; `answer` is called from the writer's thread, and must be quick. It
    /// is dropped without being called if the writer is gone.
    pub fn submit(&self, mutation: Mutation, answer: impl FnOnce(Result<Committed, WriteError>) + Send + 'static) {
        if let Some(waiting) = &self.waiting {
            drop(waiting.send(Waiting::Mutation(Box::new(mutation), Box::new(answer))));
        }
    }

    /// Calls `call` with the writer itself, after everything that was asked before.
    ///
    /// # Errors
    /// [`WriteError::Stopped`] if the writer is gone.
    pub fn with<T: Send + 'static>(
        &self,
        call: impl FnOnce(&mut Writer) -> T + Send + 'static,
    ) -> Result<T, WriteError> {
        let (sender, answer) = mpsc::sync_channel(1);
        if let Some(waiting) = &self.waiting {
            drop(waiting.send(Waiting::Call(Box::new(move |writer| drop(sender.send(call(writer)))))));
        }
        answer.recv().map_err(|_| WriteError::Stopped)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        drop(self.waiting.take());
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has answered nobody falsely; its callers were told it is gone.
            drop(thread.join());
        }
    }
}

fn work(mut writer: Writer, asked: &Receiver<Waiting>) {
    writer.pack_beside();
    let mut next = asked.recv().ok();
    while let Some(first) = next.take() {
        let (mut mutations, mut answers) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        let mut waiting = Some(first);
        while let Some(Waiting::Mutation(mutation, answer)) = waiting {
            bytes += mutation.changes.iter().filter_map(|change| change.after.as_ref()).map(Vec::len).sum::<usize>();
            mutations.push(*mutation);
            answers.push(answer);
            let full = mutations.len() >= GROUP_MAX || bytes >= GROUP_BYTES_MAX;
            waiting = if full { None } else { asked.try_recv().ok() };
        }
        for (answer, committed) in answers.into_iter().zip(writer.commit(&mutations)) {
            answer(committed);
        }
        if let Some(Waiting::Call(call)) = waiting {
            call(&mut writer);
        }
        next = asked.recv().ok();
    }
}
