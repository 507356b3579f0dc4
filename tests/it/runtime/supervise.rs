//! One run and its supervisor, as real processes: how it ends, what it leaves behind, and that nobody is left.

use crate::harness::{job, until};
use corp::runtime::control_group::Group;
use corp::runtime::machine;
use corp::runtime::run::{Completion, End, Folder, Job, Life, Stop};
use corp::runtime::supervise::{MARK, mark};
use corp::sandbox::{Bounds, Offer, Policy};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A run that was not started yet.
pub(super) struct Bench {
    place: tempfile::TempDir,
    pub(super) folder: Folder,
    pub(super) job: Job,
    script: String,
}

impl Bench {
    fn new(script: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("r-1");
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let arguments = vec!["play-script".to_owned(), text(&path.join("script.txt"))];
        let job = Job { arguments, ..job(place.path(), "script") };
        Self { folder: Folder::at(path), job, script: script.to_owned(), place }
    }

    fn shell(command: &str) -> Self {
        let mut bench = Self::new("");
        bench.job.adapter = "process".to_owned();
        bench.job.program = Some("/bin/sh".to_owned());
        bench.job.arguments = vec!["-c".to_owned(), command.to_owned()];
        bench.job.environment.insert("PATH".to_owned(), "/usr/bin:/bin".to_owned());
        bench
    }

    fn create(&self) {
        self.folder.create(&self.job, [("script.txt", self.script.as_str())]).unwrap();
    }

    pub(super) fn start(&self) -> Child {
        self.create();
        self.supervise()
    }

    fn supervise(&self) -> Child {
        Command::new(env!("CARGO_BIN_EXE_corp"))
            .arg("supervise")
            .arg(self.folder.path())
            .env_clear()
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs it to its end.
    pub(super) fn run(&self) -> End {
        let output = self.start().wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.end()
    }

    pub(super) fn end(&self) -> End {
        let end = self.folder.end().unwrap().expect("the run left no end");
        assert!(self.survivors().is_empty(), "{:?}", self.survivors());
        end
    }

    pub(super) fn survivors(&self) -> std::collections::BTreeSet<machine::Process> {
        machine::marked(MARK, &mark(&self.job.company, "r-1"))
    }

    pub(super) fn transcript(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("transcript.jsonl")).unwrap_or_default()
    }

    pub(super) fn said(&self, what: &str) {
        until(&format!("the run says {what:?}"), || self.transcript().contains(what));
    }
}

/// A shell that is confined to its workspace, with these bounds.
pub(super) fn confined(command: &str, bounds: Bounds) -> Bench {
    let mut bench = Bench::shell(command);
    let mut read = corp::sandbox::machine::read();
    read.extend([bench.folder.path().to_owned(), env!("CARGO_BIN_EXE_corp").into()]);
    let mut write = corp::sandbox::machine::write(false);
    write.extend([bench.job.workspace.clone(), bench.folder.path().join("tmp")]);
    let landlock = Offer::here().landlock;
    bench.job.confinement = Some(Policy { landlock, read, write, bounds, ..Policy::default() });
    bench
}

