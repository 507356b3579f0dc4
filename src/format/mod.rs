//! Text to types and back: the kinds of files, the layout of paths, the places of values, the schemas.
//!
//! Parsing never fails: [`document::read`] returns what it understood of a file, and diagnostics. Nothing here
//! touches a disk ([`crate::store`] does) or judges files together ([`crate::rules`] does).
//!
//! Start with [`layout`] (which path holds what), then [`kind`] (what each file may say), then [`record`]
//! (how a kind is declared) and [`yaml`] (how text becomes nodes with places).

pub mod difference;
pub mod document;
pub mod draft;
pub mod edit;
pub mod front_matter;
pub mod heartbeat;
pub mod inverse;
pub mod kind;
pub mod layout;
pub mod locate;
pub mod mentions;
pub mod merge;
pub mod numbering;
pub mod package;
pub mod patch;
pub mod record;
pub mod references;
pub mod schema;
pub mod skill;
pub mod snapshot;
pub mod specimen;
pub mod template;
pub mod yaml;

pub use document::{Document, read};
pub use draft::Draft;
pub use layout::{Kind, Located};
