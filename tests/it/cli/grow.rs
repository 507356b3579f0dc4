//! `corp grow`.

use crate::harness::{Company, git};

/// A fresh studio, and its folder.
fn studio() -> (Company, std::path::PathBuf) {
    let scratch = Company::new(&[]);
    let run = scratch.corp(&["init", "acme", "--template", "studio"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let root = scratch.root().join("acme");
    (scratch, root)
}

#[test]
fn every_team_comes_into_a_company_at_work_in_one_commit_that_can_be_taken_back() {
    let (scratch, root) = studio();
    let before = git(&root, &["rev-parse", "HEAD^{tree}"]);
    for (team, agent) in
        [("code-review", "lead"), ("data-processing", "steward"), ("monitoring", "watch"), ("research", "lead")]
    {
        let grown = scratch.corp_in(&root, &["grow", team, "--under", "ceo", "--yes"]);
        assert_eq!(grown.code, 0, "{team}: {}{}", grown.stdout, grown.stderr);
        let check = scratch.corp_in(&root, &["check"]);
        assert!(check.stderr.contains(" 0 errors, 0 warnings"), "{team}: {}{}", check.stdout, check.stderr);
        let head = std::fs::read_to_string(root.join(format!("agents/{agent}/AGENTS.md"))).unwrap();
        assert!(head.contains("reportsTo: ceo"), "{head}");
        let settings = std::fs::read_to_string(root.join(format!("agents/{agent}/agent.yaml"))).unwrap();
        assert!(settings.contains("status: active"), "{settings}");
        assert_eq!(git(&root, &["status", "--porcelain"]), "");
        let undone = scratch.corp_in(&root, &["undo", "HEAD"]);
        assert_eq!(undone.code, 0, "{team}: {}{}", undone.stdout, undone.stderr);
        assert_eq!(git(&root, &["rev-parse", "HEAD^{tree}"]), before, "{team}");
    }
}

#[test]
fn a_team_needs_somebody_to_report_to_and_comes_once() {
    let (scratch, root) = studio();
    let alone = scratch.corp_in(&root, &["grow", "research", "--yes"]);
    assert_eq!(alone.code, 1, "{}", alone.stderr);
    assert!(alone.stderr.contains("add `--under AGENT`; the company has `ceo`"), "{}", alone.stderr);
    let looked = scratch.corp_in(&root, &["grow", "research", "--under", "ceo", "--dry-run"]);
    assert!(
        looked.stdout.contains("4 agents: editor, field, lead, literature")
            && looked.stderr.contains("nothing was written"),
        "{looked:?}"
    );
    assert_eq!(git(&root, &["log", "--format=%s"]).lines().count(), 1);
    assert_eq!(scratch.corp_in(&root, &["grow", "research", "--under", "ceo", "--yes"]).code, 0);
    let again = scratch.corp_in(&root, &["grow", "research", "--under", "ceo", "--yes"]);
    assert!(again.stderr.contains("add `--on-collision rename`"), "{}", again.stderr);
    let second = scratch.corp_in(&root, &["grow", "research", "--under", "lead", "--on-collision", "rename", "--yes"]);
    assert_eq!(second.code, 0, "{}{}", second.stdout, second.stderr);
    let head = std::fs::read_to_string(root.join("agents/lead-2/AGENTS.md")).unwrap();
    assert!(head.contains("reportsTo: lead\n"), "{head}");
    let wrong = scratch.corp_in(&root, &["grow", "reserch", "--under", "ceo"]);
    assert!(wrong.stderr.contains("did you mean `research`?"), "{}", wrong.stderr);
}