#[test]
fn a_run_that_takes_too_much_is_ended_and_its_record_says_of_what() {
    if !Offer::here().is_of_use() {
        println!("SKIPPED: nothing is confined here");
        return;
    }
    let few = Bounds { processes: 40, ..Bounds::default() };
    let little = Bounds { memory_bytes: 64 << 20, ..Bounds::default() };
    for (command, bounds, why) in [
        // It doubles five times a second.
        ("bomb() { sleep 0.2; bomb & bomb; }; bomb", few, "processes; a run may have 40"),
        ("(head -c 200000000 /dev/zero; sleep 300) | tail", little, "MiB of memory; a run may use 64"),
    ] {
        let bench = confined(command, bounds);
        let end = bench.run();
        assert_eq!(end.completion, Completion::Failed, "{end:?}");
        assert!(end.why.contains(why), "{command}: {}", end.why);
        assert!(end.confinement.as_deref().unwrap().starts_with("standard (landlock "), "{end:?}");
    }
    // A disk of its own, which only root can have.
    let bench = confined("head -c 64000000 /dev/zero > large; sleep 300", Bounds::default());
    std::fs::create_dir_all(&bench.job.workspace).unwrap();
    let mount = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).arg(&bench.job.workspace).output();
        output.is_ok_and(|output| output.status.success())
    };
    if mount("mount", &["-t", "tmpfs", "-o", "size=16m", "tmpfs"]) {
        let end = bench.run();
        mount("umount", &["-l"]);
        assert!(end.why.contains("MiB left; runs are ended before it is full"), "{}", end.why);
    } else {
        println!("SKIPPED: no small disk can be mounted here");
    }
    // What it left in a session of its own is ended, and its temporary files are gone.
    let bench = confined("echo a > $TMPDIR/a; (setsid sleep 7306 &); echo b > b", Bounds::default());
    let end = bench.run();
    assert_eq!((end.completion, end.leftovers), (Completion::Succeeded, 1), "{end:?}");
    assert!(bench.job.workspace.join("b").exists() && !bench.folder.path().join("tmp").exists());
    // A program that lies where it may not read is not started, and it says so.
    let mut bench = confined("", Bounds::default());
    let program = bench.place.path().join("program");
    std::fs::copy("/bin/true", &program).unwrap();
    bench.job.program = Some(program.to_str().unwrap().to_owned());
    let end = bench.run();
    assert!(end.why.starts_with("could not start ") && end.why.contains("reach: {read:"), "{}", end.why);
}

#[test]
fn a_script_is_played_to_its_end() {
    let bench = Bench::new("say hello\nedit notes/a.md One line.\nspend 0.05 USD 120 30\nspend 0.02 USD\nsay bye\n");
    let end = bench.run();
    assert_eq!((end.completion, end.why.as_str(), end.exit), (Completion::Succeeded, "", Some(0)));
    assert_eq!((end.used.cost.as_deref(), end.used.input, end.used.output), (Some("0.07 USD"), 120, 30));
    assert_eq!((end.reply.as_str(), end.leftovers, end.dropped_bytes), ("bye", 0, 0));
    assert_eq!(std::fs::read_to_string(bench.job.workspace.join("notes/a.md")).unwrap(), "One line.\n");
    assert!(bench.transcript().lines().count() >= 5, "{}", bench.transcript());
    assert!(matches!(bench.folder.look().unwrap(), Life::Dead(_)));
}

#[test]
fn a_script_that_fails_says_why() {
    let end = Bench::new("fail the roof leaks\n").run();
    assert_eq!((end.completion, end.why.as_str()), (Completion::Failed, "the roof leaks"));
    let end = Bench::new("edit ../out.md no\n").run();
    assert_eq!((end.completion, end.why.as_str()), (Completion::Failed, "../out.md lies outside the workspace"));
}

#[test]
fn a_program_that_is_not_there_is_an_end() {
    let mut bench = Bench::shell("");
    bench.job.program = Some("/no/such/program".to_owned());
    let end = bench.run();
    assert_eq!((end.completion, end.started), (Completion::Failed, None));
    assert!(end.why.starts_with("could not start /no/such/program: "), "{}", end.why);
}

#[test]
fn the_environment_is_clean() {
    let mut bench = Bench::shell("env; cat");
    bench.job.environment.insert("LEVEL".to_owned(), "info".to_owned());
    bench.create();
    let status = Command::new(env!("CARGO_BIN_EXE_corp"))
        .arg("supervise")
        .arg(bench.folder.path())
        .env("SECRET_OF_THE_DAEMON", "x")
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(bench.end().completion, Completion::Succeeded);
    let transcript = bench.transcript();
    let lines = transcript.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut names: Vec<String> = lines
        .filter_map(|line| line.get("out")?.as_str()?.split_once('=').map(|(name, _)| name.to_owned()))
        .filter(|name| !matches!(name.as_str(), "PWD" | "SHLVL" | "_" | "OLDPWD"))
        .collect();
    names.sort();
    assert_eq!(names, ["CORP_DOOR", "CORP_MARK", "CORP_TOKEN", "LEVEL", "PATH"]);
}

