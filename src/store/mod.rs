//! The only room that touches a company's files.
//!
//! [`load`] reads a folder into a [`Draft`](crate::format::Draft); [`check`] also judges it.

pub mod check;
pub mod found;
pub mod load;
pub mod place;
pub mod source;

pub use check::{Checked, check};
pub use load::{Loaded, load};
