//! What people save becomes commits: the keeper beside a writer, with a clock of its own.

use super::{Repository, change, git, one, write};
use corp::store::force::{Advanced, Force};
use corp::store::hand::{ALONE_MS, Keeper, Looked, Options, Why};
use corp::store::writer::{Expect, Step, Writer};
use jiff::{SignedDuration, Timestamp};
use std::fs;
use std::path::PathBuf;

/// A company with a keeper, and a time that passes when the test says so.
pub(super) struct Kept {
    pub(super) repository: Repository,
    pub(super) keeper: Keeper,
    pub(super) force: Force,
    pub(super) writer: Writer,
    /// How the branch moved, as the looks found.
    pub(super) head: Advanced,
    pub(super) now: Timestamp,
}

const TICKET: &str = "tickets/0000/ACME-1.md";

const COMPANY: [(&str, &str); 6] = [
    (
        "corp.yaml",
        "schema: corp/v1\nticket_prefix: ACME\nboard:\n  - id: ada\n    name: Ada\n    email: ada@acme.example\n    role: owner\n",
    ),
    ("COMPANY.md", "---\nname: Acme\nslug: acme\n---\nWe make things.\n"),
    ("agents/ceo/AGENTS.md", "---\nname: Ceo\n---\nLead.\n"),
    ("agents/ceo/agent.yaml", "adapter:\n  type: claude-code\nstatus: active\nheartbeat:\n  every: 4h\n"),
    (
        TICKET,
        "---\nid: ACME-1\ntitle: Do it\nstatus: todo\npriority: low\nassignee: ceo\n---\nFirst.\n\nSecond.\n\nThird.\n",
    ),
    ("tickets/0000/ACME-2.md", "---\nid: ACME-2\ntitle: And that\nstatus: done\n---\nDone.\n"),
];

impl Kept {
    pub(super) fn new() -> Self {
        let repository = Repository::of(&COMPANY);
        let root = repository.root();
        repository.git(&["config", "user.name", "Ada Lovelace"]);
        repository.git(&["config", "user.email", "ada@acme.example"]);
        let options = Options { branch: "main".to_owned(), user: "somebody".to_owned() };
        let keeper = Keeper::open(&root, options).unwrap();
        let mut kept = Self {
            keeper,
            force: Force::load(&root, "main").unwrap(),
            writer: repository.writer(),
            head: Advanced::default(),
            repository,
            now: "2026-11-20T10:00:00Z".parse().unwrap(),
        };
        let looked = kept.look();
        assert!(looked.told.is_empty() && looked.committed.is_empty(), "{looked:?}");
        kept
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.repository.root().join(path)
    }

    pub(super) fn pass(&mut self, milliseconds: i64) {
        self.now += SignedDuration::from_millis(milliseconds);
    }

    pub(super) fn look(&mut self) -> Looked {
        self.keeper.look(&mut self.force, &mut self.writer, &mut self.head, self.now).unwrap()
    }

    /// Saves by writing in place, and tells the keeper.
    pub(super) fn save(&mut self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
        self.keeper.hint(path);
    }

    pub(super) fn edit(&mut self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(path)).unwrap();
        assert!(text.contains(from), "{from}\n{text}");
        self.save(path, &text.replace(from, to));
    }

    /// Looks until everything that was saved has been looked into.
    pub(super) fn settle(&mut self) -> Looked {
        let mut all = self.look();
        for wait in [260, 1_010, 260, 10] {
            self.pass(wait);
            let next = self.look();
            all.committed.extend(next.committed);
            all.told.extend(next.told);
            all.paused = next.paused;
        }
        all
    }

    pub(super) fn subject(&self) -> String {
        self.repository.git(&["log", "-1", "--format=%an <%ae>|%cn|%s"]).trim().to_owned()
    }

    pub(super) fn committed(&self, path: &str) -> String {
        self.repository.git(&["show", &format!("HEAD:{path}")])
    }

    /// The program changes a file beside whatever is in the work tree.
    pub(super) fn program(&mut self, path: &str, from: &str, to: &str) {
        let text = self.committed(path);
        assert!(text.contains(from), "{from}\n{text}");
        let mut mutation = write(path, &text.replace(from, to));
        mutation.at = self.now;
        one(&mut self.writer, mutation).unwrap();
        self.keeper.hint(path);
    }
}

