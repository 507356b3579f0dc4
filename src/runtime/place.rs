//! Where a company's state on this machine lies: never in its work tree, so that `git clean` and an editor cannot hurt it.

use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Longest path of a socket, in bytes; the kernel keeps 108 with the final zero, other systems 104.
const SOCKET_PATH_BYTES_MAX: usize = 100;

/// The machine's folders, as its surroundings name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots {
    /// What outlives a boot: `$XDG_STATE_HOME`, or `~/.local/state`.
    pub state: PathBuf,
    /// What does not: `$XDG_RUNTIME_DIR`, if there is one.
    pub sockets: Option<PathBuf>,
    /// Where a short path can be had.
    pub scratch: PathBuf,
    /// Where programs of the account are told what to do: `$XDG_CONFIG_HOME`, or `~/.config`.
    pub config: PathBuf,
    /// The home of the account: where its agent programs keep their logins.
    pub home: PathBuf,
    /// Where its programs are found, in order.
    pub programs: Vec<PathBuf>,
    /// Folders of agent programs that the account keeps elsewhere than in its home, by the variable that says so.
    pub moved: BTreeMap<&'static str, PathBuf>,
}

#[cfg(test)]
impl Roots {
    /// Those of a machine that lies in this folder.
    pub(in crate::runtime) fn below(folder: &Path) -> Self {
        let at = |name: &str| folder.join(name);
        Self {
            state: at("state"),
            sockets: None,
            scratch: at("tmp"),
            config: at("config"),
            home: at("home"),
            programs: Vec::new(),
            moved: BTreeMap::new(),
        }
    }
}

/// Where one company's state lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The company's folder.
    pub root: PathBuf,
    /// What its folder of state is called: its name, and letters that tell it from another company of that name.
    pub key: String,
    /// Its folder of state.
    pub state: PathBuf,
    /// The home of the account.
    pub operator_home: PathBuf,
    /// Where the account's programs are found, in order.
    pub programs: Vec<PathBuf>,
    /// Folders of agent programs that the account keeps elsewhere, by the variable that says so.
    pub moved: BTreeMap<&'static str, PathBuf>,
    sockets: PathBuf,
    /// What this account keeps for all of its companies, in the folders of configuration and of state.
    account: [PathBuf; 2],
}

impl Place {
    /// The place of the company in `root`, which must be a full path without links.
    pub fn new(roots: &Roots, root: &Path) -> Self {
        let name: String = root
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(24)
            .collect();
        let hash = Sha256::digest(root.as_os_str().as_encoded_bytes());
        let letters: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let key = format!("{}-{letters}", name.to_ascii_lowercase());
        let state = roots.state.join("corp").join(&key);
        let sockets = roots.sockets.clone().unwrap_or_else(|| roots.state.join("corp")).join("corp-sockets");
        // Room for the longest name below it.
        let fits = sockets.as_os_str().len() + 64 <= SOCKET_PATH_BYTES_MAX;
        let uid = rustix::process::getuid().as_raw();
        let sockets = if fits { sockets } else { roots.scratch.join(format!("corp-{uid}")) };
        let (operator_home, programs, moved) = (roots.home.clone(), roots.programs.clone(), roots.moved.clone());
        let account = [&roots.config, &roots.state].map(|folder| folder.join("corp"));
        Self { root: root.to_owned(), key, state, operator_home, programs, moved, sockets, account }
    }

    /// The secret keys by which this account opens secrets, those of all its companies. No confined run reaches it.
    pub fn identity(&self) -> PathBuf {
        self.account[0].join("identity.txt")
    }

    /// A copy of them in another folder: what is deleted in one is often not in the other.
    pub fn identity_copy(&self) -> PathBuf {
        self.account[1].join("identity-copy.txt")
    }

    /// What is noted of secrets: who was given which, and when.
    pub fn secret_access(&self) -> PathBuf {
        self.state.join("secret-access")
    }

