//! Nasty texts of one megabyte as every kind of file, through `corp check`: none may cost much.
//!
//! `cargo bench -- hostile` prints, for each text, the kind of file for which it took longest and the one
//! for which it needed most memory, and fails if any needed over [`CPU_MS_MAX`] or [`PEAK_MIB_MAX`]. Every
//! figure is of a whole process; the time is that of the processor, so that a busy machine measures the same. `NAME` after it measures one text only, `--all` prints every kind.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

/// Bytes of each text: a megabyte, and less than the largest YAML that is looked at, so that it is.
const BYTES: usize = 1_000_000;

/// Milliseconds a text may take: what a person takes for an answer at once, on a slow machine.
const CPU_MS_MAX: f64 = 1_000.0;

/// Mebibytes a text may need: what the smallest rented machine has to spare.
const PEAK_MIB_MAX: f64 = 256.0;

/// A path of every kind.
const PATHS: &[&str] = &[
    "COMPANY.md",
    "corp.yaml",
    "home.yaml",
    "budgets.yaml",
    "prices.yaml",
    "agents/a/AGENTS.md",
    "agents/a/agent.yaml",
    "agents/a/HEARTBEAT.md",
    "teams/a/TEAM.md",
    "goals/a.md",
    "projects/a/PROJECT.md",
    "projects/a/project.yaml",
    "tasks/a/TASK.md",
    "tasks/a/routine.yaml",
    "skills/a/SKILL.md",
    "tickets/0000/ACME-1.md",
    "tickets/0000/ACME-1.lock",
    "tickets/0000/ACME-1/20261120T101500Z-a-1a2b.md",
    "approvals/AP-1.md",
    "secrets/A.yaml",
    "vaults/a.yaml",
    "ledger/open/r-1.json",
    "ledger/2026-11/20-1.jsonl",
    "README.md",
];

/// Keys that hold lists somewhere, so that each kind of file meets one of its own.
const LISTS: &[&str] = &[
    "goals",
    "sources",
    "authors",
    "tags",
    "skills",
    "includes",
    "labels",
    "blocked_by",
    "stages",
    "board",
    "budgets",
    "prices",
    "triggers",
    "variables",
    "versions",
    "bindings",
    "tasks",
    "deliverables",
];

pub(crate) fn run(args: &[String]) -> ExitCode {
    if let [mode, folder] = args
        && mode == "child"
    {
        return child(Path::new(folder));
    }
    let all = args.iter().any(|arg| arg == "--all");
    let only = args.iter().find(|arg| !arg.starts_with("--"));
    let mut too_much = Vec::new();
    println!("{:<28} {:>9} {:<34} {:>9} {:<34}", "text", "cpu ms", "as", "peak MiB", "as");
    for (name, text) in texts() {
        if only.is_some_and(|only| only != name) {
            continue;
        }
        let figures: Vec<(f64, f64, &str)> = PATHS.iter().map(|path| measure(path, &text)).collect();
        let slowest = figures.iter().max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
        let largest = figures.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        println!("{name:<28} {:>9.0} {:<34} {:>9.0} {:<34}", slowest.0, slowest.2, largest.1, largest.2);
        for (cpu_ms, peak_mib, path) in &figures {
            let line = format!("{name} as {path}: {cpu_ms:.0} ms, {peak_mib:.0} MiB");
            if all {
                println!("    {line}");
            }
            if *cpu_ms > CPU_MS_MAX || *peak_mib > PEAK_MIB_MAX {
                too_much.push(line);
            }
        }
    }
    if too_much.is_empty() {
        println!("none needed over {CPU_MS_MAX:.0} ms or {PEAK_MIB_MAX:.0} MiB");
        return ExitCode::SUCCESS;
    }
    println!("\n{} needed over {CPU_MS_MAX:.0} ms or {PEAK_MIB_MAX:.0} MiB:", too_much.len());
    for line in too_much {
        println!("  {line}");
    }
    ExitCode::FAILURE
}

