//! Signing with a person's own ssh key: which key that is, and having `ssh-keygen -Y sign` use it, which knows agents,
//! pass phrases and keys that stay in a device. What is signed is checked elsewhere, without any program.

use super::programs;
use crate::model::Zone;
use crate::model::signing::SigningKey;
use crate::store::signature::NAMESPACE;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Most files in a person's `.ssh` that are looked at.
const FILES_MAX: usize = 200;

/// A key that a person can sign with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// The file of the key, or of its public half.
    File(PathBuf),
    /// It is asked of the agent, by its line.
    Agent(String),
}

/// The person who signs, as their machine tells of them.
#[derive(Debug, Clone)]
pub struct Signer {
    /// Their home.
    pub home: PathBuf,
    /// Where programs are found.
    pub programs: Vec<PathBuf>,
    /// `user.signingkey` of their own git settings.
    pub configured: Option<String>,
    /// Where a public key may be laid for a moment.
    pub scratch: PathBuf,
}

impl Signer {
    /// The keys among those `listed` that may be here, the likeliest first: the one git signs with, those in `.ssh`, and
    /// then whatever the agent has.
    pub fn keys(&self, listed: &[String], zone: &Zone) -> Vec<Key> {
        let lines = listed.iter().filter_map(|line| Some((line, SigningKey::parse(line, zone).ok()?)));
        let lines: Vec<(&String, SigningKey)> = lines.collect();
        let is_listed = |text: &str| {
            let key = SigningKey::parse(text, zone);
            key.is_ok_and(|key| lines.iter().any(|(_, listed)| listed.blob == key.blob))
        };
        let public = |path: &Path| {
            let text = std::fs::read_to_string(path).ok()?;
            text.lines().next().filter(|line| is_listed(line)).map(|_| ())
        };
        let mut keys = Vec::new();
        if let Some(configured) = &self.configured {
            let literal = configured.strip_prefix("key::").unwrap_or(configured);
            let path = match configured.strip_prefix("~/") {
                Some(rest) => self.home.join(rest),
                None => PathBuf::from(configured),
            };
            let beside = PathBuf::from(format!("{}.pub", path.display()));
            if is_listed(literal) {
                keys.push(Key::Agent(literal.to_owned()));
            } else if path.is_absolute() && (public(&path).is_some() || public(&beside).is_some()) {
                keys.push(Key::File(path));
            }
        }
        let files = std::fs::read_dir(self.home.join(".ssh")).into_iter().flatten().flatten().take(FILES_MAX);
        let files = files.map(|file| file.path());
        let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "pub")).collect();
        files.sort();
        keys.extend(
            files.into_iter().filter(|path| public(path).is_some()).map(|path| Key::File(path.with_extension(""))),
        );
        let bare =
            lines.iter().filter_map(|(line, _)| Some(line[line.find("ssh-").or(line.find("ecdsa-"))?..].to_owned()));
        keys.extend(bare.map(Key::Agent));
        keys.dedup();
        keys
    }

    /// Signs with the first of `keys` that can.
    ///
    /// # Errors
    /// Why none could, in the words of the last program that tried.
    pub fn sign(&self, keys: &[Key], what: &[u8]) -> Result<String, String> {
        let program = programs::find("ssh-keygen", &self.home, &self.programs)
            .ok_or("`ssh-keygen` is not installed, which is what signs")?;
        let mut why = "none of the keys that are listed is here, neither in ~/.ssh nor in the agent".to_owned();
        for key in keys {
            match self.sign_with(&program, key, what) {
                Ok(signature) => return Ok(signature),
                Err(error) => why = error,
            }
        }
        Err(why)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a person's own key is used in front of them, by the program that knows it"
    )]
    fn sign_with(&self, program: &Path, key: &Key, what: &[u8]) -> Result<String, String> {
        let failed = |error: std::io::Error| format!("ssh-keygen cannot be run: {error}");
        let mut command = Command::new(program);
        command.args(["-Y", "sign", "-n", NAMESPACE]);
        let laid = match key {
            Key::File(path) => {
                let beside = PathBuf::from(format!("{}.pub", path.display()));
                command.arg("-f").arg(if path.exists() { path } else { &beside });
                None
            }
            Key::Agent(line) => {
                let laid = self.scratch.join(format!("corp-key-{}.pub", std::process::id()));
                // Anybody may write where temporary files lie, so what stands there already is not written through.
                let fresh = std::fs::File::options().write(true).create_new(true).mode(0o600).open(&laid);
                fresh.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes())).map_err(failed)?;
                command.arg("-U").arg("-f").arg(&laid);
                Some(laid)
            }
        };
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = command.spawn().and_then(|mut child| {
            if let Some(mut stdin) = child.stdin.take() {
                // One that goes without reading says why on its own.
                drop(stdin.write_all(what));
            }
            child.wait_with_output()
        });
        if let Some(laid) = laid {
            drop(std::fs::remove_file(laid));
        }
        let output = output.map_err(failed)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let line = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it gave no reason");
            return Err(format!("ssh-keygen did not sign: {}", line.trim()));
        }
        String::from_utf8(output.stdout).map_err(|_| "ssh-keygen wrote what is no text".to_owned())
    }
}
