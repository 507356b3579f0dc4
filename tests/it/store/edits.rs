//! Hand edits of every editor's way of saving, beside a busy writer: none is lost, none is committed half-written.
//!
//! `CORP_EDITS=1000` makes as many of each; without it a few hundred steps are enough to notice most mistakes.

use super::hand::Kept;
use super::{one, write};
use corp::store::writer::{Expect, FileChange, WriteError};
use jiff::Timestamp;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system calls by which programs save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// VS Code, nano: truncated, then written, here in two parts.
    InPlace,
    /// Opened for both, read, written from the start, cut: some scripts and small editors.
    Over,
    /// Many programs: a temporary file renamed over it.
    Rename,
    /// `sed -i`: the same with a name of its own.
    Sed,
    /// vim with `backupcopy=no`: a probe, a swap file, the old one renamed to a backup, a new one made.
    VimRename,
    /// vim with `backupcopy=yes`: a copy made, then written in place.
    VimCopy,
    /// emacs: a lock, an autosave, the old one renamed to a backup that stays.
    Emacs,
}

const WAYS: [Way; 7] = [Way::InPlace, Way::Over, Way::Rename, Way::Sed, Way::VimRename, Way::VimCopy, Way::Emacs];

/// Saves `text` at `path` the way a program does.
pub(super) fn save(way: Way, path: &Path, text: &str) {
    let folder = path.parent().unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let beside = |other: String| folder.join(other);
    let (first, second) = text.split_at(text.len() / 2);
    let in_parts = |file: &mut File| {
        file.write_all(first.as_bytes()).unwrap();
        std::thread::yield_now();
        file.write_all(second.as_bytes()).unwrap();
    };
    match way {
        Way::InPlace => in_parts(&mut File::create(path).unwrap()),
        Way::Over => {
            let mut file = File::options().read(true).write(true).create(true).truncate(false).open(path).unwrap();
            let mut old = String::new();
            file.read_to_string(&mut old).unwrap();
            file.rewind().unwrap();
            std::thread::yield_now();
            in_parts(&mut file);
            file.set_len(text.len() as u64).unwrap();
        }
        Way::Rename => {
            let aside = beside(format!(".{name}.tmp"));
            in_parts(&mut File::create(&aside).unwrap());
            fs::rename(aside, path).unwrap();
        }
        Way::Sed => {
            let aside = beside("sedA1b2C3".to_owned());
            in_parts(&mut File::create(&aside).unwrap());
            fs::rename(aside, path).unwrap();
        }
        Way::VimRename => {
            let (probe, swap, backup) =
                (beside("4913".into()), beside(format!(".{name}.swp")), beside(format!("{name}~")));
            fs::write(&swap, "b0VIM").unwrap();
            fs::write(&probe, "").unwrap();
            fs::remove_file(&probe).unwrap();
            fs::rename(path, &backup).unwrap();
            std::thread::yield_now();
            let mut file = File::create(path).unwrap();
            in_parts(&mut file);
            file.sync_all().unwrap();
            fs::remove_file(backup).unwrap();
            fs::remove_file(swap).unwrap();
        }
        Way::VimCopy => {
            let backup = beside(format!("{name}~"));
            fs::copy(path, &backup).unwrap();
            in_parts(&mut File::create(path).unwrap());
            fs::remove_file(backup).unwrap();
        }
        Way::Emacs => {
            let (lock, autosave, backup) =
                (beside(format!(".#{name}")), beside(format!("#{name}#")), beside(format!("{name}~")));
            drop(fs::remove_file(&lock));
            std::os::unix::fs::symlink("ada@host.1:1", &lock).unwrap();
            fs::write(&autosave, text).unwrap();
            fs::rename(path, &backup).unwrap();
            std::thread::yield_now();
            in_parts(&mut File::create(path).unwrap());
            fs::remove_file(autosave).unwrap();
            fs::remove_file(lock).unwrap();
        }
    }
}

#[test]
fn every_way_of_saving_becomes_one_commit_and_nothing_else() {
    for way in WAYS {
        let mut kept = Kept::new();
        let path = "tickets/0000/ACME-1.md";
        let text = kept.repository.read(path).replace("priority: low", "priority: high");
        save(way, &kept.path(path), &text);
        // Whatever a watcher may tell of, in any order, and every file anew.
        for name in ["4913", ".ACME-1.md.swp", "ACME-1.md~", "#ACME-1.md#", ".#ACME-1.md", "sedA1b2C3", "ACME-1.md"] {
            kept.keeper.hint(&format!("tickets/0000/{name}"));
        }
        kept.keeper.rescan();
        let looked = kept.settle();
        assert_eq!(looked.committed.len(), 1, "{way:?}: {looked:?}");
        assert_eq!(looked.committed[0].paths, [path], "{way:?}");
        assert!(looked.told.is_empty(), "{way:?}: {looked:?}");
        assert_eq!(kept.committed(path), text, "{way:?}");
    }
}

#[test]
fn what_is_being_written_is_neither_committed_nor_merged_into() {
    let mut kept = Kept::new();
    let path = "tickets/0000/ACME-1.md";
    let opened = kept.repository.read(path);
    let text = opened.replace("priority: low", "priority: high");
    let mut file = File::create(kept.path(path)).unwrap();
    // Half of it is sound by itself, and stands still for as long as anybody could wait.
    let half = opened.find("Second.").unwrap();
    file.write_all(&text.as_bytes()[..half]).unwrap();
    kept.keeper.hint(path);
    for _ in 0..10 {
        assert!(kept.settle().committed.is_empty());
    }
    kept.program(path, "status: todo", "status: in_progress");
    file.write_all(&text.as_bytes()[half..]).unwrap();
    drop(file);
    kept.keeper.hint(path);
    assert_eq!(kept.settle().committed.len(), 1);
    let text = kept.committed(path);
    for part in ["priority: high", "status: in_progress", "Second.", "Third."] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    kept.repository.assert_sound();
}

