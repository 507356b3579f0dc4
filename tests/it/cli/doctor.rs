//! `corp doctor`: what it finds, what it repairs, and what it leaves to a person.

use crate::harness::{Company, NOW, Run};
use corp::store::doctor::{CHECKS, page};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

fn try_git(folder: &Path, args: &[&str]) -> (bool, String) {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@acme.example"])
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_EDITOR", "true")
        .env("GIT_AUTHOR_DATE", NOW)
        .env("GIT_COMMITTER_DATE", NOW)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

fn git(folder: &Path, args: &[&str]) -> String {
    let (ok, text) = try_git(folder, args);
    assert!(ok, "git {args:?}: {text}");
    text
}

fn corp(scratch: &Company, args: &[&str]) -> Run {
    scratch.corp(&[&["-C", "acme"], args].concat())
}

fn studio() -> (Company, PathBuf) {
    let scratch = Company::new(&[]);
    assert_eq!(scratch.corp(&["init", "acme", "--template", "studio"]).code, 0);
    let root = scratch.root().join("acme");
    (scratch, root)
}

/// The findings about the company: who runs the tests and on what machine is left out.
fn findings(run: &Run) -> String {
    let machine = ["[account]", "[identity]", "[watches]", "[file-system]", "[git-version]"];
    let lines = run.stdout.lines().filter(|line| !line.starts_with("  = "));
    let about = lines.filter(|line| !machine.iter().any(|code| line.contains(code)));
    about.map(|line| format!("{line}\n")).collect()
}

/// The doctor finds `expected`, repairs it, and finds nothing afterwards.
fn is_repaired(what: &str, expected: &str, damage: impl Fn(&Company, &Path)) -> (Company, PathBuf) {
    let (scratch, root) = studio();
    damage(&scratch, &root);
    let run = corp(&scratch, &["doctor"]);
    assert!(findings(&run).contains(expected), "{what}: {}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("`corp doctor --fix` repairs what is safe"), "{what}: {}", run.stderr);
    let run = corp(&scratch, &["doctor", "--fix"]);
    assert!(run.stderr.contains("fixed: "), "{what}: {}", run.stderr);
    assert_eq!((run.code, findings(&run).as_str()), (0, ""), "{what}: {}", run.stderr);
    assert_eq!(git(&root, &["status", "--porcelain"]), "", "{what}");
    (scratch, root)
}

/// Where an object lies in a file of its own. It is taken out of its pack for that.
fn loose(root: &Path, object: &str) -> PathBuf {
    let (packs, aside) = (root.join(".git/objects/pack"), root.join(".git/aside"));
    std::fs::rename(&packs, &aside).unwrap();
    for file in std::fs::read_dir(&aside).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_some_and(|extension| extension == "pack") {
            let mut unpack = Command::new("git");
            unpack.arg("-C").arg(root).args(["unpack-objects", "-q"]).stdin(std::fs::File::open(&file).unwrap());
            assert!(unpack.status().unwrap().success());
        }
    }
    std::fs::remove_dir_all(&aside).unwrap();
    let id = git(root, &["rev-parse", object]);
    root.join(".git/objects").join(&id[..2]).join(id[2..].trim())
}

/// The doctor finds `expected`, and its repair leaves it alone.
fn is_left(what: &str, expected: &str, code: i32, damage: impl Fn(&Company, &Path)) -> Company {
    let (scratch, root) = studio();
    damage(&scratch, &root);
    for args in [["doctor"].as_slice(), &["doctor", "--fix"]] {
        let run = corp(&scratch, args);
        assert!(findings(&run).contains(expected), "{what}: {}{}", run.stdout, run.stderr);
        assert_eq!(run.code, code, "{what}: {}", run.stdout);
    }
    scratch
}

#[test]
fn a_new_company_is_well() {
    let (scratch, root) = studio();
    let before = git(&root, &["rev-parse", "HEAD"]);
    let run = corp(&scratch, &["doctor"]);
    assert_eq!((run.code, findings(&run).as_str()), (0, ""), "{}", run.stderr);
    let run = corp(&scratch, &["doctor", "--strict"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", "nothing is wrong\n"));
    // A person's edits, staged or not, are no violation.
    std::fs::write(root.join("agents/ceo/MEMORY.md"), "mine").unwrap();
    std::fs::write(root.join("COMPANY.md"), std::fs::read_to_string(root.join("COMPANY.md")).unwrap() + "\nMore.\n")
        .unwrap();
    git(&root, &["add", "COMPANY.md"]);
    std::fs::remove_file(root.join("goals/first-release.md")).unwrap();
    let run = corp(&scratch, &["doctor", "--strict"]);
    assert!(!run.stdout.contains("behind") && !run.stdout.contains("index"), "{}", run.stdout);
    assert_eq!(git(&root, &["rev-parse", "HEAD"]), before, "looking changes nothing");
    git(&root, &["reset", "-q", "--hard"]);
}

#[test]
fn settings_and_the_index_are_repaired() {
    is_repaired("settings", "warning[housekeeping]", |_, root| {
        git(root, &["config", "--unset", "gc.auto"]);
    });
    is_repaired("driver", "warning[merge-driver]", |_, root| {
        git(root, &["config", "--unset", "merge.corp.driver"]);
        std::fs::remove_file(root.join(".git/info/attributes")).unwrap();
    });
    is_repaired("damaged index", "error[index]: .git/index: the index is damaged", |_, root| {
        std::fs::write(root.join(".git/index"), "DIRCbroken").unwrap();
    });
    is_repaired("missing index", "error[index]: .git/index: the index is missing", |_, root| {
        std::fs::remove_file(root.join(".git/index")).unwrap();
    });
}

#[test]
fn a_split_index_is_refused_and_put_together() {
    let (scratch, root) = is_repaired("split", "error[split-index]", |scratch, root| {
        git(root, &["config", "core.splitIndex", "true"]);
        git(root, &["update-index", "--split-index"]);
        std::fs::write(root.join("agents/ceo/MEMORY.md"), "mine\n").unwrap();
        let run = corp(scratch, &["commit"]);
        assert!(run.code == 5 && run.stderr.contains("`corp doctor --fix` puts it together"), "{}", run.stderr);
        std::fs::remove_file(root.join("agents/ceo/MEMORY.md")).unwrap();
    });
    assert!(!try_git(&root, &["config", "core.splitIndex"]).0);
    std::fs::write(root.join("agents/ceo/MEMORY.md"), "mine\n").unwrap();
    assert_eq!(corp(&scratch, &["commit"]).code, 0);
    // The combination that loses every entry, as git itself writes it.
    is_repaired("split without a checksum", "error[split-index]", |_, root| {
        git(root, &["config", "index.skipHash", "true"]);
        git(root, &["update-index", "--split-index"]);
    });
}

#[test]
fn a_lock_is_removed_only_on_proof() {
    is_repaired("ours", "error[locks]: .git/index.lock: a writer that died left this lock", |_, root| {
        let folder = root.join(".git/corp");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("held-index"), "").unwrap();
        std::fs::hard_link(folder.join("held-index"), root.join(".git/index.lock")).unwrap();
    });
    let scratch = is_left("git's", "warning[locks]: .git/index.lock: this lock is not ours", 0, |_, root| {
        std::fs::write(root.join(".git/index.lock"), "").unwrap();
    });
    let lock = scratch.root().join("acme/.git/index.lock");
    assert!(lock.exists());
    std::fs::remove_file(lock).unwrap();
}

#[test]
fn temporary_files_go_only_if_git_has_their_content() {
    let mine = "agents/ceo/.corp-new-HEARTBEAT.md";
    let (scratch, root) = studio();
    std::fs::copy(root.join("COMPANY.md"), root.join(".corp-new-COMPANY.md")).unwrap();
    std::fs::write(root.join(mine), "saved in that moment\n").unwrap();
    std::fs::copy(root.join("COMPANY.md"), root.join("COMPANY.md.rescued")).unwrap();
    let run = corp(&scratch, &["doctor", "--strict"]);
    assert_eq!((run.code, findings(&run).lines().count()), (5, 3), "{}", run.stdout);
    let run = corp(&scratch, &["doctor", "--fix"]);
    assert!(run.stderr.contains("fixed: removed .corp-new-COMPANY.md, whose content git has"), "{}", run.stderr);
    assert!(!root.join(".corp-new-COMPANY.md").exists());
    assert!(root.join(mine).exists() && root.join("COMPANY.md.rescued").exists(), "what is a person's stays");
    assert!(run.stdout.contains(&format!("{mine}: this was set aside in a crash")), "{}", run.stdout);
    std::fs::remove_file(root.join(mine)).unwrap();
    std::fs::remove_file(root.join("COMPANY.md.rescued")).unwrap();
}

#[test]
fn half_written_objects_of_a_dead_writer_are_removed() {
    let (_scratch, root) = is_repaired(
        "leftovers",
        "note[leftovers]: .git/objects/ab/tmp_obj_corp: a writer that was killed left 3 half-written files",
        |_, root| {
            for name in ["ab/tmp_obj_corp", "pack/tmp_pack_corp_new", "pack/tmp_idx_corp", "ab/tmp_obj_a1B2c3"] {
                let path = root.join(".git/objects").join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, "half").unwrap();
            }
        },
    );
    assert!(!root.join(".git/objects/ab/tmp_obj_corp").exists());
    assert!(root.join(".git/objects/ab/tmp_obj_a1B2c3").exists(), "it may be a living git's");
}

#[test]
fn a_file_of_an_earlier_commit_is_told_from_an_edit() {
    let (scratch, root) = studio();
    let path = root.join("agents/ceo/HEARTBEAT.md");
    let before = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{before}\nOnce more.\n")).unwrap();
    git(&root, &["add", "."]);
    git(&root, &["commit", "-qm", "more"]);
    let after = std::fs::read_to_string(&path).unwrap();
    for staged in [false, true] {
        std::fs::write(&path, &before).unwrap();
        if staged {
            git(&root, &["add", "."]);
            std::fs::write(&path, &after).unwrap();
        }
        let run = corp(&scratch, &["doctor", "--strict"]);
        let what = if staged { "what is staged is an earlier commit's" } else { "the file is an earlier commit's" };
        assert!(run.code == 5 && run.stdout.contains(what), "{}", run.stdout);
        assert!(run.stdout.contains("git restore --staged --worktree -- agents/ceo/HEARTBEAT.md"), "{}", run.stdout);
    }
    git(&root, &["reset", "-q", "--hard"]);
    assert_eq!(corp(&scratch, &["doctor", "--strict"]).code, 0);
}

#[test]
fn the_journal_is_set_aside_when_it_cannot_be_read() {
    let (scratch, root) = is_repaired("journal", "error[journal]", |scratch, root| {
        std::fs::write(root.join("agents/ceo/MEMORY.md"), "mine\n").unwrap();
        assert_eq!(corp(scratch, &["commit"]).code, 0);
        let path = root.join(".git/corp/journal");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[0] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    });
    assert!(root.join(".git/corp/journal.odd").exists());
    std::fs::write(root.join("agents/ceo/MEMORY.md"), "more\n").unwrap();
    assert_eq!(corp(&scratch, &["commit"]).code, 0);
}

#[test]
fn what_only_a_person_can_decide_is_told() {
    is_left("rescue", "warning[rescued]: refs/corp/rescue/1-abc: a commit is kept there", 0, |_, root| {
        git(root, &["update-ref", "refs/corp/rescue/1-abc", "HEAD"]);
    });
    is_left("branch", "warning[branch]: HEAD: `idea` is checked out", 0, |_, root| {
        git(root, &["switch", "-qc", "idea"]);
    });
    is_left("no branch", "error[branch]: corp.yaml: there is no branch `main`", 5, |_, root| {
        git(root, &["branch", "-qm", "trunk"]);
    });
    is_left("merge", "warning[under-way]: .git: a merge is under way", 0, |_, root| {
        std::fs::write(root.join(".git/MERGE_HEAD"), git(root, &["rev-parse", "HEAD"])).unwrap();
    });
    is_left("alternates", "warning[alternates]: /elsewhere/objects", 0, |_, root| {
        std::fs::write(root.join(".git/objects/info/alternates"), "/elsewhere/objects\n").unwrap();
    });
    let scratch = is_left("object", "error[objects]", 5, |_, root| {
        std::fs::remove_file(loose(root, "HEAD:COMPANY.md")).unwrap();
    });
    scratch.excuse("an object is missing");
    let scratch = is_left("damaged object", "COMPANY.md is damaged", 5, |_, root| {
        let path = loose(root, "HEAD:COMPANY.md");
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "no zlib").unwrap();
    });
    scratch.excuse("an object is damaged");
}

