//! What was spent, what may be, what things cost: the same with a daemon and without, and a price that becomes known corrects
//! what had none.

use crate::harness::{Company, git};

/// A line of the ledger of a run that ended.
fn run(number: u32, agent: &str, day: u32, rest: &str) -> String {
    format!(
        "{{\"id\":\"r-{number}\",\"run\":\"r-{number}\",\"agent\":\"{agent}\",\"reserved\":{{\"money\":\"2.00 USD\",\"tokens\":4000000}},\"announced\":\"2026-11-{day:02}T08:00:00Z\",\"ended\":\"2026-11-{day:02}T08:05:00Z\",\"outcome\":\"succeeded\"{rest}}}\n"
    )
}

fn company() -> Company {
    let company = Company::new(&[
        (
            "COMPANY.md",
            "---\nname: Acme\nslug: acme\ndescription: Makes things.\nschema: agentcompanies/v1\n---\n\nMake things.\n",
        ),
        (
            "corp.yaml",
            "schema: corp/v1\nticket_prefix: ACME\nstatus: paused\ntimezone: UTC\nboard:\n  - {id: ada, email: ada@localhost, role: owner}\n",
        ),
        ("agents/ceo/AGENTS.md", "---\nname: Chief\nslug: ceo\n---\n\nLead.\n"),
        ("agents/ceo/agent.yaml", "adapter: {type: codex_local, model: house-1}\n"),
        ("agents/eng/AGENTS.md", "---\nname: Engineer\nslug: eng\n---\n\nBuild.\n"),
        (
            "budgets.yaml",
            "budgets:\n  - {scope: company, window: month, limit: 20.00 USD}\n  - {scope: \"agent:eng\", window: lifetime, limit: 3 runs, at_limit: warn}\n",
        ),
    ]);
    let usage = ",\"usage\":{\"input\":1000000,\"cached_input\":0,\"cache_write\":0,\"output\":100000}";
    let lines = [
        run(1, "eng", 18, &format!(",\"provider\":\"anthropic\",\"model\":\"claude-x\"{usage},\"cost\":\"4.50 USD\"")),
        run(2, "eng", 19, &format!(",\"provider\":\"anthropic\",\"model\":\"claude-x\"{usage},\"cost\":\"0.25 USD\"")),
        run(3, "ceo", 19, &format!(",\"provider\":\"openai\",\"model\":\"house-1\"{usage}")),
    ];
    for (number, line) in (1..).zip(lines) {
        company.write(&format!("ledger/open/r-{number}.json"), line);
    }
    git(&company.root(), &["init", "-q", "-b", "main"]);
    git(&company.root(), &["add", "-A"]);
    git(&company.root(), &["-c", "user.name=Ada", "-c", "user.email=ada@localhost", "commit", "-qm", "Begin"]);
    company
}

