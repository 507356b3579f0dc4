//! Decisions that have to be signed, with the real git and the real `ssh-keygen`: by command, by commit, pulled, and how they
//! are judged beside `git verify-commit`. Where `ssh-keygen` is missing this says SKIPPED.

use super::daemon::{After, daemon, git, subjects, until};
use crate::harness::Company;
use std::path::{Path, PathBuf};
use std::process::Command;

#[expect(clippy::print_stdout, reason = "a test that looks at nothing says so")]
pub(super) fn is_there() -> bool {
    let there = Command::new("sh").args(["-c", "command -v ssh-keygen"]).output().unwrap().status.success();
    if !there {
        println!("SKIPPED: ssh-keygen is not installed");
    }
    there
}

/// A new key; the path of its private half.
pub(super) fn key(folder: &Path, name: &str, kind: &str) -> PathBuf {
    let path = folder.join(name);
    let made = Command::new("ssh-keygen").args(["-q", "-N", "", "-C", name, "-t", kind, "-f"]).arg(&path).status();
    assert!(made.unwrap().success());
    path
}

pub(super) fn public(key: &Path) -> String {
    std::fs::read_to_string(key.with_extension("pub")).unwrap().trim().to_owned()
}

/// Ada lists these keys, bob none.
fn seat(company: &Company, keys: &[String]) {
    let corp = company.read("corp.yaml");
    let begin = corp.find("board:").unwrap();
    let after = corp[begin + 6..].lines().skip(1).skip_while(|line| line.starts_with([' ', '-']));
    let rest: Vec<&str> = after.collect();
    let keys: Vec<String> = keys.iter().map(|key| format!("      - '{key}'\n")).collect();
    let keys = if keys.is_empty() { String::new() } else { format!("    signing_keys:\n{}", keys.concat()) };
    let board = format!(
        "board:\n  - id: ada\n    email: ada@localhost\n    role: owner\n{keys}  - {{id: bob, email: bob@localhost, role: admin}}\n"
    );
    company.write("corp.yaml", format!("{}{board}{}\n", &corp[..begin], rest.join("\n")));
    git(company, &["commit", "-qam", "the board"]);
}

pub(super) fn company(keys: &[String]) -> Company {
    let company = super::daemon::workers(1, "done\n");
    seat(&company, keys);
    let asked = company.corp(&["approval", "new", "Buy a server", "--body", "The old one is slow."]);
    assert_eq!((asked.code, asked.stdout.as_str()), (0, "AP-1\n"), "{}", asked.stderr);
    company
}

fn home(company: &Company) -> PathBuf {
    let command = company.command(&[]);
    let home = command.get_envs().find(|(name, _)| *name == "HOME").and_then(|(_, value)| value.map(PathBuf::from));
    home.expect("the harness gives a home")
}

fn said(company: &Company) -> String {
    company.corp(&["approval", "show", "AP-1"]).stdout
}

/// `decision` set in the file and committed with git, signed by `key` if there is one.
fn commits(company: &Company, key: Option<&Path>, decision: &str) {
    let asked = company.read("approvals/AP-1.md");
    company.write("approvals/AP-1.md", asked.replacen("created:", &format!("decision: {decision}\ncreated:"), 1));
    match key {
        Some(key) => {
            let signing = format!("user.signingkey={}", key.display());
            git(company, &["-c", "gpg.format=ssh", "-c", &signing, "commit", "-q", "-S", "-am", "yes"])
        }
        None => git(company, &["commit", "-q", "-am", "yes"]),
    };
}

