//! Two clones of a company with the real program, through a bare repository: only whoever is home runs anything, and
//! nothing is run twice. A thousand beats of two clones that are apart are lived in `sim::clones`.

use super::daemon::workers;
use crate::harness::Company;
use std::path::{Path, PathBuf};

struct Clones {
    company: Company,
    one: PathBuf,
    two: PathBuf,
}

impl Clones {
    fn corp(&self, root: &Path, args: &[&str]) -> String {
        let output = self.company.command(args).current_dir(root).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "corp {args:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout) + &text(&output.stderr)
    }

    /// How many runs the daemon starts until nothing is left to do.
    fn starts(&self, root: &Path) -> u32 {
        let said = self.corp(root, &["up", "--until-idle"]);
        let words: Vec<&str> = said.split_whitespace().collect();
        let place = words.iter().rposition(|word| word.starts_with("started")).unwrap();
        words[place - 1].parse().unwrap()
    }

    /// The tickets that the runs of a clone's ledger were on, in order.
    fn worked_on(root: &Path) -> Vec<String> {
        let folder = std::fs::read_dir(root.join("ledger/open")).into_iter().flatten().flatten();
        let files = folder.map(|entry| std::fs::read_to_string(entry.path()).unwrap());
        let lines = files.map(|text| serde_json::from_str::<serde_json::Value>(&text).unwrap());
        let mut tickets: Vec<String> = lines.filter_map(|line| Some(line["ticket"].as_str()?.to_owned())).collect();
        tickets.sort();
        tickets
    }
}

#[test]
fn only_home_runs_and_nothing_runs_twice() {
    let company = workers(2, "done\n");
    let one = company.root();
    let (two, bare) = (one.with_file_name("two"), one.with_file_name("bare.git"));
    let git = |root: &Path, args: &[&str]| {
        let output = std::process::Command::new("git").args(args).current_dir(root).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    git(one.parent().unwrap(), &["init", "-q", "--bare", "-b", "main", bare.to_str().unwrap()]);
    git(&one, &["remote", "add", "origin", bare.to_str().unwrap()]);
    let clones = Clones { company, one, two };
    let Clones { one, two, .. } = &clones;
    clones.corp(one, &["home", "take"]);
    clones.corp(one, &["sync"]);
    clones.corp(one.parent().unwrap(), &["clone", bare.to_str().unwrap(), two.to_str().unwrap()]);
    // Both see two tickets to do. They hear nothing of each other; one is home.
    assert_eq!((clones.starts(two), clones.starts(one)), (0, 2));
    assert_eq!(clones.starts(two), 0, "it still sees the tickets to do");
    // A third ticket is given out, and before home looks, the other takes over; the old home hears of it late.
    clones.corp(one, &["ticket", "new", "--title", "Third", "--assignee", "w1"]);
    clones.corp(one, &["sync"]);
    clones.corp(two, &["home", "take"]);
    assert_eq!(clones.starts(two), 1);
    clones.corp(one, &["sync"]);
    assert_eq!(clones.starts(one), 0, "it is home no more");
    clones.corp(two, &["sync"]);
    clones.corp(one, &["sync"]);
    let known = Clones::worked_on(one);
    assert_eq!(known, ["COMPANY-1", "COMPANY-2", "COMPANY-3"], "each once");
    assert_eq!(known, Clones::worked_on(two), "both know the same");
}
