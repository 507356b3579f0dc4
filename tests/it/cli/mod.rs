//! One file per command: the real binary, what a person sees.

mod check;
mod init;
mod schedule;
