//! The machine refuses: no space, no writing, no file descriptors, a folder that cannot be written to. Each is a clear
//! error and no acknowledgement, or an acknowledgement that is kept; and it goes on by itself afterwards.

use super::power::{Disk, skipped};
use super::races::{spawn, surroundings};
use super::{Repository, asked_as, git, one, write};
use corp::store::writer::{Committed, How, Options, WriteError, Writer};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::path::Path;
use std::process::Command;

fn attempt(writer: &mut Writer, number: usize) -> Result<Committed, WriteError> {
    let text = format!("{number}\n").repeat(300);
    one(writer, asked_as(write(&format!("w/{}.md", number % 3), &text), &format!("m-{number}")))
}

/// Whether a change is in the history exactly as often as its answer says.
fn assert_told_the_truth(root: &Path, number: usize, answer: &Result<Committed, WriteError>) {
    let history = git(root, &["log", "--format=%B"]);
    let times = history.lines().filter(|line| *line == format!("Mutation-Id: m-{number}")).count();
    assert_eq!(times, usize::from(answer.is_ok()), "{number}: {answer:?}");
}

fn assert_sound(root: &Path, context: &str) {
    assert_eq!(git(root, &["fsck", "--full", "--strict", "--no-dangling"]), "", "{context}");
    assert_eq!(git(root, &["status", "--porcelain"]), "", "{context}");
}

#[test]
fn a_full_disk_is_told_and_nothing_is_half_done() {
    let mut disk = match Disk::new(24 << 20).and_then(|mut disk| disk.mount(false).map(|()| disk)) {
        Ok(disk) => disk,
        Err(why) => return skipped("a full disk", &why),
    };
    let root = disk.root().join("company");
    std::fs::create_dir(&root).unwrap();
    Repository::found(&root);
    let mut writer = Writer::open(Options::new(&root)).unwrap();
    attempt(&mut writer, 0).unwrap();
    let filler = disk.root().join("filler");
    let mut answers = Vec::new();
    // From no space at all to enough: whichever step it is that finds none.
    for number in 1..40 {
        drop(std::fs::remove_file(&filler));
        Command::new("dd")
            .args(["if=/dev/zero", &format!("of={}", filler.display()), "bs=4096", "conv=fsync"])
            .output()
            .unwrap();
        let full = std::fs::metadata(&filler).unwrap().len();
        let room = 4096 * (u64::try_from(number).unwrap() - 1) / 2;
        std::fs::File::options().write(true).open(&filler).unwrap().set_len(full.saturating_sub(room)).unwrap();
        let answer = attempt(&mut writer, number);
        assert_told_the_truth(&root, number, &answer);
        if let Err(error) = &answer {
            let text = error.to_string();
            assert!(text.contains("No space left on device") && text.contains("/company/"), "{text}");
        }
        answers.push(answer);
    }
    std::fs::remove_file(&filler).unwrap();
    assert!(answers[0].is_err(), "it was full");
    assert!(answers.last().unwrap().is_ok(), "{answers:?}");
    attempt(&mut writer, 40).unwrap();
    assert_sound(&root, &format!("{answers:?}"));
    drop(writer);
    disk.unmount();
}

#[test]
fn a_file_system_that_turns_read_only_is_told() {
    let mut disk = match Disk::new(24 << 20).and_then(|mut disk| disk.mount(false).map(|()| disk)) {
        Ok(disk) => disk,
        Err(why) => return skipped("a read-only file system", &why),
    };
    let root = disk.root().join("company");
    std::fs::create_dir(&root).unwrap();
    Repository::found(&root);
    let mut writer = Writer::open(Options::new(&root)).unwrap();
    attempt(&mut writer, 0).unwrap();
    drop(writer);
    disk.remount("ro").unwrap();
    let mut writer = Writer::open(Options::new(&root)).unwrap();
    let answer = attempt(&mut writer, 1);
    assert_told_the_truth(&root, 1, &answer);
    let text = answer.unwrap_err().to_string();
    assert!(text.contains("Read-only file system") && text.contains("/company/.git/"), "{text}");
    disk.remount("rw").unwrap();
    attempt(&mut writer, 2).unwrap();
    assert_sound(&root, "after");
    drop(writer);
    disk.unmount();
}

#[test]
fn without_file_descriptors_it_says_so_and_goes_on_when_there_are() {
    let repository = Repository::new();
    let child = spawn("store::trouble::child_runs_out_of_descriptors", &repository.root(), 0);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("refused: ") && text.contains("done: "), "both happened: {text}");
    repository.assert_sound();
}

