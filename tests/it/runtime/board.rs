//! Where somebody of the board lists keys, nobody comes onto it without a signature, whichever way it is tried, with the real git.

use super::daemon::{git, subjects};
use super::signed;
use crate::harness::Company;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Ada lists a key; somebody is at home; and what the board is then.
struct Guarded {
    company: Company,
    keys: tempfile::TempDir,
    corp: String,
}

impl Guarded {
    /// `None`: there is no `ssh-keygen`.
    fn new() -> Option<Self> {
        if !signed::is_there() {
            return None;
        }
        let keys = tempfile::tempdir().unwrap();
        let good = signed::key(keys.path(), "good", "ed25519");
        let company = signed::company(&[signed::public(&good)]);
        let corp = company.read("corp.yaml");
        Some(Self { company, keys, corp })
    }

    fn git(&self, args: &[&str]) -> String {
        git(&self.company, args)
    }

    /// Commits as `git fast-import` reads them.
    fn import(&self, stream: &str) {
        let mut import = Command::new("git");
        import.args(["fast-import", "--quiet"]).current_dir(self.company.root()).stdin(Stdio::piped());
        let mut import = import.spawn().unwrap();
        import.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
        assert!(import.wait().unwrap().success());
        self.git(&["reset", "-q", "--hard"]);
    }

    /// What corp.yaml says with eve on the board.
    fn with_eve(&self) -> String {
        self.corp.replace("  - {id: bob,", "  - {id: eve, email: eve@x.example, role: owner}\n  - {id: bob,")
    }

    /// The company takes in what came, and nobody is on the board who was not before.
    fn holds(&self, how: &str) {
        self.holds_with(how, "");
    }

    /// The same, with what else was written there.
    fn holds_with(&self, how: &str, rest: &str) {
        let corp = format!("{}{rest}", self.corp);
        let said = self.company.corp(&["ticket", "comment", "COMPANY-1", how]);
        assert_eq!(said.code, 0, "{how}: {}", said.stderr);
        assert_eq!(self.company.read("corp.yaml"), corp, "{how}");
        assert_eq!(self.git(&["show", "HEAD:corp.yaml"]), corp, "{how}");
        let log = subjects(&self.company);
        assert!(log.iter().take(4).any(|line| line.contains("changed in corp.yaml is taken back")), "{how}: {log:?}");
    }
}

#[test]
fn nobody_comes_onto_the_board_without_a_signature() {
    let Some(guarded) = Guarded::new() else { return };
    let company = &guarded.company;
    let edit = || company.write("corp.yaml", guarded.with_eve());
    edit();
    guarded.git(&["commit", "-qam", "eve is one of us"]);
    guarded.holds("by one commit");

    // In a merge itself, which neither side of it says.
    guarded.git(&["checkout", "-q", "-b", "side"]);
    company.write("notes.md", "One.\n");
    guarded.git(&["add", "notes.md"]);
    guarded.git(&["commit", "-qm", "notes"]);
    guarded.git(&["checkout", "-q", "main"]);
    guarded.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    edit();
    guarded.git(&["commit", "-qam", "a merge"]);
    guarded.holds("in a merge");
    assert_eq!(company.read("notes.md"), "One.\n");

    // Beside what cannot be taken back.
    edit();
    std::fs::write(company.root().join("agents/logo.png"), b"\x89PNG\xff\xfe").unwrap();
    guarded.git(&["add", "agents/logo.png"]);
    guarded.git(&["commit", "-qam", "a picture"]);
    guarded.holds("with a picture");
    assert!(company.root().join("agents/logo.png").exists());

    // In the place of a commit that was taken in.
    edit();
    guarded.git(&["commit", "-q", "--amend", "-a", "--no-edit"]);
    guarded.holds("by a commit made anew");

    // The file is removed, or cannot be read.
    guarded.git(&["rm", "-q", "corp.yaml"]);
    guarded.git(&["commit", "-qm", "no board at all"]);
    guarded.holds("by removing it");
    company.write("corp.yaml", format!("{}\n: [\n", guarded.with_eve()));
    guarded.git(&["commit", "-qam", "an error beside it"]);
    guarded.holds_with("with an error beside it", "\n: [\n");
}

#[test]
fn what_was_signed_is_not_dropped_by_a_merge() {
    let Some(guarded) = Guarded::new() else { return };
    let company = &guarded.company;
    let before = guarded.git(&["rev-parse", "HEAD"]);
    // Ada takes bob from the board.
    let signing = format!("user.signingkey={}", guarded.keys.path().join("good").display());
    let without: String =
        guarded.corp.lines().filter(|line| !line.contains("id: bob")).fold(String::new(), |mut text, line| {
            writeln!(text, "{line}").unwrap();
            text
        });
    company.write("corp.yaml", &without);
    guarded.git(&["-c", "gpg.format=ssh", "-c", &signing, "commit", "-qS", "-am", "bob leaves"]);
    assert_eq!(company.corp(&["ticket", "comment", "COMPANY-1", "He was good."]).code, 0);
    assert_eq!(company.read("corp.yaml"), without);
    // Bob goes on from where he was on it, and keeps nothing of the other side.
    guarded.git(&["checkout", "-q", "-b", "old", before.trim()]);
    company.write("notes.md", "One.\n");
    guarded.git(&["add", "notes.md"]);
    guarded.git(&["commit", "-qm", "notes"]);
    guarded.git(&["merge", "-q", "-s", "ours", "-m", "all of it", "main"]);
    guarded.git(&["checkout", "-q", "main"]);
    guarded.git(&["merge", "-q", "--ff-only", "old"]);
    assert_eq!(company.corp(&["ticket", "comment", "COMPANY-1", "Go on."]).code, 0);
    assert_eq!(company.read("corp.yaml"), without);
    assert_eq!(company.read("notes.md"), "One.\n");
}

