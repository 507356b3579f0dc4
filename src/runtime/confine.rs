//! How a run is confined: what of the machine, of the company's state and of the operator's home it may touch, and what is
//! said where that cannot be held.
//!
//! What is never among it: the company's folder, other runs, other agents' desks and homes, the daemon's socket, what
//! `corp` keeps of itself. `docs/confinement.md` is the page for people.

use super::place::Place;
use crate::adapters::{Configuration, Invocation, Program};
use crate::model::Snapshot;
use crate::model::agent::Reach;
use crate::model::company::ConfinementPolicy;
use crate::model::status::Confinement;
use crate::sandbox::{Bounds, Offer, Policy, machine};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The folder for temporary files in a run's own.
pub const TEMPORARY: &str = "tmp";

/// The policy, in a run's folder.
pub const POLICY: &str = "confinement.json";

/// TCP ports that every run of the standard level may connect to: names, and the web.
const USUAL_PORTS: [u16; 3] = [53, 80, 443];

/// How a run is to be held, decided before anything is known of its program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// By the kernel; at the strict level or the standard one.
    Kernel {
        /// Whether the strict one.
        strict: bool,
        /// What this kernel does not hold of it, in words.
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
    Ok(Hold::Kernel { strict: level == Confinement::Strict, lacks })
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

/// What a policy is made of.
#[derive(Debug)]
pub struct Given<'g> {
    /// Where the company's state lies.
    pub place: &'g Place,
    /// The run's folder.
    pub run: &'g Path,
    /// The folder it works in.
    pub workspace: &'g Path,
    /// Its desk, its home, its skills: folders of its agent's.
    pub own: Vec<PathBuf>,
    /// How its program is called, with where that program is.
    pub invocation: &'g Invocation,
    /// What its agent's settings say of the program.
    pub configuration: &'g Configuration,
    /// What its agent reaches beside that.
    pub reach: &'g Reach,
    /// This program.
    pub ourselves: &'g Path,
    /// Where its programs are found.
    pub search: &'g [PathBuf],
    /// Values of the variables that it inherits.
    pub inherited: &'g [String],
}

/// The policy of a run at this level.
pub fn policy(given: &Given<'_>, strict: bool) -> Policy {
    let Given { place, run, workspace, own, invocation, configuration, reach, ourselves, search, inherited } = given;
    let mut read: BTreeSet<PathBuf> = machine_read().iter().cloned().collect();
    read.insert(run.to_path_buf());
    read.insert(ourselves.to_path_buf());
    read.extend(machine::installations(search));
    if let Program::Named(program) = &invocation.program {
        read.extend(machine::program(&workspace.join(program)));
    }
    // What the board wrote into the settings as a file is meant to be read.
    let named = configuration.arguments.iter().map(PathBuf::from);
    read.extend(named.filter(|path| path.is_absolute() && path.is_file()));
    read.extend(invocation.reads.iter().map(PathBuf::from));
    read.extend(reach.read.iter().map(|path| at_home(path, &place.operator_home)));
    let mut write: BTreeSet<PathBuf> = machine::write(strict).into_iter().collect();
    write.insert(run.join(TEMPORARY));
    write.extend(own.iter().cloned());
    write.extend(invocation.writes.iter().map(PathBuf::from));
    write.extend(reach.write.iter().map(|path| at_home(path, &place.operator_home)));
    // A person may have it work in the company's folder, and even then that is written by the program alone.
    if place.root.starts_with(workspace) { &mut read } else { &mut write }.insert(workspace.to_path_buf());
    let mut connect: BTreeSet<u16> = reach.ports.iter().copied().collect();
    let listen = connect.clone();
    if !strict {
        connect.extend(USUAL_PORTS);
        let texts = configuration.environment.values().chain(&configuration.arguments).chain(&configuration.url);
        connect.extend(texts.chain(inherited.iter()).flat_map(|text| ports(text)));
    }
    Policy {
        strict,
        landlock: Offer::here().landlock,
        read: read.into_iter().collect(),
        write: write.into_iter().collect(),
        sockets: vec![place.door(&run.file_name().unwrap_or_default().to_string_lossy())],
        connect: connect.into_iter().collect(),
        listen: listen.into_iter().collect(),
        bounds: Bounds::default(),
    }
}