#[test]
#[ignore = "started by the test above"]
fn child_runs_out_of_descriptors() {
    let Some((root, _)) = surroundings() else { return };
    let usual = getrlimit(Resource::Nofile);
    let mut answers = Vec::new();
    for most in 3..40 {
        let number = usize::try_from(most).unwrap();
        // A new writer each time, so that opening fails as well.
        setrlimit(Resource::Nofile, Rlimit { current: Some(most), ..usual }).unwrap();
        let mut writer = Writer::open(Options::new(&root));
        let answer = match &mut writer {
            Ok(writer) => attempt(writer, number),
            Err(_) => Err(writer.err().unwrap()),
        };
        setrlimit(Resource::Nofile, usual).unwrap();
        answers.push((number, answer));
    }
    for (number, answer) in &answers {
        match answer {
            Ok(done) => println!("done: {number} {:?}", done.how),
            Err(error) => {
                println!("refused: {number} {error}");
            }
        }
        assert_told_the_truth(&root, *number, answer);
    }
    for (number, answer) in &answers {
        if let Err(error) = answer {
            assert!(error.to_string().contains("Too many open files"), "{number}: {error}");
        }
    }
    attempt(&mut Writer::open(Options::new(&root)).unwrap(), 100).unwrap();
}

#[test]
fn a_folder_that_cannot_be_written_to_holds_up_nothing_and_is_caught_up_with() {
    let repository = Repository::new();
    let mut writer = repository.writer();
    one(&mut writer, write("closed/a.md", "one\n")).unwrap();
    let folder = repository.root().join("closed");
    if let Err(why) = forbid(&folder, true) {
        return skipped("a folder that cannot be written to", &why);
    }
    let done = one(&mut writer, asked_as(write("closed/a.md", "two\n"), "m-1")).unwrap();
    assert_eq!((done.how, done.kept.as_slice()), (How::Now, &["closed/a.md".to_owned()][..]));
    assert_eq!(writer.behind().collect::<Vec<_>>(), ["closed/a.md"]);
    one(&mut writer, write("closed/a.md", "three\n")).unwrap();
    one(&mut writer, write("b.md", "others\n")).unwrap();
    assert_eq!(repository.read("b.md"), "others\n", "the others go on");
    assert_eq!(repository.git(&["show", "HEAD:closed/a.md"]), "three\n");
    assert_eq!(repository.read("closed/a.md"), "one\n");
    // Another program has its place in the journal only.
    drop(writer);
    let mut writer = repository.writer();
    writer.recover().unwrap();
    assert_eq!(writer.behind().collect::<Vec<_>>(), ["closed/a.md"]);
    forbid(&folder, false).unwrap();
    writer.recover().unwrap();
    assert_eq!(writer.behind().count(), 0);
    assert_eq!(repository.read("closed/a.md"), "three\n", "by itself");
    repository.assert_sound();
}

/// Takes or gives back the right to change a folder; from root, who may everything, by the flag that binds even root.
fn forbid(folder: &Path, forbidden: bool) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    if rustix::process::geteuid().is_root() {
        let output = Command::new("chattr").arg(if forbidden { "+i" } else { "-i" }).arg(folder).output();
        let output = output.map_err(|error| format!("chattr: {error}"))?;
        return if output.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        };
    }
    let mode = if forbidden { 0o555 } else { 0o755 };
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).map_err(|error| error.to_string())
}

#[test]
fn an_index_that_cannot_be_read_is_told_and_a_file_that_cannot_be_is_left() {
    let repository = Repository::new();
    let mut writer = repository.writer();
    // A folder where a file should be cannot be read by anybody, root included.
    std::fs::remove_file(repository.root().join("b.md")).unwrap();
    std::fs::create_dir(repository.root().join("b.md")).unwrap();
    repository.save("b.md/mine.txt", "mine\n");
    let done = one(&mut writer, write("b.md", "ours\n")).unwrap();
    assert_eq!(done.kept, ["b.md"]);
    assert_eq!(repository.read("b.md/mine.txt"), "mine\n", "what is a person's stays");
    assert_eq!(repository.git(&["show", "HEAD:b.md"]), "ours\n");
    let head = repository.git(&["rev-parse", "HEAD"]);
    let journal = repository.root().join(".git/corp/journal");
    std::fs::rename(&journal, journal.with_extension("away")).unwrap();
    std::fs::create_dir(&journal).unwrap();
    let error = one(&mut repository.writer(), write("corp.yaml", "n: 1\n")).unwrap_err().to_string();
    assert!(error.contains(".git/corp/journal"), "{error}");
    assert_eq!(repository.git(&["rev-parse", "HEAD"]), head);
    std::fs::remove_dir(&journal).unwrap();
    std::fs::rename(journal.with_extension("away"), &journal).unwrap();
    one(&mut repository.writer(), write("corp.yaml", "n: 1\n")).unwrap();
}
