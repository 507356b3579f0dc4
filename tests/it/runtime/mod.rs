//! Agents at work, as real processes.

mod beside;
mod clones;
mod confinement;
mod corpus;
mod daemon;
mod deliver;
mod door;
mod flood;
mod gateway;
mod governance;
mod hostile;
mod http;
mod many;
mod mcp;
mod mcp_client;
mod money;
mod notify;
mod once;
mod races;
mod reboot;
mod seal;
mod signed;
mod supervise;
mod turned;
mod upkeep;
mod workspace;
