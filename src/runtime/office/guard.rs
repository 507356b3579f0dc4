//! Who is on the board, where somebody of it lists keys: it is what the last commit says that an owner signed, whichever way anything
//! else came. What counts is what came of it all, and not each step: a merge, a dropped commit or a thousand files hide nothing.

use super::came::{Came, Walked};
use super::foreign::Trusted;
use crate::engine::Change;
use crate::format::document::{self, Document};
use crate::format::snapshot as reading;
use crate::format::yaml;
use crate::model::authority::Act;
use crate::model::company::Person;
use crate::model::plan::Paper;
use crate::model::{Actor, Zone};
use crate::store::history::{Content, History, HistoryError, Id};
use crate::store::signature;

/// Where the board stands.
pub(super) const CORP: &str = "corp.yaml";

/// What puts the board back, if it is another one than an owner signed.
pub(super) fn change(trusted: Trusted<'_>, came: Came<'_>, walked: &Walked) -> Result<Option<Change>, HistoryError> {
    let (history, Some(from), Some(to)) = (came.history, came.from, came.to) else { return Ok(None) };
    if !is_guarded(trusted) {
        return Ok(None);
    }
    let is = board(history, to)?.0;
    let (mut wanted, mut source) = (trusted.board.to_vec(), from);
    // The last that changed it without being signed: that is whom it is taken back from.
    let mut unsigned: Option<(Actor, Id, String)> = None;
    for made in walked.touching(CORP) {
        let then = board(history, made.id)?.0;
        let mut is_news = true;
        for parent in history.commit(made.id)?.parents {
            is_news &= board(history, parent)?.0 != then;
        }
        if !is_news {
            continue;
        }
        match signed(trusted, history, made.id, &made.by) {
            Ok(()) => (wanted, source) = (then, made.id),
            Err(why) if !made.is_ours => unsigned = Some((made.by.clone(), made.id, why)),
            Err(_) => {}
        }
    }
    if is == wanted {
        return Ok(None);
    }
    let (by, id, why) = match unsigned {
        Some(unsigned) => unsigned,
        None => (super::foreign::by(history, trusted, to), to, "a board that was signed was dropped".to_owned()),
    };
    let (current, known) = (text(history, to)?, text(history, source)?);
    let after = match (&current, &known) {
        (Some(current), Some(known)) => Some(put_back(current, known, &wanted).unwrap_or_else(|| known.clone())),
        (_, known) => known.clone(),
    };
    let paper = Some(Paper { path: CORP.to_owned(), before: current, after });
    Ok(Some(Change::Trespass { by, path: CORP.to_owned(), commit: history.short(id), why, paper }))
}

/// Whether anybody of the board lists keys.
pub(super) fn is_guarded(trusted: Trusted<'_>) -> bool {
    trusted.board.iter().any(|person| !person.signing_keys.is_empty())
}

/// Whether an owner signed a commit, with a key they listed before it came.
fn signed(trusted: Trusted<'_>, history: &History, id: Id, by: &Actor) -> Result<(), String> {
    let who = match by {
        Actor::Person(who) => trusted.board.iter().find(|person| person.id == *who),
        Actor::Corp | Actor::Agent { .. } => None,
    };
    let Some(person) = who.filter(|person| person.role.may(Act::Board)) else {
        return Err(format!("{by} may not {}", Act::Board.words()));
    };
    if person.signing_keys.is_empty() {
        return Err("who is on the board is changed with a signature only, and they list no `signing_keys`".to_owned());
    }
    signature::verify_commit(history, id, &person.signing_keys, trusted.zone)
        .map_err(|why| format!("it changes who is on the board, and {why}"))
}

fn text(history: &History, commit: Id) -> Result<Option<String>, HistoryError> {
    let Some(entry) = history.entry(commit, CORP)? else { return Ok(None) };
    Ok(match history.content(entry)? {
        Content::Text(text) => Some(text),
        Content::Binary(_) | Content::Large(_) => None,
    })
}

/// Who was on the board in a commit, and the zone of the company then.
pub(super) fn board(history: &History, commit: Id) -> Result<(Vec<Person>, Zone), HistoryError> {
    Ok(text(history, commit)?.map_or_else(|| (Vec::new(), Zone::utc()), |text| read(&text)))
}

fn read(text: &str) -> (Vec<Person>, Zone) {
    let (Document::Corp(corp), _) = document::read(CORP, text) else { return (Vec::new(), Zone::utc()) };
    let board = corp.board.iter().flatten().filter_map(reading::person).collect();
    (board, corp.timezone.clone().unwrap_or_else(Zone::utc))
}

/// The text with the board of another one. `None`: it cannot be put there so that it says just that.
fn put_back(current: &str, known: &str, wanted: &[Person]) -> Option<String> {
    let there = block(known).map_or("", |range| &known[range]);
    let mut after = match block(current) {
        Some(range) => format!("{}{there}{}", &current[..range.start], &current[range.end..]),
        None => format!("{}\n{there}", current.trim_end()),
    };
    if !after.ends_with('\n') {
        after.push('\n');
    }
    (boards(&after) == 1 && read(&after).0 == wanted).then_some(after)
}

/// The key `board` with its value.
fn block(text: &str) -> Option<std::ops::Range<usize>> {
    let root = yaml::parse(text, 0).root?;
    let (key, value) = root.entry("board")?;
    Some(key.span.start..value.span.end)
}

/// How often the key stands there: a second one is an error of the whole file.
fn boards(text: &str) -> usize {
    let root = yaml::parse(text, 0).root;
    let keys = root.iter().flat_map(|root| root.entries()).filter_map(|(key, _)| text.get(key.span.clone()));
    keys.filter(|key| key.trim_matches(['"', '\'']) == "board").count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_is_put_back_and_the_rest_stays() {
        let known = "schema: corp/v1\n# who decides\nboard:\n  - id: ada\n    role: owner\n# money\ncurrency: USD\n";
        let wanted = read(known).0;
        assert_eq!(wanted.len(), 1);
        for (current, expected) in [
            (
                "schema: corp/v1\nboard:\n- id: eve\n  role: owner\n\n# zone\ntimezone: UTC\n",
                "schema: corp/v1\nboard:\n  - id: ada\n    role: owner\n\n# zone\ntimezone: UTC\n",
            ),
            ("board: [\n  {id: eve}\n]\nschema: corp/v1\n", "board:\n  - id: ada\n    role: owner\nschema: corp/v1\n"),
            ("schema: corp/v1", "schema: corp/v1\nboard:\n  - id: ada\n    role: owner\n"),
        ] {
            assert_eq!(put_back(current, known, &wanted).as_deref(), Some(expected), "{current}");
        }
        // What cannot be told apart from it is not cut.
        assert_eq!(put_back("{schema: corp/v1, board: [{id: eve}]}\n", known, &wanted), None);
        assert_eq!(put_back("board: [{id: eve}]\nboard: [{id: eve}]\n", known, &wanted), None);
    }
}