/// Checks a small company with the text as one of its files: milliseconds, mebibytes.
fn measure<'p>(path: &'p str, text: &str) -> (f64, f64, &'p str) {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("COMPANY.md", "---\nname: A\nslug: a\n---\n");
    write("agents/a/AGENTS.md", "---\nname: A\n---\n");
    write("tickets/0000/ACME-1.md", "---\nid: ACME-1\ntitle: A\nstatus: todo\n---\n");
    let markdown = Path::new(path).extension().is_some_and(|extension| extension == "md");
    // What begins with `---` brings its own front matter, or has its text in the body.
    let fenced = markdown && !text.starts_with("---");
    write(path, &if fenced { format!("---\n{text}\n---\nBody.\n") } else { text.to_owned() });
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["hostile", "child"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    let figures = report.lines().last().and_then(|line| line.split_once(' '));
    let figures = figures.and_then(|(cpu_ms, peak_mib)| Some((cpu_ms.parse().ok()?, peak_mib.parse().ok()?, path)));
    figures.unwrap_or_else(|| panic!("the child ended with {}: {report}", output.status))
}

#[expect(clippy::print_stderr, reason = "the child's report to its parent")]
fn child(folder: &Path) -> ExitCode {
    corp::cli::run(["corp".into(), "check".into(), folder.into()], corp::cli::Edges::CLOSED);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak_kib: f64 =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok()).unwrap();
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let times = threads.map(|thread| std::fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap());
    let cpu_ns: f64 = times.map(|times| times.split(' ').next().unwrap().parse::<f64>().unwrap()).sum();
    eprintln!("{} {}", cpu_ns / 1e6, peak_kib / 1024.0);
    ExitCode::SUCCESS
}

/// `piece` until the text is long enough.
fn fill(piece: &str) -> String {
    piece.repeat(BYTES / piece.len())
}

/// Pieces with a number in them until the text is long enough.
fn count(mut piece: impl FnMut(usize) -> String) -> String {
    let mut text = String::new();
    for number in 0.. {
        if text.len() > BYTES - 2_000 {
            break;
        }
        text += &piece(number);
    }
    text
}

/// A list of `item` under each of the keys that hold lists.
fn lists(item: &str) -> String {
    let items = item.repeat(BYTES / LISTS.len() / item.len() + 1);
    LISTS.iter().fold(String::new(), |mut text, key| {
        writeln!(text, "{key}:\n{items}").unwrap();
        text
    })
}

fn body(text: &str) -> String {
    format!("---\nname: A\nid: ACME-1\ntitle: A\n---\n{text}")
}

