//! The folder of one run: what the daemon writes for the supervisor, and what the supervisor leaves for the daemon.
//!
//! | file | written by | says |
//! | --- | --- | --- |
//! | `job.json` | daemon | what to call, where, for how long |
//! | `alive` | | the kernel's lock on it is the only proof that a supervisor lives |
//! | `supervisor.json` | supervisor | which process it is, under which boot |
//! | `stop.json` | whoever stops it | that it should end, and why |
//! | `transcript.jsonl` | supervisor | what the run said |
//! | `requests/` | supervisor | what the run asked of the daemon and was not answered yet |
//! | `end.json` | supervisor | how it ended; durable before the lock goes |
//! | `tombstone` | daemon | the run was given up; a supervisor that comes late does nothing |

mod folder;
mod meter;
mod records;
pub mod retention;

pub(crate) use folder::LOOK_AT_CEILING;
pub use folder::{Alive, Folder, FolderError, Life, TRANSCRIPT};
pub use meter::{Meter, Passage, Rate};
pub use records::{Ceiling, Completion, End, Job, Stop, Supervisor, Used};
