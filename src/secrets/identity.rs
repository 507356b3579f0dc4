//! This account's identity: the secret keys by which it opens what was sealed for it.
//!
//! It lies outside of every company, in the format of `age-keygen` or of `ssh-keygen`, for this account alone: a file that
//! others can read, a link, and somebody else's file are refused. Its copy lies elsewhere, since what was sealed for a lost key alone
//! nobody opens again.

use super::seal::Recipient;
use super::ssh::{self, SshError};
use age::secrecy::ExposeSecret as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Longest identity file that is read, in bytes: some hundred keys with comments.
const FILE_BYTES_MAX: u64 = 64 << 10;

/// The keys of this account.
pub struct Identity {
    keys: Vec<Key>,
}

enum Key {
    Age(age::x25519::Identity),
    Ssh(ssh::SecretKey),
}

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// It is not there.
    #[error("there is no key of this account at {path}")]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// There is one already.
    #[error("{path} is there already")]
    There {
        /// The file.
        path: PathBuf,
    },
    /// Others can read it.
    #[error("{path} can be read by others (mode {mode:03o})")]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is a link, a folder or somebody else's.
    #[error("{path} is {what}")]
    Odd {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// It holds no key.
    #[error("{path} holds no key: a line of it begins with `AGE-SECRET-KEY-1`")]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// It is a key of ssh that cannot be used.
    #[error("{path} cannot be used: {source}")]
    Ssh {
        /// The file.
        path: PathBuf,
        /// Why.
        source: SshError,
    },
    /// The system refused.
    #[error("{path}: {source}")]
    System {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl IdentityError {
    /// What to type next.
    pub fn hint(&self) -> String {
        match self {
            Self::Missing { .. } => {
                "make one with `corp secret init`, or put your copy back there with `corp secret init --restore FILE`"
                    .to_owned()
            }
            Self::There { .. } => "it is kept as it is".to_owned(),
            Self::Open { path, .. } => format!("`chmod 600 {}`, and think of whether somebody read it", path.display()),
            Self::Odd { .. } => "put a file of your own there, of mode 600".to_owned(),
            Self::Ssh { source: SshError::Passphrase, .. } => {
                "make a key of its own with `corp secret init`; a person opens the company's files with `age -d -i` and this one"
                    .to_owned()
            }
            Self::Ssh { .. } => "make a key of its own with `corp secret init`, or with `ssh-keygen -t ed25519`".to_owned(),
            Self::NoKey { .. } => "put your copy back with `corp secret init --restore FILE`".to_owned(),
            Self::System { .. } => "look at its folder with `ls -ld`".to_owned(),
        }
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.recipients()).finish()
    }
}

impl Identity {
    /// A new key.
    pub fn generate() -> Self {
        Self { keys: vec![Key::Age(age::x25519::Identity::generate())] }
    }

    /// Reads the keys in a text of `age-keygen`, or the one in a file of `ssh-keygen`.
    ///
    /// # Errors
    /// It is a key of ssh that cannot be used. `None`: there is no key in it.
    pub fn parse(text: &str) -> Result<Option<Self>, SshError> {
        if ssh::SecretKey::is_meant(text) {
            return Ok(Some(Self { keys: vec![Key::Ssh(ssh::SecretKey::parse(text)?)] }));
        }
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let keys = lines.map(|line| line.parse().map(Key::Age)).collect::<Result<Vec<Key>, _>>();
        Ok(keys.ok().filter(|keys| !keys.is_empty()).map(|keys| Self { keys }))
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn load(path: &Path) -> Result<Self, IdentityError> {
        let text = read(path)?;
        let found = Self::parse(&text).map_err(|source| IdentityError::Ssh { path: path.to_owned(), source })?;
        found.ok_or_else(|| IdentityError::NoKey { path: path.to_owned() })
    }

    /// What an identity file says. It is the secret itself.
    pub fn text(&self) -> String {
        let one = |key: &Key| match key {
            Key::Age(key) => {
                format!("# public key: {}\n{}\n", key.to_public(), key.to_string().expose_secret())
            }
            Key::Ssh(key) => key.text().to_owned(),
        };
        self.keys.iter().map(one).collect()
    }

    /// Puts it into a file that is not there yet, durably.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn create(&self, path: &Path) -> Result<(), IdentityError> {
        let system = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => IdentityError::There { path: path.to_owned() },
            _ => IdentityError::System { path: path.to_owned(), source },
        };
        if let Some(folder) = path.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(system)?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(system)?;
        file.write_all(self.text().as_bytes()).and_then(|()| file.sync_all()).map_err(system)?;
        // Without its folder's entry it would be lost with the power, and with it whatever was sealed for it.
        let folder = path.parent().unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(system)
    }

    /// The public keys that belong to it.
    pub fn recipients(&self) -> Vec<Recipient> {
        let public = |key: &Key| match key {
            Key::Age(key) => key.to_public().into(),
            Key::Ssh(key) => key.public().clone().into(),
        };
        self.keys.iter().map(public).collect()
    }

    /// The keys, for opening.
    pub(super) fn keys(&self) -> impl Iterator<Item = &dyn age::Identity> {
        self.keys.iter().map(|key| match key {
            Key::Age(key) => key as &dyn age::Identity,
            Key::Ssh(key) => key,
        })
    }
}

fn read(path: &Path) -> Result<String, IdentityError> {
    let system = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => IdentityError::Missing { path: path.to_owned() },
        // What O_NOFOLLOW says of a link.
        _ if source.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            IdentityError::Odd { path: path.to_owned(), what: "a link" }
        }
        _ => IdentityError::System { path: path.to_owned(), source },
    };
    let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(system)?;
    let found = file.metadata().map_err(system)?;
    if !found.is_file() {
        return Err(IdentityError::Odd { path: path.to_owned(), what: "no file" });
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(IdentityError::Odd { path: path.to_owned(), what: "another account's" });
    }
    let mode = found.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(IdentityError::Open { path: path.to_owned(), mode });
    }
    let mut text = String::new();
    file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(system)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn it_is_made_for_this_account_alone_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("corp/identity.txt");
        assert!(matches!(Identity::load(&path), Err(IdentityError::Missing { .. })));
        let identity = Identity::generate();
        identity.create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let read = Identity::load(&path).unwrap();
        assert_eq!(format!("{read:?}"), format!("{identity:?}"));
        assert!(!format!("{read:?}").contains("SECRET"));
        assert!(matches!(identity.create(&path), Err(IdentityError::There { .. })));
    }

    #[test]
    fn what_others_can_read_and_what_is_odd_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.txt");
        Identity::generate().create(&path).unwrap();
        for mode in [0o640, 0o604, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = Identity::load(&path).unwrap_err();
            assert!(matches!(error, IdentityError::Open { mode: found, .. } if found == mode), "{error}");
            assert!(error.hint().starts_with("`chmod 600 "), "{}", error.hint());
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(Identity::load(&link), Err(IdentityError::Odd { what: "a link", .. })));
        assert!(matches!(Identity::load(folder.path()), Err(IdentityError::Odd { what: "no file", .. })));
        let empty = folder.path().join("empty");
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&empty).unwrap();
        assert!(matches!(Identity::load(&empty), Err(IdentityError::NoKey { .. })));
    }
}