#[test]
fn a_save_becomes_a_commit_in_the_persons_name_once_it_has_settled() {
    let mut kept = Kept::new();
    kept.edit("agents/ceo/agent.yaml", "every: 4h", "every: 1h   # busy");
    assert!(kept.look().committed.is_empty());
    kept.pass(ALONE_MS - 1);
    assert!(kept.look().committed.is_empty(), "not settled");
    assert_eq!(kept.keeper.next_look(), kept.now + SignedDuration::from_millis(1));
    kept.pass(1);
    let looked = kept.look();
    assert_eq!(looked.committed.len(), 1, "{looked:?}");
    assert!(kept.head.changed.contains("agents/ceo/agent.yaml"));
    assert_eq!(kept.subject(), "Ada Lovelace <ada@acme.example>|corp|ceo: heartbeat every 4h → 1h");
    assert!(kept.repository.git(&["log", "-1", "--format=%b"]).contains("Actor: ada\n"));
    assert!(kept.settle().committed.is_empty());
    kept.repository.assert_sound();
}

#[test]
fn files_saved_together_are_one_commit() {
    let mut kept = Kept::new();
    kept.edit("agents/ceo/agent.yaml", "every: 4h", "every: 1h");
    kept.look();
    kept.pass(200);
    kept.edit(TICKET, "priority: low", "priority: high");
    kept.save("agents/ceo/MEMORY.md", "We met.\n");
    let looked = kept.settle();
    assert_eq!(looked.committed.len(), 1, "{looked:?}");
    assert_eq!(looked.committed[0].paths.len(), 3);
    let subject = kept.subject();
    assert!(subject.contains("heartbeat every 4h → 1h; ACME-1: priority low → high"), "{subject}");
    kept.repository.assert_sound();
}

#[test]
fn what_is_wrong_stays_and_is_told_once_and_counts_when_it_is_right() {
    let mut kept = Kept::new();
    kept.edit("agents/ceo/agent.yaml", "status: active", "status: activ");
    kept.edit(TICKET, "priority: low", "priority: high");
    let looked = kept.settle();
    assert_eq!(looked.committed.len(), 1, "the other one is sound: {looked:?}");
    assert_eq!(looked.told.len(), 1, "{:?}", looked.told);
    assert_eq!((looked.told[0].why, looked.told[0].path.as_str()), (Why::Invalid, "agents/ceo/agent.yaml"));
    assert_eq!(looked.told[0].diagnostics[0].code, "unknown-word");
    assert!(kept.committed("agents/ceo/agent.yaml").contains("status: active"));
    kept.keeper.rescan();
    assert!(kept.settle().told.is_empty(), "told once");
    kept.edit("agents/ceo/agent.yaml", "status: activ\n", "status: paused\n");
    let looked = kept.settle();
    assert_eq!(looked.committed.len(), 1, "{looked:?}");
    assert!(kept.keeper.held().is_empty());
    kept.repository.assert_sound();
}

#[test]
fn a_status_goes_only_where_it_may() {
    let mut kept = Kept::new();
    kept.edit("tickets/0000/ACME-2.md", "status: done", "status: in_progress");
    let looked = kept.settle();
    assert!(looked.committed.is_empty(), "{looked:?}");
    assert_eq!(looked.told[0].diagnostics[0].code, "status-transition");
    assert_eq!(looked.told[0].words, "a ticket does not go from `done` to `in_progress`");
    kept.edit("tickets/0000/ACME-2.md", "status: in_progress", "status: todo");
    assert_eq!(kept.settle().committed.len(), 1);
}

#[test]
fn what_one_file_lacked_may_come_with_another() {
    let mut kept = Kept::new();
    kept.edit(TICKET, "assignee: ceo", "assignee: qa");
    let looked = kept.settle();
    assert_eq!(looked.told.len(), 1, "{looked:?}");
    kept.save("agents/qa/AGENTS.md", "---\nname: Qa\nreportsTo: ceo\n---\nTest.\n");
    let looked = kept.settle();
    let paths: Vec<&String> = looked.committed.iter().flat_map(|done| &done.paths).collect();
    assert!(paths.contains(&&"agents/qa/AGENTS.md".to_owned()), "{looked:?}");
    kept.pass(3_000);
    kept.save("agents/qa/MEMORY.md", "x\n");
    kept.settle();
    assert!(kept.committed(TICKET).contains("assignee: qa"));
    kept.repository.assert_sound();
}

#[test]
fn held_edits_count_once_a_person_commits_them() {
    let mut kept = Kept::new();
    kept.edit("corp.yaml", "ticket_prefix", "hand_edits: hold\nticket_prefix");
    assert_eq!(kept.settle().committed.len(), 1);
    kept.edit(TICKET, "priority: low", "priority: high");
    let looked = kept.settle();
    assert!(looked.committed.is_empty());
    assert_eq!(looked.told[0].why, Why::Held);
    assert!(kept.committed(TICKET).contains("priority: low"));
    // The program goes on changing the file, and the edit stays in it.
    kept.program(TICKET, "Third.", "Third, and more.");
    assert!(kept.settle().committed.is_empty());
    let text = kept.repository.read(TICKET);
    assert!(text.contains("priority: high") && text.contains("Third, and more."), "{text}");
    kept.head = Advanced::default();
    git(&kept.repository.root(), &["commit", "-qam", "mine"]);
    kept.keeper.hint(".git/HEAD");
    let looked = kept.settle();
    assert!(kept.head.changed.contains(TICKET), "{looked:?}");
    assert!(kept.keeper.held().is_empty());
    kept.repository.assert_sound();
}

