//! `corp secret`: sealing, giving, replacing, taking away; with the `age` program on the other side.

use crate::harness::{Company, Run, git};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const FILES: &[(&str, &str)] = &[
    ("COMPANY.md", "---\nname: Acme\nslug: acme\n---\nWe make anvils.\n"),
    (
        "corp.yaml",
        "schema: corp/v1\nticket_prefix: ACME\nboard:\n  # the owner\n  - id: ada\n    email: ada@acme.example\n    role: owner\n  - id: grace\n    email: grace@acme.example\n    role: admin\n  - id: vic\n    email: vic@acme.example\n    role: operator\n",
    ),
    ("agents/cto/AGENTS.md", "---\nname: Chief\n---\nBuild.\n"),
    ("agents/cto/agent.yaml", "adapter: {type: script} # by hand\n"),
    ("agents/qa/AGENTS.md", "---\nname: Tester\n---\nTest.\n"),
];

fn company() -> Company {
    let company = Company::new(FILES);
    let root = company.root();
    git(&root, &["init", "-q", "-b", "main"]);
    git(&root, &["config", "user.name", "Ada"]);
    git(&root, &["config", "user.email", "ada@acme.example"]);
    git(&root, &["add", "-A"]);
    git(&root, &["commit", "-qm", "begin"]);
    company
}

fn done(run: Run) -> Run {
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    run
}

/// Runs `corp` with something on its standard input.
fn piped(company: &Company, args: &[&str], input: &str) -> Run {
    let mut command = company.command(args);
    command.current_dir(company.root()).env("CORP_NOW", crate::harness::NOW);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // One that refuses before it reads has closed its end.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn subject(company: &Company) -> String {
    git(&company.root(), &["log", "-1", "--format=%s|%an|%(trailers:key=Actor,valueonly,separator=%x2C)"])
        .trim()
        .to_owned()
}

fn commits(company: &Company) -> usize {
    git(&company.root(), &["rev-list", "--count", "HEAD"]).trim().parse().unwrap()
}

fn identity(company: &Company) -> PathBuf {
    company.root().parent().unwrap().join("home/.config/corp/identity.txt")
}

/// Another account: its own home, the same company.
fn account(company: &Company, name: &str) -> PathBuf {
    let home = company.root().parent().unwrap().join(name);
    std::fs::create_dir_all(&home).unwrap();
    home
}

