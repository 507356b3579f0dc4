//! The agent programs of this machine: where they are, whether they are logged in. Looked at before a run, so that what
//! is missing is said with what to type, and not by a program that fails in its own words.

use super::place::Place;
use crate::adapters::{self, Adapter, Around, Configuration, Invocation, Login, Need, Program, Proof, RunContext};
use crate::model::agent::Login as Whose;
use crate::model::run::Billing;
use crate::model::status::AgentStatus;
use crate::model::{Slug, Snapshot};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Where programs are found if nothing else is said.
const USUAL: &[&str] = &["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// Where installers of agent programs put them, below the home of the account. A service is started without the paths
/// of its person's shell.
const BELOW_HOME: &[&str] =
    &[".local/bin", ".claude/local", ".npm-global/bin", ".bun/bin", ".volta/bin", ".cargo/bin", ".opencode/bin"];

/// The folders in which programs are found, in order.
pub fn folders(home: &Path, path: &[PathBuf]) -> Vec<PathBuf> {
    let below = BELOW_HOME.iter().map(|folder| home.join(folder));
    // Each version of Node that is installed by `nvm`, the newest first.
    let versions = std::fs::read_dir(home.join(".nvm/versions/node")).into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    versions.sort();
    let brew = ["/opt/homebrew/bin"].map(PathBuf::from);
    let all = path.iter().cloned().chain(USUAL.iter().map(PathBuf::from)).chain(below);
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in all.chain(versions.into_iter().rev()).chain(brew) {
        if folder.is_absolute() && !found.contains(&folder) {
            found.push(folder);
        }
    }
    found
}

/// Those that are there, as a search path; `first` before all others.
pub fn search_path(first: Option<&Path>, home: &Path, path: &[PathBuf]) -> String {
    let there = folders(home, path).into_iter().filter(|folder| folder.is_dir());
    let all = first.map(Path::to_path_buf).into_iter().chain(there);
    std::env::join_paths(all).map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The program of this name. A path is taken as it is.
pub fn find(name: &str, home: &Path, path: &[PathBuf]) -> Option<PathBuf> {
    if name.contains('/') {
        let path = PathBuf::from(name);
        // One that is said from the workspace is there when the workspace is.
        return (path.is_relative() || is_program(&path)).then_some(path);
    }
    folders(home, path).into_iter().map(|folder| folder.join(name)).find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// Why a run cannot be called here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// The program is not here.
    #[error("there is no program `{name}` here: {}", to_install(*.installed_by))]
    Program {
        /// Its name.
        name: String,
        /// What a person types to get it.
        installed_by: Option<&'static str>,
    },
    /// It is not logged in.
    #[error("{adapter} is not logged in: type `corp adapter login {adapter}{}`", .agent.as_ref().map(|agent| format!(" --agent {agent}")).unwrap_or_default())]
    Login {
        /// The adapter.
        adapter: &'static str,
        /// The agent whose own login it is.
        agent: Option<String>,
    },
}

/// What a person does who lacks a program.
pub fn to_install(installed_by: Option<&'static str>) -> String {
    let how = installed_by.map(|command| format!(" with `{command}`")).unwrap_or_default();
    format!("install it{how}, or name another with `command:` below `adapter:`")
}

/// Whether a run can be called, and where its program is.
///
/// # Errors
/// [`Missing`].
pub fn ready(
    adapter: &dyn Adapter,
    context: &RunContext,
    invocation: &Invocation,
    place: &Place,
) -> Result<Program, Missing> {
    let program = match &invocation.program {
        Program::Ourselves => Program::Ourselves,
        Program::Named(name) => {
            let found = find(name, &place.operator_home, &place.programs)
                .ok_or_else(|| Missing::Program { name: name.clone(), installed_by: installed_by(adapter, name) })?;
            Program::Named(found.to_string_lossy().into_owned())
        }
    };
    match adapter.login(&context.configuration, &context.around) {
        Some(login) if !is_logged_in(&login, &context.configuration, context.around.own_login) => Err(Missing::Login {
            adapter: adapter.name(),
            agent: context.around.own_login.then(|| context.agent.to_string()),
        }),
        _ => Ok(program),
    }
}

/// The folders that programs of this account keep elsewhere, as a run is told of them.
pub fn moved(folders: &BTreeMap<&'static str, PathBuf>) -> BTreeMap<&'static str, String> {
    folders.iter().map(|(name, folder)| (*name, folder.to_string_lossy().into_owned())).collect()
}

/// Whether something shows a login. Where nothing could show it, it is taken as there.
pub fn is_logged_in(login: &Login, configuration: &Configuration, own: bool) -> bool {
    login.shown_by.is_empty()
        || login.shown_by.iter().any(|proof| match proof {
            Proof::File(path) => Path::new(path).is_file(),
            Proof::Variable(name) => configuration.environment.contains_key(*name) || (!own && around(name).is_some()),
            Proof::Keychain => cfg!(target_os = "macos"),
        })
}

/// How a run that is called so is paid for, by what shows its login.
pub fn billing(adapter: &dyn Adapter, context: &RunContext) -> Billing {
    match adapter.login(&context.configuration, &context.around) {
        Some(login) if !login.shown_by.is_empty() => {
            adapter.billing(shown_by(&login, &context.configuration, &context.around))
        }
        _ => Billing::Unknown,
    }
}

/// Whether what a run asks of models goes through the gateway; with the variable that shows its login, where one does.
pub fn gateway(
    adapter: &dyn Adapter,
    configuration: &Configuration,
    around: &Around,
    said: Option<bool>,
) -> Option<Option<&'static str>> {
    let login = adapter.login(configuration, around);
    let variable = login.and_then(|login| shown_by(&login, configuration, around));
    let usually = variable.is_some_and(|variable| adapter.usually_metered(variable));
    said.unwrap_or(usually).then_some(variable)
}

/// The variable that shows a login, if one does.
fn shown_by(login: &Login, configuration: &Configuration, places: &Around) -> Option<&'static str> {
    login.shown_by.iter().find_map(|proof| match proof {
        Proof::Variable(name) => {
            let own = configuration.environment.contains_key(*name);
            (own || (!places.own_login && around(name).is_some())).then_some(*name)
        }
        Proof::File(_) | Proof::Keychain => None,
    })
}

/// A variable around this program, if it says something.
#[expect(clippy::disallowed_methods, reason = "whether the operator is logged in stands around us; no value is kept")]
fn around(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| value != OsStr::new(""))
}