/// The policy of a command that a person wrote for a workspace, such as its cleanup: the scripts it calls may be an agent's.
/// None where runs are not confined.
pub fn command(
    place: &Place,
    company: ConfinementPolicy,
    folder: &Path,
    home: &Path,
    search: &[PathBuf],
    ourselves: &Path,
) -> Option<Policy> {
    let offer = Offer::here();
    if company == ConfinementPolicy::Off || !offer.is_of_use() {
        return None;
    }
    let mut read = machine_read().to_vec();
    read.extend(machine::installations(search));
    read.push(ourselves.to_owned());
    let mut write = machine::write(false);
    write.push(home.to_owned());
    if place.root.starts_with(folder) { &mut read } else { &mut write }.push(folder.to_owned());
    Some(Policy { landlock: offer.landlock, read, write, connect: USUAL_PORTS.to_vec(), ..Policy::default() })
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
    part.into_iter().chain(open).collect()
}

/// What lies within reach of a run that never should: where somebody keeps the company in a folder of programs, say. No
/// hole can be cut into a folder that is read.
pub fn exposed(policy: &Policy, place: &Place) -> Vec<String> {
    let within = |path: &Path| policy.read.iter().chain(&policy.write).find(|tree| path.starts_with(tree));
    let company = within(&place.root).map(|tree| format!("the company's folder lies in {}", tree.display()));
    let state = within(&place.state).map(|tree| format!("{} lies in {}", place.state.display(), tree.display()));
    let keys = [place.identity(), place.identity_copy()];
    let keys = keys.iter().find_map(|key| within(key));
    let keys = keys.map(|tree| format!("the keys that open this account's secrets lie in {}", tree.display()));
    company.into_iter().chain(state).chain(keys).map(|what| format!("{what}, which the run reads")).collect()
}

/// What of the machine every run reads. It is looked up once: for root that takes longer than a start may.
fn machine_read() -> &'static [PathBuf] {
    static READ: OnceLock<Vec<PathBuf>> = OnceLock::new();
    READ.get_or_init(machine::read)
}

/// A path as people write it.
fn at_home(path: &str, home: &Path) -> PathBuf {
    path.strip_prefix("~/").map_or_else(|| PathBuf::from(path), |rest| home.join(rest))
}

/// The ports that addresses in a text name.
fn ports(text: &str) -> Vec<u16> {
    let after = text.split("://").skip(1);
    let hosts = after.map(|rest| rest.split(['/', '?', '#', '"', '\'', ',', ' ']).next().unwrap_or_default());
    let ports = hosts.filter_map(|host| host.rsplit_once(':')?.1.parse().ok());
    ports.filter(|port| *port != 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_company_demands_and_the_machine_has_decides() {
        let whole = Offer { landlock: 7, seccomp: true, bubblewrap: None };
        let part = Offer { landlock: 4, ..whole.clone() };
        let none = Offer::default();
        use Confinement::{Off, Standard, Strict};
        use ConfinementPolicy::{Best, Required};
        for (level, company, offer, expected) in [
            (Standard, Best, &whole, "held"),
            (Strict, Best, &whole, "strict"),
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
                Ok(Hold::Kernel { strict: true, .. }) => "strict",
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

    #[test]
    fn ports_are_those_of_addresses() {
        for (text, expected) in [
            ("http://127.0.0.1:4000/v1", &[4000][..]),
            ("base_url=\"http://[::1]:81/v1\",x=\"https://a.b:8443\"", &[81, 8443]),
            ("https://api.example", &[]),
            ("localhost:5432", &[]),
            ("http://x:0/", &[]),
            ("http://x:70000/", &[]),
        ] {
            assert_eq!(ports(text), expected, "{text}");
        }
    }
}
