//! Who comes from whom, held against git on histories that were all made in one second.

use super::{Repository, git, git_at, try_git};
use corp::store::history::{History, Id};
use std::path::Path;

fn id(text: &str) -> Id {
    Id::from_hex(text.trim().as_bytes()).unwrap()
}

/// Commits of one tree and one time, each with one or two of those shortly before it as parents.
fn tangle(root: &Path, seed: u64) -> Vec<Id> {
    let tree = git(root, &["rev-parse", "HEAD^{tree}"]);
    let mut state = seed;
    let mut below = |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % most
    };
    let mut made: Vec<Id> = Vec::new();
    for number in 0..30 {
        let mut args =
            vec!["commit-tree".to_owned(), tree.trim().to_owned(), "-m".to_owned(), format!("{seed} {number}")];
        for _ in 0..=below(2) {
            if let Some(from) = made.len().checked_sub(1) {
                let parent = made[from - below(made.len().min(6))].to_string();
                if !args.contains(&parent) {
                    args.extend(["-p".to_owned(), parent]);
                }
            }
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        made.push(id(&git_at(root, &args, "1700000000 +0000")));
    }
    made
}

#[test]
fn ancestry_and_partings_are_git_s_though_all_was_made_in_one_second() {
    let repository = Repository::new();
    let root = repository.root();
    for seed in 0..3 {
        let made = tangle(&root, seed);
        let history = History::open(&root).unwrap();
        for (at, one) in made.iter().enumerate() {
            for other in made.iter().skip(at % 3).step_by(3) {
                let (a, b) = (one.to_string(), other.to_string());
                let is = try_git(&root, &["merge-base", "--is-ancestor", &a, &b]).0;
                assert_eq!(history.is_ancestor(*one, *other).unwrap(), is, "{seed}: {a} {b}");
                let (_, all) = try_git(&root, &["merge-base", "--all", &a, &b]);
                let all: Vec<Id> = all.lines().map(id).collect();
                match history.parting(*one, *other).unwrap() {
                    Some(found) => assert!(all.contains(&found), "{seed}: {a} {b}: {found} is not in {all:?}"),
                    None => assert!(all.is_empty(), "{seed}: {a} {b}: {all:?}"),
                }
            }
        }
    }
}
