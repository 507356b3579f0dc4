//! What the board is asked and decides, with the real program: by command and by hand, and who is woken by it.

use super::daemon::{After, daemon, git, ledger, live, run_folders, subjects, until, workers};
use crate::harness::Company;

/// Two on the board who decide, one who looks after things, one who looks.
pub(super) fn seat_the_board(company: &Company) {
    let corp = company.read("corp.yaml");
    let kept: Vec<&str> = corp.lines().take_while(|line| !line.starts_with("board:")).collect();
    let rest: Vec<&str> = corp
        .lines()
        .skip_while(|line| !line.starts_with("board:"))
        .skip(1)
        .skip_while(|line| line.starts_with(' ') || line.starts_with('-'))
        .collect();
    let board = "board:
  - {id: ada, email: ada@localhost, role: owner}
  - {id: bob, email: bob@localhost, role: admin}
  - {id: vic, email: vic@localhost, role: viewer}";
    company.write("corp.yaml", format!("{}\n{board}\n{}\n", kept.join("\n"), rest.join("\n")));
    git(company, &["commit", "-qam", "the board"]);
}

/// An agent that types these commands in each of its runs.
pub(super) fn types(company: &Company, agent: &str, commands: &str) {
    let settings = format!(
        "status: active\nadapter:\n  type: process\n  command: /bin/sh\n  args: [\"-c\", {}]\nrun_ceiling: {{money: 0.50 USD}}\n",
        serde_json::json!(commands)
    );
    company.write(&format!("agents/{agent}/agent.yaml"), settings);
    git(company, &["commit", "-qam", "what the agent types"]);
}

