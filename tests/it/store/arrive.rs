//! What was made elsewhere comes in: forward or merged, beside a person's work, and through every crash.

use super::kill::{STEPS, die};
use super::races::{spawn, surroundings};
use super::{Repository, author};
use corp::store::message::Message;
use corp::store::writer::{Arrival, How, Merge, MergedContent, MergedFile, Options, Step, WriteError, Writer};
use std::os::unix::fs::PermissionsExt as _;

/// A repository with a branch `theirs` that changes one file, removes one, adds one, makes a program and puts a folder
/// where a file was.
fn parted() -> Repository {
    let repository = Repository::new();
    for (path, text) in [("gone/a.md", "a\n"), ("place", "file\n"), ("run.sh", "#!/bin/sh\n")] {
        repository.save(path, text);
    }
    repository.git(&["add", "gone", "place", "run.sh"]);
    repository.git(&["commit", "-qm", "more"]);
    repository.git(&["switch", "-qc", "theirs"]);
    repository.git(&["rm", "-q", "gone/a.md", "place"]);
    repository.save("place/in/it.md", "folder\n");
    repository.save("corp.yaml", "n: 7\nm: 0\n");
    repository.save("new.md", "new\n");
    let program = repository.root().join("run.sh");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    repository.git(&["add", "place", "corp.yaml", "new.md", "run.sh"]);
    repository.git(&["commit", "-qm", "theirs"]);
    repository.git(&["switch", "-q", "main"]);
    repository
}

fn id(repository: &Repository, name: &str) -> String {
    repository.git(&["rev-parse", name]).trim().to_owned()
}

fn forward(repository: &Repository) -> Arrival {
    Arrival {
        onto: Some(id(repository, "main")),
        theirs: id(repository, "theirs"),
        merge: None,
        at: "2026-11-20T10:00:00Z".parse().unwrap(),
    }
}

/// A merge that takes `corp.yaml` merged, with so many bytes of comment behind it.
fn merged(repository: &Repository, bytes: usize) -> Arrival {
    let text = format!("n: 7\nm: 5\n#{}\n", "x".repeat(bytes));
    let files = vec![
        MergedFile { path: "gone/a.md".into(), after: None, executable: false },
        MergedFile { path: "corp.yaml".into(), after: Some(MergedContent::Bytes(text.into())), executable: false },
        MergedFile {
            path: "new.md".into(),
            after: Some(MergedContent::Object(id(repository, "theirs:new.md"))),
            executable: false,
        },
    ];
    let merge = Merge { author: author(), message: Message::new("merge theirs"), files };
    Arrival { merge: Some(merge), ..forward(repository) }
}

#[test]
fn the_branch_goes_forward_with_everything_in_its_place() {
    let repository = parted();
    let arrival = forward(&repository);
    let done = repository.writer().take_in(&arrival).unwrap();
    assert_eq!((done.commit.as_str(), done.how), (arrival.theirs.as_str(), How::Now));
    assert_eq!(id(&repository, "main"), arrival.theirs);
    assert_eq!(repository.read("place/in/it.md"), "folder\n");
    assert!(!repository.root().join("gone").exists(), "an empty folder goes with its last file");
    let mode = std::fs::metadata(repository.root().join("run.sh")).unwrap().permissions().mode();
    assert_eq!(mode & 0o100, 0o100);
    repository.assert_sound();
    let again = repository.writer().take_in(&Arrival { onto: Some(arrival.theirs.clone()), ..arrival }).unwrap();
    assert_eq!(again.how, How::Nothing);
}

