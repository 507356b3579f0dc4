//! `corp demo`.

use crate::harness::{Company, git};

#[test]
fn a_stranger_sees_a_company_work_and_is_left_with_its_folder() {
    let scratch = Company::new(&[]);
    let run = scratch.corp(&["demo", "acme"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let root = scratch.root().join("acme");
    for told in ["engineer finishes a run on ACME-2", "DONE (", "USD", "corp explain ACME-2"] {
        assert!(run.stdout.contains(told), "{told}: {}", run.stdout);
    }
    let subjects = git(&root, &["log", "--format=%s"]);
    assert!(subjects.lines().count() > 8, "{subjects}");
    assert_eq!(git(&root, &["status", "--porcelain"]), "");
    assert_eq!(scratch.corp_in(&root, &["doctor", "--strict"]).code, 0);
    let again = scratch.corp(&["demo", "acme"]);
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("acme is there already"), "{}", again.stderr);
}
