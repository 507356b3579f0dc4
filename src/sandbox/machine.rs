//! What of the machine every confined process reads: its programs and libraries, its settings, its devices.
//!
//! Never a folder in which people or services keep their own: no home, no `/run`, no `/tmp`, no `/var`.

use super::{Trail, outermost};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Folders and files that are read, where they are there.
const READ: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/opt",
    "/nix/store",
    "/gnu/store",
    "/snap",
    "/home/linuxbrew/.linuxbrew",
    "/run/current-system",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/NetworkManager/resolv.conf",
    "/proc",
    "/sys",
];

/// Devices that are read and written: those that hold nothing, and the terminal a process has of its own, which is none in a
/// run. Not `/dev/pts`: all terminals of the account are there, and a new one cannot be told from the operator's.
const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];

/// Memory that programs share by name. All runs of an account see the same; only the strict level goes without.
const SHARED_MEMORY: &str = "/dev/shm";

/// The settings of the machine.
const SETTINGS: &str = "/etc";

/// Folders of a program's installation, beside the one its programs are in, in which there are parts of it.
const PARTS: &[&str] = &["bin", "lib", "lib64", "libexec", "share", "include", "versions", "shims", "install", "tools"];

/// Deepest folder of settings that is looked into, and most entries that are looked at. What lies beyond is not read.
const SETTINGS_DEPTH_MAX: u32 = 12;
const SETTINGS_ENTRIES_MAX: usize = 20_000;

/// What is read, named without links, and nothing twice.
pub fn read() -> Vec<PathBuf> {
    let known = READ.iter().map(Path::new).filter(|path| path.exists()).map(|path| Trail::of(path).real);
    outermost(known.chain(settings()))
}

/// What is written, at this level.
pub fn write(strict: bool) -> Vec<PathBuf> {
    let shared = (!strict).then_some(SHARED_MEMORY);
    DEVICES.iter().copied().chain(shared).map(PathBuf::from).filter(|path| path.exists()).collect()
}

/// The settings. An account is kept from those that are not its own by their permissions; for root, who may read
/// everything, only those are named that everybody may read.
fn settings() -> Vec<PathBuf> {
    if !is_root() {
        return vec![SETTINGS.into()];
    }
    let mut left = SETTINGS_ENTRIES_MAX;
    readable(Path::new(SETTINGS), SETTINGS_DEPTH_MAX, &mut left)
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// What in `folder` everybody may read: whole folders where all in them is so, `depth` folders down, single entries where
/// not. A folder that is not looked through to its end is not whole.
#[cfg(unix)]
fn readable(folder: &Path, depth: u32, left: &mut usize) -> Vec<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let (mut found, mut whole) = (Vec::new(), true);
    for entry in entries {
        let Some(entry) = entry.ok().filter(|_| *left > 0) else {
            whole = false;
            continue;
        };
        *left -= 1;
        let path = entry.path();
        let Ok(about) = std::fs::symlink_metadata(&path) else {
            whole = false;
            continue;
        };
        // A link is judged as what it is: where it leads is named for itself, or not.
        if about.is_symlink() {
            continue;
        }
        if about.permissions().mode() & 0o004 == 0 || about.is_dir() && depth == 0 {
            whole = false;
        } else if about.is_dir() {
            let below = readable(&path, depth - 1, left);
            whole &= below == [path];
            found.extend(below);
        } else {
            found.push(path);
        }
    }
    if whole { vec![folder.to_owned()] } else { found }
}

#[cfg(not(unix))]
fn readable(folder: &Path, _depth: u32, _left: &mut usize) -> Vec<PathBuf> {
    vec![folder.to_owned()]
}

/// What belongs to the programs in these folders of a search path, as far as it lies elsewhere than the machine's own.
/// Of what lies around an installation below a home only its parts are named: people keep their own there too. A folder in
/// which `home` itself lies, or everything, is none of programs.
pub fn installations(search: &[PathBuf], home: &Path) -> Vec<PathBuf> {
    let mut found = BTreeSet::new();
    let others = search.iter().filter(|folder| !READ.iter().any(|known| folder.starts_with(known)));
    for folder in others.filter(|folder| folder.is_absolute() && !holds(folder, home)) {
        found.insert(folder.clone());
        let prefix = folder.parent().filter(|_| folder.ends_with("bin") || folder.ends_with("shims"));
        // What lies in `~/.local` and `~/.cargo` beside their programs is not theirs; beside `~/bin` there is a home, and
        // beside `/srv/bin` all that is served.
        let is_shared = |prefix: &&Path| {
            prefix.ends_with(".local")
                || prefix.ends_with(".cargo")
                || holds(prefix, home)
                || prefix.parent().is_none_or(|above| above.parent().is_none())
        };
        let Some(prefix) = prefix.filter(|prefix| !is_shared(prefix)) else { continue };
        found.extend(PARTS.iter().map(|part| prefix.join(part)).filter(|part| part.is_dir()));
    }
    found.into_iter().collect()
}

