//! A daemon that lives for a moment, called again and again: what was due before it is found.

use super::daemon::{After, ledger, workers};
use super::reboot::once;

#[test]
fn who_never_beat_beats_at_once_and_then_in_its_time() {
    let company = workers(1, "say HEARTBEAT_OK\n");
    let _after = After(&company);
    // No ticket wakes it.
    let ticket = company.read("tickets/0000/COMPANY-1.md").replace("status: todo", "status: backlog");
    company.write("tickets/0000/COMPANY-1.md", ticket);
    let settings = company.read("agents/w1/agent.yaml") + "heartbeat:\n  every: 30m\n  prompt: Look around.\n";
    company.write("agents/w1/agent.yaml", settings);
    crate::harness::git(&company.root(), &["commit", "-qam", "it beats"]);
    let mut runs = Vec::new();
    for minute in [0, 1, 2, 31, 32] {
        once(&company, minute);
        runs.push(ledger(&company).len());
    }
    // One for the half hour that goes by at its beginning, whenever its place in it is, and one for each that comes.
    assert_eq!((runs[0], runs[4]), (1, 2), "{runs:?}");
}
