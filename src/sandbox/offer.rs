//! What this machine has to confine a process with.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The least version of Landlock that is of use: with an earlier one what may not be written can still be emptied.
pub const LANDLOCK_LEAST: u32 = 3;

/// The version of Landlock from which on a policy is held whole: ports since 4, signals and abstract sockets since 6.
pub const LANDLOCK_WHOLE: u32 = 6;

/// What this machine has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    /// The version of Landlock; 0: none.
    pub landlock: u32,
    /// Whether calls into the kernel can be refused (seccomp).
    pub seccomp: bool,
    /// bubblewrap.
    pub bubblewrap: Wrapper,
}

/// Whether there is bubblewrap, and it works.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Wrapper {
    /// It is tried when it is first asked for: only runs at the strict level need it.
    #[default]
    Untried,
    /// Where it is, or why it cannot be used, in words.
    Known(Result<PathBuf, String>),
}

impl Offer {
    /// What the running kernel has. It is looked at once.
    pub fn here() -> &'static Self {
        static HERE: OnceLock<Offer> = OnceLock::new();
        HERE.get_or_init(Self::look)
    }

    #[cfg(target_os = "linux")]
    fn look() -> Self {
        Self {
            landlock: super::linux::landlock_version(),
            seccomp: super::linux::has_seccomp(),
            bubblewrap: Wrapper::Untried,
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn look() -> Self {
        Self::default()
    }

    /// bubblewrap, if it can be used.
    ///
    /// # Errors
    /// Why it cannot, in words.
    pub fn bubblewrap(&self) -> Result<&Path, &str> {
        static TRIED: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        let found = match &self.bubblewrap {
            Wrapper::Known(found) => found,
            Wrapper::Untried => TRIED.get_or_init(try_bubblewrap),
        };
        found.as_deref().map_err(String::as_str)
    }

    /// Whether a run can be confined at all.
    pub fn is_of_use(&self) -> bool {
        self.seccomp && self.landlock >= LANDLOCK_LEAST
    }

    /// What is missing for a policy to be held whole, in words.
    pub fn lacks(&self) -> Vec<String> {
        let mut lacks = Vec::new();
        if !cfg!(target_os = "linux") {
            lacks.push("runs can be confined on Linux only".to_owned());
            return lacks;
        }
        if !self.seccomp {
            lacks.push("this kernel has no seccomp".to_owned());
        }
        match self.landlock {
            0 => lacks.push("this kernel has no Landlock, or it is not switched on (`lsm=landlock,…`)".to_owned()),
            version if version < LANDLOCK_LEAST => {
                lacks
                    .push(format!("this kernel's Landlock is version {version}; {LANDLOCK_LEAST} is the first of use"));
            }
            3 => lacks.push("this kernel's Landlock is version 3: it holds no ports and no signals".to_owned()),
            version if version < LANDLOCK_WHOLE => {
                lacks.push(format!("this kernel's Landlock is version {version}: it holds no signals"));
            }
            _ => {}
        }
        lacks
    }
}

#[cfg(target_os = "linux")]
fn try_bubblewrap() -> Result<PathBuf, String> {
    super::linux::bubblewrap::tried()
}

#[cfg(not(target_os = "linux"))]
fn try_bubblewrap() -> Result<PathBuf, String> {
    Err("bubblewrap is for Linux".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_missing_is_said() {
        for (landlock, seccomp, of_use, missing) in [
            (7, true, true, None),
            (6, true, true, None),
            (5, true, true, Some("signals")),
            (3, true, true, Some("no ports and no signals")),
            (2, true, false, Some("3 is the first of use")),
            (0, true, false, Some("no Landlock")),
            (7, false, false, Some("no seccomp")),
        ] {
            let offer = Offer { landlock, seccomp, ..Offer::default() };
            assert_eq!(offer.is_of_use(), of_use, "{landlock} {seccomp}");
            let lacks = offer.lacks().join("; ");
            assert_eq!(missing.is_some(), !lacks.is_empty(), "{landlock}: {lacks}");
            assert!(lacks.contains(missing.unwrap_or_default()), "{landlock}: {lacks}");
        }
    }
}
