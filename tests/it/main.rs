//! The integration tests: one binary that lists its modules. `tidy` fails if a file is missing from the list.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]
#![expect(clippy::disallowed_methods, reason = "tests run the program and read the environment")]

mod agents;
mod archive;
mod cli;
mod corpus;
mod cron_library;
mod formats;
mod fuzz;
mod fuzz_import;
mod harness;
mod heartbeat_cases;
mod packages_round_trip;
mod pages;
mod repository;
mod rules;
mod runtime;
mod session;
mod sim;
mod source;
mod standin;
mod store;
mod tidy;
mod two_clones;
