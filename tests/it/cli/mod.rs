//! One file per command: the real binary, what a person sees.

mod check;
mod export;
mod heartbeat;
mod import;
mod init;
mod schedule;
