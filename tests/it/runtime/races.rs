//! Many processes at once, with no daemon between them: what one gets no other gets.

use crate::harness::Company;
use std::collections::BTreeSet;
use std::process::{Output, Stdio};

const MANY: usize = 16;

fn company() -> Company {
    let company = Company::new(&[]);
    let founded = company.corp(&["init", ".", "--template", "solo"]);
    assert_eq!(founded.code, 0, "{}", founded.stderr);
    company
}

/// Starts them all before the first is waited for.
fn all_at_once(company: &Company, args: impl Fn(usize) -> Vec<String>) -> Vec<Output> {
    let children: Vec<_> = (0..MANY)
        .map(|number| {
            let args = args(number);
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            company.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    children.into_iter().map(|child| child.wait_with_output().unwrap()).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

#[test]
fn sixteen_create_and_get_sixteen_numbers() {
    let company = company();
    let outputs = all_at_once(&company, |number| {
        ["ticket", "new", "--title"].map(str::to_owned).into_iter().chain([format!("Number {number}")]).collect()
    });
    let mut ids = BTreeSet::new();
    for output in &outputs {
        assert!(output.status.success(), "{}", text(&output.stderr));
        ids.insert(text(&output.stdout));
    }
    assert_eq!(ids.len(), MANY, "{ids:?}");
    for id in &ids {
        assert!(company.root().join(format!("tickets/0000/{id}.md")).is_file(), "{id} has no file");
    }
    let check = company.corp(&["check"]);
    assert_eq!(check.code, 0, "{}", check.stdout);
}

#[test]
fn sixteen_check_one_out_and_one_gets_it() {
    let company = super::daemon::workers(MANY, "done\n");
    let made = company.corp(&["ticket", "new", "--title", "The one", "--status", "todo"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let ticket = made.stdout.trim().to_owned();
    let outputs = all_at_once(&company, |number| {
        ["ticket", "checkout", &ticket, "--as", &format!("w{}", number + 1)].map(str::to_owned).to_vec()
    });
    let winners: Vec<usize> = (0..MANY).filter(|at| outputs[*at].status.success()).collect();
    let [winner] = winners[..] else { panic!("{winners:?} won: {}", text(&outputs[0].stderr)) };
    assert_eq!(text(&outputs[winner].stdout), ticket);
    for (number, output) in outputs.iter().enumerate().filter(|(number, _)| *number != winner) {
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{number}: {said}");
        let who = format!("{ticket} is checked out by w{} since ", winner + 1);
        assert!(said.contains(&who), "{number}: {said}");
    }
    let lock = company.read(&format!("tickets/0000/{ticket}.lock"));
    assert!(lock.contains(&format!("holder: w{}\n", winner + 1)), "{lock}");
    // The same holder again is given it again.
    let again = company.corp(&["ticket", "checkout", &ticket, "--as", &format!("w{}", winner + 1)]);
    assert_eq!((again.code, again.stdout.trim()), (0, ticket.as_str()), "{}", again.stderr);
    let unlocked = company.corp(&["unlock", &ticket, "--reason", "a test"]);
    assert_eq!(unlocked.code, 0, "{}", unlocked.stderr);
    assert!(!company.root().join(format!("tickets/0000/{ticket}.lock")).exists());
}
