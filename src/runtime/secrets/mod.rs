//! A company's secrets at work: who may change what, which files say it, what a run is given.
//!
//! [`Safe`] is a company's secrets as one person (or the daemon) has them at hand: the committed files, this account's
//! identity, and the way to commit a change. What can be done with it is one file each: [`keep`] (setting, replacing,
//! disabling, deleting), [`bindings`], [`recipients`]. What only reads is a [`Shelf`]: the files and this account's keys,
//! without anybody who asks; [`given`] is what a run gets of it, [`access`] what is noted of that,
//! [`elsewhere`] what is asked of providers beside whoever decides.

pub mod access;
pub mod bindings;
pub mod doctor;
pub mod elsewhere;
mod error;
pub mod given;
pub mod keep;
pub mod recipients;
pub mod rows;
mod safe;
mod shelf;

pub use error::SafeError;
pub use safe::{Made, Safe};
pub use shelf::{Shelf, hide_in, live};