/// The programs that an adapter needs and that are not here.
pub fn missing(adapter: &dyn Adapter, configuration: &Configuration, home: &Path, path: &[PathBuf]) -> Vec<String> {
    let needs = adapter.needs(configuration).into_iter();
    let names = needs.filter_map(|need| match need {
        Need::Program(name) => Some(name),
        Need::AgentFile(_) => None,
    });
    names.filter(|name| find(name, home, path).is_none()).collect()
}

/// What a person types to get the program `name`, if it is the one the adapter calls by itself.
fn installed_by(adapter: &dyn Adapter, name: &str) -> Option<&'static str> {
    let usual = Configuration { kind: adapter.name().to_owned(), ..Configuration::default() };
    let is_usual = adapter.needs(&usual).iter().any(|need| matches!(need, Need::Program(program) if program == name));
    adapter.installed_by().filter(|_| is_usual)
}

/// What keeps agents at work from being called here, in words, and the agents it keeps.
pub fn unready(snapshot: &Snapshot, place: &Place) -> BTreeMap<String, Vec<Slug>> {
    let mut found: BTreeMap<String, Vec<Slug>> = BTreeMap::new();
    for worker in snapshot.workers().filter(|worker| worker.status() == AgentStatus::Active) {
        let settings = worker.adapter();
        let Some(adapter) = settings.kind.as_deref().and_then(adapters::find) else { continue };
        let configuration = Configuration::of(adapter.name(), &settings);
        let own = settings.login == Some(Whose::Own);
        let around = Around {
            operator_home: place.operator_home.to_string_lossy().into_owned(),
            moved: moved(&place.moved),
            home: place.home(worker.slug.as_str()).to_string_lossy().into_owned(),
            own_login: own,
            ..Around::default()
        };
        let program = missing(adapter, &configuration, &place.operator_home, &place.programs).into_iter().next();
        let why = match (program, adapter.login(&configuration, &around)) {
            (Some(name), _) => {
                let installed_by = installed_by(adapter, &name);
                Missing::Program { name, installed_by }
            }
            (None, Some(login)) if !is_logged_in(&login, &configuration, own) => {
                Missing::Login { adapter: adapter.name(), agent: own.then(|| worker.slug.to_string()) }
            }
            (None, _) => continue,
        };
        found.entry(why.to_string()).or_default().push(worker.slug.clone());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_program_is_found_where_installers_put_it() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".nvm/versions/node/v22.0.0/bin");
        std::fs::create_dir_all(&folder).unwrap();
        let program = folder.join("an-agent-program");
        std::fs::write(&program, "").unwrap();
        assert_eq!(find("an-agent-program", home.path(), &[]), None, "it cannot be run");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(find("an-agent-program", home.path(), &[]), Some(program.clone()));
        assert_eq!(find(program.to_str().unwrap(), home.path(), &[]), Some(program));
        assert_eq!(find("/nowhere/an-agent-program", home.path(), &[]), None);
        assert_eq!(find("./run.sh", home.path(), &[]), Some("./run.sh".into()));
        assert!(search_path(None, home.path(), &[]).contains("v22.0.0"));
    }

    #[test]
    fn an_own_login_is_not_shown_by_what_is_around() {
        let configuration = Configuration::default();
        let login = |shown_by: Vec<Proof>| Login { shown_by, arguments: Vec::new(), environment: Default::default() };
        assert!(is_logged_in(&login(Vec::new()), &configuration, true));
        let variable = login(vec![Proof::Variable("PATH")]);
        assert!(is_logged_in(&variable, &configuration, false));
        assert!(!is_logged_in(&variable, &configuration, true));
        let set = Configuration { environment: [("PATH".to_owned(), "x".to_owned())].into(), ..configuration };
        assert!(is_logged_in(&variable, &set, true));
    }
}
