//! Growth: packing beside writes loses nothing, prunes nothing and runs nothing of the company's.

use super::{Repository, change, content, one, write};
use corp::store::history::trees::Content;
use corp::store::history::{History, Id};
use corp::store::pack;
use corp::store::writer::{Expect, How, Shared};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex};

fn id(commit: &str) -> Id {
    Id::from_hex(commit.as_bytes()).unwrap()
}

#[test]
fn readers_and_writers_go_on_while_the_objects_are_packed() {
    let repository = Repository::new();
    let git_dir = repository.root().join(".git");
    let shared = Shared::new(repository.writer()).unwrap();
    let (done, answered) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let packings = std::thread::scope(|scope| {
        let packing = scope.spawn(|| {
            let mut packings = 0;
            while !done.load(Ordering::Relaxed) {
                pack::repack(&git_dir).unwrap();
                packings += 1;
            }
            packings
        });
        let callers: Vec<_> = (0..4)
            .map(|caller| {
                // Opened before anything is packed, and never again.
                let reader = History::open(&repository.root()).unwrap();
                let (shared, answered) = (&shared, &answered);
                scope.spawn(move || {
                    for number in 0..30 {
                        let path = format!("n/{caller}/{number}.md");
                        let text = format!("{caller} {number}\n");
                        let commit = shared.commit(change(&path, Expect::Absent, Some(&text))).unwrap().commit;
                        let entry = reader.entry(id(&commit), &path).unwrap().unwrap();
                        assert_eq!(reader.content(entry).unwrap(), Content::Text(text));
                        answered.lock().unwrap().push(commit);
                    }
                })
            })
            .collect();
        // The packing ends whatever becomes of the callers.
        let callers: Vec<_> = callers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        callers.into_iter().for_each(|caller| caller.unwrap());
        packing.join().unwrap()
    });
    assert!(packings > 0);
    drop(shared);
    let packed = pack::repack(&git_dir).unwrap();
    assert_eq!(packed.after.objects, 0, "everything is packed in the end");
    let reader = History::open(&repository.root()).unwrap();
    for commit in answered.into_inner().unwrap() {
        reader.revision(&commit).unwrap();
    }
    assert_eq!(repository.git(&["rev-list", "--count", "HEAD"]), "121\n");
    repository.assert_sound();
    one(&mut repository.writer(), change("b.md", content("text\n"), Some("after\n"))).unwrap();
    repository.assert_sound();
}

/// The library looks for the file of a loose object and opens it in a second step; packing removes it between the two
/// in one of some ten rounds.
#[test]
fn what_is_packed_just_while_it_is_read_is_not_missing() {
    let repository = Repository::new();
    let git_dir = repository.root().join(".git");
    let mut writer = repository.writer();
    for round in 0..25 {
        let commit = one(&mut writer, write("n.md", &format!("{round}\n"))).unwrap().commit;
        let (begun, done) = (Barrier::new(2), AtomicBool::new(false));
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let reader = History::open(&repository.root()).unwrap();
                reader.revision(&commit).unwrap();
                begun.wait();
                while !done.load(Ordering::Relaxed) {
                    reader.revision(&commit).unwrap();
                }
            });
            begun.wait();
            pack::repack(&git_dir).unwrap();
            done.store(true, Ordering::Relaxed);
            reader.join().unwrap();
        });
    }
}

#[test]
fn many_groups_become_few_packs_that_git_reads() {
    let repository = Repository::new();
    let git_dir = repository.root().join(".git");
    let mut writer = corp::store::writer::Writer::open(super::packed(repository.root())).unwrap();
    // Opened when there is nothing, as a reader that goes on for days.
    let mut commits = Vec::new();
    for round in 0..120 {
        let path = format!("n/{}.md", round % 7);
        let text = format!("{}{round}\n", "one line of many that stay\n".repeat(60));
        commits.push(one(&mut writer, change(&path, Expect::Anything, Some(&text))).unwrap().commit);
        if round % 50 == 49 {
            assert_eq!(pack_all(&git_dir).after.objects, 0);
        }
    }
    assert_eq!(packs(&git_dir).len(), 1 + 20, "the small ones of each packing became one, and that one with the next");
    pack::repack(&git_dir).unwrap();
    assert_eq!(packs(&git_dir).len(), 1 + 21, "who has just looked into one finds it");
    pack_all(&git_dir);
    let packs = packs(&git_dir);
    assert_eq!(packs.len(), 1, "{packs:?}");
    let shown = repository.git(&["verify-pack", "-v", packs[0].to_str().unwrap()]);
    let chain = shown.lines().filter_map(|line| line.strip_prefix("chain length = ")?.split_once(':'));
    let longest = chain.filter_map(|(length, _)| length.parse::<u32>().ok()).max().unwrap_or(0);
    assert!((3..=8).contains(&longest), "a version says what it has from another one: {shown}");
    assert!(std::fs::metadata(&packs[0]).unwrap().len() < 60 * 1024, "120 versions of two kilobytes");
    for commit in commits {
        repository.git(&["cat-file", "-e", &format!("{commit}^{{tree}}")]);
    }
    repository.assert_sound();
    one(&mut writer, write("corp.yaml", "n: 5\nm: 0\n")).unwrap();
    repository.assert_sound();
}

