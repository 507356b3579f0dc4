//! What a daemon waits for when it comes and when it goes: the first word of the remote, the end of what is done beside
//! deciding, and that there is a company at all.

use super::company::{Company, later};
use super::letters::Letter;
use super::upkeep::Upkeep;
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// Longest wait for the first word of the remote, before the first run, in milliseconds: a transfer of a moment, or none.
const FIRST_WORD_MS_MAX: i64 = 5_000;

/// How long a daemon that goes waits for what is done beside deciding. A transfer may take minutes, and nothing is lost
/// when it is broken off.
const LEAVE_MAX: Duration = Duration::from_secs(5);

/// Between two looks whether it is done.
const LEAVE_LOOK: Duration = Duration::from_millis(50);

impl Company<'_> {
    /// Asks the remote once before anything starts: a home that was away may have moved meanwhile. Being offline is normal,
    /// and nobody waits for long. Whoever asks meanwhile is answered, also before the files are looked through, but by a company
    /// in which all that is committed was judged.
    pub(super) fn ask_the_remote(&mut self, letters: &Receiver<Letter>) {
        self.keep_up();
        let until = later(self.office.now(), FIRST_WORD_MS_MAX);
        loop {
            let waits = self.office.now() < until && self.upkeep.as_ref().is_some_and(Upkeep::is_syncing);
            let first = if waits { letters.recv_timeout(LEAVE_LOOK).ok() } else { None };
            let batch: Vec<Letter> = first.into_iter().chain(letters.try_iter()).collect();
            self.look_at_others();
            if !batch.is_empty() && !self.read(batch) {
                // Said again, so that whoever listens next hears it.
                drop(self.own.send(Letter::Quit));
                return;
            }
            if !waits {
                return;
            }
        }
    }

    /// Lets what is done beside deciding come to its end, for a while: whatever it is, the next daemon finishes it.
    pub(super) fn leave(&mut self, letters: &Receiver<Letter>) {
        let mut waited = Duration::ZERO;
        let goes_on = |company: &Self| {
            let keeps = company.upkeep.as_ref().is_some_and(Upkeep::is_running);
            keeps || company.telling.is_busy() || company.leftovers.is_left()
        };
        while waited < LEAVE_MAX && goes_on(self) {
            self.leftovers.begin(&self.office);
            match letters.recv_timeout(LEAVE_LOOK) {
                Ok(Letter::Kept(job, came)) => self.came(job, came),
                // What was told is not told again by the next daemon.
                Ok(Letter::Told(message, outcome)) => self.told(&message, &outcome),
                Ok(_) | Err(_) => {}
            }
            waited += LEAVE_LOOK;
        }
    }

    /// Whether the company's folder is. One that was moved or removed is not waited for: another may come in its place.
    pub(super) fn is_there(&self) -> bool {
        let root = &self.office.place.root;
        let is = root.is_dir();
        if !is {
            tracing::error!("{} is gone; where the company lies now, `corp up` goes on with it", root.display());
        }
        is
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::clock::Clock;
    use crate::runtime::daemon::leftovers::Leftovers;
    use crate::runtime::daemon::looking::Looking;
    use crate::runtime::daemon::telling::Telling;
    use crate::runtime::office::Office;
    use crate::runtime::place::{Place, Roots};
    use crate::runtime::wire::{Ask, Reply, Request, Who};
    use std::path::Path;
    use std::sync::mpsc::{self, Sender};
    use tokio::sync::oneshot;

    const BOARD: &str = "schema: corp/v1\nticket_prefix: ACME\nboard:\n  - {id: ada, name: Ada, email: ada@localhost, role: owner}\n  - {id: vic, name: Vic, email: vic@localhost, role: viewer}\n";

    /// A company whose board is these, committed by its owner.
    fn company(folder: &Path) -> Place {
        let place = Place::new(&Roots::below(folder), &folder.join("company"));
        std::fs::create_dir(&place.root).unwrap();
        git(&place, &["init", "-q", "-b", "main"]);
        std::fs::write(place.root.join("COMPANY.md"), "---\nname: Acme\n---\n").unwrap();
        std::fs::write(place.root.join("corp.yaml"), BOARD).unwrap();
        git(&place, &["add", "."]);
        commit(&place, "ada");
        place
    }

    fn git(place: &Place, arguments: &[&str]) {
        #[expect(clippy::disallowed_methods, reason = "people commit with git")]
        let status = std::process::Command::new("git").current_dir(&place.root).args(arguments).status().unwrap();
        assert!(status.success(), "{arguments:?}");
    }

    fn commit(place: &Place, who: &str) {
        let (name, email) = (format!("user.name={who}"), format!("user.email={who}@localhost"));
        git(place, &["-c", &name, "-c", &email, "commit", "-qam", "by hand"]);
    }

    /// A daemon that comes.
    fn coming<'a>(place: &Place, own: &'a Sender<Letter>) -> Company<'a> {
        let office = Office::open(place.clone(), Clock::Fixed(jiff::Timestamp::UNIX_EPOCH)).unwrap();
        let leftovers = Leftovers::of(&office);
        Company {
            office,
            hands: None,
            upkeep: None,
            leftovers,
            own,
            over: Default::default(),
            again: Vec::new(),
            tally: Default::default(),
            unsealed: 0,
            noted: None,
            looking: Looking::default(),
            telling: Telling::default(),
        }
    }

    fn asks(own: &Sender<Letter>, who: &str, ask: Ask) -> oneshot::Receiver<Reply> {
        let (reply, answer) = oneshot::channel();
        let by = Some(Who { name: who.to_owned(), email: format!("{who}@localhost") });
        let request = Request { id: String::new(), by, run: None, token: None, ask };
        own.send(Letter::Ask(Box::new(request), reply)).unwrap();
        answer
    }

    #[test]
    fn who_asks_while_it_begins_is_answered_and_who_tells_it_to_go_is_heard() {
        let folder = tempfile::tempdir().unwrap();
        let place = company(folder.path());
        let (own, letters) = mpsc::channel();
        let mut company = coming(&place, &own);
        own.send(Letter::Quit).unwrap();
        let mut answer = asks(&own, "ada", Ask::Status);
        company.ask_the_remote(&letters);
        assert!(matches!(answer.try_recv(), Ok(Reply::Ok(_))));
        assert!(matches!(letters.try_recv(), Ok(Letter::Quit)), "for whoever listens next");
        assert!(letters.try_recv().is_err());
    }

    #[test]
    fn what_came_while_nobody_was_there_is_judged_before_anybody_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let place = company(folder.path());
        let (own, letters) = mpsc::channel();
        let mut first = coming(&place, &own);
        first.begin();
        first.look_at_others();
        drop(first);
        // Who only looks makes themselves an owner, and asks the next daemon the moment it is there.
        let mine = BOARD.replace("viewer", "owner");
        std::fs::write(place.root.join("corp.yaml"), mine).unwrap();
        commit(&place, "vic");
        let mut next = coming(&place, &own);
        next.begin();
        let mut answer = asks(&own, "vic", Ask::Company { status: "paused".to_owned(), reason: None });
        next.ask_the_remote(&letters);
        let answer = answer.try_recv().unwrap();
        assert!(matches!(answer, Reply::Refused(_)), "{answer:?}");
        assert_eq!(std::fs::read_to_string(place.root.join("corp.yaml")).unwrap(), BOARD);
    }
}