#[test]
fn what_git_would_run_is_told_without_its_value() {
    let scratch =
        is_left("hooks", "warning[runs-code]: .git/hooks/pre-commit: git runs the hook `pre-commit`", 0, |_, root| {
            let hook = root.join(".git/hooks/pre-commit");
            std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
            std::fs::write(&hook, "#!/bin/sh\n").unwrap();
            std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
            git(root, &["config", "core.fsmonitor", "/tmp/evil --token=hunter2"]);
            git(root, &["config", "filter.lfs.clean", "git-lfs"]);
            git(root, &["config", "alias.st", "status"]);
        });
    let run = corp(&scratch, &["doctor"]);
    assert!(run.stdout.contains("`core.fsmonitor` makes git run a program"), "{}", run.stdout);
    assert!(run.stdout.contains("git config --file .git/config --unset-all core.fsmonitor"), "{}", run.stdout);
    assert!(run.stdout.contains("`filter.lfs.clean`") && !run.stdout.contains("alias"), "{}", run.stdout);
    assert!(!run.stdout.contains("hunter2"), "{}", run.stdout);
    assert!(!run.stdout.contains("merge.corp"), "ours is known: {}", run.stdout);
}

#[test]
fn the_companys_files_and_records_are_looked_at() {
    let (scratch, _) = studio();
    scratch.write("acme/tickets/0002/ACME-200.md", "---\nid: ACME-200\ntitle: x\nassignee: nobody\n---\n");
    let run = corp(&scratch, &["doctor"]);
    assert!(
        run.code == 3 && run.stdout.contains("error[files]: tickets/0002/ACME-200.md: unknown-agent"),
        "{}",
        run.stdout
    );
    std::fs::remove_file(scratch.root().join("acme/tickets/0002/ACME-200.md")).unwrap();

    let line = |cost: &str, more: &str| {
        format!(
            "{{\"id\":\"r1\",\"run\":\"r-01jd8f0000000000000000000a\",\"agent\":\"ceo\",\"cost\":\"{cost}\"{more}}}\n"
        )
    };
    let ended = ",\"outcome\":\"succeeded\",\"ended\":\"2026-11-20T09:10:00Z\"";
    scratch.write("acme/ledger/2026-11/20-1.jsonl", line("1.00 USD", ended));
    scratch.write("acme/ledger/2026-11/20-2.jsonl", line("2.00 USD", ended));
    scratch.write(
        "acme/tickets/0000/ACME-2.lock",
        "holder: ceo\nrun: r-01jd8f0000000000000000000a\nclone: c-7f3a0001\nfence: 1\nsince: 2026-11-20T09:00:00Z\n",
    );
    let run = corp(&scratch, &["doctor"]);
    assert!(
        run.stdout.contains("error[ledger]: ledger/2026-11/20-2.jsonl: `r1` says something else"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("warning[checkouts]: tickets/0000/ACME-2.lock: the run"), "{}", run.stdout);
}

#[test]
fn an_open_ticket_that_came_into_an_archived_folder_is_brought_back() {
    let (scratch, root) = studio();
    let ticket = |status: &str| {
        format!(
            "---\nid: ACME-100\ntitle: Old\nstatus: {status}\nassignee: engineer\nclosed: 2026-09-01T10:00:00Z\n---\n"
        )
    };
    scratch.write("acme/tickets/0001/ACME-100.md", ticket("done"));
    scratch.write("acme/tickets/0002/ACME-200.md", "---\nid: ACME-200\ntitle: New\nassignee: engineer\n---\n");
    assert_eq!(corp(&scratch, &["commit"]).code, 0);
    let copy = scratch.root().join("copy");
    git(&scratch.root(), &["clone", "-q", "acme", "copy"]);
    std::fs::write(copy.join("tickets/0001/ACME-100.md"), ticket("todo")).unwrap();
    git(&copy, &["commit", "-qam", "Again"]);
    assert_eq!(corp(&scratch, &["archive"]).code, 0);
    git(&root, &["pull", "-q", "--ff-only", "../copy", "main"]);
    assert!(!root.join("tickets/0001").exists());
    std::fs::create_dir(root.join("notes")).unwrap();
    let run = corp(&scratch, &["doctor"]);
    assert!(run.stdout.contains("warning[archive]: tickets/0001: ACME-100 is open and left out"), "{}", run.stdout);
    assert!(run.stdout.contains("warning[archive]: notes: the sparse checkout does not name"), "{}", run.stdout);
    let run = corp(&scratch, &["doctor", "--fix"]);
    assert_eq!(findings(&run), "", "{}", run.stderr);
    assert!(root.join("tickets/0001/ACME-100.md").exists());
    assert_eq!(git(&root, &["status", "--porcelain"]), "");
}

#[test]
fn programs_get_json() {
    let (scratch, root) = studio();
    git(&root, &["config", "--unset", "gc.auto"]);
    let run = corp(&scratch, &["doctor", "--json", "--fix"]);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value["fixed"][0]["code"], "housekeeping", "{}", run.stdout);
    assert!(value["findings"].is_array());
}

#[test]
fn the_page_says_what_the_checks_do() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/doctor.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, page::page()).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(page == page::page(), "docs/doctor.md is not what the checks say; run BLESS=1 cargo test");
    for check in CHECKS {
        let file = format!("src/store/doctor/{}.rs", check.code.replace('-', "_"));
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        assert!(file.exists(), "the check `{}` lives in a file of its name", check.code);
    }
}
