//! What of the machine every confined process reads: its programs and libraries, its settings, its devices.
//!
//! Never a folder in which people or services keep their own: no home, no `/run`, no `/tmp`, no `/var`.

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
    "/dev/fd",
];

/// Devices that are read and written: those that hold nothing, and the terminal.
const DEVICES: &[&str] =
    &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx", "/dev/pts"];

/// Memory that programs share by name. All runs of an account see the same; only the strict level goes without.
const SHARED_MEMORY: &str = "/dev/shm";

/// The settings of the machine.
const SETTINGS: &str = "/etc";

/// Folders of a program's installation, beside the one its programs are in, in which there are parts of it.
const PARTS: &[&str] = &["bin", "lib", "lib64", "libexec", "share", "include", "versions", "shims", "install", "tools"];

/// What is read.
pub fn read() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = READ.iter().map(PathBuf::from).filter(|path| path.exists()).collect();
    found.extend(settings());
    found
}

/// What is written, at this level.
pub fn write(strict: bool) -> Vec<PathBuf> {
    let shared = (!strict).then_some(SHARED_MEMORY);
    DEVICES.iter().copied().chain(shared).map(PathBuf::from).filter(|path| path.exists()).collect()
}

/// The settings. An account is kept from those that are not its own by their permissions; for root, who may read
/// everything, only those are named that everybody may read.
fn settings() -> Vec<PathBuf> {
    if is_root() { readable(Path::new(SETTINGS), 2) } else { vec![SETTINGS.into()] }
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
/// not. What is further down is taken as it is above.
#[cfg(unix)]
fn readable(folder: &Path, depth: u32) -> Vec<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let (mut found, mut whole) = (Vec::new(), true);
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        // A link is judged as what it is: where it leads is named for itself, or not.
        let Ok(about) = std::fs::symlink_metadata(&path) else { continue };
        if about.is_symlink() {
            continue;
        }
        if about.permissions().mode() & 0o004 == 0 {
            whole = false;
        } else if about.is_dir() && depth > 0 {
            let below = readable(&path, depth - 1);
            whole &= below == [path];
            found.extend(below);
        } else {
            found.push(path);
        }
    }
    if whole { vec![folder.to_owned()] } else { found }
}

#[cfg(not(unix))]
fn readable(folder: &Path, _depth: u32) -> Vec<PathBuf> {
    vec![folder.to_owned()]
}

/// What belongs to the programs in these folders of a search path, as far as it lies elsewhere than the machine's own.
/// Of what lies around an installation below a home only its parts are named: people keep their own there too.
pub fn installations(search: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = BTreeSet::new();
    for folder in search.iter().filter(|folder| !READ.iter().any(|known| folder.starts_with(known))) {
        found.insert(folder.clone());
        let prefix = folder.parent().filter(|_| folder.ends_with("bin") || folder.ends_with("shims"));
        // What lies in `~/.local` and `~/.cargo` beside their programs is not theirs.
        let Some(prefix) = prefix.filter(|prefix| !prefix.ends_with(".local") && !prefix.ends_with(".cargo")) else {
            continue;
        };
        found.extend(PARTS.iter().map(|part| prefix.join(part)).filter(|part| part.is_dir()));
    }
    found.into_iter().collect()
}

/// What belongs to this program: itself, what is installed with it, what it leads to.
pub fn program(path: &Path) -> Vec<PathBuf> {
    let mut found = vec![path.to_owned()];
    let Ok(real) = std::fs::canonicalize(path) else { return found };
    for place in [path, &real] {
        // A package of Node is spread over the folder of all of them.
        let packages = place.ancestors().filter(|above| above.ends_with("node_modules")).last();
        found.extend(packages.map(Path::to_owned));
    }
    if !found.contains(&real) {
        found.push(real);
    }
    found
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
        let mut found = readable(folder.path(), 2);
        found.sort();
        assert_eq!(found, [at("mixed/b"), at("open")]);
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
        let found = installations(&search);
        assert_eq!(found, [at(".cargo/bin"), at(".local/bin"), at(".nvm/v22/bin"), at(".nvm/v22/lib")]);
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
        assert_eq!(found, [root.join("bin/agent"), root.join("node_modules"), real]);
    }
}