/// Nobody is left, and nobody is waited for who holds the output open.
#[cfg(target_os = "linux")]
#[test]
fn what_a_run_leaves_behind_goes_with_it() {
    let bench = Bench::new("fork 1h\nfork 1h\nsay left two\n");
    let end = bench.run();
    assert_eq!((end.completion, end.reply.as_str()), (Completion::Succeeded, "left two"));
    // Forked twice, in a session of its own, with a parent that is gone.
    let bench = Bench::shell("(setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 1; done' & ) ; sleep 0.2; exit 0");
    let end = bench.run();
    assert_eq!(end.completion, Completion::Succeeded);
    assert!(end.leftovers >= 1, "{end:?}");
}

#[test]
fn a_run_that_heeds_nothing_is_ended() {
    let bench = Bench::new("say I hang\nfork 1h\nhang\n");
    let mut supervisor = bench.start();
    bench.said("tool");
    bench.folder.ask_to_stop(&Stop::because("the ticket was cancelled")).unwrap();
    bench.folder.ask_to_stop(&Stop::because("a later reason")).unwrap();
    supervisor.wait().unwrap();
    let end = bench.end();
    assert_eq!((end.completion, end.why.as_str()), (Completion::Stopped, "the ticket was cancelled"));
    assert_eq!(end.signal, Some(9));
}

/// A shell that ends in its own time when it is asked to.
pub(super) const HEEDS: &str = "trap 'echo cleaned; exit 0' TERM; echo up; while :; do sleep 0.05; done";

#[test]
fn a_run_that_heeds_is_given_its_time() {
    is_asked_and_given_its_time(Bench::shell(HEEDS));
}

/// However a run of [`HEEDS`] is held.
pub(super) fn is_asked_and_given_its_time(mut bench: Bench) {
    bench.job.grace_ms = 60_000;
    let mut supervisor = bench.start();
    bench.said("up");
    bench.folder.ask_to_stop(&Stop::because("enough")).unwrap();
    supervisor.wait().unwrap();
    let end = bench.end();
    assert_eq!((end.completion, end.exit, end.reply.as_str()), (Completion::Stopped, Some(0), "cleaned"));
}

#[test]
fn a_stop_before_the_start_is_found() {
    let bench = Bench::new("say never\n");
    bench.create();
    bench.folder.ask_to_stop(&Stop::because("too late")).unwrap();
    bench.supervise().wait().unwrap();
    let end = bench.end();
    assert_eq!((end.completion, end.why.as_str(), end.started), (Completion::Stopped, "too late", None));
    assert_eq!(bench.transcript(), "");
}

#[test]
fn time_runs_out() {
    let mut bench = Bench::new("hang\n");
    bench.job.idle_timeout_ms = 300;
    let end = bench.run();
    assert_eq!((end.completion, end.why.as_str()), (Completion::TimedOut, "it said nothing for 300ms"));
    let mut bench = Bench::shell("while :; do echo busy; sleep 0.05; done");
    bench.job.timeout_ms = 400;
    let end = bench.run();
    assert_eq!((end.completion, end.why.as_str()), (Completion::TimedOut, "it ran longer than 400ms"));
}

#[test]
fn a_ceiling_stops_it() {
    let mut bench = Bench::new("spend 0.60 USD\nspend 0.60 USD\nhang\n");
    bench.job.ceiling.money = Some("1.00 USD".to_owned());
    let end = bench.run();
    let why = "it spent 1.20 USD, more than its ceiling of 1.00 USD";
    assert_eq!((end.completion, end.why.as_str()), (Completion::OverCeiling, why));
    assert_eq!(end.used.cost.as_deref(), Some("1.20 USD"));
}