fn as_(company: &Company, home: &std::path::Path, email: &str, args: &[&str]) -> Run {
    let mut command = company.command(args);
    command.current_dir(company.root()).env("CORP_NOW", crate::harness::NOW).env("HOME", home);
    let name = email.split('@').next().unwrap();
    std::fs::write(home.join("gitconfig"), format!("[user]\n\tname = {name}\n\temail = {email}\n")).unwrap();
    command.env("GIT_CONFIG_GLOBAL", home.join("gitconfig"));
    let output = command.output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_secret_is_set_and_got_and_its_value_is_nowhere_else() {
    let company = company();
    let early = piped(&company, &["secret", "set", "GH_TOKEN"], "canary-value-1");
    assert_eq!(early.code, 5, "{}", early.stderr);
    assert!(early.stderr.contains("corp secret init"), "{}", early.stderr);
    let init = done(company.corp(&["secret", "init"]));
    assert!(init.stdout.starts_with("age1"), "{}", init.stdout);
    assert_eq!(subject(&company), "ada lets ada open the company's secrets|Ada|ada");
    assert!(company.read("corp.yaml").contains("  # the owner\n"));
    let again = commits(&company);
    done(company.corp(&["secret", "init"]));
    assert_eq!(commits(&company), again, "said again it does nothing");

    let set = done(piped(&company, &["secret", "set", "GH_TOKEN", "--description", "pushes"], "canary-value-1\n"));
    assert!(set.stderr.contains("ada adds the secret GH_TOKEN"), "{}", set.stderr);
    assert_eq!(subject(&company), "ada adds the secret GH_TOKEN|Ada|ada");
    let got = done(company.corp(&["secret", "get", "GH_TOKEN"]));
    assert_eq!(got.stdout, "canary-value-1");
    assert!(company.read("secrets/GH_TOKEN.age").starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n"));
    let everything = git(&company.root(), &["log", "-p", "--all"]);
    assert!(!everything.contains("canary-value-1"));

    let before = commits(&company);
    let same = done(piped(&company, &["secret", "set", "GH_TOKEN"], "canary-value-1"));
    assert!(same.stderr.contains("nothing to do"), "{}", same.stderr);
    assert_eq!(commits(&company), before, "what did not change is never sealed anew");
    let list = done(company.corp(&["secret", "list"]));
    assert!(list.stdout.contains("GH_TOKEN") && list.stdout.contains("pushes"), "{}", list.stdout);
    assert!(!list.stdout.contains("CORP_FINGERPRINT_KEY"), "{}", list.stdout);
    done(company.corp(&["secret", "set", "GONE", "--command", "no-such-op", "read", "op://a/b"]));
    let missing = company.corp(&["secret", "get", "GONE"]);
    assert!(missing.stderr.contains("the program `no-such-op` is not installed"), "{}", missing.stderr);
    assert!(missing.stderr.contains("whole path"), "{}", missing.stderr);
    // What was kept here before leaves nothing behind in the file, and the place elsewhere can be changed.
    done(piped(&company, &["secret", "set", "MOVED"], "value-number-1"));
    done(company.corp(&["secret", "delete", "MOVED"]));
    for word in ["echo", "printf"] {
        done(company.corp(&["secret", "set", "MOVED", "--command", word, "value-from-there"]));
    }
    let file = company.read("secrets/MOVED.yaml");
    for key in ["\nfingerprint:", "\nrecipients:", "\ndeleted:"] {
        assert!(!format!("\n{file}").contains(key), "{file}");
    }
    assert_eq!(done(company.corp(&["secret", "get", "MOVED"])).stdout, "value-from-there");
    let check = company.corp(&["check"]);
    assert!(!check.stdout.contains("secrets/"), "{}", check.stdout);
}

#[test]
fn what_is_no_secret_is_refused_without_showing_it() {
    let company = company();
    done(company.corp(&["secret", "init"]));
    for (name, value, code, told) in [
        ("SHORT", "1234567", 1, "too short"),
        ("SAME", "aaaaaaaaaaaaaaaaaaa", 1, "again and again"),
        ("gh_token", "canary-value-2", 2, "no name of a secret"),
        ("CORP_X", "canary-value-2", 2, "the program's own"),
        ("PATH", "canary-value-2", 2, "something else under that name"),
    ] {
        let run = piped(&company, &["secret", "set", name], value);
        assert_eq!(run.code, code, "{name}: {}", run.stderr);
        assert!(run.stderr.contains(told) && !run.stderr.contains(value), "{name}: {}", run.stderr);
    }
    for verb in ["set", "rotate"] {
        let argument = piped(&company, &["secret", verb, "GH_TOKEN", "canary-value-2", "more"], "canary-value-3");
        assert_eq!(argument.code, 2, "a value is never an argument: {}", argument.stderr);
        assert!(argument.stderr.contains("is not given as an argument"), "{}", argument.stderr);
        assert!(argument.stderr.contains(&format!("`corp secret {verb} GH_TOKEN` asks")), "{}", argument.stderr);
        assert!(!argument.stderr.contains("canary"), "nor shown: {}", argument.stderr);
    }
    let none = company.corp(&["secret", "get", "GH_TOKN"]);
    assert_eq!(none.code, 1);
}

#[test]
fn versions_are_kept_as_long_as_somebody_is_bound_to_them() {
    let company = company();
    done(company.corp(&["secret", "init"]));
    for value in ["value-number-1", "value-number-2"] {
        done(piped(&company, &["secret", "set", "KEY"], value));
    }
    done(company.corp(&["secret", "bind", "KEY", "cto", "--version", "1"]));
    done(piped(&company, &["secret", "rotate", "KEY"], "value-number-3"));
    done(piped(&company, &["secret", "rotate", "KEY"], "value-number-4"));
    let got = |version: &str| company.corp(&["secret", "get", "KEY", "--version", version]);
    assert_eq!(done(got("1")).stdout, "value-number-1", "pinned");
    let gone = got("2");
    assert_eq!((gone.code, gone.stderr.contains("those that are kept: 1, 3, 4")), (1, true), "{}", gone.stderr);
    assert_eq!(done(got("3")).stdout, "value-number-3", "the one before");
    assert_eq!(done(got("4")).stdout, "value-number-4");
    let history = done(company.corp(&["secret", "history", "KEY", "--json"]));
    let history: serde_json::Value = serde_json::from_str(&history.stdout).unwrap();
    let statuses: Vec<&str> = history.as_array().unwrap().iter().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["current", "previous", "destroyed", "previous"]);
    let same = piped(&company, &["secret", "rotate", "KEY"], "value-number-4");
    assert_eq!((same.code, same.stderr.contains("already")), (1, true), "{}", same.stderr);
    let none = company.corp(&["secret", "bind", "KEY", "qa", "--version", "2"]);
    assert_eq!((none.code, none.stderr.contains("no version 2")), (1, true), "{}", none.stderr);
}

#[test]
fn both_files_say_who_may_use_it_and_what_is_used_is_not_deleted() {
    let company = company();
    done(company.corp(&["secret", "init"]));
    done(piped(&company, &["secret", "set", "KEY"], "value-number-1"));
    done(company.corp(&["secret", "bind", "KEY", "cto", "--as", "env"]));
    assert_eq!(subject(&company), "ada gives KEY to the agent cto|Ada|ada");
    let agent = company.read("agents/cto/agent.yaml");
    assert!(agent.starts_with("adapter: {type: script} # by hand\n") && agent.contains("KEY"), "{agent}");
    done(company.corp(&["secret", "bind", "KEY", "qa", "--optional"]));
    assert!(company.read("agents/qa/agent.yaml").contains("KEY"), "made for it");
    let check = company.corp(&["check"]);
    assert!(!check.stdout.contains("secret"), "{}", check.stdout);
    let nobody = company.corp(&["secret", "bind", "KEY", "cto2"]);
    assert_eq!((nobody.code, nobody.stderr.contains("no agent `cto2`")), (1, true), "{}", nobody.stderr);

    let used = company.corp(&["secret", "delete", "KEY"]);
    assert_eq!(used.code, 1);
    assert!(used.stderr.contains("the agent cto, the agent qa"), "{}", used.stderr);
    for agent in ["cto", "qa"] {
        done(company.corp(&["secret", "unbind", "KEY", agent]));
    }
    done(company.corp(&["secret", "disable", "KEY"]));
    assert!(company.read("secrets/KEY.yaml").contains("status: disabled"));
    done(company.corp(&["secret", "enable", "KEY"]));
    done(company.corp(&["secret", "delete", "KEY"]));
    assert!(!company.root().join("secrets/KEY.age").exists());
    assert!(!done(company.corp(&["secret", "list"])).stdout.contains("KEY"));
    assert_eq!(company.corp(&["secret", "get", "KEY"]).code, 1);
    done(piped(&company, &["secret", "set", "KEY"], "value-number-9"));
    assert_eq!(done(company.corp(&["secret", "get", "KEY"])).stdout, "value-number-9", "the name is free again");
    let check = company.corp(&["check"]);
    assert!(!check.stdout.contains("secrets/"), "{}", check.stdout);
}

#[test]
fn who_comes_can_open_and_who_goes_cannot_and_what_they_read_is_to_be_replaced() {
    let company = company();
    done(company.corp(&["secret", "init"]));
    done(piped(&company, &["secret", "set", "ONE"], "value-number-1"));
    let home = account(&company, "grace");
    let grace = as_(&company, &home, "grace@acme.example", &["secret", "init"]);
    assert_eq!(grace.code, 0, "{}", grace.stderr);
    assert!(grace.stderr.contains("cannot open the company's secrets yet"), "{}", grace.stderr);
    let key = grace.stdout.trim().to_owned();
    let cannot = as_(&company, &home, "grace@acme.example", &["secret", "get", "ONE"]);
    assert_eq!((cannot.code, cannot.stderr.contains("sealed for others")), (1, true), "{}", cannot.stderr);
    let not_hers = as_(&company, &home, "grace@acme.example", &["secret", "recipients", "add", "grace", &key]);
    assert_eq!((not_hers.code, not_hers.stderr.contains("ask ada")), (1, true), "{}", not_hers.stderr);

    let before = commits(&company);
    done(company.corp(&["secret", "recipients", "add", "grace", &key]));
    assert_eq!(commits(&company), before + 1, "one commit");
    assert!(company.read("corp.yaml").contains(&key));
    let can = as_(&company, &home, "grace@acme.example", &["secret", "get", "ONE"]);
    assert_eq!(can.stdout, "value-number-1", "{}", can.stderr);
    let operator = as_(&company, &account(&company, "vic"), "vic@acme.example", &["secret", "get", "ONE"]);
    assert_eq!(
        (operator.code, operator.stderr.contains("vic is operator on the board")),
        (1, true),
        "{}",
        operator.stderr
    );

    let nothing = commits(&company);
    done(company.corp(&["secret", "rekey"]));
    assert_eq!(commits(&company), nothing, "what is sealed for the right people is left alone");

    let removed = done(company.corp(&["secret", "recipients", "remove", "grace"]));
    assert_eq!(commits(&company), nothing + 1, "one commit");
    assert!(removed.stderr.contains("ONE"), "{}", removed.stderr);
    let cannot = as_(&company, &home, "grace@acme.example", &["secret", "get", "ONE"]);
    assert_eq!(cannot.code, 1, "{}", cannot.stdout);
    let list = done(company.corp(&["secret", "list"]));
    assert!(list.stdout.contains("grace could read it until 2026-11-20"), "{}", list.stdout);
    done(piped(&company, &["secret", "rotate", "ONE"], "value-number-2"));
    let list = done(company.corp(&["secret", "list"]));
    assert!(!list.stdout.contains("grace"), "{}", list.stdout);
    let last = company.corp(&["secret", "recipients", "remove", "ada"]);
    assert_eq!((last.code, last.stderr.contains("only `ada`")), (1, true), "{}", last.stderr);
}

#[test]
fn a_value_that_was_ever_committed_is_found_with_its_commit() {
    let company = company();
    let root = company.root();
    done(company.corp(&["secret", "init"]));
    done(piped(&company, &["secret", "set", "ONE"], "value-number-1"));
    let agent = company.read("agents/qa/AGENTS.md");
    git(&root, &["checkout", "-q", "-b", "aside"]);
    company.write("agents/qa/AGENTS.md", format!("{agent}With value-number-1.\n"));
    git(&root, &["commit", "-qam", "leak"]);
    let leak = git(&root, &["rev-parse", "HEAD"]);
    company.write("agents/qa/AGENTS.md", agent);
    git(&root, &["commit", "-qam", "unleak"]);
    git(&root, &["checkout", "-q", "main"]);
    git(&root, &["merge", "-q", "--no-ff", "-m", "merged: no more value-number-1", "aside"]);
    let merge = git(&root, &["rev-parse", "HEAD"]);
    let now = company.corp(&["secret", "scan"]);
    assert_eq!((now.code, now.stdout.as_str()), (0, ""), "{}", now.stderr);
    let ever = company.corp(&["secret", "scan", "--history", "--json"]);
    assert_eq!(ever.code, 1, "{}", ever.stderr);
    let hits: serde_json::Value = serde_json::from_str(&ever.stdout).unwrap();
    let hits: Vec<_> = hits.as_array().unwrap().iter().collect();
    let told = |hit: &serde_json::Value, key: &str| hit[key].as_str().unwrap().to_owned();
    assert_eq!(hits.len(), 2, "{hits:?}");
    assert!(leak.starts_with(&told(hits[0], "commit")) && merge.starts_with(&told(hits[1], "commit")), "{hits:?}");
    assert_eq!((told(hits[0], "file"), hits[0]["line"].as_u64()), ("agents/qa/AGENTS.md".to_owned(), Some(5)));
    assert_eq!(told(hits[1], "file"), "its message");
    assert!(!ever.stdout.contains("value-number-1"), "{}", ever.stdout);
}

#[test]
fn a_new_value_leaves_no_earlier_one_to_those_who_went() {
    let company = company();
    done(company.corp(&["secret", "init"]));
    let home = account(&company, "grace");
    let key = as_(&company, &home, "grace@acme.example", &["secret", "init"]).stdout.trim().to_owned();
    done(company.corp(&["secret", "recipients", "add", "grace", &key]));
    for value in ["value-number-1", "value-number-2"] {
        done(piped(&company, &["secret", "set", "ONE"], value));
    }
    done(company.corp(&["secret", "bind", "ONE", "cto", "--version", "1"]));
    // Whoever edits the file leaves it to the next change to seal anew.
    let corp = company.read("corp.yaml");
    let corp = corp.lines().filter(|line| !line.contains(&key)).map(|line| format!("{line}\n"));
    let corp: String = corp.collect::<String>().replace("    age_keys:\n  - id: vic", "  - id: vic");
    company.write("corp.yaml", &corp);
    git(&company.root(), &["commit", "-qam", "grace goes"]);
    done(piped(&company, &["secret", "set", "ONE"], "value-number-3"));
    let hers = corp::secrets::Identity::load(&home.join(".config/corp/identity.txt")).unwrap();
    let ours = corp::secrets::Identity::load(&identity(&company)).unwrap();
    for (file, value) in [("ONE.1", "value-number-1"), ("ONE.2", "value-number-2"), ("ONE", "value-number-3")] {
        let sealed = company.read(&format!("secrets/{file}.age"));
        assert!(corp::secrets::seal::open(sealed.as_bytes(), &hers).is_err(), "{file} is open to who went");
        assert_eq!(corp::secrets::seal::open(sealed.as_bytes(), &ours).unwrap().expose(), value);
    }
}

#[test]
fn a_lost_or_open_identity_is_explained() {
    let company = company();
    done(company.corp(&["secret", "init"]));
    done(piped(&company, &["secret", "set", "ONE"], "value-number-1"));
    let place = identity(&company);
    Command::new("chmod").arg("644").arg(&place).status().unwrap();
    let open = company.corp(&["secret", "get", "ONE"]);
    assert_eq!((open.code, open.stderr.contains("chmod 600")), (5, true), "{}", open.stderr);
    // What cannot be looked for now is not let out either.
    let agent = company.read("agents/cto/AGENTS.md");
    company.write("agents/cto/AGENTS.md", format!("{agent}ONE is value-number-1\n"));
    let blind = company.corp(&["commit"]);
    assert_eq!((blind.code, blind.stderr.contains("chmod 600")), (5, true), "{}", blind.stderr);
    Command::new("chmod").arg("600").arg(&place).status().unwrap();
    let found = company.corp(&["commit"]);
    assert!(found.stderr.contains("line 5 holds the value of the secret ONE"), "{}{}", found.stdout, found.stderr);
    company.write("agents/cto/AGENTS.md", agent);
    std::fs::remove_file(&place).unwrap();
    let lost = company.corp(&["secret", "get", "ONE"]);
    assert_eq!((lost.code, lost.stderr.contains("--restore")), (5, true), "{}", lost.stderr);
    let copy = company.root().parent().unwrap().join("home/.local/state/corp/identity-copy.txt");
    done(company.corp(&["secret", "init", "--restore", copy.to_str().unwrap()]));
    assert_eq!(done(company.corp(&["secret", "get", "ONE"])).stdout, "value-number-1");
    std::fs::remove_file(&place).unwrap();
    let again = done(company.corp(&["secret", "init"]));
    assert!(
        again.stderr.contains("was gone: taken from its copy") && !again.stderr.contains("made a key"),
        "{}",
        again.stderr
    );
    assert_eq!(done(company.corp(&["secret", "get", "ONE"])).stdout, "value-number-1");
    let inside = company.corp(&["secret", "init", "--copy", "key.txt"]);
    assert_eq!((inside.code, inside.stderr.contains("in the company's folder")), (1, true), "{}", inside.stderr);
}

#[test]
fn a_file_of_lines_is_taken_in_one_commit() {
    let company = company();
    done(company.corp(&["secret", "init"]));
    let path = company.root().parent().unwrap().join(".env");
    std::fs::write(&path, "export ONE=value-number-1\nTWO=\"value-number-2\"\nDEBUG=1\n").unwrap();
    let path = path.to_str().unwrap();
    let refused = company.corp(&["secret", "import-env", path]);
    assert_eq!((refused.code, refused.stderr.contains("DEBUG: ")), (1, true), "{}", refused.stderr);
    let key = company.root().parent().unwrap().join("key.env");
    std::fs::write(&key, "PEM=\"-----BEGIN KEY\nMIIEowIBAAKCAQEAx3k9Zq7vT1b=\nQm9iQm9i=\n").unwrap();
    for json in [&["--dry-run", "--skip", "--json"][..], &[]] {
        let shown = company.corp(&[&["secret", "import-env", key.to_str().unwrap()], json].concat());
        let all = format!("{}{}", shown.stdout, shown.stderr);
        assert!(all.contains("line 2") && !all.contains("MIIE") && !all.contains("Qm9i"), "{all}");
    }
    let before = commits(&company);
    done(company.corp(&["secret", "import-env", path, "ONE", "TWO"]));
    assert_eq!(commits(&company), before + 1);
    assert_eq!(subject(&company), "ada adds 2 secrets from .env|Ada|ada");
    assert_eq!(done(company.corp(&["secret", "get", "TWO"])).stdout, "value-number-2");
}

#[test]
fn a_command_gives_a_value_that_is_kept_nowhere() {
    let company = company();
    done(company.corp(&["secret", "init"]));
    done(company.corp(&["secret", "set", "OP", "--command", "sh", "-c", "echo value-from-there"]));
    assert!(!company.root().join("secrets/OP.age").exists());
    assert_eq!(done(company.corp(&["secret", "get", "OP"])).stdout, "value-from-there");
    done(company.corp(&["secret", "set", "BAD", "--command", "sh", "-c", "echo value-from-there >&2; exit 1"]));
    let failed = company.corp(&["secret", "get", "BAD"]);
    assert_eq!(failed.code, 1);
    assert!(
        failed.stderr.contains("the provider failed") && !failed.stderr.contains("value-from"),
        "{}",
        failed.stderr
    );
    let check = company.corp(&["check"]);
    assert!(!check.stdout.contains("secrets/"), "{}", check.stdout);
}

#[test]
fn the_age_program_opens_ours_and_we_open_its() {
    if Command::new("age").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no `age` program here");
        return;
    }
    let company = company();
    let key = done(company.corp(&["secret", "init"])).stdout.trim().to_owned();
    done(piped(&company, &["secret", "set", "ONE"], "value-number-1"));
    let sealed = company.root().join("secrets/ONE.age");
    let opened = Command::new("age").arg("-d").arg("-i").arg(identity(&company)).arg(&sealed).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&opened.stdout), "value-number-1", "{opened:?}");

    let plain = company.root().parent().unwrap().join("plain");
    std::fs::write(&plain, "value-number-2\n").unwrap();
    let status = Command::new("age").args(["-a", "-r", &key, "-o"]).arg(&sealed).arg(&plain).status().unwrap();
    assert!(status.success());
    git(&company.root(), &["commit", "-qam", "sealed by hand"]);
    assert_eq!(done(company.corp(&["secret", "get", "ONE"])).stdout, "value-number-2");
}

