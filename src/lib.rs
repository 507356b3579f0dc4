//! `corp` runs a company of AI agents from a git repository.
//!
//! The rooms, top (speaks to people) to bottom (thinks), each importing only what lies below it:
//!
//! | room | what lives there |
//! | --- | --- |
//! | [`cli`] | one command per file: arguments in, outcome shown, exit code out |
//! | [`mcp`] | one tool per file: the company as a server of tools, inside a run |
//! | [`runtime`] | the shell around deciding: waits, starts and supervises runs, makes plans come true |
//! | [`store`] | the only room that touches a company's files |
//! | [`adapters`] | one agent program per file: how it is called, how what it says is read |
//! | [`rules`] | one rule per file: code, documentation, check |
//! | [`mod@format`] | text to types and back, places kept; the layout of paths; schemas; packages |
//! | [`view`] | what people and programs are shown: values put together for reading |
//! | [`engine`] | decides: what is due, what a heartbeat would do |
//! | [`redact`] | finds secret-looking text in any text |
//! | [`model`] | what a company is: ids, money, time, schedules, statuses |
//! | [`diag`] | a diagnostic as data, and its renderers |
//!
//! `docs/architecture.md` tells the story; `tests/it/tidy.rs` keeps the direction.

pub mod adapters;
pub mod cli;
pub mod diag;
pub mod engine;
pub mod format;
pub mod mcp;
pub mod model;
pub mod redact;
pub mod rules;
pub mod runtime;
pub mod sandbox;
pub mod secrets;
pub mod store;
pub mod view;