#[test]
fn large_packs_of_one_size_become_one_by_copying() {
    let repository = Repository::new();
    let git_dir = repository.root().join(".git");
    let mut writer = repository.writer();
    // A pack of more than two thousand objects was made to stay.
    let files = |folder: &str, text: &str| -> Vec<(String, String)> {
        (0..2_100)
            .map(|number| (format!("{folder}/{}/{number}.md", number % 50), format!("{text} {number}\n")))
            .collect()
    };
    for round in ["one", "two"] {
        one(&mut writer, super::write_all(&files("a", round))).unwrap();
        pack_all(&git_dir);
        // A small one with what was there before, and one with all that is large.
        assert_eq!(packs(&git_dir).len(), 2, "{round}");
    }
    let text = repository.git(&["rev-list", "--objects", "--all", "--count"]);
    assert!(text.trim().parse::<u32>().unwrap() > 4_200, "{text}");
    for pack in packs(&git_dir) {
        repository.git(&["verify-pack", pack.to_str().unwrap()]);
    }
    repository.assert_sound();
}

#[test]
fn what_somebody_keeps_or_has_in_an_index_of_several_stays_as_it_is() {
    let repository = Repository::new();
    let git_dir = repository.root().join(".git");
    let mut writer = corp::store::writer::Writer::open(super::packed(repository.root())).unwrap();
    let mut change =
        |round: usize| one(&mut writer, write("corp.yaml", &format!("n: {round}\nm: 0\n"))).map(drop).unwrap();
    change(1);
    change(2);
    let before = packs(&git_dir);
    std::fs::write(before[0].with_extension("keep"), "").unwrap();
    change(3);
    pack_all(&git_dir);
    let after = packs(&git_dir);
    assert_eq!((after.len(), after.contains(&before[0])), (2, true));
    std::fs::remove_file(before[0].with_extension("keep")).unwrap();
    repository.git(&["multi-pack-index", "write"]);
    change(4);
    change(5);
    pack_all(&git_dir);
    let last = packs(&git_dir);
    assert!(after.iter().all(|pack| last.contains(pack)), "{last:?}");
    assert_eq!(last.len(), 3);
    repository.assert_sound();
}

/// Packs, and packs again, so that what the first one left goes.
fn pack_all(git_dir: &std::path::Path) -> pack::Packed {
    pack::repack(git_dir).unwrap();
    pack::repack(git_dir).unwrap()
}

fn packs(git_dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let found = std::fs::read_dir(git_dir.join("objects/pack")).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = found.filter(|path| path.extension().is_some_and(|ending| ending == "pack")).collect();
    found.sort();
    found
}

#[test]
fn packing_prunes_nothing_and_runs_nothing_of_the_company() {
    let repository = Repository::new();
    let marker = repository.root().join(".git/marker");
    let hook = repository.root().join(".git/run");
    std::fs::write(&hook, format!("#!/bin/sh\ntouch '{}'\n", marker.display())).unwrap();
    let hook = hook.to_str().unwrap();
    repository.git(&["update-index", "--refresh"]);
    for key in ["gc.recentObjectsHook", "core.fsmonitor", "core.sshCommand", "core.alternateRefsCommand"] {
        repository.git(&["config", key, &format!("sh {hook}")]);
    }
    repository.git(&["config", "gc.pruneExpire", "now"]);
    repository.save("unreachable.txt", "no branch reaches this\n");
    let id = repository.git(&["-c", "core.fsmonitor=false", "hash-object", "-w", "unreachable.txt"]);
    std::fs::remove_file(repository.root().join("unreachable.txt")).unwrap();
    let packed = pack::repack(&repository.root().join(".git")).unwrap();
    assert!(packed.before.objects > 0);
    assert_eq!(packed.after.objects, 0);
    assert!(!marker.exists(), "a program named in the settings was run");
    assert_eq!(
        repository.git(&["-c", "core.fsmonitor=false", "cat-file", "-p", id.trim()]),
        "no branch reaches this\n"
    );
}

