//! The shell around the deciding: it waits, starts runs, and makes plans come true.
//!
//! [`supervise`] owns one run's processes and outlives the daemon; [`run`] is the folder both meet in; [`play`] plays
//! scripts; [`mod@bench`] measures all of it. What is decided about runs is not here but in [`crate::engine`].

pub mod bench;
pub mod chance;
pub mod client;
pub mod clock;
pub mod confine;
pub mod control_group;
pub mod daemon;
pub mod desk;
mod gateway;
pub mod holds;
pub mod homes;
mod kept;
pub mod machine;
pub mod notify;
pub mod office;
pub mod place;
pub mod play;
pub mod programs;
pub mod run;
pub mod secrets;
pub mod send;
pub mod session;
pub mod signer;
pub mod skills;
pub mod supervise;
pub mod trial;
pub mod wire;
pub mod workspace;
