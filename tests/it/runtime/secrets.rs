//! Secrets in real runs: given to those they are for, missed where they are not there, and never to be found afterwards.

use super::daemon::{After, git, live, run_folders, subjects, workers};
use super::gateway::{json, provider};
use crate::harness::{Company, NOW, until};
use aho_corasick::AhoCorasick;
use corp::engine::What;
use corp::runtime::clock::Clock;
use corp::runtime::office::{Asked, Office, Outcome};
use corp::runtime::place::{Place, Roots};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Makes this account's key, and what the company calls its people.
fn keyed(company: &Company) {
    let run = company.corp(&["secret", "init"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(company.read("secrets/CORP_FINGERPRINT_KEY.age").starts_with("-----BEGIN AGE"), "{}", run.stderr);
}

fn set(company: &Company, name: &str, value: &str) {
    let mut command = company.command(&["secret", "set", name]);
    let mut child = command.env("CORP_NOW", NOW).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(value.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn done(company: &Company, args: &[&str]) -> String {
    let run = company.corp(args);
    assert_eq!(run.code, 0, "{args:?}: {}{}", run.stdout, run.stderr);
    run.stdout
}

/// An agent that is this shell script, which lies outside of all that is searched.
fn scripted(company: &Company, agent: &str, script: &str) {
    let outside = company.root().parent().unwrap().join("outside");
    std::fs::create_dir_all(&outside).unwrap();
    let path = outside.join(format!("{agent}.sh"));
    std::fs::write(&path, script).unwrap();
    let before = company.read(&format!("agents/{agent}/agent.yaml"));
    let listed = before.lines().filter(|line| line.starts_with("secrets: ["));
    let secrets: String = listed.map(|line| format!("{line}\n")).collect();
    let settings = format!(
        "status: active\nadapter: {{type: process, command: /bin/sh, args: [\"{}\"]}}\nrun_ceiling: {{money: 0.50 USD}}\n\
         reach: {{write: [\"{}\"]}}\n{secrets}",
        path.display(),
        outside.display()
    );
    company.write(&format!("agents/{agent}/agent.yaml"), settings);
    git(company, &["commit", "-qam", "what the agent does"]);
}

#[test]
fn a_run_gets_what_it_is_bound_to_and_nothing_else_and_it_goes_with_the_run() {
    let company = workers(2, "done\n");
    let _after = After(&company);
    keyed(&company);
    for (name, value) in [("ONE", "value-number-1"), ("TWO", "value-number-2"), ("OTHER", "value-number-3")] {
        set(&company, name, value);
    }
    done(&company, &["secret", "bind", "ONE", "w1"]);
    done(&company, &["secret", "bind", "TWO", "w1", "--as", "env"]);
    done(&company, &["secret", "bind", "OTHER", "w2"]);
    let outside = company.root().parent().unwrap().join("outside");
    let script = format!(
        "cp \"$ONE_FILE\" {0}/one; stat -c %a \"$ONE_FILE\" > {0}/mode; echo \"$ONE_FILE\" > {0}/place; env | cut -d= -f1 > {0}/names\n\
         printf %s \"$TWO\" > {0}/two; corp ticket done COMPANY-1\n",
        outside.display()
    );
    scripted(&company, "w1", &script);
    let said = live(&company);
    let read = |name: &str| {
        std::fs::read_to_string(outside.join(name)).unwrap_or_else(|error| panic!("{name}: {error} {said}"))
    };
    assert_eq!(
        (read("one").as_str(), read("two").as_str(), read("mode").trim()),
        ("value-number-1", "value-number-2", "600")
    );
    let names = read("names");
    assert!(names.contains("ONE_FILE\n") && !names.contains("OTHER") && !names.contains("\nONE\n"), "{names}");
    assert!(!Path::new(read("place").trim()).exists(), "it goes with the run");
    let shown = done(&company, &["agent", "show", "w1"]);
    assert!(shown.contains("TWO (in the environment; exposed to the agent and all it starts)"), "{shown}");
    let notes = std::fs::read_dir(company.state().join("secret-access")).unwrap();
    let noted: String = notes.map(|note| std::fs::read_to_string(note.unwrap().path()).unwrap()).collect();
    for (agent, name) in [("w1", "ONE"), ("w1", "TWO"), ("w2", "OTHER")] {
        let line = noted.lines().find(|line| line.contains(&format!("\"secret\":\"{name}\""))).unwrap();
        assert!(line.contains(&format!("\"who\":\"{agent}\"")) && line.contains("\"outcome\":\"given\""), "{line}");
    }
    assert!(!noted.contains("value-number"), "{noted}");
}

#[test]
fn a_run_does_not_wait_for_what_it_can_do_without() {
    let company = workers(1, "done\n");
    let _after = After(&company);
    keyed(&company);
    let outside = company.root().parent().unwrap().join("outside");
    let script = format!("env | cut -d= -f1 > {0}/names; corp ticket done COMPANY-1\n", outside.display());
    scripted(&company, "w1", &script);
    let agent = format!("{}optional_secrets: [SEARCH_KEY]\n", company.read("agents/w1/agent.yaml"));
    company.write("agents/w1/agent.yaml", &agent);
    git(&company, &["commit", "-qam", "it can search where there is a key"]);
    let said = live(&company);
    let names = std::fs::read_to_string(outside.join("names")).unwrap_or_else(|error| panic!("{error} {said}"));
    assert!(!names.contains("SEARCH_KEY"), "{names}");
    set(&company, "SEARCH_KEY", "value-number-1");
    let shown = done(&company, &["agent", "show", "w1"]);
    assert!(!shown.contains("SEARCH_KEY (in"), "it is for nobody yet: {shown}");
    done(&company, &["secret", "bind", "SEARCH_KEY", "w1"]);
    assert_eq!(company.read("agents/w1/agent.yaml"), agent, "it is listed already");
    let shown = done(&company, &["agent", "show", "w1"]);
    assert!(shown.contains("SEARCH_KEY (in"), "{shown}");
}

/// A company whose agent needs what a program says; where that program leaves a trace.
fn asking() -> (Company, PathBuf) {
    let company = workers(1, "done\n");
    let outside = company.root().parent().unwrap().join("outside");
    keyed(&company);
    scripted(&company, "w1", &format!("cp \"$OP_FILE\" {}/got; corp ticket done COMPANY-1\n", outside.display()));
    let asked = outside.join("asked");
    let script = format!("touch {}; echo value-from-there", asked.display());
    done(&company, &["secret", "set", "OP", "--command", "sh", "-c", &script]);
    done(&company, &["secret", "bind", "OP", "w1"]);
    (company, asked)
}

#[test]
fn what_is_elsewhere_comes_to_the_run() {
    let (company, asked) = asking();
    let _after = After(&company);
    let said = live(&company);
    let got = std::fs::read_to_string(asked.with_file_name("got")).unwrap_or_else(|error| panic!("{error} {said}"));
    assert_eq!(got, "value-from-there");
    assert!(subjects(&company).iter().any(|subject| subject.contains("COMPANY-1")), "{said}");
}

#[test]
fn whoever_decides_asks_no_provider() {
    let (company, asked) = asking();
    let home = company.root().parent().unwrap().join("home");
    let roots = Roots {
        state: home.join(".local/state"),
        sockets: None,
        scratch: std::env::temp_dir(),
        config: home.join(".config"),
        home,
        programs: vec!["/usr/bin".into(), "/bin".into()],
        moved: Default::default(),
    };
    let root = company.root().canonicalize().unwrap();
    let mut office = Office::open(Place::new(&roots, &root), Clock::Machine).unwrap();
    office.fetch_beside();
    office.look_who_is_new(true);
    let begun = office.walk(&[Asked::Happened(What::Started)]);
    assert!(begun.iter().all(Outcome::is_settled), "{begun:?}");
    office.due().unwrap();
    let fetches = office.take_fetches();
    assert_eq!(fetches.len(), 1);
    assert!(!asked.exists() && run_folders(&company).is_empty());
    for fetch in fetches {
        let run = fetch.run.clone();
        let mut fetched = fetch.get();
        assert!(asked.exists());
        for value in fetched.values_mut() {
            assert_eq!(value.as_ref().unwrap().expose(), "value-from-there");
            *value = Err("the provider does not answer".to_owned());
        }
        assert_eq!(office.fetched(run.clone(), &fetched).len(), 1, "its end is decided upon");
        assert_eq!(office.fetched(run, &fetched).len(), 0, "and only once");
    }
}

#[test]
fn who_was_given_secrets_is_committed_daily_however_busy_the_company_is() {
    let company = workers(1, "done\n");
    let _after = After(&company);
    let outside = company.root().parent().unwrap().join("outside");
    let script = format!(
        "i=0; until [ -e {0}/go ] || [ $i -gt 1200 ]; do sleep 0.1; i=$((i+1)); done; corp ticket done COMPANY-1\n",
        outside.display()
    );
    scripted(&company, "w1", &script);
    let notes = company.state().join("secret-access");
    std::fs::create_dir_all(&notes).unwrap();
    let line = r#"{"at":"2025-01-02T03:04:05Z","who":"w1","secret":"ONE","outcome":"given"}"#;
    std::fs::write(notes.join("2025-01-02.jsonl"), format!("{line}\n")).unwrap();
    let told = |subject: &String| subject == "corp notes who was given secrets until 2025-01-02";
    std::thread::scope(|scope| {
        let daemon = scope.spawn(|| live(&company));
        until("the day is committed while the run goes on", || subjects(&company).iter().any(told));
        assert!(!run_folders(&company).is_empty());
        std::fs::write(outside.join("go"), "").unwrap();
        daemon.join().unwrap();
    });
    let digests = company.read("secrets/access.jsonl");
    assert!(digests.contains(r#""day":"2025-01-02","given":{"ONE":1},"refused":0"#), "{digests}");
}

#[test]
fn what_is_lacking_is_waited_for_and_the_run_starts_once_it_is_there() {
    let company = workers(1, "say hello\ndone\n");
    let _after = After(&company);
    let agent = company.read("agents/w1/agent.yaml");
    company.write("agents/w1/agent.yaml", format!("{agent}secrets: [GH_TOKEN]\n"));
    git(&company, &["commit", "-qam", "it needs a token"]);
    let waits = |told: &str| {
        live(&company);
        assert!(run_folders(&company).is_empty(), "{told}");
        let why = done(&company, &["explain", "COMPANY-1"]);
        assert!(why.contains("configuration incomplete") && why.contains(told), "{told}: {why}");
        let shown = done(&company, &["ticket", "show", "COMPANY-1"]);
        assert!(shown.contains("cannot start  configuration incomplete: ") && shown.contains(told), "{told}: {shown}");
    };
    waits("corp secret set GH_TOKEN");
    keyed(&company);
    set(&company, "GH_TOKEN", "value-number-1");
    waits("corp secret bind GH_TOKEN w1");
    done(&company, &["secret", "bind", "GH_TOKEN", "w1"]);
    done(&company, &["secret", "disable", "GH_TOKEN"]);
    waits("corp secret enable GH_TOKEN");
    done(&company, &["secret", "enable", "GH_TOKEN"]);
    let identity = company.root().parent().unwrap().join("home/.config/corp/identity.txt");
    let aside = identity.with_extension("aside");
    std::fs::rename(&identity, &aside).unwrap();
    waits("there is no key of this account");
    std::fs::rename(&aside, &identity).unwrap();
    let said = live(&company);
    assert!(subjects(&company).iter().any(|subject| subject.starts_with("w1 takes COMPANY-1")), "{said}");
}

#[test]
fn a_value_in_a_saved_file_is_not_committed() {
    let company = workers(1, "done\n");
    keyed(&company);
    set(&company, "KEY", "canary value of a key");
    company.write("goals/new.md", "---\nname: New\n---\n\nUse canary value of a key.\n");
    let run = company.corp(&["commit"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stderr.contains("goals/new.md: line 5 holds the value of the secret KEY"), "{}", run.stderr);
    let scan = company.corp(&["secret", "scan"]);
    assert_eq!(
        (scan.code, scan.stdout.contains("goals/new.md:5: the value of the secret KEY")),
        (1, true),
        "{}",
        scan.stdout
    );
    let scan = company.corp(&["secret", "scan", "agents"]);
    assert_eq!(scan.code, 0, "{}", scan.stdout);
}

/// A program that is called like Claude Code, and asks its model one thing.
const ASKS: &str = r#"#!/bin/bash
cat > /dev/null
echo "$ANTHROPIC_API_KEY" > "$TOLD/has"
rest=${ANTHROPIC_BASE_URL#http://}; host=${rest%%/*}; path=/${rest#*/}
body='{"model":"claude-sonnet-4-6","max_tokens":10,"messages":[]}'
exec 3<> "/dev/tcp/${host%:*}/${host#*:}"
printf 'POST %s/v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: %s\r\ncontent-type: application/json\r\ncontent-length: %s\r\nconnection: close\r\n\r\n%s' \
  "$path" "$ANTHROPIC_API_KEY" ${#body} "$body" >&3
cat <&3 > "$TOLD/answer"
echo '{"type":"system","subtype":"init","session_id":"00000000-0000-4000-8000-000000000001","model":"claude-sonnet-4-6"}'
corp ticket done COMPANY-1 > /dev/null
echo '{"type":"result","subtype":"success","is_error":false,"result":"done","session_id":"00000000-0000-4000-8000-000000000001","total_cost_usd":0.01,"usage":{"input_tokens":1,"output_tokens":1}}'
"#;

#[test]
fn the_key_of_a_model_provider_is_the_companys_and_its_agent_never_has_it() {
    let company = workers(1, "done\n");
    let _after = After(&company);
    let answer =
        r#"{"id":"m","type":"message","model":"claude-sonnet-4-6","usage":{"input_tokens":3,"output_tokens":2}}"#;
    let (url, sent) = provider(vec![json(200, "", answer)]);
    let outside = company.root().parent().unwrap().join("outside");
    std::fs::create_dir_all(&outside).unwrap();
    let program = outside.join("claude");
    std::fs::write(&program, ASKS).unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let adapter = serde_json::json!({
        "type": "claude_local", "command": program, "env": {"ANTHROPIC_BASE_URL": url, "TOLD": outside},
    });
    let reach = serde_json::json!({"write": [outside]});
    let settings = format!("status: active\nadapter: {adapter}\nreach: {reach}\nrun_ceiling: {{money: 0.50 USD}}\n");
    company.write("agents/w1/agent.yaml", settings);
    git(&company, &["commit", "-qam", "a program"]);
    keyed(&company);
    set(&company, "ANTHROPIC_API_KEY", "the-key-of-the-company");
    let bound = company.corp(&["secret", "bind", "ANTHROPIC_API_KEY", "w1"]);
    assert!(bound.code == 0 && bound.stderr.contains("runs never have it"), "{}", bound.stderr);
    let shown = done(&company, &["agent", "show", "w1"]);
    assert!(shown.contains("ANTHROPIC_API_KEY (added by the gateway; the agent never has it)"), "{shown}");
    let said = live(&company);
    let has = std::fs::read_to_string(outside.join("has")).unwrap_or_else(|error| panic!("{error} {said}"));
    assert!(has.starts_with("corp-"), "{has}");
    let (head, _) = sent.try_recv().unwrap_or_else(|error| panic!("{error} {said}"));
    assert!(head.contains("x-api-key: the-key-of-the-company\r\n") && !head.contains(has.trim()), "{head}");
    let mut kept = Vec::new();
    files(&company.state(), &mut kept);
    for (place, bytes) in kept {
        assert!(!String::from_utf8_lossy(&bytes).contains("the-key-of-the-company"), "{place}");
    }
    // Given in a variable, the program is logged in by it as well, and has it.
    done(&company, &["secret", "bind", "ANTHROPIC_API_KEY", "w1", "--as", "env"]);
    company.write(
        "tickets/0000/COMPANY-1.md",
        company.read("tickets/0000/COMPANY-1.md").replace("status: done", "status: todo"),
    );
    git(&company, &["commit", "-qam", "once more"]);
    let said = live(&company);
    let has = std::fs::read_to_string(outside.join("has")).unwrap();
    assert_eq!(has.trim(), "the-key-of-the-company", "{said}");
    let (head, _) = sent.try_recv().unwrap_or_else(|error| panic!("{error} {said}"));
    assert!(head.contains("x-api-key: the-key-of-the-company\r\n"), "{head}");
}

#[test]
fn what_the_board_hears_is_signed_with_a_secret_of_the_company() {
    let company = workers(1, "wait 1s\n");
    company.write("agents/w1/agent.yaml", "status: paused\nadapter: {type: script}\n");
    let (url, sent) = provider(vec![json(200, "", "{}")]);
    let notify = format!("notify:\n  - {{on: [approval], webhook: {{url: '{url}', secret: HOOK_KEY}}}}\n");
    company.write("corp.yaml", company.read("corp.yaml") + &notify);
    git(&company, &["commit", "-qam", "the board wants to hear"]);
    keyed(&company);
    set(&company, "HOOK_KEY", "signs what is told");
    let asked = company.command(&["approval", "new", "Buy a server", "--body", "It is slow."]).output().unwrap();
    assert!(asked.status.success(), "{asked:?}");
    let _after = After(&company);
    let mut up = super::daemon::daemon(&company);
    let (head, body) = sent.recv_timeout(std::time::Duration::from_secs(600)).unwrap();
    company.corp(&["down"]);
    up.wait().unwrap();
    let signed = head.lines().find_map(|line| line.strip_prefix("x-corp-signature: t=")).unwrap();
    let (seconds, signature) = signed.trim().split_once(",v1=").unwrap();
    let expected = corp::secrets::mac::signature(b"signs what is told", format!("{seconds}.{body}").as_bytes());
    assert_eq!(signature, expected);
}

/// Base64 as others write it.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let block = chunk.iter().chain(&[0, 0]).take(3).fold(0usize, |block, byte| block << 8 | usize::from(*byte));
        let letters = (0..4).map(|at| char::from(LETTERS[block >> (18 - 6 * at) & 63]));
        text.extend(letters.take(chunk.len() + 1));
        text.extend(std::iter::repeat_n('=', 3 - chunk.len()));
    }
    text
}

/// Twelve writings of a value: what is printed, and what of it must be found nowhere.
fn writings(value: &str) -> Vec<(String, String)> {
    let json = |text: &str| {
        let quoted = serde_json::to_string(text).unwrap();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let percent = |upper: bool, plus: bool| -> String {
        let one = |byte: u8| match byte {
            b' ' if plus => "+".to_owned(),
            plain if plain.is_ascii_alphanumeric() || b"-_.".contains(&plain) => char::from(plain).to_string(),
            other if upper => format!("%{other:02X}"),
            other => format!("%{other:02x}"),
        };
        value.bytes().map(one).collect()
    };
    let whole = |text: String| (text.clone(), text);
    let mut writings = vec![
        whole(value.to_owned()),
        whole(json(value)),
        whole(json(&json(value))),
        whole(percent(true, false)),
        whole(percent(false, false)),
        whole(percent(true, true)),
        whole(value.bytes().map(|byte| format!("{byte:02x}")).collect()),
        whole(value.bytes().map(|byte| format!("{byte:02X}")).collect()),
    ];
    for before in ["", "u", "us"] {
        let text = base64(format!("{before}{value}").as_bytes());
        // What is only the value's: not the letters it shares with what stands around it.
        let middle = text[4..text.len() - 4].to_owned();
        writings.push((text, middle));
    }
    let url = base64(value.as_bytes()).replace('+', "-").replace('/', "_");
    writings.push((url.clone(), url[..url.len() - 4].to_owned()));
    writings
}

/// Every file below a folder.
fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            files(&path, found);
        } else if entry.file_type().unwrap().is_file() {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn canaries_in_twelve_writings_are_found_nowhere_afterwards() {
    let company = workers(1, "done\n");
    let _after = After(&company);
    keyed(&company);
    let values: Vec<String> =
        (0..10).map(|number| format!("canary-{number} \"q\\{number}/+ü?>{}", "Zx9~".repeat(number + 1))).collect();
    for (number, value) in values.iter().enumerate() {
        set(&company, &format!("S{number}"), value);
        let how = if number % 2 == 0 { "file" } else { "env" };
        done(&company, &["secret", "bind", &format!("S{number}"), "w1", "--as", how]);
    }
    let outside = company.root().parent().unwrap().join("outside");
    std::fs::create_dir_all(&outside).unwrap();
    let written: Vec<(String, String)> = values.iter().flat_map(|value| writings(value)).collect();
    assert_eq!(written.len(), 120);
    let text: String = written.iter().map(|(text, _)| format!("says {text} here\n")).collect();
    std::fs::write(outside.join("written"), text).unwrap();
    // Printed at once, three bytes at a time and as an error; said in the ticket, remembered, and given as the reason.
    let script = format!(
        "cat /proc/[0-9]*/cmdline > {0}/cmdlines 2>/dev/null\n\
         cat {0}/written; dd if={0}/written bs=3 status=none; cat {0}/written >&2\n\
         cat \"$S0_FILE\" \"$S2_FILE\"; echo \"$S1 $S3\"\n\
         corp ticket comment COMPANY-1 \"$(cat {0}/written)\" > {0}/told 2>&1\n\
         cp {0}/written \"$AGENT_HOME/MEMORY.md\"\n\
         corp ticket block COMPANY-1 --owner board --reason \"I lack $(cat \"$S4_FILE\")\" >> {0}/told 2>&1\n\
         echo \"failed with $S5\" >&2; exit 3\n",
        outside.display()
    );
    scripted(&company, "w1", &script);
    let said = live(&company);
    assert!(!run_folders(&company).is_empty(), "{said}");
    let mut searched = vec![("what the daemon said".to_owned(), said.into_bytes())];
    searched.push((
        "every object".to_owned(),
        git_bytes(&company, &["cat-file", "--batch-all-objects", "--batch", "--unordered"]),
    ));
    searched.push(("messages".to_owned(), git_bytes(&company, &["log", "--all", "--format=%B"])));
    files(&company.root(), &mut searched);
    files(&company.state(), &mut searched);
    searched.push(("command lines".to_owned(), std::fs::read(outside.join("cmdlines")).unwrap()));
    let told = std::fs::read(outside.join("told")).unwrap();
    searched.push(("what the run was told".to_owned(), told));
    let export = company.root().parent().unwrap().join("export");
    let exported = company.corp(&["export", export.to_str().unwrap(), "--with-memory"]);
    searched.push(("export".to_owned(), [exported.stdout, exported.stderr].concat().into_bytes()));
    files(&export, &mut searched);
    let mut hits = BTreeSet::new();
    let canaries = AhoCorasick::new(written.iter().map(|(_, canary)| canary)).unwrap();
    for (place, bytes) in &searched {
        let found = canaries.find_overlapping_iter(bytes);
        hits.extend(found.map(|hit| format!("{place}: {}", written[hit.pattern().as_usize()].1)));
    }
    assert!(hits.is_empty(), "{} hits: {hits:#?}", hits.len());
    // It did say all of that: where a value stood there is the name of its secret.
    let transcript = run_folders(&company)
        .iter()
        .map(|run| run.join("transcript.jsonl"))
        .find_map(|path| std::fs::read_to_string(path).ok());
    let marks = transcript.unwrap().matches("[secret S").count();
    assert!(marks >= 3 * 120, "{marks}");
    let thread = git(&company, &["grep", "-c", "\\[secret S", "HEAD", "--", "tickets"]);
    assert!(!thread.is_empty(), "the comment is there, without values");
}

fn git_bytes(company: &Company, args: &[&str]) -> Vec<u8> {
    std::process::Command::new("git").arg("-C").arg(company.root()).args(args).output().unwrap().stdout
}
