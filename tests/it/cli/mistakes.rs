//! Ten mistakes that newcomers make. Each ends in one message that says what happened and what to type, and typing it helps.

use crate::harness::{Company, Run, git, until};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a person is told: how the command ended, and words that must be among what it said.
fn told(what: &str, run: &Run, code: i32, words: &[&str]) {
    let said = format!("{}{}", run.stdout, run.stderr);
    assert_eq!(run.code, code, "{what}: {said}");
    for word in words {
        assert!(said.contains(word), "{what}: `{word}` is not said:\n{said}");
    }
    let errors = said.lines().filter(|line| line.starts_with("error:")).count();
    assert!(errors <= 1, "{what}: more than one message:\n{said}");
    assert!(!said.contains("panicked") && !said.contains("Error {"), "{what}: {said}");
}

fn founded(arguments: &[&str]) -> Company {
    let company = Company::new(&[]);
    let run = company.corp(&[&["init", "."], arguments].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    company
}

/// A program in a folder of its own, which is looked through first.
fn stub(company: &Company, name: &str, script: &str) -> PathBuf {
    let folder = company.root().with_file_name("stubs");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), script).unwrap();
    std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// `corp` with another search path.
fn corp_with_path(company: &Company, path: &str, args: &[&str]) -> Run {
    let output = company.command(args).env("PATH", path).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn path() -> String {
    std::env::var("PATH").unwrap()
}

#[test]
fn git_knows_no_name() {
    let company = Company::new(&[]);
    let said = company.corp(&["init", "acme"]);
    told("no identity", &said, 0, &["you are ada <ada@localhost> here", "git config --global user.name NAME"]);
    // Who is known is not told.
    let mut known = company.command(&["init", "other"]);
    let settings = company.root().with_file_name("gitconfig");
    std::fs::write(&settings, "[user]\n\tname = Ada Lovelace\n\temail = ada@acme.example\n").unwrap();
    let known = String::from_utf8(known.env("GIT_CONFIG_GLOBAL", &settings).output().unwrap().stderr).unwrap();
    assert!(!known.contains("git config"), "{known}");
    let author = git(&company.root().join("other"), &["log", "-1", "--format=%an <%ae>"]);
    assert_eq!(author.trim(), "Ada Lovelace <ada@acme.example>");
}

#[test]
fn the_company_is_in_no_repository() {
    let company = founded(&[]);
    let (root, aside) = (company.root(), company.root().with_file_name("aside"));
    std::fs::rename(root.join(".git"), &aside).unwrap();
    for command in [&["up", "--once"][..], &["commit"], &["log"], &["status"], &["ticket", "list"], &["undo", "HEAD"]] {
        let said = company.corp(command);
        told(&command.join(" "), &said, 5, &["is no git repository", "`git init -b main && git add . && git commit"]);
    }
    // And what is told helps.
    for typed in [&["init", "-q", "-b", "main"][..], &["add", "."], &["commit", "-qm", "Begin"]] {
        git(&root, typed);
    }
    told("begun", &company.corp(&["up", "--once"]), 0, &["1 started"]);
}

#[test]
fn there_is_no_company() {
    let company = Company::new(&[]);
    for command in [&["up"][..], &["status"], &["check"], &["ticket", "list"], &["board"]] {
        told(
            &command.join(" "),
            &company.corp(command),
            5,
            &["there is no company here", "`corp init DIR`", "`-C DIR`"],
        );
    }
}

#[test]
fn it_is_run_by_root() {
    let company = founded(&[]);
    let said = company.corp(&["up", "--once"]);
    if rustix::process::geteuid().is_root() {
        told("root", &said, 0, &["you are root, and agents would be too", "useradd -m corp"]);
    } else {
        println!("SKIPPED: what root is told is seen by root alone");
        assert!(!said.stderr.contains("you are root"), "{}", said.stderr);
    }
}

#[test]
fn no_agent_program_is_installed() {
    let company = founded(&["--adapter", "claude_local"]);
    let settings = company.read("agents/assistant/agent.yaml");
    assert!(settings.contains("  type: claude_local\n"), "{settings}");
    let folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/opt/homebrew/bin"];
    if folders.iter().any(|folder| Path::new(folder).join("claude").exists()) {
        println!("SKIPPED: Claude Code is installed where it cannot be hidden");
        return;
    }
    let install = "install it with `npm install -g @anthropic-ai/claude-code`";
    for command in [&["up", "--once"][..], &["status"]] {
        let said = corp_with_path(&company, "/usr/bin:/bin", command);
        told(&command.join(" "), &said, 0, &["no run of assistant: there is no program `claude` here", install]);
    }
    let said = corp_with_path(&company, "/usr/bin:/bin", &["adapter", "test", "claude_local"]);
    told("adapter test", &said, 5, &["there is no program `claude` here", install]);
}

#[test]
fn the_program_is_not_logged_in() {
    let company = founded(&["--adapter", "claude_local"]);
    let stubs = stub(&company, "claude", "#!/bin/sh\necho '9.9.9 (Claude Code)'\n");
    let path = format!("{}:{}", stubs.display(), path());
    for command in [&["up", "--once"][..], &["status"]] {
        let said = corp_with_path(&company, &path, command);
        let words = ["no run of assistant: claude_local is not logged in", "type `corp adapter login claude_local`"];
        told(&command.join(" "), &said, 0, &words);
    }
}

#[test]
fn a_name_has_a_wrong_letter() {
    let company = founded(&["--template", "studio", "--prefix", "ACME"]);
    for (command, code, meant) in [
        (&["wake", "enginer"][..], 1, "engineer"),
        (&["agent", "pause", "enginer"], 1, "engineer"),
        (&["explain", "enginer"], 2, "engineer"),
        (&["prompt", "enginer"], 1, "engineer"),
        (&["ticket", "new", "--title", "x", "--assignee", "enginer"], 1, "engineer"),
        (&["ticket", "assign", "ACME-1", "enginer"], 1, "engineer"),
        (&["ticket", "show", "ACNE-1"], 1, "ACME-1"),
        (&["why", "acme-2"], 1, "ACME-2"),
        (&["ticket", "new", "--title", "x", "--project", "webside"], 1, "website"),
        (&["ticket", "new", "--title", "x", "--parent", "ACNE-1"], 1, "ACME-1"),
        (&["ticket", "edit", "ACME-1", "--goal", "first-realease"], 1, "first-release"),
        (&["init", "x", "--template", "studoi"], 2, "studio"),
        (&["init", "x", "--adapter", "claude"], 2, "claude_local"),
        (&["adapter", "test", "codex_lokal"], 1, "codex_local"),
        (&["stauts"], 2, "status"),
        (&["ticket", "lsit"], 2, "list"),
    ] {
        let said = company.corp(command);
        assert_eq!(said.code, code, "{command:?}: {}", said.stderr);
        let is_meant = said.stderr.contains(&format!("did you mean `{meant}`"))
            || (said.stderr.contains("similar subcommand") && said.stderr.contains(&format!("'{meant}'")));
        assert!(is_meant, "{command:?}: {}", said.stderr);
    }
    // What is not similar is not meant.
    for command in [&["commi"][..], &["explain", "qqqq"], &["agent", "pause", "vp"], &["foo"]] {
        let said = company.corp(command).stderr;
        let wrong = ["completions", "config", "did you mean"].iter().find(|word| said.contains(**word));
        assert!(wrong.is_none(), "{command:?}: {said}");
    }
    assert!(company.corp(&["commi"]).stderr.contains("a similar subcommand exists: 'commit'"));
    // Another number is another ticket, and not what was meant.
    let said = company.corp(&["ticket", "show", "ACME-77"]);
    assert!(said.code == 1 && !said.stderr.contains("did you mean"), "{}", said.stderr);
    // Whoever asks first makes this clone the one that works, and nothing else was done.
    let subjects = git(&company.root(), &["log", "--format=%s"]);
    let done: Vec<&str> = subjects.lines().filter(|subject| !subject.ends_with(" is home")).collect();
    assert_eq!(done.len(), 1, "{subjects}");
}

#[test]
fn what_is_named_is_not_there() {
    let company = founded(&["--prefix", "ACME"]);
    let commit = "there is no agents/nobody in this company, and none was removed";
    for (command, code, words) in [
        (&["commit", "agents/nobody"][..], 2, [commit, "`corp commit --dry-run` shows what changed"]),
        (
            &["check", "agents/nobody"],
            2,
            ["there is no agents/nobody", "`corp check` alone looks at the whole company"],
        ),
        (&["explain", "qqqq"], 2, ["`qqqq` is no code of `corp check`, and no agent, ticket", "`corp agent list`"]),
        (
            &["adapter", "test", "script"],
            1,
            ["there is no program that could answer", "`corp wake AGENT` has it played"],
        ),
        (
            &["adapter", "test", "script", "--agent", "assistant"],
            1,
            ["script plays script.txt of an agent", "`corp wake assistant` has it played"],
        ),
        (
            &["ticket", "close", "ACME-1"],
            1,
            [
                "does not become done from there",
                "`corp ticket move ACME-1` takes it to in_progress, blocked or cancelled",
            ],
        ),
        (&["-C", "/nowhere", "board"], 5, ["there is no folder /nowhere", "flag -C names it"]),
        (&["-C", "/nowhere", "check"], 5, ["there is no folder /nowhere", "flag -C names it"]),
        (&["-C", "/nowhere", "doctor"], 5, ["there is no folder /nowhere", "`corp init DIR`"]),
        (&["-C", "/nowhere", "log"], 5, ["there is no folder /nowhere", "`corp init DIR`"]),
    ] {
        told(&command.join(" "), &company.corp(command), code, &words);
    }
    // What was removed is not there either, and is a change; and a path may be one as seen from here.
    company.write("agents/assistant/note.md", "# A note\n");
    let here = company.root().join("agents/assistant");
    let said = company.corp_in(&here, &["commit", "note.md"]);
    told("commit note.md", &said, 0, &["committed 1 file"]);
    std::fs::remove_file(here.join("note.md")).unwrap();
    let said = company.corp(&["commit", "agents/assistant/note.md"]);
    told("commit of what was removed", &said, 0, &["committed 1 file"]);
}

#[test]
fn a_file_is_no_yaml() {
    let company = founded(&[]);
    let sound = company.read("agents/assistant/agent.yaml");
    company.write("agents/assistant/agent.yaml", format!("{sound}limits: [\n"));
    let line = sound.lines().count() + 1;
    let place = format!("--> agents/assistant/agent.yaml:{line}:");
    told(
        "check",
        &company.corp(&["check"]),
        3,
        &["error[yaml-syntax]", &place, "= help: ", "`corp explain yaml-syntax`"],
    );
    told("commit", &company.corp(&["commit"]), 3, &["left alone: agents/assistant/agent.yaml", "`corp check` shows"]);
    // The company goes on with what it knew, and says so.
    told("up", &company.corp(&["up", "--once"]), 0, &["1 started"]);
    git(&company.root(), &["commit", "-qam", "Broken"]);
    told("status", &company.corp(&["status"]), 0, &["broken: agents/assistant/agent.yaml"]);
}

#[test]
fn a_second_daemon_is_started() {
    let company = founded(&[]);
    let mut first = company.command(&["up"]).spawn().unwrap();
    until("the daemon answers", || company.corp(&["status"]).stdout.starts_with("the daemon runs"));
    for command in [&["up"][..], &["up", "--detach"], &["up", "--once"]] {
        let process = format!("as process {}", first.id());
        let words = ["a daemon runs already for", &process, "`corp status` shows it, `corp down` ends it"];
        told(&command.join(" "), &company.corp(command), 4, &words);
    }
    assert_eq!(company.corp(&["down"]).code, 0);
    assert!(first.wait().unwrap().success());
}

#[test]
fn git_is_old() {
    let company = founded(&[]);
    let stubs = stub(
        &company,
        "git",
        "#!/bin/sh\n[ \"$1\" = --version ] && { echo 'git version 2.20.1'; exit 0; }\necho \"too old\" >&2\nexit 129\n",
    );
    let path = format!("{}:{}", stubs.display(), path());
    for command in [&["up", "--once"][..], &["doctor"]] {
        let said = corp_with_path(&company, &path, command);
        told(
            &command.join(" "),
            &said,
            0,
            &["git 2.20 is older than 2.37", "install git 2.37 or newer: https://git-scm.com"],
        );
    }
}

/// A disk of a few megabytes, as long as this lives.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=12m", "tmpfs"]).arg(folder.path());
        mount.output().is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }

    /// Fills it but for so many kilobytes.
    fn fill_but(&self, kilobytes: u64) {
        let free = rustix::fs::statvfs(self.0.path()).unwrap();
        let bytes = (free.f_bavail * free.f_frsize).saturating_sub(kilobytes * 1024);
        std::fs::write(self.0.path().join("fill"), vec![0; usize::try_from(bytes).unwrap()]).unwrap();
    }

    fn make_room(&self) {
        std::fs::remove_file(self.0.path().join("fill")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.0.path()).output());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_disk_is_full() {
    let Some(disk) = Disk::new() else {
        println!("SKIPPED: no small disk can be mounted here");
        return;
    };
    let full = ["the disk is full: `df -h` shows which; make room, then say it again"];
    let company = Company::within(disk.0.path().to_str().unwrap());
    // Wherever founding stops, nothing is left of it that would be in the way afterwards.
    let mut failed = 0;
    for kilobytes in [0, 40, 100, 200, 300, 400] {
        disk.fill_but(kilobytes);
        let said = company.corp(&["init", "acme"]);
        disk.make_room();
        if said.code != 0 {
            told(&format!("init with {kilobytes} KB"), &said, 5, &full);
            failed += 1;
            let said = company.corp(&["init", "acme"]);
            told(&format!("init after {kilobytes} KB"), &said, 0, &["Acme is founded in acme"]);
        }
        let acme = company.root().join("acme");
        assert_eq!(git(&acme, &["status", "--porcelain"]), "", "{kilobytes} KB");
        std::fs::remove_dir_all(acme).unwrap();
    }
    assert!(failed >= 2, "the disk was never full");
    assert_eq!(company.corp(&["init", "acme"]).code, 0);
    let new = ["-C", "acme", "ticket", "new", "--title", "Write", "--assignee", "assistant"];
    disk.fill_but(0);
    told("ticket new", &company.corp(&new), 5, &full);
    disk.make_room();
    let made = company.corp(&new);
    assert_eq!((made.code, made.stdout.as_str()), (0, "ACME-3\n"), "{}", made.stderr);
}

/// A daemon of another version, say, answers something else: whoever asked is told that this is not theirs to mend.
#[test]
fn an_answer_that_cannot_be_is_a_bug_and_says_where_to_tell_of_it() {
    let company = founded(&[]);
    let socket = company.place().socket();
    std::fs::create_dir_all(socket.parent().unwrap()).unwrap();
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let commands: [&[&str]; 4] = [&["org"], &["price", "list"], &["inbox"], &["approval", "show", "approval-1"]];
    let answering = std::thread::spawn(move || {
        for _ in commands {
            let (stream, _) = listener.accept().unwrap();
            BufReader::new(&stream).read_line(&mut String::new()).unwrap();
            (&stream).write_all(b"{\"ok\":{\"paper\":\"a text\"}}\n").unwrap();
        }
    });
    for command in commands {
        let words = ["the answer is about something else", "this is a bug in corp", "/issues", "`corp down`"];
        told(&command.join(" "), &company.corp(command), 70, &words);
    }
    answering.join().unwrap();
}
