//! How a run is confined: whether it is, what it may touch ([`policy()`]), and what is said where that cannot be held.
//! `docs/confinement.md` is the page for people.

mod exposed;
mod policy;

pub use exposed::exposed;
pub use policy::{Given, Made, command, inherited_values, others, policy};

use crate::model::Snapshot;
use crate::model::company::ConfinementPolicy;
use crate::model::status::Confinement;
use crate::sandbox::Offer;
use std::path::{Path, PathBuf};

/// The folder for temporary files in a run's own.
pub const TEMPORARY: &str = "tmp";

/// The policy, in a run's folder.
pub const POLICY: &str = "confinement.json";

/// How a run is to be held, decided before anything is known of its program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// By the kernel; at the strict level or the standard one.
    Kernel {
        /// Whether the strict one.
        strict: bool,
        /// bubblewrap, at the strict level, where it can be used.
        wall: Option<PathBuf>,
        /// What this machine does not hold of it, in words.
        lacks: Vec<String>,
    },
    /// Not by us, and why not, in words.
    Open(String),
}

/// How a run is to be held, by what its agent and its company say and what the machine has.
///
/// # Errors
/// In words: the company demands what cannot be.
pub fn hold(level: Confinement, company: ConfinementPolicy, offer: &Offer) -> Result<Hold, String> {
    let lacks = offer.lacks();
    let required = company == ConfinementPolicy::Required;
    if company == ConfinementPolicy::Off {
        return Ok(Hold::Open("`confinement: off` in corp.yaml".to_owned()));
    }
    if level == Confinement::Off {
        if required {
            let why =
                "the company requires confinement (`confinement: required` in corp.yaml), and this agent's says `off`";
            return Err(format!("{why}: take `confinement: off` out of its agent.yaml"));
        }
        return Ok(Hold::Open("`confinement: off` in its agent.yaml".to_owned()));
    }
    if required && !lacks.is_empty() {
        let why = lacks.join("; ");
        return Err(format!(
            "the company requires confinement (`confinement: required` in corp.yaml), and this machine cannot: {why}; \
             `confinement: best` lets runs start with what there is"
        ));
    }
    if !offer.is_of_use() {
        return Ok(Hold::Open(lacks.join("; ")));
    }
    let strict = level == Confinement::Strict;
    let (wall, mut lacks) = (strict.then(|| offer.bubblewrap()), lacks);
    if let Some(Err(why)) = wall {
        lacks.push(format!("without a file system of its own: {why}"));
    }
    let wall = wall.and_then(Result::ok).map(Path::to_owned);
    Ok(Hold::Kernel { strict, wall, lacks })
}

impl Hold {
    /// Whether the kernel holds the run.
    pub fn is_kernel(&self) -> bool {
        matches!(self, Self::Kernel { .. })
    }

    /// What is to be told of it, if it is less than it should be.
    pub fn notice(&self) -> Option<String> {
        match self {
            Self::Open(why) => Some(format!("not confined: {why}")),
            Self::Kernel { lacks, .. } if !lacks.is_empty() => Some(format!("confined in part: {}", lacks.join("; "))),
            Self::Kernel { .. } => None,
        }
    }
}

/// What is to be told of how runs are held, where that is less than the kernel could: of the company, or of single agents.
pub fn told(snapshot: &Snapshot) -> Vec<String> {
    let company = snapshot.company.confinement;
    match hold(Confinement::Standard, company, Offer::here()) {
        Err(why) => return vec![format!("no run is started: {why}")],
        Ok(hold @ Hold::Open(_)) => {
            let why = hold.notice().unwrap_or_default();
            let own = "agents' programs keep their own sandbox and permission questions";
            return vec![format!("runs are {why}; {own}")];
        }
        Ok(Hold::Kernel { .. }) => {}
    }
    let part = hold(Confinement::Standard, company, Offer::here()).ok().and_then(|hold| hold.notice());
    let part = part.map(|notice| format!("runs are {notice}"));
    let open = snapshot.workers().filter(|worker| worker.confinement() == Confinement::Off);
    let open =
        open.map(|worker| format!("runs of {} are not confined: `confinement: off` in its agent.yaml", worker.slug));
    part.into_iter().chain(open).chain(unwalled(snapshot, company, Offer::here())).collect()
}

/// The agents at the strict level, where it is without bubblewrap.
fn unwalled(snapshot: &Snapshot, company: ConfinementPolicy, offer: &Offer) -> Option<String> {
    let strict: Vec<&str> = snapshot
        .workers()
        .filter(|worker| worker.confinement() == Confinement::Strict)
        .map(|worker| worker.slug.as_str())
        .collect();
    if strict.is_empty() || company == ConfinementPolicy::Off {
        return None;
    }
    let why = offer.bubblewrap().err()?;
    Some(format!("runs of {} are strict without a file system of their own: {why}", strict.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Wrapper;

    #[test]
    fn what_the_company_demands_and_the_machine_has_decides() {
        let known = |found: Result<&str, &str>| Wrapper::Known(found.map(Into::into).map_err(Into::into));
        let whole = Offer { landlock: 7, seccomp: true, bubblewrap: known(Ok("/usr/bin/bwrap")) };
        let unwalled = Offer { bubblewrap: known(Err("there is none")), ..whole.clone() };
        let part = Offer { landlock: 4, ..whole.clone() };
        let none = Offer::default();
        use Confinement::{Off, Standard, Strict};
        use ConfinementPolicy::{Best, Required};
        for (level, company, offer, expected) in [
            (Standard, Best, &whole, "held"),
            (Strict, Best, &whole, "walled"),
            // It is taken when it is there; nobody is refused for want of it, and it is said.
            (Strict, Best, &unwalled, "strict in part"),
            (Strict, Required, &unwalled, "strict in part"),
            (Standard, Best, &unwalled, "held"),
            (Standard, Required, &whole, "held"),
            (Standard, Best, &part, "part"),
            (Standard, Required, &part, "refused"),
            (Standard, Best, &none, "open"),
            (Standard, Required, &none, "refused"),
            (Off, Best, &whole, "open"),
            (Off, Required, &whole, "refused"),
            (Strict, ConfinementPolicy::Off, &whole, "open"),
        ] {
            let found = match hold(level, company, offer) {
                Ok(Hold::Kernel { strict: true, wall: Some(_), lacks }) if lacks.is_empty() => "walled",
                Ok(hold @ Hold::Kernel { strict: true, wall: None, .. }) => {
                    assert!(hold.notice().unwrap().contains("without a file system of its own: there is none"));
                    "strict in part"
                }
                Ok(Hold::Kernel { lacks, .. }) if lacks.is_empty() => "held",
                Ok(hold @ Hold::Kernel { .. }) => {
                    assert!(hold.notice().unwrap().contains("in part"));
                    "part"
                }
                Ok(hold @ Hold::Open(_)) => {
                    assert!(hold.notice().unwrap().starts_with("not confined: "));
                    "open"
                }
                Err(why) => {
                    assert!(why.contains("required"), "{why}");
                    "refused"
                }
            };
            assert_eq!(found, expected, "{level} {company} {offer:?}");
        }
    }
}
