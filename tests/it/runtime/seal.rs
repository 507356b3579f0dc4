//! Records of the ledger that are over become lines of one file, and nothing of them is lost.

use super::daemon::{After, git, live, run_folders, workers};
use std::collections::BTreeSet;

/// Records that make it worth while: those that stay, a batch, and some.
const RECORDS: usize = 256 + 256 + 20;

#[test]
fn old_records_are_sealed_and_still_known() {
    let company = workers(1, "done\n");
    let _after = After(&company);
    live(&company);
    let spent = "\"usage\":{\"input\":7,\"cached_input\":0,\"cache_write\":0,\"output\":1},\"cost\":\"0.01 USD\"";
    for number in 0..RECORDS {
        let (run, minute, second) = (format!("r-{number:016x}"), number / 60, number % 60);
        let at = format!("2026-11-19T10:{minute:02}:{second:02}Z");
        let wake = "\"wake\":{\"cause\":\"requested\"}";
        let times = format!("\"announced\":\"{at}\",\"started\":\"{at}\",\"ended\":\"{at}\"");
        let text = format!(
            "{{\"id\":\"{run}\",\"run\":\"{run}\",\"agent\":\"w1\",{wake},{times},\"outcome\":\"succeeded\",{spent}}}\n"
        );
        company.write(&format!("ledger/open/{run}.json"), text);
        let folder = company.state().join("runs").join(&run);
        std::fs::create_dir_all(folder.join("requests")).unwrap();
        std::fs::write(folder.join("end.json"), "{}").unwrap();
        // Only the odd ones said something.
        let said = if number % 2 == 1 { "{\"ms\":1,\"out\":\"hello\"}\n" } else { "" };
        std::fs::write(folder.join("transcript.jsonl"), said).unwrap();
    }
    git(&company, &["add", "-A"]);
    git(&company, &["commit", "-qm", "a past"]);
    let said = live(&company);
    let open = open(&company);
    let segments = git(&company, &["ls-files", "ledger/*.jsonl"]);
    let segments: Vec<&str> = segments.lines().collect();
    assert_eq!(segments.len(), 1, "{said}");
    let lines: BTreeSet<String> = company.read(segments[0]).lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 256, "{said}");
    let ids: BTreeSet<String> = lines
        .iter()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["run"].as_str().unwrap().to_owned())
        .collect();
    assert!(ids.iter().all(|run| !open.contains(run)) && ids.contains("r-0000000000000000"), "the oldest go first");
    assert_eq!(ids.len() + open.len(), RECORDS + 1, "each is in one place: {said}");
    // They are over, and what they were is known.
    let shown = company.corp(&["run", "show", "r-0000000000000001"]);
    assert!(shown.code == 0 && shown.stdout.contains("0.01 USD"), "{}{}", shown.stdout, shown.stderr);
    let logs = company.corp(&["run", "logs", "r-0000000000000001"]);
    assert!(logs.stdout.contains("hello"), "{}{}", logs.stdout, logs.stderr);
    let all = company.corp(&["run", "list", "--all", "--json"]);
    let all: Vec<serde_json::Value> = serde_json::from_str(&all.stdout).unwrap();
    assert_eq!(all.len(), RECORDS + 1);
    // Of their folders the transcript stays, if there was anything in it.
    let left = run_folders(&company);
    assert!(!left.iter().any(|folder| folder.ends_with("r-0000000000000000")));
    let kept = left.iter().find(|folder| folder.ends_with("r-0000000000000001")).unwrap();
    assert_eq!(std::fs::read_dir(kept).unwrap().count(), 1);
    let check = company.corp(&["check"]);
    assert_eq!(check.code, 0, "{}", check.stdout);
    assert_eq!(git(&company, &["status", "--porcelain"]), "");
    // It is done once.
    let before = git(&company, &["rev-parse", "HEAD"]);
    live(&company);
    assert_eq!(git(&company, &["rev-parse", "HEAD"]), before);
}

fn open(company: &crate::harness::Company) -> BTreeSet<String> {
    super::daemon::ledger(company).into_iter().map(|(run, _)| run).collect()
}
