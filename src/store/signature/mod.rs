//! Whether a commit was signed by one of somebody's keys: the verdict of `git verify-commit`, found in this process.
//!
//! No program is started for it: what decides cannot be replaced by a setting of the repository. [`envelope`] reads what
//! `ssh-keygen -Y sign` makes, here it is compared with the keys a person listed, and [`word`] makes a commit that carries a
//! signature. Which keys count, and what does not count without one, is asked elsewhere.
//!
//! Why so: `docs/decisions/0016-signatures.md`.

mod envelope;
pub mod word;

use crate::model::Zone;
use crate::model::signing::{SigningKey, fingerprint};
use crate::store::history::{History, Id};
use crate::store::reading::Reading as _;
use envelope::Envelope;
use gix::objs::CommitRefIter;
use jiff::Timestamp;

/// What git has ssh sign commits for.
pub const NAMESPACE: &str = "git";

/// Whether the commit that holds `data` was signed by one of the keys in `lines`, as they count in `zone`.
///
/// # Errors
/// Why it does not count, in words that follow "its commit".
pub fn verify(data: &[u8], lines: &[String], zone: &Zone) -> Result<(), String> {
    let kind = gix::hash::Kind::Sha1;
    let damaged = |_| "cannot be read".to_owned();
    let found = CommitRefIter::signature(data, kind).map_err(damaged)?;
    let (text, signed) = found.ok_or("is not signed")?;
    let envelope = Envelope::read(&text).map_err(|why| format!("has a signature that is not read: {why}"))?;
    if envelope.namespace != NAMESPACE {
        return Err(format!("is signed for `{}`, and not as a commit", envelope.namespace));
    }
    let name = fingerprint(&envelope.key);
    let mut listed = Vec::new();
    let mut unread = None;
    for line in lines {
        match SigningKey::parse(line, zone) {
            Ok(key) if key.blob == envelope.key => listed.push(key),
            Ok(_) => {}
            Err(why) => unread = Some(why),
        }
    }
    if listed.is_empty() {
        return Err(match unread {
            Some(why) => format!("is signed with {name}, which is not listed; one that is cannot be read: {why}"),
            None => format!("is signed with {name}, which is not listed"),
        });
    }
    let committed = CommitRefIter::from_bytes(data, kind).committer().map_err(|_| "cannot be read")?;
    let at = Timestamp::from_second(committed.seconds()).map_err(|_| "has no time")?;
    let mut why = None;
    let counts = listed.iter().any(|key| {
        let wrong =
            if key.signs(NAMESPACE) { key.untimely(at) } else { Some("its key may not sign commits".to_owned()) };
        let counts = wrong.is_none();
        why = why.take().or(wrong);
        counts
    });
    if !counts {
        return Err(format!("does not count: {}", why.unwrap_or_default()));
    }
    envelope.verify(&signed.to_bstring()).map_err(|why| format!("was altered, or its signature was: {why}"))
}

/// The same for a commit of a history.
///
/// # Errors
/// As [`verify`].
pub fn verify_commit(history: &History, id: Id, lines: &[String], zone: &Zone) -> Result<(), String> {
    let commit = history.repository().read_commit(id).map_err(|_| "cannot be read".to_owned())?;
    verify(&commit.data, lines, zone)
}
