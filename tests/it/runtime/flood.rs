//! A run that says more than anybody can keep, with the real daemon. `CORP_FLOOD_BYTES=5000000000` is the long one.

use super::daemon::{After, daemon, git, ledger, run_folders, until, workers};
use crate::harness::until_within;
use std::time::Instant;

/// Bytes of the short version: more than is kept.
const SHORT: u64 = 48 << 20;

/// Most of a transcript that is kept, with room for what each line is wrapped in.
const KEPT_MAX: u64 = 20 << 20;

/// Most the daemon may grow by, in KiB.
const GROWTH_KIB_MAX: u64 = 32 << 10;

#[cfg(target_os = "linux")]
#[test]
fn a_flood_stays_outside_of_the_daemon() {
    let bytes = std::env::var("CORP_FLOOD_BYTES").ok().and_then(|bytes| bytes.parse().ok()).unwrap_or(SHORT);
    let company = workers(2, "done\n");
    let _after = After(&company);
    // The first says so much and ends; the second says so until somebody stops it, and does not heed being asked.
    let flood = |then: &str| {
        format!(
            "status: active\nadapter:\n  type: process\n  command: /bin/sh\n  grace: 1s\n  timeout: 1h\n  args: [-c, '{then}']\n"
        )
    };
    company.write("agents/w1/agent.yaml", flood(&format!("yes 0123456789abcdef | head -c {bytes}; echo the end")));
    company.write(
        "agents/w2/agent.yaml",
        flood("trap \"\" TERM; while true; do yes 0123456789abcdef | head -c 1000000; done"),
    );
    git(&company, &["add", "-A"]);
    git(&company, &["commit", "-qm", "floods"]);
    let mut up = daemon(&company);
    let record =
        |agent: &str| ledger(&company).into_iter().find(|(_, text)| text.contains(&format!("\"agent\":\"{agent}\"")));
    until("both are at work", || {
        run_folders(&company).iter().filter(|run| run.join("transcript.jsonl").exists()).count() == 2
    });
    let before = memory(up.id());
    let mut most = before;
    let start = Instant::now();
    let long = std::time::Duration::from_secs(1_800);
    until_within(long, "the flood is over", || {
        most = most.max(memory(up.id()));
        record("w1").is_some_and(|(_, text)| text.contains("\"outcome\""))
    });
    println!("{bytes} bytes in {:?}; the daemon grew from {before} to {most} KiB", start.elapsed());
    assert!(most < before + GROWTH_KIB_MAX, "the daemon grew from {before} to {most} KiB");
    let (run, _) = record("w1").unwrap();
    let transcript = company.state().join("runs").join(&run).join("transcript.jsonl");
    assert!(std::fs::metadata(&transcript).unwrap().len() < KEPT_MAX);
    let text = std::fs::read_to_string(&transcript).unwrap();
    assert!(text.contains("\n{\"dropped\":") && text.ends_with("the end\"}\n"), "{}", &text[text.len() - 200..]);
    // The other one goes on in the face of it, until it is stopped.
    let (run, _) = record("w2").unwrap();
    let start = Instant::now();
    assert_eq!(company.command(&["run", "stop", &run]).output().unwrap().status.code(), Some(0));
    until("the other is settled", || record("w2").is_some_and(|(_, text)| text.contains("\"outcome\":\"cancelled\"")));
    println!("stopped in {:?}, with a grace of 1 s", start.elapsed());
    assert!(company.command(&["down"]).output().unwrap().status.success());
    up.wait().unwrap();
}

/// The memory of a process that is its own, in KiB.
#[cfg(target_os = "linux")]
fn memory(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
