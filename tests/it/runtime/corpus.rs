//! Real companies, kept outside of the project, do real work for a stretch: imported, put on scripts, run by the real
//! daemon until nothing is left to do. Their week is lived in `sim::corpus`.

use crate::harness::Company;
use crate::sim::corpus::{Work, companies, put_to_work};

const STRETCH: Work<'_> = Work {
    scripts: &[
        "say I look at {{ticket.title}}\nedit result.md Done for {{ticket.id}}.\nspend 0.08 USD 9000 1200\ncomment It is in result.md.\ndone\n",
    ],
    beating: 0,
    tickets: 5,
    among: 5,
};

fn corp(company: &Company, args: &[&str]) -> String {
    let output = company.command(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "corp {args:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn real_companies_work_until_nothing_is_left() {
    let Some(sources) = companies() else {
        eprintln!("SKIPPED: real_companies_work_until_nothing_is_left needs CORP_SHARED");
        return;
    };
    for source in sources {
        let (company, _) = put_to_work(&source, &STRETCH);
        let name = source.display();
        corp(&company, &["commit"]);
        corp(&company, &["up", "--until-idle"]);
        let mut done = 0;
        for entry in std::fs::read_dir(company.root().join("tickets/0000")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "md") {
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(text.contains("\nstatus: done\n"), "{name}: {text}");
                done += 1;
            }
        }
        assert_eq!(done, 5, "{name}");
        let mut runs = 0;
        for entry in std::fs::read_dir(company.root().join("ledger/open")).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            let run = file.trim_end_matches(".json");
            let why = corp(&company, &["explain", run]);
            assert!(why.contains("ended well") && why.contains("because it is assigned to"), "{name}: {why}");
            assert!(why.contains("cost 0.08 USD"), "{name}: {why}");
            runs += 1;
        }
        assert_eq!(runs, 5, "{name}: one run for each ticket");
        corp(&company, &["check"]);
        corp(&company, &["doctor", "--strict"]);
        println!("{name}: {done} tickets done, {runs} runs explained");
    }
}
