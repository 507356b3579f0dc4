//! Agent programs: what was recorded of them, and the programs themselves against the stand-in for their models.
//!
//! The programs are not on every machine: what needs them is ignored unless it is asked for, and `.ci/agents` installs
//! them and asks. `CORP_AGENTS` names the folder they are in.

mod bench;
mod company;
mod corpus;
mod daemon;
mod real_job;
mod recorded;
mod tour;
mod turns;
