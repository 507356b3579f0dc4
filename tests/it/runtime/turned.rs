//! An agent that was turned: a `process` agent of a company at work that tries what harms it. All of it is refused by the
//! kernel, and the company goes on.

use super::daemon::{After, git, ledger, live, run_folders, status_of, workers};
use corp::runtime::place::{Place, Roots};
use corp::sandbox::Offer;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::TcpListener;

/// What it tries. `$ROOT` is the company, `$STATE` its state, `$SOCKET` the daemon's, `$PORT` somebody's.
const TRIED: &[(&str, &str)] = &[
    ("edit its budget", "echo 'budgets: []' > $ROOT/budgets.yaml"),
    ("write the company", "echo x > $ROOT/agents/w2/AGENTS.md"),
    ("read the company", "cat $ROOT/corp.yaml"),
    ("plant a hook", "echo x > $ROOT/.git/hooks/post-commit"),
    ("change the settings of git", "git -C $ROOT config core.fsmonitor evil"),
    ("read the identity", "cat $HOME_OF_OPERATOR/.config/corp/identity.txt"),
    ("read the record of another run", "cat $STATE/runs/$OTHER/job.json"),
    ("read the environment of its supervisor", "cat /proc/$PPID_OF_RUN/environ"),
    ("read the desk of another agent", "ls $STATE/desks/w2"),
    ("write its own record", "echo '{}' > $RUN/end.json"),
    ("write its own transcript", "echo '{}' >> $RUN/transcript.jsonl"),
    ("signal its supervisor", "kill -0 $PPID_OF_RUN"),
    ("signal the daemon", "kill -0 $(awk '{print $4}' /proc/$PPID_OF_RUN/stat)"),
    ("connect to another port", "exec 3<>/dev/tcp/127.0.0.1/$PORT"),
    ("ask the daemon as a person", "/usr/bin/python3 -c \"$ASK\""),
    ("see the keys of the operator", "ls $HOME_OF_OPERATOR/.ssh"),
    ("trace its supervisor", "cat /proc/$PPID_OF_RUN/mem"),
];

/// What is allowed, so that a refusal means something.
const WORKS: &[&str] = &["echo a > $CORP_WORKSPACE/a", "ls $CORP_DESK", "echo a > $HOME/a", "git init -q $TMPDIR/r"];

const ASK: &str = "import os, socket, sys
s = socket.socket(socket.AF_UNIX); s.settimeout(60); s.connect(os.environ['SOCKET'])
s.sendall(b'{\\\"do\\\": \\\"status\\\"}\\n')
sys.exit(0 if s.recv(100) else 1)";

#[test]
fn an_agent_that_was_turned_reaches_nothing_and_its_record_says_what_held_it() {
    if !Offer::here().is_of_use() {
        println!("SKIPPED: nothing is confined here");
        return;
    }
    let company = workers(2, "say hello\ndone\n");
    let _after = After(&company);
    let above = company.root().parent().unwrap().canonicalize().unwrap();
    let home = above.join("home");
    for (name, text) in [(".config/corp/identity.txt", "AGE-SECRET-KEY"), (".ssh/id", "key")] {
        std::fs::create_dir_all(home.join(name).parent().unwrap()).unwrap();
        std::fs::write(home.join(name), text).unwrap();
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let root = company.root().canonicalize().unwrap();
    let roots = Roots {
        config: home.join(".config"),
        state: home.join(".local/state"),
        sockets: None,
        scratch: std::env::temp_dir(),
        home: home.clone(),
        programs: Vec::new(),
        moved: BTreeMap::new(),
    };
    let place = Place::new(&roots, &root);
    let mut script = format!(
        "export ROOT={root:?} STATE={state:?} HOME_OF_OPERATOR={home:?} SOCKET={socket:?} PORT={port} PPID_OF_RUN=$PPID ASK=\"{ASK}\"\n\
         export RUN=$STATE/runs/$CORP_RUN OTHER=$(ls $STATE/runs 2>/dev/null | grep -v $CORP_RUN | head -1)\n\
         try() {{ if bash -c \"$2\" > /dev/null 2>&1; then echo \"$1: done\"; else echo \"$1: refused\"; fi >> $CORP_WORKSPACE/tried; }}\n",
        state = place.state,
        socket = place.socket(),
        port = listener.local_addr().unwrap().port(),
    );
    for (what, command) in TRIED {
        writeln!(script, "try '{what}' '{}'", command.replace('\'', "'\\''")).unwrap();
    }
    for command in WORKS {
        writeln!(script, "try 'works' '{command}'").unwrap();
    }
    script += "(setsid sleep 7307 &)\ncorp ticket done COMPANY-1\n";
    let file = above.join("script.sh");
    std::fs::write(&file, script).unwrap();
    company.write(
        "agents/w1/agent.yaml",
        format!("status: active\nadapter: {{type: process, command: /bin/bash, args: [{file:?}]}}\nrun_ceiling: {{money: 0.50 USD}}\n"),
    );
    git(&company, &["commit", "-qam", "an agent that was turned"]);
    let budgets = company.read("budgets.yaml");
    let said = live(&company);
    assert_eq!(status_of(&company, "tickets/0000/COMPANY-1.md"), "done", "{said}");
    let tried = std::fs::read_to_string(place.workspace("COMPANY-1").join("tried")).unwrap();
    let mut expected: Vec<String> = TRIED.iter().map(|(what, _)| format!("{what}: refused")).collect();
    expected.extend(WORKS.iter().map(|_| "works: done".to_owned()));
    assert_eq!(tried.lines().collect::<Vec<_>>(), expected, "{said}");
    assert!(said.contains("a run knocked where only people may"), "{said}");
    // The company is as it was, and the record says what held the run.
    assert_eq!(company.read("budgets.yaml"), budgets);
    assert_eq!(git(&company, &["status", "--porcelain"]), "");
    assert!(!root.join(".git/hooks/post-commit").exists());
    let (_, record) = ledger(&company).into_iter().find(|(_, text)| text.contains("\"w1\"")).unwrap();
    assert!(
        record.contains("\"confinement\":\"standard (landlock ")
            || record.contains("\"confinement\": \"standard (landlock "),
        "{record}"
    );
    assert!(git(&company, &["log", "--format=%B"]).contains("\nConfinement: standard (landlock "));
    assert!(!run_folders(&company).is_empty());
}