#[test]
fn what_is_written_to_a_file_that_was_replaced_meanwhile_is_given_back() {
    let mut kept = Kept::new();
    let path = "tickets/0000/ACME-1.md";
    // `echo … >> file`: opened before the writer exchanges it, written to afterwards.
    let mut file = File::options().append(true).open(kept.path(path)).unwrap();
    kept.program(path, "status: todo", "status: in_progress");
    file.write_all(b"Fourth.\n").unwrap();
    kept.pass(5_000);
    kept.settle();
    drop(file);
    kept.pass(5_000);
    kept.keeper.hint(path);
    kept.settle();
    kept.keeper.hint(path);
    kept.settle();
    let text = kept.committed(path);
    assert!(text.contains("Fourth.") && text.contains("status: in_progress"), "{text}");
    kept.repository.assert_sound();
}

/// How many edits and mutations race.
fn edits() -> usize {
    std::env::var("CORP_EDITS").ok().and_then(|count| count.parse().ok()).unwrap_or(70)
}

/// One person at many files: opens, thinks, saves what was opened and one more key.
fn person(files: &[PathBuf], count: usize, saved: &AtomicUsize) {
    let mut last: Vec<Option<usize>> = vec![None; files.len()];
    for edit in 0..count {
        let at = edit % files.len();
        // Whoever does not see what they saved last opens the file again.
        let opened = loop {
            let text = fs::read_to_string(&files[at]).unwrap_or_default();
            if text.ends_with("END\n") && last[at].is_none_or(|edit| text.contains(&format!("\nt{edit}: 1\n"))) {
                break text;
            }
            std::thread::yield_now();
        };
        std::thread::yield_now();
        save(
            WAYS[edit % WAYS.len()],
            &files[at],
            &opened.replacen("\nbody: here\n", &format!("\nt{edit}: 1\nbody: here\n"), 1),
        );
        last[at] = Some(edit);
        saved.store(edit + 1, Ordering::Release);
    }
}

#[test]
fn hand_edits_of_every_way_race_the_writer_and_none_is_lost() {
    let count = edits();
    let mut kept = Kept::new();
    let names: Vec<String> =
        (0..count.div_ceil(60).max(4)).map(|file| format!("tickets/0000/ACME-{}.md", file + 10)).collect();
    for (file, name) in names.iter().enumerate() {
        let text =
            format!("---\nid: ACME-{}\ntitle: t\nhead: here\nbetween: here\nbody: here\n---\nText.\nEND\n", file + 10);
        one(&mut kept.writer, write(name, &text)).unwrap();
    }
    let files: Vec<PathBuf> = names.iter().map(|name| kept.path(name)).collect();
    let saved = Arc::new(AtomicUsize::new(0));
    let typing = {
        let (files, saved) = (files.clone(), Arc::clone(&saved));
        std::thread::spawn(move || person(&files, count, &saved))
    };
    let mut mutated = 0;
    let mut all = Vec::new();
    while mutated < count || saved.load(Ordering::Acquire) < count {
        if mutated < count {
            let name = &names[mutated % names.len()];
            let before = kept.committed(name);
            let after = before.replacen("\nhead: here\n", &format!("\nhead: here\no{mutated}: 1\n"), 1);
            let mut mutation = write(name, "");
            mutation.at = Timestamp::now();
            mutation.changes = vec![FileChange {
                path: name.clone(),
                before: Expect::Content(before.into_bytes()),
                after: Some(after.into_bytes()),
            }];
            match one(&mut kept.writer, mutation) {
                Ok(_) => mutated += 1,
                Err(WriteError::Moved { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        names.iter().for_each(|name| kept.keeper.hint(name));
        kept.now = Timestamp::now();
        all.extend(kept.look().committed);
    }
    typing.join().unwrap();
    // The last saves settle.
    kept.keeper.rescan();
    for _ in 0..40 {
        kept.pass(300);
        all.extend(kept.look().committed);
    }
    let last: Vec<String> = names.iter().map(|name| kept.committed(name)).collect();
    for edit in 0..count {
        let text = &last[edit % names.len()];
        assert!(
            text.contains(&format!("\nt{edit}: 1\n")),
            "edit {edit} ({:?}) is lost:\n{text}",
            WAYS[edit % WAYS.len()]
        );
        let text = &last[edit % names.len()];
        assert!(text.contains(&format!("\no{edit}: 1\n")), "mutation {edit} is lost:\n{text}");
    }
    // Every version that was ever committed is whole.
    for name in &names {
        for commit in kept.repository.git(&["log", "--format=%H", "--", name]).lines() {
            let text = kept.repository.git(&["show", &format!("{commit}:{name}")]);
            assert!(text.starts_with("---\nid: ") && text.ends_with("END\n"), "{commit} {name}:\n{text}");
        }
    }
    println!("{count} edits in {} commits beside {mutated} mutations", all.len());
    for name in names.iter().map(|name| format!("{name}~")) {
        drop(fs::remove_file(kept.path(&name)));
    }
    kept.repository.assert_sound();
}
