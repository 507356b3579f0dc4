//! `corp check` and the company in force on made-up companies, beside a plain parallel read of the same files, in one
//! run: `force` reads the committed company beside its work tree, `packed` out of git's pack alone, and `step` is what
//! one commit more costs.
//!
//! `cargo bench -- check` prints a table: wall and CPU time, peak memory, and the ratio to the read. Each
//! figure is the median of whole processes with a warm page cache. `--tickets N` after it measures one size only.

use corp::format::specimen::{self, Size};
use corp::store::force::Force;
use corp::store::message::Message;
use corp::store::writer::{Author, Durability, Expect, FileChange, Mutation, Options, Writer};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// Whole processes per figure.
const RUNS: usize = 7;

/// Commits that are brought along.
const STEPS: u32 = 100;

pub(crate) fn run(args: &[String]) -> ExitCode {
    if let [mode, folder] = args
        && mode.starts_with("child-")
    {
        return child(mode, Path::new(folder));
    }
    let only = args.iter().position(|arg| arg == "--tickets").and_then(|at| args.get(at + 1)?.parse().ok());
    let sizes = [100, 10_000, 100_000].into_iter().filter(|tickets| only.is_none_or(|only: usize| only == *tickets));
    println!(
        "{:>8} {:>8}  {:<6} {:>9} {:>9} {:>9} {:>7}",
        "tickets", "files", "what", "wall ms", "cpu ms", "peak MiB", "ratio"
    );
    for tickets in sizes {
        let folder = tempfile::tempdir().unwrap();
        let size = Size { agents: 1_000.min(tickets / 10), tickets, thread_every: 10 };
        let files = write(folder.path(), size);
        let read = measure("child-read", folder.path());
        let check = measure("child-check", folder.path());
        let bare = commit(folder.path());
        let force = measure("child-force", folder.path());
        let packed = measure("child-force", bare.path());
        for (what, figures) in [("read", &read), ("check", &check), ("force", &force), ("packed", &packed)] {
            let ratio = figures.wall_ms / read.wall_ms;
            println!(
                "{tickets:>8} {files:>8}  {what:<6} {:>9.1} {:>9.1} {:>9.1} {ratio:>6.2}x",
                figures.wall_ms, figures.cpu_ms, figures.peak_mib
            );
        }
        println!("{tickets:>8} {files:>8}  step   {:>9.2} ms each", step(folder.path()));
    }
    ExitCode::SUCCESS
}

/// Commits everything, and returns a packed repository without files.
fn commit(folder: &Path) -> tempfile::TempDir {
    let git = |args: &[&str]| {
        let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@specimen.example", "-c", "gc.auto=0"];
        assert!(Command::new("git").arg("-C").arg(folder).args(identity).args(args).status().unwrap().success());
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "-A"]);
    git(&["commit", "-qm", "all"]);
    let bare = tempfile::tempdir().unwrap();
    git(&["clone", "-q", "--bare", "--no-local", ".", &bare.path().to_string_lossy()]);
    bare
}

/// What it costs to bring one commit of one ticket along, in milliseconds.
fn step(folder: &Path) -> f64 {
    let mut writer = Writer::open(Options { durability: Durability::Relaxed, ..Options::new(folder) }).unwrap();
    let mut force = Force::load(folder, "main").unwrap();
    let ticket = "tickets/0000/SPEC-1.md";
    let text = std::fs::read_to_string(folder.join(ticket)).unwrap();
    let mut all_ms = 0.0;
    for number in 0..STEPS {
        let after = Some(format!("{text}\nOnce more: {number}.\n").into_bytes());
        let changes = vec![FileChange { path: ticket.to_owned(), before: Expect::Anything, after }];
        let author = Author { name: "Ada".to_owned(), email: "ada@specimen.example".to_owned() };
        let message = Message::new("once more");
        let at = jiff::Timestamp::UNIX_EPOCH;
        writer.commit(&[Mutation { author, at, message, changes }]).pop().unwrap().unwrap();
        let start = Instant::now();
        let advanced = force.advance().unwrap();
        all_ms += start.elapsed().as_secs_f64() * 1e3;
        assert!(!advanced.anew && advanced.changed.len() == 1);
    }
    all_ms / f64::from(STEPS)
}

/// What one process needed.
#[derive(Debug, Clone, Copy)]
struct Figures {
    wall_ms: f64,
    cpu_ms: f64,
    peak_mib: f64,
}

/// Runs this program as a child that does one thing and reports its own CPU time and memory at its end.
fn measure(mode: &str, folder: &Path) -> Figures {
    let program = std::env::current_exe().unwrap();
    let mut figures: Vec<Figures> = (0..=RUNS)
        .map(|_| {
            let start = Instant::now();
            let output = Command::new(&program)
                .args(["check", mode])
                .arg(folder)
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .output()
                .unwrap();
            let wall_ms = start.elapsed().as_secs_f64() * 1e3;
            let report = String::from_utf8(output.stderr).unwrap();
            let own: Vec<f64> =
                report.lines().last().unwrap().split(' ').map(|figure| figure.parse().unwrap()).collect();
            Figures { wall_ms, cpu_ms: own[0], peak_mib: own[1] }
        })
        .skip(1)
        .collect();
    figures.sort_by(|a, b| a.wall_ms.total_cmp(&b.wall_ms));
    figures[RUNS / 2]
}

fn child(mode: &str, folder: &Path) -> ExitCode {
    if mode == "child-read" {
        let mut files = Vec::new();
        list(folder, &mut files);
        let bytes: usize = files.par_iter().map(|file| std::fs::read(file).unwrap().len()).sum();
        assert!(bytes > 0);
    } else if mode == "child-force" {
        assert!(Force::load(folder, "main").unwrap().broken().is_empty());
    } else {
        corp::cli::run(["corp".into(), "check".into(), folder.into()], corp::cli::Edges::CLOSED);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak_kib: f64 =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok()).unwrap();
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    // `schedstat` of the process counts its main thread only; the other threads have their own.
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let ns = |text: &str| text.split(' ').next().unwrap().parse::<f64>().unwrap();
    let cpu_ns: f64 =
        threads.map(|task| ns(&std::fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap())).sum();
    assert!(cpu_ns >= ns(&stat));
    eprintln_figures(cpu_ns / 1e6, peak_kib / 1024.0);
    ExitCode::SUCCESS
}

#[expect(clippy::print_stderr, reason = "the child's report to its parent")]
fn eprintln_figures(cpu_ms: f64, peak_mib: f64) {
    eprintln!("{cpu_ms} {peak_mib}");
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            list(&entry.path(), files);
        } else {
            files.push(entry.path());
        }
    }
}

fn write(folder: &Path, size: Size) -> usize {
    let mut count = 0;
    for (path, text) in specimen::company(size, 1) {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        count += 1;
    }
    count
}
