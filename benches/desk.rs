//! How long an agent's desk takes to be laid: `cargo bench -- desk` prints milliseconds, the best and the median of many.

use corp::model::{Scalar as _, Slug};
use corp::runtime::clock::Clock;
use corp::runtime::office::Office;
use corp::runtime::place::{Place, Roots};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Times each is done.
const TIMES: usize = 60;

fn git(root: &Path, args: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@localhost"])
        .args(args)
        .current_dir(root)
        .status()
        .unwrap();
    assert!(status.success());
}

pub(crate) fn run() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap().join("acme");
    let write = |path: &str, text: String| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("COMPANY.md", "---\nname: Acme\nslug: acme\nschema: agentcompanies/v1\n---\n\nBe good.\n".to_owned());
    write("corp.yaml", "schema: corp/v1\nticket_prefix: ACME\n".to_owned());
    // One for each first desk: where desks are removed to be laid anew, the file system's search for free numbers is measured.
    for agent in 0..TIMES {
        write(&format!("agents/a{agent}/AGENTS.md"), format!("---\nname: A {agent}\n---\n\nLead.\n"));
        for number in 0..50 {
            write(&format!("agents/a{agent}/memory/{number}.md"), format!("What I know of {number}.\n").repeat(60));
        }
    }
    git(&root, &["init", "-q", "-b", "main"]);
    git(&root, &["add", "-A"]);
    git(&root, &["commit", "-qm", "begin"]);
    let state = folder.path().join("state");
    let (home, scratch) = (folder.path().join("home"), folder.path().to_owned());
    let config = home.join(".config");
    let roots = Roots { state, sockets: None, scratch, config, home, programs: Vec::new(), moved: Default::default() };
    let office = Office::open(Place::new(&roots, &root), Clock::Machine).unwrap();
    println!("{:<34} {:>8} {:>8}", "an agent with fifty papers", "best ms", "median");
    for name in ["its first desk", "the desk of its next run"] {
        let mut times = Vec::new();
        for agent in 0..TIMES {
            let agent = Slug::parse(&format!("a{agent}")).unwrap();
            let start = Instant::now();
            office.lay_desk(&agent).unwrap();
            times.push(start.elapsed().as_secs_f64() * 1_000.0);
        }
        times.sort_by(f64::total_cmp);
        println!("{name:<34} {:>8.2} {:>8.2}", times[0], times[TIMES / 2]);
    }
}
