//! The policy of a run: what of the machine, of the company's state and of the operator's home it may touch.
//!
//! What is never among it: the company's folder, other runs, other agents' desks and homes, the daemon's socket, what
//! `corp` keeps of itself.
//!
//! Every path is resolved here, to where it leads without links, and the launch opens it so. Links that people laid are
//! followed. One that lies where runs write is not: a run would decide by it what the next one may touch.

use crate::adapters::{Configuration, Invocation, Program};
use crate::model::Snapshot;
use crate::model::agent::Reach;
use crate::model::company::ConfinementPolicy;
use crate::runtime::place::Place;
use crate::sandbox::{Bounds, Offer, Policy, Trail, Wall, machine, outermost};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::TEMPORARY;

/// TCP ports that every run of the standard level may connect to: names, and the web.
const USUAL_PORTS: [u16; 3] = [53, 80, 443];

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
    /// What runs of other agents write, outside of the company's state: [`others`].
    pub others: &'g [PathBuf],
    /// This program.
    pub ourselves: &'g Path,
    /// Where its programs are found.
    pub search: &'g [PathBuf],
    /// Values of the variables that it inherits.
    pub inherited: &'g [String],
}

/// A policy, and what is not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The policy.
    pub policy: Policy,
    /// What was asked for and is not granted, and why, in words.
    pub left_out: Vec<String>,
}

/// The policy of a run at this level, behind a wall that this bubblewrap makes.
///
/// # Errors
/// In words: it could not work, because its workspace is not where it should be.
pub fn policy(given: &Given<'_>, strict: bool, wall: Option<&Path>) -> Result<Made, String> {
    let Given { place, run, workspace, own, invocation, configuration, reach, others, ourselves, search, inherited } =
        given;
    let mut read: BTreeSet<PathBuf> = [run.to_path_buf(), ourselves.to_path_buf()].into();
    read.extend(machine::installations(search, &place.operator_home));
    // What the board wrote into the settings as a file is meant to be read.
    let named = configuration.arguments.iter().map(PathBuf::from);
    read.extend(named.filter(|path| path.is_absolute() && path.is_file()));
    read.extend(invocation.reads.iter().map(PathBuf::from));
    read.extend(reach.read.iter().map(|path| at_home(path, &place.operator_home)));
    let mut write: BTreeSet<PathBuf> = own.iter().cloned().collect();
    write.insert(run.join(TEMPORARY));
    write.extend(invocation.writes.iter().map(PathBuf::from));
    write.extend(reach.write.iter().map(|path| at_home(path, &place.operator_home)));
    // A person may have it work in the company's folder, and even then that is written by the program alone.
    let root = Trail::of(&place.root).real;
    let works_in_company = root.starts_with(Trail::of(workspace).real);
    if works_in_company { &mut read } else { &mut write }.insert(workspace.to_path_buf());
    let mut read = trails(read);
    if let Program::Named(program) = &invocation.program {
        let program = workspace.join(program);
        read.extend(machine::program(&program).into_iter().map(|trail| (program.clone(), trail)));
    }
    let granted = grant(read, trails(write), strict, [&place.state].into_iter().chain(*others));
    if let Some((_, why)) = granted.left_out.iter().find(|(path, _)| path == workspace) {
        return Err(format!("{why}: remove that link"));
    }
    let mut connect: BTreeSet<u16> = reach.ports.iter().copied().collect();
    let listen = connect.clone();
    if !strict {
        connect.extend(USUAL_PORTS);
        let texts = configuration.environment.values().chain(&configuration.arguments).chain(&configuration.url);
        connect.extend(texts.chain(inherited.iter()).flat_map(|text| ports(text)));
    }
    let policy = Policy {
        strict,
        landlock: Offer::here().landlock,
        read: granted.read,
        write: granted.write,
        sockets: vec![Trail::of(&place.door(&run.file_name().unwrap_or_default().to_string_lossy())).real],
        connect: connect.into_iter().collect(),
        listen: listen.into_iter().collect(),
        bounds: Bounds::default(),
        wall: wall.map(|program| Wall { program: program.to_owned(), links: granted.links }),
    };
    Ok(Made { policy, left_out: granted.left_out.into_iter().map(|(_, why)| why).collect() })
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
    let mut read: BTreeSet<PathBuf> = machine::installations(search, &place.operator_home).into_iter().collect();
    read.insert(ourselves.to_owned());
    let mut write = BTreeSet::from([home.to_owned()]);
    let root = Trail::of(&place.root).real;
    if root.starts_with(Trail::of(folder).real) { &mut read } else { &mut write }.insert(folder.to_owned());
    // A folder that is left out is one whose command cannot do anything there, and says so.
    let granted = grant(trails(read), trails(write), false, [&place.state]);
    Some(Policy {
        landlock: offer.landlock,
        read: granted.read,
        write: granted.write,
        connect: USUAL_PORTS.to_vec(),
        ..Policy::default()
    })
}

