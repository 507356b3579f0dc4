//! One commit: who made it, when, and what it says.

use super::Id;
use crate::model::{Scalar as _, Slug};
use crate::store::found::Author;
use crate::store::message::Message;
use gix::bstr::ByteSlice as _;
use gix::objs::CommitRefIter;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Bytes of a message that are read: more than the program ever writes.
const MESSAGE_BYTES_MAX: usize = 64 << 10;

/// The address under which the program itself commits.
const PROGRAM: &str = "corp@localhost";

/// A commit, told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub id: Id,
    /// The commits it came from; empty for the first one, and where they were not fetched.
    pub parents: Vec<Id>,
    /// Whether its parents exist elsewhere and were not fetched.
    pub boundary: bool,
    /// The name and address it was made under.
    pub author: Author,
    /// Who that is.
    pub who: Who,
    /// When it was made.
    pub authored: Timestamp,
    /// When it came into this history.
    pub time: Timestamp,
    /// Whether the program made it. Its trailers mean something only then.
    pub by_program: bool,
    /// What it says.
    pub message: Message,
}

/// Who made a commit. Names in commits are claims: whoever can push can write any of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A person: their id, or the name they gave git.
    Person(String),
    /// An agent, by its slug.
    Agent(String),
    /// The program itself.
    Program,
}

impl Who {
    /// The word it is shown with.
    pub fn name(&self) -> &str {
        match self {
            Self::Person(name) | Self::Agent(name) => name,
            Self::Program => "corp",
        }
    }

    /// What kind it is, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Agent(_) => "agent",
            Self::Program => "program",
        }
    }
}

impl Commit {
    /// The run whose work it is; only the program's own commits belong to one.
    pub fn run(&self) -> Option<&str> {
        let run = self.message.trailers.run.as_ref()?;
        (self.by_program && !matches!(self.who, Who::Person(_))).then(|| run.as_str())
    }
}

/// A commit of which only the head was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) id: Id,
    pub(super) tree: Id,
    /// Without those that were not fetched.
    pub(super) parents: Vec<Id>,
    pub(super) boundary: bool,
    /// When it was committed, in seconds since 1970.
    pub(super) seconds: i64,
    data: Vec<u8>,
}

impl Raw {
    pub(super) fn read(id: Id, data: Vec<u8>, boundary: bool) -> Result<Self, String> {
        let mut fields = CommitRefIter::from_bytes(&data, id.kind());
        let tree = fields.tree_id().map_err(|error| error.to_string())?;
        let parents = CommitRefIter::from_bytes(&data, id.kind()).parent_ids().filter(|_| !boundary).collect();
        let committer = CommitRefIter::from_bytes(&data, id.kind()).committer();
        let seconds = committer.map(|signature| signature.seconds()).unwrap_or_default();
        Ok(Self { id, tree, parents, boundary, seconds, data })
    }

    pub(super) fn time(&self) -> Timestamp {
        timestamp(self.seconds)
    }

    /// Reads the rest. What is damaged is left empty, so that one odd commit hides no other.
    pub(super) fn told(&self, board: &BTreeMap<String, String>) -> Commit {
        let fields = || CommitRefIter::from_bytes(&self.data, self.id.kind());
        let mut signatures = fields().signatures();
        let text = |bytes: &[u8]| bytes.to_str_lossy().trim().to_owned();
        let mut next = || {
            let signature = signatures.next();
            let author = signature.map(|signature| Author { name: text(signature.name), email: text(signature.email) });
            let seconds = signature.map_or(self.seconds, |signature| signature.seconds());
            (author.unwrap_or_else(|| Author { name: String::new(), email: String::new() }), seconds)
        };
        let ((author, authored), (committer, _)) = (next(), next());
        let by_program = committer.email == PROGRAM;
        let message = fields().message().map(|message| message.as_bytes()).unwrap_or_default();
        let message = Message::parse(&message[..message.len().min(MESSAGE_BYTES_MAX)].to_str_lossy());
        let actor = message.trailers.actor.as_ref().filter(|_| by_program);
        Commit {
            id: self.id,
            parents: self.parents.clone(),
            boundary: self.boundary,
            who: who(&author, actor, board),
            author,
            authored: timestamp(authored),
            time: self.time(),
            by_program,
            message,
        }
    }
}

fn who(author: &Author, actor: Option<&Slug>, board: &BTreeMap<String, String>) -> Who {
    if author.email == PROGRAM {
        return Who::Program;
    }
    if let Some((name, host)) = author.email.split_once('@')
        && host.starts_with("agents.")
        && let Ok(slug) = Slug::parse(name)
    {
        return Who::Agent(slug.to_string());
    }
    let known = board.get(&author.email.to_ascii_lowercase()).cloned();
    let name = known.or_else(|| actor.map(ToString::to_string));
    let given = [&author.name, &author.email].into_iter().find(|text| !text.is_empty());
    Who::Person(name.or_else(|| given.cloned()).unwrap_or_else(|| "nobody".to_owned()))
}

/// Seconds as an instant; what lies beyond the calendar is its end.
fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(text: &str) -> Commit {
        let tree = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";
        let id = Id::null(gix::hash::Kind::Sha1);
        let board = BTreeMap::from([("ada@example.org".to_owned(), "ada".to_owned())]);
        Raw::read(id, format!("{tree}{text}").into_bytes(), false).unwrap().told(&board)
    }

    #[test]
    fn who_made_a_commit_is_told_by_its_author() {
        let mine = "committer Ada <ada@example.org> 1 +0000";
        let ours = "committer corp <corp@localhost> 1 +0000";
        for (author, committer, message, who) in [
            ("Ada L <Ada@example.org>", mine, "x", Who::Person("ada".into())),
            ("Bob <bob@example.org>", mine, "x", Who::Person("Bob".into())),
            ("CTO <cto@agents.acme>", ours, "x", Who::Agent("cto".into())),
            ("corp <corp@localhost>", ours, "x\n\nActor: corp\n", Who::Program),
            ("x <b@x>", ours, "x\n\nActor: bob\n", Who::Person("bob".into())),
            // Trailers of a commit that the program did not make prove nothing.
            ("Eve <eve@x>", mine, "x\n\nActor: ada\n", Who::Person("Eve".into())),
            (" <>", mine, "x", Who::Person("nobody".into())),
        ] {
            assert_eq!(commit(&format!("author {author} 1 +0000\n{committer}\n\n{message}")).who, who, "{author}");
        }
    }

    #[test]
    fn only_the_program_s_own_commits_belong_to_a_run() {
        let text = |committer: &str| {
            format!("author CTO <cto@agents.a> 1 +0000\ncommitter {committer} 1 +0000\n\nx\n\nRun: r-01jd\n")
        };
        assert_eq!(commit(&text("corp <corp@localhost>")).run(), Some("r-01jd"));
        assert_eq!(commit(&text("Eve <eve@x>")).run(), None);
    }

    #[test]
    fn what_is_damaged_is_left_empty() {
        let odd = commit("author x\ncommitter y\n\n\u{fffd}");
        assert_eq!((odd.who, odd.time), (Who::Person("nobody".into()), Timestamp::UNIX_EPOCH));
        let far = commit("author A <a@x> 99999999999999999 +0000\ncommitter A <a@x> 99999999999999999 +0000\n\nx");
        assert_eq!(far.time, Timestamp::MAX);
        assert!(Raw::read(Id::null(gix::hash::Kind::Sha1), b"nothing".to_vec(), false).is_err());
    }
}
