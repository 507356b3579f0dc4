//! A skill: something an agent knows how to do, and what must be there for it to be of use.

use std::collections::{BTreeMap, BTreeSet};

/// A skill, as the head of its `SKILL.md` says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Skill {
    /// Its short name: the folder's.
    pub name: String,
    /// What it does and when to use it.
    pub description: String,
    /// Whether the model may not use it by itself.
    pub hidden: bool,
    /// What must be there.
    pub gate: Gate,
}

/// What must be there for a skill to be of use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gate {
    /// It is of use whatever is there; only the system still counts.
    pub always: bool,
    /// One of these systems: `linux`, `darwin`.
    pub os: Vec<String>,
    /// All of these programs.
    pub bins: Vec<String>,
    /// One of these programs.
    pub any_bins: Vec<String>,
    /// All of these names in the run's environment.
    pub env: Vec<String>,
    /// All of these settings, as dotted paths.
    pub config: Vec<String>,
}

/// What is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Around {
    /// The system: `linux`, `darwin`.
    pub os: String,
    /// The programs that were found, of those that were asked for.
    pub bins: BTreeSet<String>,
    /// Names in the run's environment, secrets among them.
    pub env: BTreeSet<String>,
    /// Settings that say something, of those that were asked for.
    pub config: BTreeSet<String>,
}

/// Why a skill an agent names is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// There is no such skill.
    #[error("there is no skills/{0}/SKILL.md")]
    NotThere(String),
    /// Its text is too long to be read.
    #[error("its SKILL.md has {bytes} bytes, more than {max}")]
    TooLarge {
        /// What it has.
        bytes: u64,
        /// What it may have.
        max: u64,
    },
    /// It says no name or does not say what it does.
    #[error("its SKILL.md says no `{0}`")]
    Silent(&'static str),
    /// It is for other systems.
    #[error("it is for {}, and this is {here}", .for_.join(" or "))]
    Os {
        /// Those.
        for_: Vec<String>,
        /// This one.
        here: String,
    },
    /// A program is missing.
    #[error("the program `{0}` is not in the search path of runs")]
    Bin(String),
    /// All of several programs are missing.
    #[error("none of the programs {} is in the search path of runs", .0.join(", "))]
    AnyBin(Vec<String>),
    /// A name is missing in the environment.
    #[error("`{0}` is neither in `env` of the agent nor among its secrets")]
    Env(String),
    /// A setting is missing.
    #[error("`{0}` says nothing in corp.yaml")]
    Config(String),
}

impl Gate {
    /// Why it is closed; `None`: it is open. The order is OpenClaw's: the system counts even for what is always of use.
    pub fn closed(&self, around: &Around) -> Option<Unusable> {
        if !self.os.is_empty() && !self.os.contains(&around.os) {
            return Some(Unusable::Os { for_: self.os.clone(), here: around.os.clone() });
        }
        if self.always {
            return None;
        }
        if let Some(bin) = self.bins.iter().find(|bin| !around.bins.contains(*bin)) {
            return Some(Unusable::Bin(bin.clone()));
        }
        if !self.any_bins.is_empty() && !self.any_bins.iter().any(|bin| around.bins.contains(bin)) {
            return Some(Unusable::AnyBin(self.any_bins.clone()));
        }
        if let Some(name) = self.env.iter().find(|name| !around.env.contains(*name)) {
            return Some(Unusable::Env(name.clone()));
        }
        self.config.iter().find(|path| !around.config.contains(*path)).map(|path| Unusable::Config(path.clone()))
    }
}

/// The skills of an agent: those of use, and why the others are not, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Skills {
    /// Those of use, in the order the agent names them.
    pub usable: Vec<Skill>,
    /// Those that are not, with why.
    pub unusable: BTreeMap<String, Unusable>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_asks_in_order() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let set = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
        let around = Around { os: "linux".to_owned(), bins: set(&["git"]), env: set(&["KEY"]), config: set(&["a.b"]) };
        let open = Gate::default();
        for (gate, why) in [
            (open.clone(), None),
            (Gate { os: words(&["darwin", "linux"]), ..open.clone() }, None),
            (
                Gate { os: words(&["darwin"]), always: true, ..open.clone() },
                Some("it is for darwin, and this is linux"),
            ),
            (Gate { bins: words(&["gh"]), always: true, ..open.clone() }, None),
            (Gate { bins: words(&["git"]), ..open.clone() }, None),
            (
                Gate { bins: words(&["git", "gh"]), ..open.clone() },
                Some("the program `gh` is not in the search path of runs"),
            ),
            (Gate { any_bins: words(&["gh", "git"]), ..open.clone() }, None),
            (
                Gate { any_bins: words(&["gh", "hub"]), ..open.clone() },
                Some("none of the programs gh, hub is in the search path of runs"),
            ),
            (Gate { env: words(&["KEY"]), ..open.clone() }, None),
            (
                Gate { env: words(&["KEY", "OTHER"]), ..open.clone() },
                Some("`OTHER` is neither in `env` of the agent nor among its secrets"),
            ),
            (Gate { config: words(&["a.b"]), ..open.clone() }, None),
            (Gate { config: words(&["a.c"]), ..open.clone() }, Some("`a.c` says nothing in corp.yaml")),
        ] {
            assert_eq!(gate.closed(&around).map(|why| why.to_string()).as_deref(), why, "{gate:?}");
        }
    }
}