#[test]
fn what_is_sealed_for_a_key_of_ssh_is_opened_with_it_by_age_and_by_us() {
    let there = |program: &str| Command::new(program).arg("-h").output().is_ok();
    if !there("ssh-keygen") || !there("age") {
        eprintln!("SKIPPED: there is no `age` or no `ssh-keygen` here");
        return;
    }
    let company = company();
    done(company.corp(&["secret", "init"]));
    done(piped(&company, &["secret", "set", "ONE"], "value-number-1"));
    let home = account(&company, "grace");
    let key = home.join("id_ed25519");
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-C", "grace@laptop", "-f"]).arg(&key);
    assert!(keygen.status().unwrap().success());
    let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    // As it stands in the file, its comment with it.
    let words: Vec<&str> =
        ["secret", "recipients", "add", "grace"].into_iter().chain(public.split_whitespace()).collect();
    done(company.corp(&words));
    assert!(company.read("corp.yaml").contains(public.split(" grace").next().unwrap()));
    let sealed = company.root().join("secrets/ONE.age");
    let opened = Command::new("age").arg("-d").arg("-i").arg(&key).arg(&sealed).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&opened.stdout), "value-number-1", "{opened:?}");
    // With her key as that of her account, it opens ours and what `age` sealed for it.
    let grace = |args: &[&str]| as_(&company, &home, "grace@acme.example", args);
    let init = grace(&["secret", "init", "--restore", key.to_str().unwrap()]);
    assert!(init.code == 0 && init.stdout.starts_with("ssh-ed25519 "), "{} {}", init.stdout, init.stderr);
    assert_eq!(grace(&["secret", "get", "ONE"]).stdout, "value-number-1");
    let plain = home.join("plain");
    std::fs::write(&plain, "value-number-2").unwrap();
    let by_age = Command::new("age")
        .arg("-a")
        .arg("-R")
        .arg(key.with_extension("pub"))
        .arg("-o")
        .arg(&sealed)
        .arg(&plain)
        .status();
    assert!(by_age.unwrap().success());
    git(&company.root(), &["commit", "-qam", "sealed by hand"]);
    let got = grace(&["secret", "get", "ONE"]);
    assert_eq!(got.stdout, "value-number-2", "{}", got.stderr);
    // One with a passphrase is told, and another kind.
    for (kind, passphrase, told) in
        [("ed25519", "a phrase", "protected by a passphrase"), ("rsa", "", "of the kind `ssh-rsa`")]
    {
        let key = home.join(format!("other-{kind}"));
        let made =
            Command::new("ssh-keygen").args(["-q", "-t", kind, "-N", passphrase, "-f"]).arg(&key).status().unwrap();
        assert!(made.success());
        std::fs::remove_file(home.join(".config/corp/identity.txt")).unwrap_or_default();
        let refused = grace(&["secret", "init", "--restore", key.to_str().unwrap()]);
        assert!(refused.code == 5 && refused.stderr.contains(told), "{}", refused.stderr);
    }
}

