//! The power goes: an ext4 file system of its own is shut down under a busy writer, without its caches.
//!
//! Needs root, a free loop device and a kernel whose ext4 knows the shutdown call; without them it says SKIPPED.
//! `CORP_CUTS=200` for the long run.

use super::races::{spawn, surroundings};
use super::{Repository, asked_as, git, one, try_git, write};
use crate::harness::until;
use corp::store::found::{self, Author};
use corp::store::message::Message;
use corp::store::place;
use corp::store::writer::{Options, WriteError, Writer};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How many cuts a repository gets before the next one begins; its history grows with each.
const CUTS_PER_REPOSITORY: usize = 10;

/// How the power goes: `EXT4_GOING_FLAGS_…` of the kernel.
#[derive(Debug, Clone, Copy)]
enum Cut {
    /// Everything is flushed first: a clean stop in the middle of the work.
    Flushed = 0,
    /// The file system's own journal is flushed, and no data.
    JournalFlushed = 1,
    /// Nothing is flushed: what a power cut is.
    Sudden = 2,
}

/// An ext4 file system in a file, mounted.
pub(super) struct Disk {
    folder: tempfile::TempDir,
    mounted: bool,
}

impl Disk {
    pub(super) fn new(bytes: u64) -> Result<Self, String> {
        let disk = Self { folder: tempfile::tempdir().unwrap(), mounted: false };
        let image = std::fs::File::create(disk.image()).unwrap();
        image.set_len(bytes).unwrap();
        run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(disk.image()))?;
        std::fs::create_dir(disk.root()).unwrap();
        Ok(disk)
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    pub(super) fn root(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    /// Without `auto_da_alloc`, a renamed file may lose its content, as on file systems that never had it.
    pub(super) fn mount(&mut self, careless: bool) -> Result<(), String> {
        let options = if careless { "loop,noauto_da_alloc" } else { "loop" };
        run(Command::new("mount").args(["-t", "ext4", "-o", options]).arg(self.image()).arg(self.root()))?;
        self.mounted = true;
        Ok(())
    }

    pub(super) fn unmount(&mut self) {
        until("the disk lets go", || run(Command::new("umount").arg(self.root())).is_ok());
        self.mounted = false;
        // A mount namespace that somebody made meanwhile keeps the disk as it is, cut off. Mounted again now, it would
        // be that one.
        until("the disk is mounted nowhere", || !attached(&self.image()));
    }

    /// Makes it read-only (`ro`) or writable again (`rw`).
    pub(super) fn remount(&self, how: &str) -> Result<(), String> {
        run(Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(self.root()))
    }

    /// `ioctl(EXT4_IOC_SHUTDOWN)`, which the standard library does not have.
    fn cut(&self, how: Cut) -> Result<(), String> {
        let script = "import fcntl, os, struct, sys\n\
            fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', int(sys.argv[2])))";
        run(Command::new("python3").args(["-c", script]).arg(self.root()).arg((how as u32).to_string()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted {
            drop(run(Command::new("umount").arg("-l").arg(self.root())));
        }
    }
}

/// Whether a loop device has the image still.
fn attached(image: &Path) -> bool {
    Command::new("losetup").arg("-j").arg(image).output().is_ok_and(|output| !output.stdout.is_empty())
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{}: {}", command.get_program().display(), String::from_utf8_lossy(&output.stderr).trim()))
}

/// Says that a test did not run, past the test harness, which shows nothing of a test that passes.
pub(super) fn skipped(what: &str, why: &str) {
    let mut stderr = std::io::stderr();
    writeln!(stderr, "SKIPPED: {what} needs root, loop devices, ext4 and python3: {why}").unwrap();
}

/// Whether this machine can cut the power of a disk of its own; why not, otherwise.
fn possible() -> Result<(), String> {
    let mut disk = Disk::new(256 << 20)?;
    disk.mount(false)?;
    disk.cut(Cut::Sudden)?;
    disk.unmount();
    Ok(())
}

#[test]
fn the_power_goes_and_every_acknowledged_change_is_there() {
    if let Err(why) = possible() {
        return skipped("a power cut", &why);
    }
    let cuts: usize = std::env::var("CORP_CUTS").ok().and_then(|cuts| cuts.parse().ok()).unwrap_or(4);
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let (mut acknowledged, mut restored, mut finished) = (0, 0, 0);
    for begin in (0..cuts).step_by(CUTS_PER_REPOSITORY) {
        let mut disk = Disk::new(256 << 20).unwrap();
        let log = disk.folder.path().join("acknowledged");
        disk.mount(false).unwrap();
        let root = disk.root().join("company");
        std::fs::create_dir(&root).unwrap();
        Repository::found(&root);
        disk.unmount();
        for round in begin..cuts.min(begin + CUTS_PER_REPOSITORY) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let how = [Cut::Sudden, Cut::Sudden, Cut::JournalFlushed, Cut::Sudden, Cut::Flushed][round % 5];
            let careless = round % 2 == 1;
            disk.mount(careless).unwrap();
            let begun = lines(&log);
            let mut children: Vec<_> = (0..4)
                .map(|client| spawn("store::power::child_writes_until_the_disk_goes", &root, round * 4 + client))
                .collect();
            // A person commits beside them, with a git that syncs nothing.
            let with_person = round % 3 == 0;
            let person = with_person.then(|| spawn("store::power::child_is_a_person", &root, round));
            let wanted = begun + 1 + usize::try_from(state >> 60).unwrap();
            until("somebody has written", || lines(&log) >= wanted);
            // The moment is by chance: this is the experiment, not a wait.
            std::thread::sleep(Duration::from_micros(state >> 33 & 0x3fff));
            disk.cut(how).unwrap();
            for child in children.drain(..).chain(person) {
                let output = child.wait_with_output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
            }
            disk.unmount();
            disk.mount(careless).unwrap();
            // The machine was started anew: this note is of another start, or the cut took it.
            drop(std::fs::remove_file(root.join(".git/corp/done")));
            let mut writer = Writer::open(Options { patience_ms: 50, ..Options::new(&root) }).unwrap();
            if with_person {
                // Their git died with the machine. Its locks are theirs to remove, as we say.
                for lock in ["index.lock", "HEAD.lock", "refs/heads/main.lock"] {
                    drop(std::fs::remove_file(root.join(".git").join(lock)));
                }
            }
            let recovered = writer.recover().unwrap().clone();
            restored += recovered.restored;
            finished += recovered.finished.len();
            let context = format!("round {round}, {how:?}, careless {careless}, person {with_person}: {recovered:?}");
            let (sound, fsck) = try_git(&root, &["fsck", "--full", "--strict", "--no-dangling"]);
            assert!(sound && fsck.is_empty(), "{context}\n{fsck}");
            let status = git(&root, &["status", "--porcelain"]);
            // What the person had not committed is theirs.
            let ours: Vec<_> = status.lines().filter(|line| !line.ends_with(" mine.md")).collect();
            assert!(ours.is_empty(), "{context}\n{status}");
            let history = git(&root, &["log", "--format=%B"]);
            let text = std::fs::read_to_string(&log).unwrap();
            for id in text.lines() {
                let times = history.lines().filter(|line| *line == format!("Mutation-Id: {id}")).count();
                assert_eq!(times, 1, "{id} was acknowledged; {context}");
            }
            one(&mut writer, asked_as(write("corp.yaml", &format!("n: {round}\n")), &format!("after-{round}")))
                .unwrap();
            drop(writer);
            disk.unmount();
        }
        acknowledged += lines(&log);
        // Each row of ten says how far it is, so that a long run that is stopped has still shown something.
        println!(
            "{} of {cuts} cuts, {acknowledged} changes acknowledged, 0 lost; {finished} finished, {restored} objects \
             restored",
            cuts.min(begin + CUTS_PER_REPOSITORY)
        );
    }
}

#[test]
fn the_power_goes_right_after_a_company_is_founded() {
    if let Err(why) = possible() {
        return skipped("a power cut after a company is founded", &why);
    }
    for (how, careless) in [(Cut::Sudden, false), (Cut::Sudden, true), (Cut::JournalFlushed, false)] {
        let mut disk = Disk::new(64 << 20).unwrap();
        disk.mount(careless).unwrap();
        let root = disk.root().join("company");
        std::fs::create_dir(&root).unwrap();
        let text = |number: usize| format!("# Agent {number}\n{}", "Works.\n".repeat(number * 40));
        let paths: Vec<String> = (0..40).map(|number| format!("agents/a-{number}/AGENTS.md")).collect();
        let files = paths.iter().enumerate().map(|(number, path)| {
            let after = Some(text(number).into_bytes());
            place::Change { path: path.clone(), before: None, after }
        });
        place::place_first(&root, &files.collect::<Vec<_>>()).unwrap();
        let author = Author { name: "Ada".to_owned(), email: "ada@localhost".to_owned() };
        let at = "2026-11-20T10:00:00Z".parse().unwrap();
        let id = found::first_commit(&root, &paths, &author, at, Message::new("Found it")).unwrap();
        disk.cut(how).unwrap();
        disk.unmount();
        disk.mount(careless).unwrap();
        drop(std::fs::remove_file(root.join(".git/corp/done")));
        Writer::open(Options::new(&root)).unwrap().recover().unwrap();
        let context = format!("{how:?}, careless {careless}");
        assert_eq!(git(&root, &["rev-parse", "main"]).trim(), id, "{context}");
        let (sound, fsck) = try_git(&root, &["fsck", "--full", "--strict", "--no-dangling"]);
        assert!(sound && fsck.is_empty(), "{context}\n{fsck}");
        assert_eq!(git(&root, &["status", "--porcelain"]), "", "{context}");
        for (number, path) in paths.iter().enumerate() {
            assert_eq!(std::fs::read_to_string(root.join(path)).unwrap(), text(number), "{context}");
        }
        disk.unmount();
    }
}

fn lines(log: &Path) -> usize {
    std::fs::read(log).map_or(0, |text| text.iter().filter(|byte| **byte == b'\n').count())
}

#[test]
#[ignore = "started by the test above"]
fn child_writes_until_the_disk_goes() {
    let Some((root, number)) = surroundings() else { return };
    // Beside the disk that goes, since the answer reached somebody.
    let log = root.ancestors().nth(2).unwrap().join("acknowledged");
    let mut log = std::fs::File::options().append(true).create(true).open(log).unwrap();
    // Short, since a lock of git's that the cut left is waited for as well.
    // Half of them write a pack for each change, half a file for each object.
    let options = if number % 2 == 0 { super::packed(root.clone()) } else { Options::new(&root) };
    let Ok(mut writer) = Writer::open(Options { patience_ms: 1_000, ..options }) else { return };
    let is_gone = || std::fs::read(root.join(".git/HEAD")).is_err();
    for round in 0.. {
        let id = format!("m-{number}-{round}");
        // Now and then a text of many pages, which soon fills the journal, and a file that is new.
        let text = if round % 4 == 0 { format!("{id}\n").repeat(12_000) } else { format!("{id}\n") };
        let path = if round % 6 == 0 { format!("n/{id}.md") } else { format!("w/{}.md", round % 5) };
        let mut answer = one(&mut writer, asked_as(write(&path, &text), &id));
        // Who commits without a pause may keep us from a change for as long as we try (docs/limits.md).
        let later = |answer: &Result<_, WriteError>| {
            matches!(answer, Err(WriteError::Busy { .. } | WriteError::GitLock { .. } | WriteError::Contended { .. }))
        };
        while later(&answer) && !is_gone() {
            answer = one(&mut writer, asked_as(write(&path, &text), &id));
        }
        if let Err(error) = answer {
            println!("{id}: {error}");
            return;
        }
        log.write_all(format!("{id}\n").as_bytes()).unwrap();
    }
}

#[test]
#[ignore = "started by the test above"]
fn child_is_a_person() {
    let Some((root, number)) = surroundings() else { return };
    for round in 0.. {
        let saved = std::fs::write(root.join("mine.md"), format!("{number} {round}\n"));
        if saved.is_err() {
            return;
        }
        // Whether git gets through is not what is asked here.
        try_git(&root, &["add", "mine.md"]);
        try_git(&root, &["commit", "-qm", &format!("mine {number} {round}")]);
        // On a quiet machine git alone would be done every few milliseconds, and nobody else would get through.
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Without a disk of its own: the file of an object that a person's git had written, and not synced, is emptied.
#[test]
fn what_was_there_before_us_and_not_durable_is_in_our_record_all_the_same() {
    let repository = Repository::new();
    let mut writer = repository.writer();
    one(&mut writer, write("w/1.md", "one\n")).unwrap();
    repository.save("mine.md", "the same\n");
    repository.git(&["add", "mine.md"]);
    one(&mut writer, write("w/1.md", "the same\n")).unwrap();
    drop(writer);
    repository.git(&["rm", "-q", "--cached", "mine.md"]);
    std::fs::remove_file(repository.root().join("mine.md")).unwrap();
    let id = repository.git(&["rev-parse", "HEAD:w/1.md"]);
    let file = repository.root().join(".git/objects").join(&id[..2]).join(id[2..].trim());
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, "").unwrap();
    std::fs::remove_file(repository.root().join(".git/corp/done")).unwrap();
    let recovered = repository.writer().recover().unwrap().clone();
    assert_eq!((recovered.restored, recovered.rescued), (1, Vec::new()));
    assert_eq!(repository.git(&["show", "HEAD:w/1.md"]), "the same\n");
    repository.assert_sound();
}
