//! `corp explain`.

use crate::harness::Company;
use corp::rules::RULES;

#[test]
fn every_code_is_explained() {
    let company = Company::new(&[]);
    for rule in RULES {
        let run = company.corp(&["explain", rule.code]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let title = format!("{}[{}]: {}\n\n", rule.severity.word(), rule.code, rule.summary);
        assert!(run.stdout.starts_with(&title), "{}", run.stdout);
        assert!(!run.stdout.contains("```"), "{}: a fence is left:\n{}", rule.code, run.stdout);
        assert!(run.stdout.lines().count() > 3, "{}", run.stdout);
    }
}

#[test]
fn what_stands_in_a_message_is_understood() {
    let company = Company::new(&[]);
    let plain = company.corp(&["explain", "unknown-key"]).stdout;
    assert_eq!(company.corp(&["explain", "warning[unknown-key]"]).stdout, plain);
    assert_eq!(company.corp(&["explain", "Unknown-Key"]).stdout, plain);
    assert!(plain.contains("    colour: blue  # corp: allow unknown-key — read by our dashboard\n"), "{plain}");
}

#[test]
fn an_unknown_code_gets_the_nearest() {
    let run = Company::new(&[]).corp(&["explain", "unknwon-key"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert_eq!(
        run.stderr,
        "error: `unknwon-key` is no code of `corp check`, and there is no company here whose agents and tickets could be meant\n\
         hint: did you mean `corp explain unknown-key`?\n\
         hint: `corp explain` lists the codes, `corp agent list` the agents, `corp ticket list` the tickets\n"
    );
}

#[test]
fn without_a_code_all_are_listed() {
    let run = Company::new(&[]).corp(&["explain"]);
    assert_eq!(run.stdout.lines().count(), RULES.len());
    for (line, rule) in run.stdout.lines().zip(RULES) {
        let words: Vec<&str> = line.split_whitespace().take(2).collect();
        assert_eq!(words, [rule.code, rule.severity.word()]);
    }
}