/// Bounded on disk and in memory, whatever is said, and still listening.
#[cfg(target_os = "linux")]
#[test]
fn a_flood_is_bounded() {
    let bench = Bench::new("say first\nflood 48MiB\nsay last\nhang\n");
    let mut supervisor = bench.start();
    let process = || bench.folder.supervisor().unwrap().map(|supervisor| supervisor.process.pid);
    until("the flood is read", || {
        // The player has said the last word when it waits for a signal and the supervisor has nothing to read.
        let Some(pid) = process() else { return false };
        let waits =
            |pid: i32| std::fs::read_to_string(format!("/proc/{pid}/wchan")).is_ok_and(|name| name.contains("epoll"));
        let children = machine::descendants(pid);
        !children.is_empty() && waits(pid) && children.iter().all(|child| waits(child.pid))
    });
    let status = std::fs::read_to_string(format!("/proc/{}/status", process().unwrap())).unwrap();
    let figure = |name: &str| -> u64 {
        let figure = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        figure.trim().trim_end_matches(" kB").parse().unwrap()
    };
    // The program itself is not what grows.
    let grown = figure("VmHWM:").saturating_sub(figure("RssFile:"));
    assert!(grown < 24 << 10, "the supervisor grew to {grown} KiB beside its program");
    bench.folder.ask_to_stop(&Stop::because("enough")).unwrap();
    supervisor.wait().unwrap();
    let end = bench.end();
    assert_eq!((end.completion, end.reply.as_str()), (Completion::Stopped, "last"));
    assert!(end.dropped_bytes > 40 << 20, "{end:?}");
    let transcript = bench.transcript();
    assert!(transcript.len() < 2 << 20, "{}", transcript.len());
    assert!(transcript.contains("first") && transcript.contains("\"last\\\"") && transcript.contains("{\"dropped\":"));
}

#[test]
fn it_outlives_whoever_started_it() {
    let bench = Bench::shell("echo up; until [ -e go ]; do sleep 0.05; done; echo went");
    bench.create();
    let mut daemon = Command::new("/bin/sh")
        .args(["-c", "\"$0\" supervise \"$1\" & wait", env!("CARGO_BIN_EXE_corp")])
        .arg(bench.folder.path())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    bench.said("up");
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    assert!(matches!(bench.folder.look().unwrap(), Life::Alive));
    std::fs::write(bench.job.workspace.join("go"), "").unwrap();
    let _dead = bench.folder.wait_for_death().unwrap();
    let end = bench.end();
    assert_eq!((end.completion, end.reply.as_str()), (Completion::Succeeded, "went"));
}

/// The lock goes with the supervisor, and the mark in the environment finds whom it left.
#[cfg(target_os = "linux")]
#[test]
fn a_supervisor_that_is_killed_is_found_dead_and_its_processes_are_found() {
    let bench = Bench::new("fork 1h\nsay up\nhang\n");
    let mut supervisor = bench.start();
    bench.said("up");
    assert!(matches!(bench.folder.look().unwrap(), Life::Alive));
    supervisor.kill().unwrap();
    supervisor.wait().unwrap();
    let Life::Dead(proof) = bench.folder.look().unwrap() else { panic!("still alive") };
    until("both processes are found", || bench.survivors().len() == 2);
    machine::end_marked(MARK, &mark(&bench.job.company, "r-1"));
    assert!(bench.survivors().is_empty());
    bench.folder.bury(&proof).unwrap();
    drop(proof);
    // One that comes late does nothing.
    assert!(bench.supervise().wait().unwrap().success());
    assert!(bench.folder.end().unwrap().is_none());
}

/// Where the kernel has control groups for us, a process that hides where it comes from is found in its run's.
#[cfg(target_os = "linux")]
#[test]
fn a_control_group_holds_whoever_hides() {
    let Some(group) = Group::make("a-test", "r-0") else {
        println!("SKIPPED: control groups need a part of the tree that this account may write to");
        return;
    };
    group.remove();
    // It clears its environment and leaves its session, and its parent is gone.
    let mut bench = Bench::shell("setsid env -i /bin/sleep 3600 & setsid env -i /bin/sleep 3600 & echo up; wait");
    bench.job.grace_ms = 100;
    let mut supervisor = bench.start();
    bench.said("up");
    let noted = || bench.folder.supervisor().unwrap().and_then(|supervisor| supervisor.group);
    until("it has a group", || noted().is_some());
    let group = Group::noted(&noted().unwrap(), &bench.job.company, "r-1").unwrap();
    until("all are inside", || group.processes().len() >= 3);
    assert!(!group.processes().contains(&supervisor.id().cast_signed()));
    let inside = group.processes();
    supervisor.kill().unwrap();
    supervisor.wait().unwrap();
    assert!(group.end());
    assert!(inside.iter().all(|pid| machine::Process::with_pid(*pid).is_none_or(|process| !process.is_alive())));
    assert!(!group.path().exists());
    drop(machine::end_marked(MARK, &mark(&bench.job.company, "r-1")));
}