#[test]
fn many_commits_hide_nothing() {
    let Some(guarded) = Guarded::new() else { return };
    let corp = guarded.with_eve();
    let mut stream = String::new();
    for number in 0..2_100 {
        let from = if number == 0 { "from refs/heads/main^0\n" } else { "" };
        let (path, text) = if number == 7 { ("corp.yaml", corp.clone()) } else { ("notes.md", format!("{number}\n")) };
        write!(
            stream,
            "commit refs/heads/main\ncommitter eve <eve@x.example> {} +0000\ndata 1\nx\n{from}M 100644 inline {path}\ndata {}\n{text}\n",
            1_793_000_000 + number,
            text.len()
        )
        .unwrap();
    }
    guarded.import(&stream);
    guarded.holds("among many commits");
}

#[test]
fn many_files_hide_nothing() {
    let Some(guarded) = Guarded::new() else { return };
    let company = &guarded.company;
    let asked = company.read("approvals/AP-1.md").replacen("created:", "decision: approved\ncreated:", 1);
    let mut stream = "commit refs/heads/main\ncommitter ada <ada@localhost> 1793000000 +0000\ndata 1\nx\n\
                      from refs/heads/main^0\n"
        .to_owned();
    let mut put = |path: &str, text: &str| {
        write!(stream, "M 100644 inline {path}\ndata {}\n{text}\n", text.len()).unwrap();
    };
    // Folders of one file each, and before the approval by their names.
    for number in 0..20_001 {
        put(&format!("a/{}/{number}", number % 100), "");
    }
    put("approvals/AP-1.md", &asked);
    guarded.import(&stream);
    // What ada signs on top of it is about something else.
    let signing = format!("user.signingkey={}", guarded.keys.path().join("good").display());
    company.write("notes.md", "One.\n");
    guarded.git(&["add", "notes.md"]);
    guarded.git(&["-c", "gpg.format=ssh", "-c", &signing, "commit", "-qS", "-m", "notes"]);
    assert_eq!(company.corp(&["ticket", "comment", "COMPANY-1", "Go on."]).code, 0);
    let after = company.read("approvals/AP-1.md");
    assert!(after.contains("status: pending") && after.contains("void: commit"), "{after}");
}

#[test]
fn a_clone_that_becomes_home_has_the_board_that_was_signed() {
    let Some(guarded) = Guarded::new() else { return };
    let company = &guarded.company;
    let folder = guarded.keys.path();
    let (bare, two, elsewhere) = (folder.join("hub.git"), folder.join("two"), folder.join("elsewhere"));
    let run = |at: &Path, args: &[&str]| crate::harness::git(at, args);
    let corp = |at: &Path, args: &[&str]| {
        let output = company.command(args).current_dir(at).output().unwrap();
        assert!(output.status.success(), "corp {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run(&company.root(), &["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    run(&company.root(), &["remote", "add", "origin", bare.to_str().unwrap()]);
    corp(&company.root(), &["home", "take"]);
    corp(&company.root(), &["sync"]);
    corp(folder, &["clone", bare.to_str().unwrap(), two.to_str().unwrap()]);
    run(folder, &["clone", "-q", bare.to_str().unwrap(), "elsewhere"]);
    std::fs::write(elsewhere.join("corp.yaml"), guarded.with_eve()).unwrap();
    run(&elsewhere, &["commit", "-qam", "eve is one of us"]);
    run(&elsewhere, &["push", "-q", "origin", "main"]);
    // It came while this clone only looked on.
    corp(&two, &["sync"]);
    corp(&two, &["status"]);
    corp(&two, &["home", "take"]);
    corp(&two, &["ticket", "comment", "COMPANY-1", "Here we are."]);
    assert_eq!(std::fs::read_to_string(two.join("corp.yaml")).unwrap(), guarded.corp);
}

#[test]
fn what_is_asked_is_changed_with_a_signature_only() {
    let Some(guarded) = Guarded::new() else { return };
    let company = &guarded.company;
    let asked = company.read("approvals/AP-1.md");
    let by = |who: &str, change: &str| {
        company.write("approvals/AP-1.md", asked.replacen("created:", &format!("{change}\ncreated:"), 1));
        let (name, email) = (format!("user.name={who}"), format!("user.email={who}@localhost"));
        guarded.git(&["-c", &name, "-c", &email, "commit", "-qam", "what is asked"]);
        assert_eq!(company.corp(&["ticket", "comment", "COMPANY-1", "Go on."]).code, 0);
        company.read("approvals/AP-1.md")
    };
    for who in ["ada", "zoe"] {
        assert_eq!(by(who, "deciders: [bob]"), asked, "{who}");
        let log = subjects(company).join("\n");
        assert!(log.contains(&format!("what {who} changed in approvals/AP-1.md is taken back: ")), "{log}");
    }
    // Bob decides without a key, and so says what is decided.
    assert!(by("bob", "needs: 1").contains("needs: 1"));
}