#[test]
fn what_was_spent_is_a_fold_over_the_ledger() {
    let company = company();
    let told = [
        &["budget", "status"][..],
        &["cost"],
        &["cost", "--by", "model", "--since", "all"],
        &["cost", "--by", "day", "--since", "2026-11-19", "--csv"],
        &["price", "check"],
    ]
    .map(|args| format!("$ corp {}\n{}", args.join(" "), company.corp(args).stdout))
    .concat();
    insta::assert_snapshot!(told, @r#"
    $ corp budget status
    agent:eng, lifetime: 3 runs, warns only
      ███████████████████████████░░░░░░░░░░░░░  66%
      2 runs spent, 1 runs left

    company, month: 20.00 USD
      ██████████████░░░░░░░░░░░░░░░░░░░░░░░░░░  33%
      6.75 USD spent, 13.25 USD left; begins anew 2026-12-01 00:00Z; 10.42 USD by then if it goes on like this
    $ corp cost
    agent  cost      tokens   runs
    eng    4.75 USD  2200000  2
    ceo    2.00 USD  1100000  1     1 unpriced
    total  6.75 USD  3300000  3     1 unpriced
    $ corp cost --by model --since all
    model     cost      tokens   runs
    claude-x  4.75 USD  2200000  2
    house-1   2.00 USD  1100000  1     1 unpriced
    total     6.75 USD  3300000  3     1 unpriced
    $ corp cost --by day --since 2026-11-19 --csv
    day,cost,tokens,runs,unpriced
    2026-11-19,2.25 USD,2200000,2,1
    $ corp price check
    house-1 has no price; 1 run without a cost; of ceo
    "#);
}

#[test]
fn a_price_that_is_set_is_committed_and_counts() {
    let company = company();
    company.write("prices.yaml", "prices:\n  - {model: other, input: 1.00 USD, output: 2.00 USD}\n");
    git(&company.root(), &["add", "prices.yaml"]);
    git(&company.root(), &["commit", "-qm", "prices"]);
    // Somebody is in the middle of an edit: what is theirs stays theirs.
    company.write("prices.yaml", "# to be asked\nprices:\n  - {model: other, input: 1.00 USD, output: 2.00 USD}\n");
    let set = company.corp(&["price", "set", "house-1", "--input", "1.00 USD", "--output", "2.00 USD"]);
    assert_eq!(set.code, 0, "{}", set.stderr);
    let text = company.read("prices.yaml");
    assert!(text.starts_with("# to be asked\n"), "{text}");
    assert!(text.contains("model: house-1") && text.contains("output: 2.00 USD"), "{text}");
    assert!(!git(&company.root(), &["show", "HEAD:prices.yaml"]).contains("to be asked"));
    assert_eq!(git(&company.root(), &["log", "-1", "--format=%s"]).trim(), "ada sets the price of house-1");
    let check = company.corp(&["price", "check"]);
    assert_eq!((check.code, check.stdout.as_str()), (0, ""));
    let list = company.corp(&["price", "list"]).stdout;
    assert!(list.contains("house-1") && list.contains("prices.yaml") && list.contains("card of 2026-06-01"), "{list}");
    let again = company.corp(&["price", "set", "house-1", "--input", "much", "--output", "2.00 USD"]);
    assert!(again.code == 1 && again.stderr.contains("`much` is not"), "{} {}", again.code, again.stderr);
    let other = company.corp(&["price", "set", "house-1", "--input", "1.50 USD", "--output", "2.00 USD"]);
    assert!(other.code == 1 && other.stderr.contains("has another price"), "{} {}", other.code, other.stderr);
    assert_eq!(company.read("prices.yaml"), text);
}

#[test]
fn an_account_that_waits_tries_again_when_somebody_in_charge_says_so() {
    let company = company();
    let hold = company.state().join("holds/claude_local.json");
    std::fs::create_dir_all(hold.parent().unwrap()).unwrap();
    std::fs::write(&hold, r#"{"until":"2026-11-20T12:00:00Z","run":"r-1"}"#).unwrap();
    let list = company.corp(&["hold", "list"]).stdout;
    assert_eq!(list, "claude_local  until 2026-11-20T12:00:00Z, as r-1 was told\n");
    let none = company.corp(&["hold", "clear", "../../../x"]);
    assert!(none.code == 1 && none.stderr.contains("corp hold list"), "{}", none.stderr);
    let cleared = company.corp(&["hold", "clear", "claude_local"]);
    assert_eq!((cleared.code, cleared.stderr.as_str()), (0, "claude_local may try again\n"));
    assert!(!hold.exists());
    // Whoever may only look does not let it try.
    std::fs::write(&hold, r#"{"until":"2026-11-20T12:00:00Z","run":"r-1"}"#).unwrap();
    let corp = company.read("corp.yaml");
    company.write("corp.yaml", corp.replace("role: owner", "role: viewer"));
    git(&company.root(), &["commit", "-qam", "ada looks"]);
    let refused = company.corp(&["hold", "clear", "claude_local"]);
    assert!(refused.code == 1 && refused.stderr.contains("ada may not"), "{}", refused.stderr);
    assert!(hold.exists());
}

/// Somebody knows what a run cost that never said it.
#[test]
fn a_run_is_corrected_by_command_and_the_record_says_by_whom() {
    let company = company();
    let (of, why) = (["run", "correct", "r-3", "--cost"], ["--reason", "As their console says."]);
    let refused = company.corp(&[&of[..], &["much"], &why].concat());
    assert!(refused.code != 0 && refused.stderr.contains("`much` is no amount of money"), "{}", refused.stderr);
    let said = company.corp(&[&of[..], &["0.75 USD"], &why].concat());
    assert_eq!((said.code, said.stderr.as_str()), (0, "r-3 cost 0.75 USD\n"));
    let shown = company.corp(&["run", "show", "r-3"]).stdout;
    assert!(shown.contains("0.75 USD") && shown.contains("corrected"), "{shown}");
    let cost = company.corp(&["cost"]).stdout;
    assert!(cost.contains("0.75 USD") && !cost.contains("unpriced"), "{cost}");
    let again = company.corp(&[&of[..], &["0.75 USD"], &why].concat());
    assert_eq!(again.stderr, "r-3 cost 0.75 USD, as was known already\n");
    let told = git(&company.root(), &["log", "-1", "--format=%an: %s%n%b"]);
    assert!(told.starts_with("Ada: ada says that r-3 cost 0.75 USD") || told.starts_with("ada: ada says"), "{told}");
    assert!(told.contains("As their console says."), "{told}");
}

/// What sealed records come to is kept on the machine: it is the same whether that is there, is damaged, is of other files, or not.
#[test]
fn what_is_kept_of_sealed_records_is_believed_of_those_very_files_only() {
    let company = company();
    let usage = ",\"usage\":{\"input\":1000,\"cached_input\":0,\"cache_write\":0,\"output\":10}";
    let segment = |number: u32| -> String {
        let line = |line: u32| {
            let cost = match (number, line) {
                // Nobody knows what these cost, until a line in the next file says it of one.
                (1, 0 | 1) => ",\"model\":\"house-1\"".to_owned(),
                _ => format!(
                    ",\"ticket\":\"ACME-{}\",\"cost\":\"0.0{} USD\",\"cost_source\":\"reported\"",
                    line + 1,
                    number
                ),
            };
            run(
                1_000 * number + line,
                if line.is_multiple_of(2) { "eng" } else { "ceo" },
                10 + number,
                &format!("{usage}{cost}"),
            )
        };
        (0..256).map(line).collect()
    };
    let path = |number: u32| format!("ledger/2026-11/{}-1.jsonl", 10 + number);
    for number in 1..=9 {
        company.write(&path(number), segment(number));
    }
    let correction =
        "{\"id\":\"r-1000-2\",\"corrects\":\"r-1000\",\"run\":\"r-1000\",\"agent\":\"eng\",\"cost\":\"0.50 USD\"}\n";
    company.write(&path(2), segment(2) + correction);
    git(&company.root(), &["add", "-A"]);
    git(&company.root(), &["commit", "-qm", "a past"]);
    let kept = company.state().join("sealed.fold");
    let told = || -> String {
        let asked = [
            "cost --since all --json",
            "cost --by ticket --csv",
            "cost --by model --csv",
            "price check",
            "explain eng",
        ];
        asked.map(|args| company.corp(&args.split(' ').collect::<Vec<_>>()).stdout).concat()
    };
    let fresh = || {
        std::fs::remove_file(&kept).unwrap();
        told()
    };
    let first = told();
    assert!(first.contains("house-1") && first.contains("ACME-10,"), "{first}");
    let written = std::fs::read(&kept).unwrap();
    assert_eq!(told(), first, "gone on from what was kept");
    assert_eq!(std::fs::read(&kept).unwrap(), written, "which nothing was added to");
    for damaged in [written[..written.len() / 2].to_vec(), Vec::new(), {
        let mut bytes = written.clone();
        bytes[100] ^= 1;
        bytes
    }] {
        std::fs::write(&kept, damaged).unwrap();
        assert_eq!(told(), first, "damaged");
    }
    // One more file is read by itself; a changed one and one that is gone have all of them read.
    let changes: [(&str, &dyn Fn()); 3] = [
        ("one more", &|| company.write(&path(10), segment(10))),
        ("another one", &|| company.write(&path(3), segment(3).replace("0.03 USD", "0.09 USD"))),
        ("one less", &|| std::fs::remove_file(company.root().join(path(4))).unwrap()),
    ];
    let mut before = first;
    for (what, change) in changes {
        change();
        git(&company.root(), &["add", "-A"]);
        git(&company.root(), &["commit", "-qm", what]);
        let upon = told();
        assert_ne!(upon, before, "{what}");
        assert_eq!(upon, fresh(), "{what}");
        before = upon;
    }
}
