//! The only room that touches a company's files.
//!
//! [`mod@load`] reads a folder into a [`Draft`](crate::format::Draft); [`mod@check`] also judges it.

pub mod archive;
mod archived;
pub mod bench;
pub mod check;
pub mod cone;
pub mod courier;
pub mod definitions;
mod differing;
pub mod doctor;
pub mod durable;
pub mod export;
pub mod force;
pub mod found;
pub mod git;
pub mod hand;
pub mod history;
pub mod home;
pub mod import;
pub mod load;
pub mod merge_driver;
pub mod message;
mod opened;
pub mod pack;
pub mod place;
pub(crate) mod reading;
mod repository;
pub mod rewrite;
mod scratch;
pub mod search;
mod settings;
pub mod signature;
pub mod source;
pub mod surface;
pub mod sync;
mod vendored;
pub mod watch;
pub mod whole;
pub mod writer;
mod writing;

pub use check::{Checked, check};
pub use load::{Loaded, load};