#[test]
fn a_repository_that_was_there_gets_the_settings_it_lacks_at_the_first_commit() {
    let repository = Repository::new();
    let keys = ["gc.auto", "maintenance.auto", "index.skipHash", "core.splitIndex"];
    let values = |repository: &Repository| -> Vec<String> {
        keys.iter().map(|key| repository.git(&["config", "--local", key]).trim().to_owned()).collect()
    };
    assert_eq!(values(&repository), ["0", "false", "true", "false"], "a new company has them");
    for key in keys {
        repository.git(&["config", "--local", "--unset", key]);
    }
    repository.git(&["config", "--local", "gc.auto", "77"]);
    one(&mut repository.writer(), write("corp.yaml", "n: 1\nm: 0\n")).unwrap();
    assert_eq!(values(&repository), ["77", "false", "true", "false"], "what a person set stays");
    repository.assert_sound();
}

#[test]
fn what_a_person_does_to_the_index_between_two_commits_of_one_writer_stays() {
    let repository = Repository::new();
    let mut writer = repository.writer();
    one(&mut writer, write("corp.yaml", "n: 1\nm: 0\n")).unwrap();
    repository.save("new.md", "mine\n");
    repository.git(&["add", "new.md"]);
    one(&mut writer, write("corp.yaml", "n: 2\nm: 0\n")).unwrap();
    assert_eq!(repository.git(&["status", "--porcelain"]), "A  new.md\n");
    one(&mut writer, change("a/b.md", Expect::Absent, Some("ours\n"))).unwrap();
    one(&mut writer, change("a/b.md", Expect::Anything, None)).unwrap();
    repository.git(&["commit", "-qm", "mine"]);
    one(&mut writer, write("new.md", "changed\n")).unwrap();
    one(&mut writer, change("a/b.md", Expect::Absent, Some("ours again\n"))).unwrap();
    repository.assert_sound();
    assert_eq!(repository.git(&["ls-files"]), "a/b.md\nb.md\ncorp.yaml\nnew.md\n");
}

#[test]
fn callers_that_come_together_are_each_answered_with_a_commit_of_their_own() {
    let repository = Repository::new();
    let shared = Shared::new(repository.writer()).unwrap();
    let commits = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for caller in 0..16 {
            let (shared, commits) = (&shared, &commits);
            scope.spawn(move || {
                for number in 0..5 {
                    let done =
                        shared.commit(change(&format!("n/{caller}-{number}.md"), Expect::Absent, Some("x"))).unwrap();
                    assert_eq!(done.how, How::Now);
                    commits.lock().unwrap().push(done.commit);
                }
            });
        }
    });
    // What is asked before the end is answered, and the writer itself can be asked.
    assert_eq!(shared.with(|writer| writer.recovered().finished.len()).unwrap(), 0);
    let (sender, answer) = std::sync::mpsc::channel();
    shared.submit(write("b.md", "last\n"), move |done| sender.send(done.unwrap().commit).unwrap());
    drop(shared);
    commits.lock().unwrap().push(answer.recv().unwrap());
    let mut commits = commits.into_inner().unwrap();
    commits.sort();
    commits.dedup();
    assert_eq!(commits.len(), 81);
    assert_eq!(repository.git(&["rev-list", "--count", "HEAD"]), "82\n");
    repository.assert_sound();
}

/// A clone gets a pack with each larger fetch, and a daemon has its company open for weeks.
#[test]
fn who_opened_a_company_long_ago_sees_into_packs_that_came_since() {
    let repository = Repository::new();
    let history = History::open(&repository.root()).unwrap();
    let git_dir = repository.root().join(".git");
    assert!(pack::gather(&git_dir).unwrap().is_none(), "there is nothing to put together");
    for number in 0..40 {
        repository.git(&["commit", "-q", "--allow-empty", "-m", &format!("{number}")]);
        repository.git(&["repack", "-q"]);
    }
    let tip = history.branch_tip("main").unwrap().unwrap();
    assert_eq!(history.commit(tip).unwrap().message.subject(), "39");
    let packs = || std::fs::read_dir(git_dir.join("objects/pack")).unwrap().count();
    let before = packs();
    pack::gather(&git_dir).unwrap().expect("there are many packs");
    assert!(pack::gather(&git_dir).unwrap().is_none(), "those that were put together do not count");
    history.commit(tip).unwrap();
    // They go the next time.
    pack::repack(&git_dir).unwrap();
    assert!(packs() < before / 4, "{before} → {}", packs());
    history.commit(tip).unwrap();
    repository.assert_sound();
}
