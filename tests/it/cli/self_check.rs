//! `corp self-check`: what a person types after installing.

use crate::harness::Company;

#[test]
fn everything_is_tried_and_nothing_is_left() {
    let scratch = Company::new(&[]);
    let place = scratch.root().join("tmp");
    std::fs::create_dir(&place).unwrap();
    let output = scratch.command(&["self-check"]).env("TMPDIR", &place).output().unwrap();
    let (said, notes) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{said}{notes}");
    let mut lines = said.lines();
    assert!(lines.next().unwrap().starts_with("corp 0."), "{said}");
    let tried: Vec<&str> = lines.collect();
    assert!(tried.len() == 7 && tried.iter().all(|line| line.starts_with("yes   ")), "{said}");
    assert_eq!(std::fs::read_dir(&place).unwrap().count(), 0, "something is left");
    assert!(!scratch.state().exists(), "the person's own state was touched");
}

#[test]
fn what_does_not_work_is_said() {
    let scratch = Company::new(&[]);
    std::fs::write(scratch.root().join("file"), "").unwrap();
    let blocked = scratch.command(&["self-check"]).env("TMPDIR", scratch.root().join("file")).output().unwrap();
    assert_eq!(blocked.status.code(), Some(5));
    let said = String::from_utf8(blocked.stderr).unwrap();
    assert!(said.contains("cannot be made"), "{said}");
}
