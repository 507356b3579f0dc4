//! The board is told: by a command that reads, by an address that answers or not, once, also after a restart.

use super::daemon::{After, daemon, git, until, workers};

#[test]
fn the_board_is_told_once_and_a_channel_that_fails_is_shown() {
    let company = workers(1, "wait 1s\n");
    company.write("agents/w1/agent.yaml", "status: paused\nadapter: {type: script}\n");
    let told = company.root().with_file_name("told");
    let text = company.read("corp.yaml")
        + &format!(
            "notify:\n  - {{on: [approval], command: [sh, -c, 'cat >> {}']}}\n  - {{on: [approval], webhook: {{url: 'http://127.0.0.1:1/secret'}}}}\n",
            told.display()
        );
    company.write("corp.yaml", text);
    git(&company, &["commit", "-qam", "the board wants to hear"]);
    let ask = |title: &str| {
        // By the machine's clock, like the daemon: news of days ago are told to nobody.
        let asked = company.command(&["approval", "new", title, "--body", "The old one is slow."]).output().unwrap();
        assert!(asked.status.success(), "{asked:?}");
    };
    // Nobody is there to tell it; it waits for the next daemon.
    ask("Buy a server");
    assert!(!told.exists());
    let heard = || std::fs::read_to_string(&told).unwrap_or_default();
    let _after = After(&company);
    for (title, parts) in
        [("Buy a server", ["Buy a server", "The old one is slow."]), ("Buy a desk", ["Buy a desk", "slow"])]
    {
        let mut up = daemon(&company);
        if title != "Buy a server" {
            until("the daemon answers", || company.corp(&["status"]).stdout.contains("the daemon runs"));
            ask(title);
        }
        until("it is told", || parts.iter().all(|part| heard().contains(part)));
        company.corp(&["down"]);
        up.wait().unwrap();
    }
    assert_eq!(heard().matches("AP-1: Buy a server").count(), 1, "{}", heard());
    let status = company.corp(&["status"]).stdout;
    assert!(status.contains("notify: webhook 127.0.0.1:1 fails since"), "{status}");
    assert!(!status.contains("/secret"), "{status}");
}