fn texts() -> Vec<(&'static str, String)> {
    let ladder = (0..1_400).fold(String::new(), |mut text, depth| {
        writeln!(text, "{}a:", " ".repeat(depth)).unwrap();
        text
    });
    let laughs = (1..14_000).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |mut text, number| {
        let before = number - 1;
        let item = format!("*a{before}");
        writeln!(text, "a{number}: &a{number} [{}]", [item.as_str(); 6].join(", ")).unwrap();
        text
    });
    vec![
        ("open brackets", fill("[")),
        ("nested lists", format!("{}{}", fill("[").split_at(BYTES / 2).0, fill("]").split_at(BYTES / 2).0)),
        ("nested mappings", fill("{a: ")),
        ("indented mappings", ladder),
        ("dashes in a row", fill("- ")),
        ("unknown keys", count(|number| format!("key-{number}: {number}\n"))),
        ("nearly known keys", count(|number| format!("statu{number}: x\n"))),
        ("one endless key", format!("{}: x\n", fill("descriptio"))),
        ("long unknown keys", count(|number| format!("{}{number}: x\n", "descriptio".repeat(100)))),
        ("the same key", fill("name: a\n")),
        ("the same key, known", fill("status: todo\n")),
        ("billion laughs", laughs),
        ("aliases", format!("a: &a x\nb: [{}]\n", fill("*a, "))),
        ("anchors", count(|number| format!("k{number}: &a{number} x\n"))),
        ("merge keys", format!("a: &a {{x: y}}\n{}", fill("b: {<<: *a}\n"))),
        ("one plain scalar", format!("name: {}\n", fill("word "))),
        ("escapes", format!("name: \"{}\"\n", fill("\\u0041\\x41\\n"))),
        ("an open double quote", format!("name: \"{}", fill("a\n"))),
        ("an open single quote", format!("name: '{}", fill("'' "))),
        ("spaces", fill(" ")),
        ("tabs", fill("\t\n")),
        ("empty lines", fill("\n")),
        ("comments", fill("# a\n")),
        ("question marks", fill("? ")),
        ("document ends", fill("a: 1\n...\n")),
        ("document starts", fill("---\n")),
        ("directives", fill("%TAG ! tag:x,2000:\n")),
        ("tags", fill("a: !!str !<x> b\n")),
        ("deep block scalar", format!("name: |\n{}", count(|number| format!("{}x\n", " ".repeat(number % 500))))),
        ("controls", fill("a: \u{1}\u{7f}\u{85}\u{2028}\n")),
        ("marks upon marks", format!("name: a{}\n", fill("\u{301}"))),
        ("right to left", format!("name: {}\n", fill("\u{202e}\u{5d0}"))),
        ("carriage returns", fill("a: 1\r")),
        ("a long number", format!("limit: {} USD\n", fill("9"))),
        ("a long duration", format!("archive_after: {}\n", fill("1d"))),
        ("lists of words", lists("  - x\n")),
        ("lists of nulls", lists("  -\n")),
        ("lists of lists", lists("  - [[]]\n")),
        ("lists of mappings", lists("  - {a: 1, type: x, kind: y, name: z}\n")),
        ("lists of references", lists("  - ACME-9999\n")),
        ("mapping of mappings", format!("env:\n{}", count(|number| format!("  K{number}: {{secret: S{number}}}\n")))),
        ("json lines", fill("{\"id\": 1}\n")),
        ("broken json lines", fill("{\"id\": \n")),
        ("empty json lines", fill("{}\n")),
        ("a long json string", format!("{{\"id\": \"{}\"}}\n", fill("\\u00e9"))),
        ("mentions", body(&fill("@nobody @a [[ACME-9]] "))),
        ("tickets named", body(&count(|number| format!("ACME-{number} ")))),
        ("open fences", body(&fill("```\n"))),
        ("open links", body(&fill("[a]("))),
        (
            "heartbeat tasks",
            format!("tasks:\n{}", count(|number| format!("  - name: t{number}\n    interval: 1m\n    prompt: x\n"))),
        ),
        ("secrets", body(&fill("AKIAIOSFODNN7EXAMPLE sk-ant-api03-abcdefghijklmnop "))),
        ("private keys", body(&fill("-----BEGIN PRIVATE KEY-----\n"))),
        ("tokens", body(&count(|number| format!("{}{}_7Kq2mVx9RtLw4BzNc8YhJd3FsGp6Qa{number:06} ", "gh", "p")))),
        ("tokens as keys", count(|number| format!("{}{}_7Kq2mVx9RtLw4BzNc8YhJd3FsGp6Qa{number:06}: 1\n", "gh", "p"))),
        ("assigned values", count(|number| format!("password{number}: 9fK2mQ7xVt4LwRz8BnYc{number}\n"))),
        ("half-done merges", fill("<<<<<<< a\n=======\n>>>>>>> b\n")),
        ("merges begun", fill("<<<<<<< a\n=======\n")),
        ("half-done merges in fences", body(&fill("```\n<<<<<<< a\n=======\n>>>>>>> b\n```\n"))),
        ("comments that allow", fill("a: 1 # corp: allow unknown-key — why\n")),
        ("comments above that allow", format!("{}a: 1\n", fill("# corp: allow unknown-key — why\n"))),
        ("comments that allow nothing", body(&fill("<!-- corp: allow x, y, z -->\n"))),
        ("base64", body(&fill("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo"))),
        ("schedules", format!("triggers:\n{}", fill("  - {cron: \"0 0 29 2 1#5\"}\n"))),
        ("a long schedule", format!("triggers:\n  - {{cron: \"{} * * * *\"}}\n", fill("0-59/1,"))),
        ("an open front matter", format!("---\n{}", fill("a: 1\n-- -\n"))),
    ]
}