#[test]
fn only_a_signed_commit_decides() {
    if !is_there() {
        return;
    }
    let keys = tempfile::tempdir().unwrap();
    let (good, other) = (key(keys.path(), "good", "ed25519"), key(keys.path(), "other", "ed25519"));
    let listed = [public(&good)];
    // Unsigned and wrongly signed: it stays, it is shown, it decides nothing.
    for (by, why) in [(None, "is not signed"), (Some(&other), "which is not listed")] {
        let company = company(&listed);
        commits(&company, by.map(PathBuf::as_path), "approved");
        // Also before anybody has taken it in.
        let seen = said(&company);
        assert!(seen.contains("request · pending") && seen.contains(why), "{seen}");
        let status = company.corp(&["status"]).stdout;
        assert!(status.contains("unsigned: what ada decided of AP-1 does not count: commit"), "{status}");
        let inbox = company.corp(&["inbox", "ada"]).stdout;
        assert!(inbox.contains("what ada decided does not count"), "{inbox}");
        assert_eq!(company.corp(&["ticket", "comment", "COMPANY-1", "Hello."]).code, 0);
        let file = company.read("approvals/AP-1.md");
        assert!(file.contains("void: commit") && !file.contains("\ndecision:"), "{file}");
        let check = company.corp(&["check"]);
        let all = format!("{}{}", check.stdout, check.stderr);
        assert!(all.contains("warning[void-decision]"), "{all}");
        assert!(said(&company).contains("does not count: commit"), "{}", said(&company));
        let log = subjects(&company).join("\n");
        assert!(log.contains("ada's yes to AP-1 does not count: commit"), "{log}");
        // Signed, the same word counts.
        commits(&company, Some(&good), "approved");
        assert!(said(&company).contains("request · approved"), "{}", said(&company));
        assert_eq!(company.corp(&["ticket", "comment", "COMPANY-1", "Hello again."]).code, 0);
        assert!(company.read("approvals/AP-1.md").contains("status: approved"));
    }
}

#[test]
fn the_command_signs_with_the_key_that_is_listed() {
    if !is_there() {
        return;
    }
    let keys = tempfile::tempdir().unwrap();
    let good = key(keys.path(), "good", "ecdsa");
    let company = company(&[public(&good)]);
    // Whoever has no key cannot decide, and nothing is changed.
    let before = git(&company, &["rev-parse", "HEAD"]);
    let none = company.corp(&["approval", "approve", "AP-1"]);
    assert_eq!(none.code, 5, "{}", none.stderr);
    assert!(none.stderr.contains("error: "), "{}", none.stderr);
    assert_eq!(git(&company, &["rev-parse", "HEAD"]), before);
    let ssh = home(&company).join(".ssh");
    std::fs::create_dir_all(&ssh).unwrap();
    std::fs::copy(&good, ssh.join("id_work")).unwrap();
    std::fs::copy(good.with_extension("pub"), ssh.join("id_work.pub")).unwrap();
    // Without a daemon, and with one.
    let yes = company.corp(&["approval", "revise", "AP-1", "--comment", "The small one."]);
    assert_eq!((yes.code, yes.stderr.as_str()), (0, "AP-1 is revision requested\n"));
    assert_eq!(company.corp(&["approval", "resubmit", "AP-1", "--body", "The small one then."]).code, 0);
    let mut child = daemon(&company);
    let after = After(&company);
    until("the daemon is there", || company.command(&["status"]).output().unwrap().status.success());
    let yes = company.corp(&["approval", "approve", "AP-1", "--comment", "Good."]);
    assert_eq!((yes.code, yes.stderr.as_str()), (0, "AP-1 is approved\n"));
    until("it is taken in", || company.read("approvals/AP-1.md").contains("status: approved"));
    drop(after);
    child.wait().unwrap();
    let log = git(&company, &["log", "--format=%an|%cn|%s"]);
    assert!(log.contains("ada|ada|ada says yes to AP-1: Buy a server"), "{log}");
    // git says the same of what was signed.
    let allowed = keys.path().join("allowed");
    std::fs::write(&allowed, format!("ada@localhost {}\n", public(&good))).unwrap();
    let setting = format!("gpg.ssh.allowedSignersFile={}", allowed.display());
    let signed = git(&company, &["log", "--grep=^ada says yes to AP-1", "--format=%H"]);
    git(&company, &["-c", &setting, "verify-commit", signed.trim()]);
    assert_eq!(company.corp(&["check"]).code, 0);
}