/// And it goes with the run.
#[cfg(target_os = "linux")]
#[test]
fn a_control_group_goes_with_its_run() {
    let bench = Bench::shell("trap '' TERM; setsid env -i /bin/sleep 3600 & echo up; wait; sleep 3600");
    let mut supervisor = bench.start();
    bench.said("up");
    // Without groups there is nothing to wait for, and the tree is ended all the same.
    if let Some(group) = Group::make("a-test", "r-00") {
        group.remove();
        until("it has a group", || bench.folder.supervisor().unwrap().is_some_and(|found| found.group.is_some()));
    }
    let group = bench.folder.supervisor().unwrap().and_then(|found| found.group);
    bench.folder.ask_to_stop(&Stop::because("enough")).unwrap();
    supervisor.wait().unwrap();
    assert_eq!(bench.end().completion, Completion::Stopped);
    assert!(bench.survivors().is_empty());
    assert!(group.is_none_or(|group| !group.exists()));
}

#[test]
fn there_is_one_supervisor() {
    let bench = Bench::new("say up\nhang\n");
    let mut first = bench.start();
    bench.said("up");
    let second = bench.supervise().wait_with_output().unwrap();
    assert_eq!(second.status.code(), Some(4), "{}", String::from_utf8_lossy(&second.stderr));
    bench.folder.ask_to_stop(&Stop::because("enough")).unwrap();
    first.wait().unwrap();
    assert_eq!(bench.end().completion, Completion::Stopped);
}

#[test]
fn what_is_asked_at_the_door_waits_for_the_daemon() {
    let mut bench = Bench::new("say up\ncomment Half of it.\nsay answered\ndone\n");
    bench.job.environment.insert("CORP_TICKET".to_owned(), "ACME-1".to_owned());
    let supervisor = bench.start();
    let kept = bench.folder.path().join("requests/000000.json");
    until("the request is kept", || kept.exists());
    let daemon = UnixListener::bind(&bench.job.daemon).unwrap();
    let mut asked = Vec::new();
    for answer in ["{\"ok\":{}}", "{\"refused\":\"there is no report\"}"] {
        let (mut stream, _) = daemon.accept().unwrap();
        let mut line = String::new();
        BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
        asked.push(serde_json::from_str::<Value>(&line).unwrap());
        writeln!(stream, "{answer}").unwrap();
    }
    let output = supervisor.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let end = bench.end();
    assert_eq!((end.completion, end.why.as_str()), (Completion::Failed, "done was refused: there is no report"));
    assert_eq!(asked[0]["do"]["text"], "Half of it.");
    assert_eq!((asked[0]["run"].as_str(), asked[1]["do"]["verb"].as_str()), (Some("r-1"), Some("done")));
    assert_ne!(asked[0]["id"], asked[1]["id"]);
    assert!(!kept.exists());
}

#[test]
fn the_door_opens_to_its_own_token_only() {
    let bench = Bench::shell("echo up; until [ -e go ]; do sleep 0.05; done");
    let mut supervisor = bench.start();
    bench.said("up");
    for (line, why) in [
        ("{\"token\":\"wrong\",\"do\":{}}", "the token is not this run's"),
        ("{\"do\":{}}", "the token is not this run's"),
        ("nonsense", "that is no JSON object"),
    ] {
        let mut stream = std::os::unix::net::UnixStream::connect(&bench.job.door).unwrap();
        writeln!(stream, "{line}").unwrap();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).unwrap();
        assert!(answer.contains(why), "{answer}");
    }
    std::fs::write(bench.job.workspace.join("go"), "").unwrap();
    supervisor.wait().unwrap();
    assert_eq!(bench.end().completion, Completion::Succeeded);
    drop(bench.place);
}
