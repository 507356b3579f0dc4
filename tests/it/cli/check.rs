//! `corp check`.

use crate::harness::Company;

#[test]
fn an_empty_folder_is_not_a_company() {
    let company = Company::new(&[]);
    let run = company.corp(&["check"]);
    assert_eq!(run.code, 5);
    assert!(run.stderr.contains("there is no company here"), "{}", run.stderr);
}

#[test]
fn a_wrong_word_is_shown_where_it_stands() {
    let company =
        Company::new(&[("COMPANY.md", "---\nname: Acme\n---\n"), ("agents/cto/agent.yaml", "status: activ\n")]);
    let run = company.corp(&["check"]);
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("error[unknown-word]: `status: activ` is not a choice"), "{}", run.stdout);
    assert!(run.stdout.contains("agents/cto/agent.yaml:1:9"), "{}", run.stdout);
}