#[test]
fn what_is_pulled_is_judged_by_the_board_that_was_there_before() {
    if !is_there() {
        return;
    }
    let keys = tempfile::tempdir().unwrap();
    let (good, own) = (key(keys.path(), "good", "ed25519"), key(keys.path(), "own", "ed25519"));
    let company = company(&[public(&good)]);
    let elsewhere = keys.path().join("elsewhere");
    let bare = keys.path().join("hub.git");
    let run = |folder: &Path, args: &[&str]| {
        crate::harness::git(folder, args);
    };
    run(&company.root(), &["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    run(&company.root(), &["remote", "add", "origin", bare.to_str().unwrap()]);
    run(keys.path(), &["clone", "-q", bare.to_str().unwrap(), "elsewhere"]);
    // Somebody puts a key of their own in ada's place, and decides with it, in her name.
    let corp = std::fs::read_to_string(elsewhere.join("corp.yaml")).unwrap();
    std::fs::write(elsewhere.join("corp.yaml"), corp.replace(&public(&good), &public(&own))).unwrap();
    run(&elsewhere, &["commit", "-qam", "another key"]);
    let asked = std::fs::read_to_string(elsewhere.join("approvals/AP-1.md")).unwrap();
    std::fs::write(elsewhere.join("approvals/AP-1.md"), asked.replacen("created:", "decision: approved\ncreated:", 1))
        .unwrap();
    let signing = format!("user.signingkey={}", own.display());
    run(&elsewhere, &["-c", "gpg.format=ssh", "-c", &signing, "commit", "-qS", "-am", "yes"]);
    run(&elsewhere, &["push", "-q", "origin", "main"]);
    let synced = company.corp(&["sync"]);
    assert_eq!(synced.code, 0, "{}", synced.stderr);
    assert!(said(&company).contains("request · pending") && said(&company).contains("which is not listed"));
    assert_eq!(company.corp(&["ticket", "comment", "COMPANY-1", "Hello."]).code, 0);
    assert!(company.read("approvals/AP-1.md").contains("void: commit"), "{}", company.read("approvals/AP-1.md"));
    // And who is on the board is what it was: that takes a signature too.
    let corp = company.read("corp.yaml");
    assert!(corp.contains(&public(&good)) && !corp.contains(&public(&own)), "{corp}");
    let log = subjects(&company).join("\n");
    assert!(
        log.contains("what ada changed in corp.yaml is taken back: it changes who is on the board, and is not"),
        "{log}"
    );
    // Signed with a key that counts, it is.
    let corp = corp.replace(&public(&good), &public(&own));
    company.write("corp.yaml", corp);
    let signing = format!("user.signingkey={}", good.display());
    run(&company.root(), &["-c", "gpg.format=ssh", "-c", &signing, "commit", "-qS", "-am", "my new key"]);
    assert_eq!(company.corp(&["ticket", "comment", "COMPANY-1", "Hello again."]).code, 0);
    assert!(company.read("corp.yaml").contains(&public(&own)));
}

/// A commit's bytes with another signature in it.
fn with_signature(commit: &str, signature: &str) -> String {
    let (head, message) = commit.split_once("\n\n").unwrap();
    let folded = signature.trim_end().replace('\n', "\n ");
    format!("{head}\ngpgsig {folded}\n\n{message}")
}

/// `ssh-keygen -Y sign` over `text`.
fn sign(key: &Path, namespace: &str, text: &str) -> String {
    let file = key.parent().unwrap().join("to-sign");
    std::fs::write(&file, text).unwrap();
    let signed = Command::new("sh")
        .args(["-c", "ssh-keygen -q -Y sign -n \"$1\" -f \"$2\" < \"$3\"", "sh", namespace])
        .args([key, &file])
        .output()
        .unwrap();
    assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
    String::from_utf8(signed.stdout).unwrap()
}

#[test]
fn the_verdict_is_that_of_git_verify_commit() {
    use corp::model::Zone;
    use corp::store::history::{History, Id};
    use corp::store::signature::verify_commit;
    if !is_there() {
        return;
    }
    let keys = tempfile::tempdir().unwrap();
    let kinds = ["ed25519", "ecdsa", "rsa"];
    let made: Vec<PathBuf> = kinds.iter().map(|kind| key(keys.path(), kind, kind)).collect();
    let stranger = key(keys.path(), "stranger", "ed25519");
    let company = Company::new(&[("COMPANY.md", "---\nname: Acme\nschema: agentcompanies/v1\n---\n")]);
    let git = |args: &[&str]| crate::harness::git(&company.root(), args);
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "first"]);
    let bare = git(&["cat-file", "commit", "HEAD"]);
    let put = |text: &str| {
        let file = keys.path().join("commit");
        std::fs::write(&file, text).unwrap();
        git(&["hash-object", "-t", "commit", "-w", file.to_str().unwrap()]).trim().to_owned()
    };
    let day = |line: &str, key: &Path| format!("{line}{}", public(key));
    let good = |key: &Path| with_signature(&bare, &sign(key, "git", &bare));
    let ed = &made[0];
    // What it is called, the commit, the lines that are listed, whether it counts.
    let mut table: Vec<(String, String, Vec<String>, bool)> = Vec::new();
    for (kind, key) in kinds.iter().zip(&made) {
        table.push((format!("good {kind}"), good(key), vec![public(key)], true));
    }
    let mut case = |name: &str, commit: String, lines: Vec<String>, counts| {
        table.push((name.to_owned(), commit, lines, counts));
    };
    case("one of several", good(ed), vec![public(&stranger), public(ed)], true);
    case("not expired", good(ed), vec![day("valid-before=\"20990101Z\" ", ed)], true);
    case("expired", good(ed), vec![day("valid-before=\"20200101Z\" ", ed)], false);
    case("not yet", good(ed), vec![day("valid-after=\"20990101Z\" ", ed)], false);
    case("for git", good(ed), vec![day("namespaces=\"git\" ", ed)], true);
    case("for all but git", good(ed), vec![day("namespaces=\"!git,*\" ", ed)], false);
    case("for git and not for git", good(ed), vec![day("namespaces=\"git,!git\" ", ed)], false);
    case("for files only", good(ed), vec![day("namespaces=\"file\" ", ed)], false);
    case("unlisted", good(&stranger), vec![public(ed)], false);
    case("unsigned", bare.clone(), vec![public(ed)], false);
    case("altered", good(ed).replace("first", "second"), vec![public(ed)], false);
    case("wrong namespace", with_signature(&bare, &sign(ed, "file", &bare)), vec![public(ed)], false);
    case("signature of another", with_signature(&bare, &sign(ed, "git", "something else")), vec![public(ed)], false);
    case("key removed earlier", good(ed), vec![public(&stranger)], false);
    case("no signature at all", with_signature(&bare, "hello"), vec![public(ed)], false);
    let mut wrong = Vec::new();
    for (name, commit, lines, counts) in &table {
        let id = put(commit);
        let allowed = keys.path().join("allowed");
        let text: String = lines.iter().map(|line| format!("ada@localhost {line}\n")).collect();
        std::fs::write(&allowed, text).unwrap();
        let git = Command::new("git")
            .arg("-C")
            .arg(company.root())
            .args(["-c", &format!("gpg.ssh.allowedSignersFile={}", allowed.display()), "verify-commit", &id])
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        let history = History::open(&company.root()).unwrap();
        let ours = verify_commit(&history, Id::from_hex(id.as_bytes()).unwrap(), lines, &Zone::utc());
        if (git.status.success(), ours.is_ok()) != (*counts, *counts) {
            wrong.push(format!("{name}: git {}, ours {ours:?}", git.status.success()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