#[test]
fn a_merge_has_two_parents_and_a_persons_work_stays_beside_it() {
    let repository = parted();
    repository.save("corp.yaml", "n: 0\nm: 5\n");
    repository.git(&["commit", "-qam", "ours"]);
    repository.save("b.md", "staged\n");
    repository.git(&["add", "b.md"]);
    repository.save("corp.yaml", "n: 0\nm: 5\nmine: 1\n");
    repository.save("new.md", "another new one\n");
    let arrival = merged(&repository, 1);
    let done = repository.writer().take_in(&arrival).unwrap();
    let parents = repository.git(&["log", "-1", "--format=%P %an/%cn %s"]);
    let expected = format!("{} {} Ada Lovelace/corp merge theirs\n", arrival.onto.unwrap(), arrival.theirs);
    assert_eq!(parents, expected);
    assert_eq!(done.kept, ["corp.yaml", "new.md"]);
    assert!(repository.read("corp.yaml").contains("n: 7\nm: 5\n"), "{}", repository.read("corp.yaml"));
    assert!(repository.read("corp.yaml").contains("mine: 1\n"));
    assert_eq!(repository.read("new.md"), "another new one\n");
    assert_eq!(repository.git(&["status", "--porcelain"]), "M  b.md\n M corp.yaml\n M new.md\n");
}

#[test]
fn what_was_decided_on_another_commit_or_cannot_be_here_is_not_taken_in() {
    let repository = parted();
    let arrival = forward(&repository);
    repository.save("b.md", "moved on\n");
    repository.git(&["commit", "-qam", "meanwhile"]);
    let error = repository.writer().take_in(&arrival).unwrap_err();
    assert!(matches!(error, WriteError::Contended { .. }), "{error}");

    std::os::unix::fs::symlink("/etc/passwd", repository.root().join("link")).unwrap();
    repository.git(&["switch", "-q", "theirs"]);
    repository.git(&["add", "link"]);
    repository.git(&["commit", "-qm", "a link"]);
    repository.git(&["switch", "-q", "main"]);
    let error = repository.writer().take_in(&forward(&repository)).unwrap_err();
    assert!(matches!(&error, WriteError::Path { path } if path == "link"), "{error}");
    assert!(std::fs::symlink_metadata(repository.root().join("link")).is_err());
    repository.assert_sound();
}

/// The arrivals that are killed: forward, merged, and merged with more than the journal holds.
const ARRIVALS: [fn(&Repository) -> Arrival; 3] =
    [forward, |repository| merged(repository, 1), |repository| merged(repository, 5 << 20)];

#[test]
fn killed_at_each_step_it_has_come_in_whole_or_not_at_all() {
    let template = parted();
    for (which, arrival) in ARRIVALS.into_iter().enumerate() {
        for (number, step) in STEPS.into_iter().enumerate() {
            let repository = template.copy();
            let before = id(&repository, "main");
            let number = which * STEPS.len() + number;
            let child = spawn("store::arrive::child_dies_while_it_takes_in", &repository.root(), number);
            assert!(!child.wait_with_output().unwrap().status.success(), "{step:?}: it was to die");
            let mut writer = repository.writer();
            let recovered = writer.recover().unwrap().clone();
            repository.assert_sound();
            let came = id(&repository, "main") != before;
            assert_eq!(came, step >= Step::Journaled, "{which} {step:?}: {recovered:?}");
            if !came {
                writer.take_in(&arrival(&repository)).unwrap();
            }
            assert!(repository.read("corp.yaml").starts_with("n: 7\n"), "{which} {step:?}");
            assert_eq!(repository.read("new.md"), "new\n");
            assert!(!repository.root().join("gone").exists(), "{which} {step:?}");
            repository.assert_sound();
        }
    }
}

#[test]
#[ignore = "started by the test above"]
fn child_dies_while_it_takes_in() {
    let Some((root, number)) = surroundings() else { return };
    let (which, at) = (number / STEPS.len(), STEPS[number % STEPS.len()]);
    let arrival = ARRIVALS[which](&Repository::at(&root));
    let mut writer = Writer::open(Options::new(root)).unwrap();
    writer.observe(move |step| {
        if step == at {
            die();
        }
    });
    writer.take_in(&arrival).unwrap();
}
