//! An agent that was turned: a `process` agent of a company at work that tries what harms it. All of it is refused by the
//! kernel, and the company goes on.

use super::daemon::{After, git, ledger, live, run_folders, status_of, workers};
use crate::harness::until;
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
    ("read the environment of another run", "cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep -a CANARY_OF_ANOTHER=w"),
    ("signal another run", "others | xargs -r -n 1 kill -0"),
    ("read the memory of another run", "others | xargs -r -I{} head -c 0 /proc/{}/mem"),
    ("read where another run works", "ls $STATE/workspaces/COMPANY-2"),
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

/// The processes of the other run, whose arguments everybody sees.
const OTHERS: &str = "others() { for p in /proc/[0-9]*; do case \"$(tr '\\0' ' ' < $p/cmdline 2>/dev/null)\" in \
                      \"/bin/bash $OTHER_SCRIPT \"*) echo ${p#/proc/};; esac; done; }";

const ASK: &str = "import os, socket, sys
s = socket.socket(socket.AF_UNIX); s.settimeout(60); s.connect(os.environ['SOCKET'])
s.sendall(b'{\\\"do\\\": \\\"status\\\"}\\n')
sys.exit(0 if b'ok' in s.recv(100) else 1)";

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
    let (file, other) = (above.join("script.sh"), above.join("other.sh"));
    let mut script = format!(
        "{OTHERS}\nexport -f others\n\
         export OTHER_SCRIPT={other:?} ROOT={root:?} STATE={state:?} HOME_OF_OPERATOR={home:?} SOCKET={socket:?}\n\
         export PORT={port} PPID_OF_RUN=$PPID ASK=\"{ASK}\"\n\
         export RUN=$STATE/runs/$CORP_RUN OTHER=$(ls $STATE/runs 2>/dev/null | grep -v $CORP_RUN | head -1)\n\
         try() {{ if bash -c \"$2\" > /dev/null 2>&1; then echo \"$1: done\"; else echo \"$1: refused\"; fi >> $CORP_WORKSPACE/tried; }}\n\
         until test -n \"$(others)\"; do sleep 0.1; done\n",
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
    // It is still at work, and what was tried was tried at something.
    script += "try 'works' 'test -n \"$(others)\"'\n";
    let left = format!("7307.{}", std::process::id());
    writeln!(script, "(setsid sh -c 'sleep {left} & sleep {left}' &)\ncorp ticket done COMPANY-1").unwrap();
    // The other one is there as long as this one is.
    let waits = format!(
        "{OTHERS}\nexport OTHER_SCRIPT={file:?}\nuntil test -n \"$(others)\"; do sleep 0.1; done\n\
         while test -n \"$(others)\"; do sleep 0.1; done\ncorp ticket done COMPANY-2\n"
    );
    std::fs::write(&other, waits).unwrap();
    std::fs::write(&file, script).unwrap();
    for (agent, file) in [("w1", &file), ("w2", &other)] {
        let canary = if agent == "w2" { "CANARY_OF_ANOTHER" } else { "OWN" };
        let program = format!("type: process, command: /bin/bash, args: [{file:?}], env: {{{canary}: w}}");
        let settings = format!("status: active\nadapter: {{{program}}}\nrun_ceiling: {{money: 0.50 USD}}\n");
        company.write(&format!("agents/{agent}/agent.yaml"), settings);
    }
    git(&company, &["commit", "-qam", "an agent that was turned"]);
    let budgets = company.read("budgets.yaml");
    let said = live(&company);
    assert_eq!(status_of(&company, "tickets/0000/COMPANY-1.md"), "done", "{said}");
    let tried = std::fs::read_to_string(place.workspace("COMPANY-1").join("tried")).unwrap();
    let mut expected: Vec<String> = TRIED.iter().map(|(what, _)| format!("{what}: refused")).collect();
    expected.extend(WORKS.iter().chain(&["the other one is there"]).map(|_| "works: done".to_owned()));
    assert_eq!(tried.lines().collect::<Vec<_>>(), expected, "{said}");
    assert!(said.contains("a run knocked where only people may"), "{said}");
    assert_eq!(status_of(&company, "tickets/0000/COMPANY-2.md"), "done", "{said}");
    // What it left behind in a session of its own is gone.
    let still = || {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
        lines.filter(|line| String::from_utf8_lossy(line).contains(&left)).count()
    };
    until("what it left is ended", || still() == 0);
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