/// Whether `home` is this folder or lies in it, by either name.
fn holds(folder: &Path, home: &Path) -> bool {
    home.starts_with(folder) || Trail::of(home).real.starts_with(Trail::of(folder).real)
}

/// What belongs to this program, and by which way it is reached: itself, and what is installed with it.
pub fn program(path: &Path) -> Vec<Trail> {
    // A package of Node is spread over the folder of all of them.
    let packages =
        |path: &Path| path.ancestors().filter(|above| above.ends_with("node_modules")).last().map(Path::to_owned);
    let itself = Trail::of(path);
    let beside = packages(path).map(|packages| Trail::of(&packages));
    // Who decides where the program is decides where these are.
    let there = packages(&itself.real).map(|real| Trail { real, links: itself.links.clone() });
    [Some(itself), beside, there].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn what_only_some_may_read_is_left_out_and_the_rest_is_not_spelled_out() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["open", "mixed", "closed"] {
            std::fs::create_dir(at(name)).unwrap();
            std::fs::write(at(name).join("a"), "").unwrap();
            std::fs::write(at(name).join("b"), "").unwrap();
        }
        std::fs::write(at("shadow"), "").unwrap();
        for (name, mode) in [("shadow", 0o640), ("mixed/a", 0o600), ("closed", 0o700)] {
            std::fs::set_permissions(at(name), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        // However deep it lies.
        std::fs::create_dir_all(at("deep/1/2/3")).unwrap();
        std::fs::write(at("deep/1/2/3/key"), "").unwrap();
        std::fs::set_permissions(at("deep/1/2/3/key"), std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(at("deep/1/2/3/open"), "").unwrap();
        let look = |depth, mut left| {
            let mut found = readable(folder.path(), depth, &mut left);
            found.sort();
            found
        };
        assert_eq!(look(12, 1_000), [at("deep/1/2/3/open"), at("mixed/b"), at("open")]);
        assert_eq!(look(0, 1_000), [] as [PathBuf; 0], "what is not looked into is not read");
        assert!(!look(12, 1).contains(&folder.path().to_owned()), "nor what there are too many of");
    }

    #[test]
    fn of_a_home_only_parts_of_programs_are_named() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        for name in
            [".local/bin", ".local/share/keyrings", ".nvm/v22/bin", ".nvm/v22/lib", ".nvm/v22/etc", ".cargo/bin"]
        {
            std::fs::create_dir_all(at(name)).unwrap();
        }
        let search = [at(".local/bin"), at(".nvm/v22/bin"), at(".cargo/bin"), "/usr/bin".into()];
        let found = installations(&search, home.path());
        assert_eq!(found, [at(".cargo/bin"), at(".local/bin"), at(".nvm/v22/bin"), at(".nvm/v22/lib")]);
    }

    #[test]
    fn no_folder_of_programs_opens_a_home_or_the_machine() {
        let above = tempfile::tempdir().unwrap();
        let above = std::fs::canonicalize(above.path()).unwrap();
        let home = above.join("ada");
        for name in ["bin", "lib", "share", "tools"] {
            std::fs::create_dir_all(home.join(name)).unwrap();
        }
        std::os::unix::fs::symlink(&home, above.join("link")).unwrap();
        let outside = ["/", "."].map(PathBuf::from).into_iter().chain([above.clone(), above.join("link")]);
        for folder in outside.chain([home.clone()]) {
            assert_eq!(installations(std::slice::from_ref(&folder), &home), [] as [PathBuf; 0], "{}", folder.display());
        }
        let own = home.join("bin");
        assert_eq!(installations(std::slice::from_ref(&own), &home), [own]);
        let linked = above.join("link/bin");
        assert_eq!(installations(std::slice::from_ref(&linked), &home), [linked], "by whatever name");
        let served = PathBuf::from("/srv/bin");
        assert_eq!(installations(std::slice::from_ref(&served), &home), [served]);
    }

    #[test]
    fn a_package_of_node_is_read_with_what_it_uses() {
        let folder = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(folder.path()).unwrap();
        let real = root.join("node_modules/@x/agent/cli");
        std::fs::create_dir_all(real.parent().unwrap()).unwrap();
        std::fs::write(&real, "").unwrap();
        std::fs::create_dir_all(root.join("bin")).unwrap();
        std::os::unix::fs::symlink(&real, root.join("bin/agent")).unwrap();
        let found = program(&root.join("bin/agent"));
        let links = vec![root.join("bin/agent")];
        let trail = |real| Trail { real, links: links.clone() };
        assert_eq!(found, [trail(real), trail(root.join("node_modules"))]);
    }
}
