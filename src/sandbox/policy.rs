//! A policy, as it is written into a run's folder: all that a confined process may touch.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a confined process, and everything it starts, may touch. What is not named is out of reach.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Whether this is the strict level: no datagrams, no network but the ports named here.
    pub strict: bool,
    /// The version of Landlock that it is laid on with. Never more than the kernel offers.
    pub landlock: u32,
    /// Files and folders that are read, and whose programs are run, with everything below.
    pub read: Vec<PathBuf>,
    /// The same, and written.
    pub write: Vec<PathBuf>,
    /// Sockets in the file system that are spoken to, where the kernel holds those too.
    pub sockets: Vec<PathBuf>,
    /// TCP ports that are connected to, on whatever machine.
    pub connect: Vec<u16>,
    /// TCP ports that are listened on.
    pub listen: Vec<u16>,
    /// How much of the machine it may take.
    pub bounds: Bounds,
    /// The wall around it. None: what is not named is out of reach, and can be seen to be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall: Option<Wall>,
}

/// A file system of its own, in which there is what the policy names and nothing else, and processes of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wall {
    /// bubblewrap, which makes it.
    pub program: PathBuf,
    /// Links by which the paths of the policy are called: within, there are the same.
    pub links: Vec<PathBuf>,
}

/// How much of the machine a confined process may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Most processes and threads.
    pub processes: u64,
    /// Largest file, in bytes.
    pub file_bytes: u64,
    /// Most memory, in bytes.
    pub memory_bytes: u64,
}

impl Default for Bounds {
    /// Far more than an agent with a build under its hands takes, and far less than what brings a machine down.
    fn default() -> Self {
        Self { processes: 2_048, file_bytes: 16 << 30, memory_bytes: 8 << 30 }
    }
}

impl Policy {
    /// What holds a run that has this, for its record: the level and by what.
    pub fn words(&self) -> String {
        let level = if self.strict { "strict" } else { "standard" };
        let wall = if self.wall.is_some() { ", bubblewrap" } else { "" };
        format!("{level} (landlock {}, seccomp{wall})", self.landlock)
    }
}