#[test]
fn fifty_secrets_are_sealed_anew_in_one_commit_and_whoever_left_opens_none() {
    let company = company();
    done(company.corp(&["secret", "init"]));
    let path = company.root().parent().unwrap().join(".env");
    let lines: String = (0..50).map(|number| format!("KEY_{number}=value-number-{number}\n")).collect();
    std::fs::write(&path, lines).unwrap();
    done(company.corp(&["secret", "import-env", path.to_str().unwrap()]));
    let home = account(&company, "grace");
    let key = as_(&company, &home, "grace@acme.example", &["secret", "init"]).stdout.trim().to_owned();
    done(company.corp(&["secret", "recipients", "add", "grace", &key]));
    for machine in ["m1", "m2", "m3"] {
        let home = account(&company, machine);
        let key = as_(&company, &home, "vic@acme.example", &["secret", "init"]).stdout.trim().to_owned();
        done(company.corp(&["secret", "recipients", "add", machine, &key]));
    }
    let before = commits(&company);
    let removed = done(company.corp(&["secret", "recipients", "remove", "grace", "--json"]));
    assert_eq!(commits(&company), before + 1, "one commit");
    let told: serde_json::Value = serde_json::from_str(&removed.stdout).unwrap();
    assert_eq!(told["sealed"].as_array().unwrap().len(), 51, "with the key of fingerprints");
    assert_eq!(told["to_be_rotated"].as_array().unwrap().len(), 50);
    let identity = corp::secrets::Identity::load(&home.join(".config/corp/identity.txt")).unwrap();
    let mut opened = 0;
    for entry in std::fs::read_dir(company.root().join("secrets")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "age") {
            let sealed = std::fs::read(&path).unwrap();
            assert!(corp::secrets::seal::open(&sealed, &identity).is_err(), "{}", path.display());
            opened += 1;
        }
    }
    assert_eq!(opened, 51);
    assert_eq!(done(company.corp(&["secret", "get", "KEY_7"])).stdout, "value-number-7");
}
