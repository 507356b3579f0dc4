//! One file per command: the real binary, what a person sees.

mod check;
mod explain;
mod export;
mod heartbeat;
mod import;
mod import_source;
mod import_update;
mod init;
mod schedule;
