//! Who causes a change: [`Actor`]; and the chance it is given to make new names from: [`Nonce`].

use super::{RunId, Slug};
use std::fmt;

/// The name under which the program itself acts.
pub const CORP: &str = "corp";

/// Who causes a change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// A person, by the id of the board or the name git has of them.
    Person(Slug),
    /// An agent, in one of its runs.
    Agent {
        /// The agent.
        agent: Slug,
        /// The run in which it acts.
        run: RunId,
    },
    /// The program: time came, a run ended, a rule held.
    Corp,
}

impl Actor {
    /// The name that commits and threads carry.
    pub fn name(&self) -> &str {
        match self {
            Self::Person(person) => person.as_str(),
            Self::Agent { agent, .. } => agent.as_str(),
            Self::Corp => CORP,
        }
    }

    /// The run in which it acts, if it is an agent.
    pub fn run(&self) -> Option<&RunId> {
        match self {
            Self::Agent { run, .. } => Some(run),
            Self::Person(_) | Self::Corp => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Sixteen random bytes that an event brings along. Names of runs and entries are made from them, so that deciding
/// itself needs no chance: the same event again makes the same names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nonce(pub [u8; 16]);

impl Nonce {
    /// Another nonce made from this one, the `place`th.
    #[must_use]
    pub fn nth(self, place: u64) -> Self {
        use sha2::Digest as _;
        let mut hash = sha2::Sha256::new();
        hash.update(self.0);
        hash.update(place.to_be_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        Self(bytes)
    }

    /// A number made of it.
    pub fn number(self) -> u64 {
        u64::from_be_bytes(std::array::from_fn(|at| self.0[at]))
    }

    /// `length` characters out of `0-9a-z` without those that are mistaken for each other (Crockford's alphabet).
    pub fn letters(self, length: usize) -> String {
        let mut rest = u128::from_be_bytes(self.0);
        let mut text = String::with_capacity(length);
        for _ in 0..length.min(25) {
            text.push(char::from(ALPHABET[(rest & 31) as usize]));
            rest >>= 5;
        }
        text
    }

    /// The id of a run announced at `at`: ids made later sort later.
    pub fn run_id(self, at: jiff::Timestamp) -> RunId {
        let mut ms = u64::try_from(at.as_millisecond()).unwrap_or(0);
        let mut time = [b'0'; 9];
        for letter in time.iter_mut().rev() {
            *letter = ALPHABET[(ms & 31) as usize];
            ms >>= 5;
        }
        let time = time.map(char::from).iter().collect::<String>();
        super::Scalar::parse(&format!("r-{time}{}", self.letters(7))).expect("letters and digits after `r-`")
    }
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_ids_sort_by_time_and_differ_by_chance() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
        let early = Nonce([255; 16]).run_id(at("2026-11-20T10:00:00Z"));
        let late = Nonce([0; 16]).run_id(at("2026-11-20T10:00:00.001Z"));
        assert!(early < late, "{early} {late}");
        assert_ne!(Nonce([1; 16]).run_id(at("2026-11-20T10:00:00Z")), early);
        assert_eq!(Nonce([0; 16]).run_id(at("1969-01-01T00:00:00Z")).as_str(), "r-0000000000000000");
        assert_eq!(Nonce([0; 16]).run_id(at("9999-12-30T22:00:00Z")).as_str().len(), 18);
        assert_ne!(Nonce([0; 16]).nth(0), Nonce([0; 16]).nth(1));
    }
}