#[test]
fn an_old_copy_that_is_saved_takes_nothing_back() {
    let mut kept = Kept::new();
    let opened = kept.repository.read(TICKET);
    kept.program(TICKET, "status: todo", "status: in_progress");
    kept.program(TICKET, "Third.", "Third, and more.");
    kept.save(TICKET, &opened.replace("priority: low", "priority: high"));
    let looked = kept.settle();
    assert_eq!(looked.committed.len(), 1, "{looked:?}");
    assert_eq!(looked.committed[0].subject, "ACME-1: priority low → high");
    let text = kept.repository.read(TICKET);
    assert!(
        text.contains("priority: high") && text.contains("in_progress") && text.contains("Third, and more."),
        "{text}"
    );
    assert_eq!(text, kept.committed(TICKET));
    // The editor still has its old copy, and saves it again with one more word.
    kept.program(TICKET, "First.", "First of all.");
    kept.save(TICKET, &opened.replace("priority: low", "priority: high").replace("Second.", "Second!"));
    kept.settle();
    let text = kept.repository.read(TICKET);
    for part in ["priority: high", "in_progress", "Third, and more.", "First of all.", "Second!"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    kept.repository.assert_sound();
}

#[test]
fn an_old_copy_is_an_old_copy_when_the_program_writes_after_it_too() {
    let mut kept = Kept::new();
    let opened = kept.repository.read(TICKET);
    kept.program(TICKET, "status: todo", "status: in_progress");
    kept.save(TICKET, &opened.replace("priority: low", "priority: high"));
    kept.program(TICKET, "Third.", "Third, and more.");
    kept.program(TICKET, "First.", "First of all.");
    kept.settle();
    let text = kept.committed(TICKET);
    for part in ["priority: high", "in_progress", "Third, and more.", "First of all."] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    kept.repository.assert_sound();
}

#[test]
fn where_both_changed_the_same_the_person_wins_and_it_is_told() {
    let mut kept = Kept::new();
    let opened = kept.repository.read(TICKET);
    kept.program(TICKET, "priority: low\nassignee: ceo", "priority: medium\nassignee: ceo\nlabels: [x]");
    kept.save(TICKET, &opened.replace("priority: low", "priority: critical"));
    let looked = kept.settle();
    let text = kept.committed(TICKET);
    assert!(text.contains("priority: critical") && text.contains("labels: [x]"), "{text}");
    assert!(looked.told.iter().any(|told| told.why == Why::Overruled), "{looked:?}");
    kept.repository.assert_sound();
}

#[test]
fn a_value_that_is_put_back_by_hand_stays_put_back() {
    let mut kept = Kept::new();
    let first = kept.repository.read("agents/ceo/agent.yaml");
    kept.program("agents/ceo/agent.yaml", "status: active", "status: paused");
    kept.pass(5_000);
    // Exactly what it was before, and saved later: somebody wants it so.
    kept.save("agents/ceo/agent.yaml", &first);
    let looked = kept.settle();
    assert_eq!(looked.committed.len(), 1, "{looked:?}");
    assert_eq!(looked.committed[0].subject, "ceo: resumed");
    kept.repository.assert_sound();
}

#[test]
fn what_was_staged_or_lies_elsewhere_is_left_to_the_person() {
    let mut kept = Kept::new();
    kept.edit(TICKET, "priority: low", "priority: high");
    kept.repository.git(&["add", TICKET]);
    kept.save("notes.txt", "mine\n");
    kept.save("agents/ceo/AGENTS.md~", "backup\n");
    let looked = kept.settle();
    assert!(looked.committed.is_empty(), "{looked:?}");
    let mut why: Vec<(&str, Why)> = looked.told.iter().map(|told| (told.path.as_str(), told.why)).collect();
    why.sort_unstable();
    assert_eq!(why, [("notes.txt", Why::Elsewhere), (TICKET, Why::Staged)]);
    kept.repository.git(&["commit", "-qm", "mine"]);
    assert!(kept.settle().committed.is_empty());
    assert_eq!(kept.keeper.held().keys().collect::<Vec<_>>(), ["notes.txt"]);
}

#[test]
fn nothing_is_committed_while_git_is_busy_and_all_of_it_afterwards() {
    let mut kept = Kept::new();
    kept.repository.git(&["switch", "-qc", "idea"]);
    kept.edit(TICKET, "priority: low", "priority: high");
    let looked = kept.settle();
    assert!(looked.committed.is_empty() && looked.paused.is_some(), "{looked:?}");
    // What waits, and a scan that is due, do not make the time until the next look any shorter.
    for due in [0, 400_000] {
        kept.pass(due);
        assert!(kept.look().paused.is_some());
        assert_eq!(kept.keeper.next_look(), kept.now + SignedDuration::from_secs(1));
    }
    kept.keeper.hint(".git/HEAD");
    assert!(kept.keeper.next_look() <= kept.now, "a hint is looked at");
    kept.repository.git(&["switch", "-q", "main"]);
    fs::write(kept.path(".git/index.lock"), "").unwrap();
    assert!(kept.settle().committed.is_empty());
    fs::remove_file(kept.path(".git/index.lock")).unwrap();
    assert_eq!(kept.settle().committed.len(), 1);
    kept.repository.assert_sound();
}

#[test]
fn a_deletion_counts_and_one_that_breaks_something_does_not() {
    let mut kept = Kept::new();
    fs::remove_file(kept.path("tickets/0000/ACME-2.md")).unwrap();
    fs::remove_dir_all(kept.path("agents/ceo")).unwrap();
    kept.keeper.hint("tickets/0000/ACME-2.md");
    kept.keeper.hint("agents/ceo");
    let looked = kept.settle();
    let paths: Vec<&String> = looked.committed.iter().flat_map(|done| &done.paths).collect();
    assert!(paths.contains(&&"tickets/0000/ACME-2.md".to_owned()), "{looked:?}");
    assert!(!paths.contains(&&"agents/ceo/AGENTS.md".to_owned()), "a ticket is assigned to it: {looked:?}");
}

#[test]
fn a_file_that_stayed_behind_is_brought_along_and_not_taken_for_an_edit() {
    let mut kept = Kept::new();
    let before = kept.repository.read(TICKET);
    let target = kept.path(TICKET);
    // As if the disk had refused: the commit is there, the file is what it was, and older than the commit.
    let old = fs::metadata(&target).unwrap().modified().unwrap();
    let later = Timestamp::try_from(old).unwrap() + SignedDuration::from_secs(60);
    let mut mutation = write(TICKET, &before.replace("priority: low", "priority: high"));
    mutation.at = later;
    one(&mut kept.writer, mutation).unwrap();
    fs::write(&target, &before).unwrap();
    fs::File::open(&target).unwrap().set_modified(old).unwrap();
    kept.now = later + SignedDuration::from_secs(5);
    kept.keeper.rescan();
    let looked = kept.settle();
    assert!(looked.committed.is_empty(), "{looked:?}");
    assert!(kept.repository.read(TICKET).contains("priority: high"));
    kept.repository.assert_sound();
}

#[test]
fn a_file_the_writer_removed_and_a_new_one_are_told_apart() {
    let mut kept = Kept::new();
    let path = "tickets/0000/ACME-2.md";
    one(&mut kept.writer, change(path, Expect::Anything, None)).unwrap();
    kept.keeper.hint(path);
    assert!(kept.settle().committed.is_empty());
    kept.save(path, "---\nid: ACME-2\ntitle: Again\n---\nx\n");
    assert_eq!(kept.settle().committed.len(), 1);
    assert!(kept.subject().contains("ACME-2 created: Again"), "{}", kept.subject());
    kept.repository.assert_sound();
}

#[test]
fn what_is_saved_while_the_save_before_it_is_committed_is_an_edit_of_its_own() {
    for step in [Step::Locked, Step::Built, Step::Objects, Step::Branch, Step::File, Step::Shown, Step::Done] {
        let mut kept = Kept::new();
        kept.edit(TICKET, "priority: low", "priority: high");
        let path = kept.path(TICKET);
        let mut again = true;
        kept.writer.observe(move |now| {
            if now == step && std::mem::take(&mut again) {
                let text = fs::read_to_string(&path).unwrap();
                fs::write(&path, text.replace("title: Do it", "title: Do it now")).unwrap();
            }
        });
        kept.settle();
        kept.settle();
        let text = kept.committed(TICKET);
        assert!(text.contains("priority: high") && text.contains("title: Do it now"), "{step:?}\n{text}");
        // Nor does the save after that one take it back.
        kept.edit(TICKET, "Third.", "Third!");
        kept.settle();
        let text = kept.committed(TICKET);
        let parts = ["priority: high", "title: Do it now", "Third!"];
        assert!(parts.iter().all(|part| text.contains(part)), "{step:?}\n{text}");
        kept.repository.assert_sound();
    }
}