/// What the runs of a company's agents write, by their settings, outside of its state.
pub fn others(snapshot: &Snapshot, place: &Place) -> Vec<PathBuf> {
    let mut found = BTreeSet::new();
    for worker in snapshot.workers() {
        found.extend(
            worker.reach().iter().flat_map(|reach| &reach.write).map(|path| at_home(path, &place.operator_home)),
        );
        found.extend(worker.adapter().cwd.iter().map(|folder| place.root.join(folder)));
    }
    found.into_iter().collect()
}

/// A path as it was asked for, and where it leads.
type Asked = (PathBuf, Trail);

fn trails(paths: BTreeSet<PathBuf>) -> Vec<Asked> {
    let trails = paths.into_iter().map(|path| (Trail::of(&path), path));
    trails.map(|(trail, path)| (path, trail)).collect()
}

struct Granted {
    read: Vec<PathBuf>,
    write: Vec<PathBuf>,
    /// The links by which it was asked for.
    links: Vec<PathBuf>,
    /// What was asked for, and why it is not granted.
    left_out: Vec<(PathBuf, String)>,
}

/// Where all these paths lead, with what of the machine every run has, and nothing twice. What leads through a link that lies
/// in a folder that is written here, or in one of `worked`, is left out.
fn grant<'w>(
    mut read: Vec<Asked>,
    mut write: Vec<Asked>,
    strict: bool,
    worked: impl IntoIterator<Item = &'w PathBuf>,
) -> Granted {
    let devices = machine::write(strict);
    let own = write.iter().map(|(_, trail)| trail.real.clone()).chain(devices.iter().cloned());
    let worked: Vec<PathBuf> = own.chain(worked.into_iter().map(|path| Trail::of(path).real)).collect();
    let mut left_out = Vec::new();
    for asked in [&mut read, &mut write] {
        asked.retain(|(path, trail)| {
            let Some(link) = trail.link_in(&worked) else { return true };
            let (name, at, to) = (path.display(), link.display(), trail.real.display());
            let why = format!("{name} leads to {to} by the link {at}, where runs can lay links");
            left_out.push((path.clone(), why));
            false
        });
    }
    let links: BTreeSet<PathBuf> = read.iter().chain(&write).flat_map(|(_, trail)| trail.links.clone()).collect();
    let reals = |asked: Vec<Asked>| asked.into_iter().map(|(_, trail)| trail.real);
    let write = outermost(reals(write).chain(devices));
    let mut read = outermost(reals(read).chain(machine_read().iter().cloned()));
    // What is written is read too. It is sorted, and there are ten times as many: all that lies in a tree stands together.
    for tree in &write {
        let first = read.partition_point(|path| path < tree);
        let beneath = read[first..].iter().take_while(|path| path.starts_with(tree)).count();
        read.drain(first..first + beneath);
    }
    Granted { read, write, links: links.into_iter().collect(), left_out }
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

/// What the variables say that a run inherits. None of it is written down.
#[expect(
    clippy::disallowed_methods,
    reason = "the addresses the operator is logged in at name ports the run must reach"
)]
pub fn inherited_values(names: &[String]) -> Vec<String> {
    names.iter().filter_map(|name| std::env::var(name).ok()).collect()
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
    use crate::runtime::confine::exposed;
    use crate::runtime::place::Roots;
    use std::collections::BTreeMap;
    use std::os::unix::fs::symlink;

    /// A machine with a company and an operator, whose key is what must not be reached.
    struct Scene {
        _folder: tempfile::TempDir,
        root: PathBuf,
        place: Place,
        reach: Reach,
        program: Program,
        wall: Option<PathBuf>,
    }

    impl Scene {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let root = std::fs::canonicalize(folder.path()).unwrap();
            let at = |name: &str| root.join(name);
            let roots = Roots {
                config: at("home/.config"),
                state: at("home/.local/state"),
                sockets: None,
                scratch: at("tmp"),
                home: at("home"),
                programs: Vec::new(),
                moved: BTreeMap::new(),
            };
            let place = Place::new(&roots, &at("company"));
            for folder in [at("company"), at("home/.ssh"), at("srv/site"), place.workspace("T-1"), place.home("cto")] {
                std::fs::create_dir_all(folder).unwrap();
            }
            std::fs::write(at("home/.ssh/id"), "key").unwrap();
            Self { _folder: folder, root, place, reach: Reach::default(), program: Program::Ourselves, wall: None }
        }

        fn at(&self, name: &str) -> PathBuf {
            self.root.join(name)
        }

        fn made(&self) -> Result<Made, String> {
            let place = &self.place;
            let given = Given {
                place,
                run: &place.runs().join("r-1"),
                workspace: &place.workspace("T-1"),
                own: vec![place.home("cto")],
                invocation: &Invocation::of(self.program.clone()),
                configuration: &Configuration::default(),
                reach: &self.reach,
                others: &[self.at("srv/site")],
                ourselves: Path::new("/usr/bin/corp"),
                search: &[],
                inherited: &[],
            };
            policy(&given, self.wall.is_some(), self.wall.as_deref())
        }
    }

    fn covers(trees: &[PathBuf], path: &Path) -> bool {
        trees.iter().any(|tree| path.starts_with(tree))
    }

    #[test]
    fn a_link_that_a_run_laid_grants_nothing() {
        let mut scene = Scene::new();
        let (keys, written) = (scene.at("home/.ssh"), scene.at("srv/own"));
        std::fs::create_dir_all(&written).unwrap();
        symlink(&keys, scene.place.home("cto").join("data")).unwrap();
        symlink(&keys, written.join("out")).unwrap();
        // What runs of another agent write counts as well.
        symlink(&keys, scene.at("srv/site/out")).unwrap();
        symlink(keys.join("id"), scene.place.workspace("T-1").join("agent")).unwrap();
        scene.program = Program::Named("./agent".to_owned());
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        scene.reach.read = vec![text(scene.place.home("cto").join("data")), text(scene.at("srv/site/out"))];
        scene.reach.write = vec![text(written.clone()), text(written.join("out"))];
        let made = scene.made().unwrap();
        for trees in [&made.policy.read, &made.policy.write] {
            assert!(!covers(trees, &keys.join("id")), "{made:?}");
        }
        assert!(covers(&made.policy.write, &written.join("a")));
        assert_eq!(made.left_out.len(), 4, "{:?}", made.left_out);
        let why = format!("leads to {} by the link {}/out", keys.display(), written.display());
        assert!(made.left_out.iter().any(|said| said.contains(&why)), "{:?}", made.left_out);
        // Nor does a run begin where another one led it.
        std::fs::remove_dir_all(scene.place.workspace("T-1")).unwrap();
        symlink(&keys, scene.place.workspace("T-1")).unwrap();
        let why = scene.made().unwrap_err();
        assert!(why.contains("remove that link"), "{why}");
    }

    #[test]
    fn a_link_of_the_operators_leads_where_they_say() {
        let mut scene = Scene::new();
        std::fs::create_dir_all(scene.at("disk/sets")).unwrap();
        symlink("../disk/sets", scene.at("home/sets")).unwrap();
        scene.reach.read = vec!["~/sets".to_owned(), "~/sets/one".to_owned()];
        let made = scene.made().unwrap();
        let named: Vec<&PathBuf> = made.policy.read.iter().filter(|path| path.starts_with(&scene.root)).collect();
        assert_eq!(named, [&scene.at("disk/sets"), &scene.place.runs().join("r-1")], "named once, by what it is");
        assert_eq!(made.policy.wall, None);
        scene.wall = Some("/usr/bin/bwrap".into());
        let walled = scene.made().unwrap().policy;
        assert!(walled.words().ends_with("seccomp, bubblewrap)") && walled.words().starts_with("strict"));
        assert_eq!(walled.wall.unwrap().links, [scene.at("home/sets")], "it is called by its link within, too");
        assert!(made.left_out.is_empty(), "{:?}", made.left_out);
        assert!(made.policy.read.iter().all(|path| Trail::of(path).links.is_empty()), "{:?}", made.policy.read);
    }

    #[test]
    fn what_is_exposed_shows_under_every_name() {
        let mut scene = Scene::new();
        symlink(&scene.root, scene.at("around")).unwrap();
        assert_eq!(exposed(&scene.made().unwrap().policy, &scene.place), [] as [String; 0]);
        scene.reach.read = vec![scene.at("around/company").to_str().unwrap().to_owned()];
        let said = exposed(&scene.made().unwrap().policy, &scene.place);
        assert!(said.len() == 1 && said[0].contains("the company's folder lies in"), "{said:?}");
        scene.reach.read = vec![scene.at("around/home").to_str().unwrap().to_owned()];
        assert_eq!(exposed(&scene.made().unwrap().policy, &scene.place).len(), 2, "its state, and the keys");
        scene.reach = Reach { write: vec![scene.at("company/site").to_str().unwrap().to_owned()], ..Reach::default() };
        let said = exposed(&scene.made().unwrap().policy, &scene.place);
        assert!(said.len() == 1 && said[0].contains("it writes"), "{said:?}");
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