/// `corp` as the person of this account.
pub(super) fn as_person(company: &Company, who: &str, args: &[&str]) -> (i32, String) {
    let output = company.command(args).env("USER", who).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn status(company: &Company, path: &str) -> String {
    let text = company.read(path);
    text.lines().find_map(|line| line.strip_prefix("status: ")).unwrap_or_default().to_owned()
}

const ASKS: &str = "test -e $HOME/asked && corp ticket done COMPANY-1 && exit; touch $HOME/asked; \
                    corp approval new 'Buy a server' --body 'It is slow.' --ticket COMPANY-1";

#[test]
fn the_board_is_asked_decides_by_hand_and_the_agent_goes_on() {
    let company = workers(1, "say hello\n");
    seat_the_board(&company);
    types(&company, "w1", ASKS);
    live(&company);
    assert_eq!(status(&company, "approvals/AP-1.md"), "pending");
    assert!(
        subjects(&company).contains(&"w1 asks the board (AP-1): Buy a server".to_owned()),
        "{:?}",
        subjects(&company)
    );
    let inbox = company.corp(&["inbox", "bob"]).stdout;
    assert!(inbox.starts_with("approval  AP-1  w1  Buy a server"), "{inbox}");
    // It waits for the answer, and does not come back by itself.
    let runs = ledger(&company).len();
    live(&company);
    assert_eq!(ledger(&company).len(), runs);

    let mut child = daemon(&company);
    let after = After(&company);
    until("the daemon is there", || company.command(&["status"]).output().unwrap().status.success());
    let asked = company.read("approvals/AP-1.md");
    company.write("approvals/AP-1.md", asked.replace("created:", "decision: approved\ncreated:"));
    until("it is decided", || status(&company, "approvals/AP-1.md") == "approved");
    until("the agent has gone on", || status(&company, "tickets/0000/COMPANY-1.md") == "done");
    let decided = company.read("approvals/AP-1.md");
    assert!(decided.contains("decisions:\n  - by: ada\n    decision: approved\n    at: "), "{decided}");
    assert!(!decided.contains("\ndecision:"), "{decided}");
    let said = subjects(&company);
    for subject in ["ada approves AP-1: Buy a server", "w1 takes COMPANY-1: Job 1"] {
        assert!(said.iter().any(|line| line == subject), "{subject}: {said:?}");
    }
    assert!(ledger(&company).iter().any(|(_, text)| text.contains("approval_resolved")));
    drop(after);
    child.wait().unwrap();
}

#[test]
fn by_command_with_a_quorum_and_only_by_whom_the_role_allows() {
    let company = workers(1, "done\n");
    seat_the_board(&company);
    let asked = company.corp(&["approval", "new", "Two of us", "--needs", "2", "--body", "Both."]);
    assert_eq!((asked.code, asked.stdout.as_str()), (0, "AP-1\n"), "{}", asked.stderr);
    let (code, said) = as_person(&company, "vic", &["approval", "approve", "AP-1"]);
    assert_eq!(
        (code, said.as_str()),
        (1, "error: vic may not change tickets: vic is viewer on the board; ask ada, bob\n")
    );
    let yes = company.corp(&["approval", "approve", "AP-1", "--comment", "Good."]);
    assert_eq!((yes.code, yes.stderr.as_str()), (0, "AP-1 is pending, 1 more needed\n"));
    let (code, said) = as_person(&company, "bob", &["approval", "revise", "AP-1", "--comment", "Cheaper."]);
    assert_eq!((code, said.as_str()), (0, "AP-1 is revision requested\n"));
    let again = company.corp(&["approval", "resubmit", "AP-1", "--body", "Half of it."]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    for (who, outcome) in [("bob", "AP-1 is pending, 1 more needed\n"), ("ada", "AP-1 is approved\n")] {
        let said = if who == "ada" {
            company.corp(&["approval", "approve", "AP-1"]).stderr
        } else {
            as_person(&company, who, &["approval", "approve", "AP-1"]).1
        };
        assert_eq!(said, outcome);
    }
    let late = company.corp(&["approval", "reject", "AP-1"]);
    assert_eq!((late.code, late.stderr.as_str()), (1, "error: AP-1 is approved already\n"));
    assert_eq!(company.corp(&["approval", "list"]).stderr, "the board is asked nothing\n");
    let shown = company.corp(&["approval", "show", "AP-1"]).stdout;
    insta::assert_snapshot!(shown, @r"
    AP-1  Two of us
    request · approved · asked by ada · 2 of 2 say yes

    Half of it.

    ada · approved · 0s: Good.
    bob · revision requested · 0s: Cheaper.
    bob · approved · 0s
    ada · approved · 0s
    ");
    let subjects = subjects(&company);
    assert_eq!(
        subjects[..5],
        [
            "ada approves AP-1: Two of us",
            "bob says yes to AP-1, 1 of 2 needed: Two of us",
            "ada puts AP-1 before the board again: Two of us",
            "bob asks ada to revise AP-1: Two of us",
            "ada says yes to AP-1, 1 of 2 needed: Two of us",
        ]
    );
    // The board's own git undo takes it back.
    let undone = company.corp(&["undo", "HEAD"]);
    assert_eq!(undone.code, 0, "{}", undone.stderr);
    assert_eq!(status(&company, "approvals/AP-1.md"), "pending");
}

#[test]
fn what_an_agent_proposes_is_put_before_the_board_and_taken_over_when_it_says_yes() {
    let company = workers(1, "done\n");
    seat_the_board(&company);
    company.write("goals/launch.md", "---\nname: Launch\n---\n\nSoon.\n\nWell.\n");
    git(&company, &["add", "goals"]);
    git(&company, &["commit", "-qm", "a goal"]);
    let hire = "printf -- '---\\nname: New\\nreportsTo: w1\\n---\\n\\nHelp w1.\\n' > agents/new/AGENTS.md";
    let commands = format!(
        "set -e; cd \"$CORP_DESK\"; sed -i 's/^Soon.$/Today./' goals/launch.md; mkdir -p agents/new; {hire}; \
         printf 'status: paused\\n' > agents/new/agent.yaml; corp -C {} ticket done COMPANY-1",
        company.root().display()
    );
    types(&company, "w1", &commands);
    let after = After(&company);
    live(&company);
    let asked = company.read("approvals/AP-1.md");
    assert!(asked.contains("kind: agent_edit") && asked.contains("status: pending"), "{asked}");
    for line in ["requested_by: w1", "+Today.", "-Soon.", "+Help w1."] {
        assert!(asked.contains(line), "{line}: {asked}");
    }
    assert!(!company.root().join("agents/new").exists() && company.read("goals/launch.md").contains("Soon."));
    // The board may think about it for weeks; the run has long been put away.
    for run in run_folders(&company) {
        std::fs::remove_dir_all(run).unwrap();
    }
    // Others go on meanwhile: what they did is kept, and the proposal is merged upon it.
    company.write("goals/launch.md", company.read("goals/launch.md").replace("Well.", "Very well."));
    git(&company, &["commit", "-qam", "very well"]);
    let yes = company.corp(&["approval", "approve", "AP-1"]);
    assert_eq!((yes.code, yes.stderr.as_str()), (0, "AP-1 is approved\n"));
    assert_eq!(company.read("goals/launch.md"), "---\nname: Launch\n---\n\nToday.\n\nVery well.\n");
    assert!(company.read("agents/new/AGENTS.md").contains("Help w1."));
    assert!(subjects(&company)[0].starts_with("ada approves AP-1: "), "{:?}", subjects(&company));
    assert_eq!(git(&company, &["status", "--porcelain"]), "");
    // One commit, taken back as one.
    assert_eq!(company.corp(&["undo", "HEAD"]).code, 0);
    assert!(!company.root().join("agents/new").exists());
    drop(after);
}

#[test]
fn what_a_role_does_not_allow_is_taken_back_when_it_was_done_by_hand() {
    let company = workers(1, "done\n");
    seat_the_board(&company);
    assert_eq!(company.corp(&["ticket", "comment", "COMPANY-1", "Now somebody is at home."]).code, 0);
    let by = |who: &str, path: &str, change: &dyn Fn(&str) -> String| {
        company.write(path, change(&company.read(path)));
        let (name, email) = (format!("user.name={who}"), format!("user.email={who}@localhost"));
        git(&company, &["-c", &name, "-c", &email, "commit", "-qam", "by hand"]);
        let text = company.read(path);
        assert_eq!(company.corp(&["ticket", "comment", "COMPANY-1", "Go on."]).code, 0);
        company.read(path) == text
    };
    let titled = |text: &str| text.replace("title: ", "title: Really ");
    let lead = |text: &str| format!("{text}\nYou lead.\n");
    let owner = |text: &str| text.replace("email: vic@localhost, role: viewer", "email: vic@localhost, role: owner");
    let ticket = "tickets/0000/COMPANY-1.md";
    // A viewer looks, an admin sets up, an owner says who is on the board. Whose name nobody knows is held to nothing: it may be an
    // owner at another machine.
    assert!(!by("vic", ticket, &titled));
    assert!(by("zoe", ticket, &titled));
    assert!(by("zoe", "agents/w1/AGENTS.md", &lead));
    assert!(by("bob", "agents/w1/AGENTS.md", &lead));
    assert!(!by("vic", "corp.yaml", &owner));
    assert!(!by("bob", "corp.yaml", &owner));
    assert!(by("ada", "corp.yaml", &owner));
    let said = subjects(&company).join("\n");
    for subject in [
        "what vic changed in tickets/0000/COMPANY-1.md is taken back: vic may not change tickets: vic is viewer on the board",
        "what bob changed in corp.yaml is taken back: bob may not change who is on the board: bob is admin on the board",
    ] {
        assert!(said.contains(subject), "{subject}: {said}");
    }
}

#[test]
fn what_cannot_be_written_again_as_it_was_is_left_as_it_is() {
    let company = workers(1, "done\n");
    seat_the_board(&company);
    let (large, agents) = ("x".repeat(12 << 20), company.read("agents/w1/AGENTS.md"));
    std::fs::write(company.root().join("agents/w1/logo.png"), b"\x89PNG\xff\xfe\x00").unwrap();
    company.write("agents/w1/large.md", &large);
    git(&company, &["add", "agents"]);
    git(&company, &["commit", "-qm", "large things"]);
    assert_eq!(company.corp(&["ticket", "comment", "COMPANY-1", "Now somebody is at home."]).code, 0);
    // A viewer changes what is no text, removes what is large, puts a link, and changes a text.
    let picture = company.root().join("agents/w1/logo.png");
    std::fs::write(&picture, b"\x89PNG\xff\x01\x02").unwrap();
    std::fs::remove_file(company.root().join("agents/w1/large.md")).unwrap();
    std::os::unix::fs::symlink("AGENTS.md", company.root().join("agents/w1/link.md")).unwrap();
    company.write("agents/w1/AGENTS.md", format!("{agents}\nYou lead.\n"));
    git(&company, &["add", "-u"]);
    git(&company, &["add", "agents/w1/link.md"]);
    git(&company, &["-c", "user.name=vic", "-c", "user.email=vic@localhost", "commit", "-qm", "mine"]);
    assert_eq!(company.corp(&["ticket", "comment", "COMPANY-1", "Go on."]).code, 0);
    assert_eq!(company.read("agents/w1/AGENTS.md"), agents);
    assert_eq!(std::fs::read(&picture).unwrap(), b"\x89PNG\xff\x01\x02");
    assert!(!company.root().join("agents/w1/large.md").exists());
    assert!(company.root().join("agents/w1/link.md").is_symlink());
    let said = subjects(&company).join("\n");
    assert!(said.contains("what vic changed in agents/w1/AGENTS.md is taken back: vic may not"), "{said}");
    assert!(!said.contains("logo.png") && !said.contains("large.md") && !said.contains("link.md"), "{said}");
}

#[test]
fn what_was_decided_stays_what_was_asked() {
    let company = workers(1, "done\n");
    seat_the_board(&company);
    let asked = company.corp(&["approval", "new", "Buy a server", "--body", "The old one is slow."]);
    assert_eq!(asked.code, 0, "{}", asked.stderr);
    let before = company.read("approvals/AP-1.md");
    // As long as it is open, an admin says how many are needed.
    company.write("approvals/AP-1.md", before.replacen("created:", "needs: 1\ncreated:", 1));
    git(&company, &["commit", "-qam", "one is enough"]);
    assert_eq!(company.corp(&["approval", "approve", "AP-1"]).code, 0);
    let decided = company.read("approvals/AP-1.md");
    assert!(decided.contains("status: approved") && decided.contains("needs: 1"), "{decided}");
    company.write("approvals/AP-1.md", decided.replace("needs: 1", "needs: 2\ndeciders: [vic]"));
    git(&company, &["commit", "-qam", "it was two"]);
    assert_eq!(company.corp(&["ticket", "comment", "COMPANY-1", "Go on."]).code, 0);
    assert_eq!(company.read("approvals/AP-1.md"), decided);
}

#[test]
fn a_branch_of_a_person_walks_the_road_of_a_desk() {
    let company = workers(1, "done\n");
    seat_the_board(&company);
    let corp = company.read("corp.yaml").replace("role: viewer", "role: operator");
    company.write("corp.yaml", corp);
    company.write("notes.md", "One.\n\nTwo.\n\nThree.\n");
    git(&company, &["add", "notes.md"]);
    git(&company, &["commit", "-qam", "notes, and vic works"]);
    assert_eq!(company.corp(&["ticket", "comment", "COMPANY-1", "Somebody is at home."]).code, 0);
    git(&company, &["checkout", "-q", "-b", "idea"]);
    company.write("notes.md", "One.\n\nTwo.\n\nThree, really.\n");
    let lead = format!("{}\nYou lead.\n", company.read("agents/w1/AGENTS.md"));
    company.write("agents/w1/AGENTS.md", &lead);
    company.write("corp.yaml", company.read("corp.yaml").replace("role: operator", "role: owner"));
    company.write("agents/w2/AGENTS.md", "---\nname: [\n---\n");
    git(&company, &["add", "agents"]);
    git(&company, &["commit", "-qam", "an idea"]);
    git(&company, &["checkout", "-q", "main"]);
    company.write("notes.md", "One, now.\n\nTwo.\n\nThree.\n");
    git(&company, &["commit", "-qam", "one, now"]);
    let proposed = company.command(&["propose", "idea"]).env("USER", "vic").output().unwrap();
    let said = String::from_utf8_lossy(&proposed.stderr);
    assert_eq!(String::from_utf8_lossy(&proposed.stdout), "notes.md\n", "{said}");
    assert_eq!(proposed.status.code(), Some(1), "{said}");
    assert!(said.contains("corp.yaml is not taken: who is on the board is an owner's to change"), "{said}");
    assert!(said.contains("agents/w2/AGENTS.md is not taken: "), "{said}");
    assert!(said.contains("the board is asked about the rest: AP-1"), "{said}");
    // What vic may is merged with what others did, the rest waits, and nothing else came in.
    assert_eq!(company.read("notes.md"), "One, now.\n\nTwo.\n\nThree, really.\n");
    assert!(!company.read("agents/w1/AGENTS.md").contains("You lead."));
    assert!(company.read("corp.yaml").contains("role: operator"));
    assert!(subjects(&company)[0].starts_with("vic brings in idea: notes.md; the rest is proposed (AP-1)"));
    assert!(company.read("approvals/AP-1.md").contains("+You lead."), "{}", company.read("approvals/AP-1.md"));
    // Said twice, it is asked once.
    assert!(as_person(&company, "vic", &["propose", "idea"]).1.contains("is not taken"));
    assert!(!company.root().join("approvals/AP-2.md").exists());
    assert_eq!(company.corp(&["approval", "approve", "AP-1"]).code, 0);
    assert_eq!(company.read("agents/w1/AGENTS.md"), lead);
    assert_eq!(as_person(&company, "vic", &["propose", "nowhere"]).0, 1);
}
