//! The only room that touches a company's files.
//!
//! [`load`] reads a folder into a [`Draft`](crate::format::Draft).

pub mod load;
pub mod place;

pub use load::{Loaded, load};
