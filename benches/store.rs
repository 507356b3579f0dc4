//! What a durable change costs, beside `git commit` and beside plain writes of the same files, in one run.
//!
//! `cargo bench --bench store` measures companies of 100 and 10,000 tickets; `-- --tickets N` one size. Each figure is
//! the median of several changes of one ticket; CPU time is the process's own (for `git commit`, its children's too).
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and stops when it cannot go on")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock and starts processes")]

use corp::format::specimen::{self, Size};
use corp::store::found::Author;
use corp::store::message::Message;
use corp::store::writer::{Durability, Expect, FileChange, Mutation, Options, Writer};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Changes per figure.
const CHANGES: usize = 60;

/// Callers that wait at the same time.
const GROUP: usize = 16;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let only = args.iter().position(|arg| arg == "--tickets").and_then(|at| args.get(at + 1)?.parse().ok());
    let sizes: Vec<usize> = only.map_or_else(|| vec![100, 10_000], |size| vec![size]);
    println!("{:>8}  {:<34} {:>9} {:>9} {:>9}", "tickets", "what", "wall ms", "cpu ms", "per s");
    for tickets in sizes {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let paths = company(root, tickets);
        let print = |what: &str, (wall, cpu): (f64, f64)| {
            println!("{tickets:>8}  {what:<34} {wall:>9.2} {cpu:>9.2} {:>9.0}", 1e3 / wall);
        };
        print("plain write, fsync", plain(root));
        for (name, durability) in [("full", Durability::Full), ("relaxed", Durability::Relaxed)] {
            let mut writer = Writer::open(Options { durability, ..Options::new(root) }).unwrap();
            print(&format!("corp, one by one, {name}"), corp(&mut writer, &paths, 1));
            print(&format!("corp, {GROUP} callers, {name}"), corp(&mut writer, &paths, GROUP));
        }
        print("git add + commit", git(root, &paths, &[]));
        print("git add + commit, core.fsync=all", git(root, &paths, &["-c", "core.fsync=all"]));
    }
}

/// A made-up company with its files committed; returns the paths of its tickets.
fn company(root: &Path, tickets: usize) -> Vec<String> {
    run(root, &["init", "-q", "-b", "main"]);
    run(root, &["config", "index.skipHash", "true"]);
    run(root, &["config", "gc.auto", "0"]);
    let size = Size { agents: 1_000.min(tickets / 10), tickets, thread_every: 10 };
    for (path, text) in specimen::company(size, 1) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    run(root, &["add", "--all"]);
    run(root, &["commit", "-qm", "all"]);
    let listed = Command::new("git").arg("-C").arg(root).args(["ls-files", "tickets"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    listed.lines().filter(|path| path.matches('/').count() == 2 && path.ends_with(".md")).map(str::to_owned).collect()
}

fn run(root: &Path, args: &[&str]) {
    let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@acme.example"];
    let status = Command::new("git").arg("-C").arg(root).args(identity).args(args).status().unwrap();
    assert!(status.success(), "git {args:?}");
}

/// Median wall and mean CPU time of one change, in milliseconds.
fn measure(changes: usize, mut change: impl FnMut(usize)) -> (f64, f64) {
    let cpu = cpu_ms();
    let mut walls: Vec<f64> = (0..changes)
        .map(|number| {
            let start = Instant::now();
            change(number);
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    let cpu = (cpu_ms() - cpu) / changes as f64;
    walls.sort_by(f64::total_cmp);
    (walls[walls.len() / 2], cpu)
}

/// CPU time of this process and of its children that ended, in milliseconds.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<f64> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .skip(11)
        .take(4)
        .map(|field| field.parse().unwrap())
        .collect();
    fields.iter().sum::<f64>() * 10.0
}

fn plain(root: &Path) -> (f64, f64) {
    measure(CHANGES, |number| {
        let path = root.join(".git/plain");
        std::fs::write(&path, format!("{number}\n")).unwrap();
        std::fs::File::open(&path).unwrap().sync_all().unwrap();
    })
}

fn corp(writer: &mut Writer, paths: &[String], group: usize) -> (f64, f64) {
    let mut count = 0;
    let (wall, cpu) = measure(CHANGES / group.min(4), |_| {
        let mutations: Vec<Mutation> = (0..group)
            .map(|_| {
                count += 1;
                mutation(&paths[count * 7 % paths.len()], count)
            })
            .collect();
        for answer in writer.commit(&mutations) {
            answer.unwrap();
        }
    });
    (wall / group as f64, cpu / group as f64)
}

fn mutation(path: &str, count: usize) -> Mutation {
    let text = format!("---\nid: ACME-1\ntitle: Changed {count} times\nstatus: todo\n---\n\nBody {count}.\n");
    Mutation {
        author: Author { name: "Ada".to_owned(), email: "ada@acme.example".to_owned() },
        at: jiff::Timestamp::UNIX_EPOCH,
        message: Message::new(&format!("change {path}")),
        changes: vec![FileChange { path: path.to_owned(), before: Expect::Anything, after: Some(text.into_bytes()) }],
    }
}

fn git(root: &Path, paths: &[String], options: &[&str]) -> (f64, f64) {
    measure(CHANGES / 3, |number| {
        let path = &paths[number * 11 % paths.len()];
        std::fs::write(root.join(path), format!("---\nid: ACME-1\ntitle: By git {number} {options:?}\n---\n")).unwrap();
        run(root, &[options, &["add", path]].concat());
        run(root, &[options, &["commit", "-qm", "by git"]].concat());
    })
}