    /// The folder of all runs.
    pub fn runs(&self) -> PathBuf {
        self.state.join("runs")
    }

    /// The folder in which a ticket is worked on; that of an agent for what has no ticket.
    pub fn workspace(&self, name: &str) -> PathBuf {
        self.state.join("workspaces").join(name)
    }

    /// Our mirror of a project's repository. The same address has the same one.
    pub fn mirror(&self, url: &str) -> PathBuf {
        let name: String = url
            .trim_end_matches('/')
            .trim_end_matches(".git")
            .rsplit(['/', ':'])
            .next()
            .unwrap_or_default()
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            .take(40)
            .collect();
        let hash = Sha256::digest(url.as_bytes());
        let letters: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        self.state.join("mirrors").join(format!("{name}-{letters}.git"))
    }

    /// A desk of an agent: the first, or the one of that number when several of its runs are at work.
    pub fn desk(&self, agent: &str, number: u32) -> PathBuf {
        let name = if number == 1 { agent.to_owned() } else { format!("{agent}.{number}") };
        self.state.join("desks").join(name)
    }

    /// The conversations of agents with their programs.
    pub fn sessions(&self) -> PathBuf {
        self.state.join("sessions")
    }

    /// The home kept for an agent: what its program keeps of itself lies there, its own login among it.
    pub fn home(&self, agent: &str) -> PathBuf {
        self.state.join("homes").join(agent)
    }

    /// The folder in which runs find `corp`.
    pub fn bin(&self) -> PathBuf {
        self.state.join("bin")
    }

    /// Where the daemon listens.
    pub fn socket(&self) -> PathBuf {
        self.sockets.join(format!("{}.sock", self.key))
    }

    /// A run's door: in its folder, or where the path is short enough.
    pub fn door(&self, run: &str) -> PathBuf {
        let near = self.runs().join(run).join("door");
        if near.as_os_str().len() <= SOCKET_PATH_BYTES_MAX { near } else { self.sockets.join(format!("{run}.door")) }
    }

    /// What the daemon says when it runs apart.
    pub fn log(&self) -> PathBuf {
        self.state.join("daemon.log")
    }

    /// Makes the folder of sockets, for this account only.
    ///
    /// # Errors
    /// What the system says; also if the folder is another account's.
    pub fn make_sockets(&self) -> std::io::Result<()> {
        use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.sockets)?;
        let found = std::fs::symlink_metadata(&self.sockets)?;
        if !found.is_dir() || found.uid() != rustix::process::getuid().as_raw() {
            return Err(std::io::Error::new(
                std::io::ErrorKind::PermissionDenied,
                format!("{} is not this account's", self.sockets.display()),
            ));
        }
        std::fs::set_permissions(&self.sockets, std::fs::Permissions::from_mode(0o700))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_companies_of_one_name_are_apart_and_sockets_are_short() {
        let roots = Roots {
            state: "/home/ada/.local/state".into(),
            sockets: None,
            scratch: "/tmp".into(),
            config: "/home/ada/.config".into(),
            home: "/home/ada".into(),
            programs: Vec::new(),
            moved: BTreeMap::new(),
        };
        let one = Place::new(&roots, Path::new("/a/Acme Inc"));
        let two = Place::new(&roots, Path::new("/b/Acme Inc"));
        assert!(one.key.starts_with("acmeinc-"), "{}", one.key);
        assert_ne!(one.key, two.key);
        assert_ne!(one.socket(), two.socket());
        let deep = Roots { state: format!("/{}", "x".repeat(120)).into(), ..roots };
        let deep = Place::new(&deep, Path::new("/a/acme"));
        assert!(deep.socket().as_os_str().len() <= SOCKET_PATH_BYTES_MAX);
        assert!(deep.door("r-0123456789abcdef").as_os_str().len() <= SOCKET_PATH_BYTES_MAX);
    }
}
