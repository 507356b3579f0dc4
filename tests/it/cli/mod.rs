//! One file per command: the real binary, what a person sees.

mod adapter;
mod archive;
mod bench;
mod blame;
mod check;
mod commit;
mod diff;
mod doctor;
mod explain;
mod export;
mod heartbeat;
mod import;
mod import_source;
mod import_update;
mod init;
mod log;
mod look;
mod merge_driver;
mod rescue;
mod restore;
mod schedule;
mod show;
mod sync;
mod sync_many;
mod ticket;
mod undo;
