//! The page that lists every check: `docs/doctor.md` is exactly this.

use super::{CHECKS, Group};

/// The page.
pub fn page() -> String {
    let mut text = INTRODUCTION.to_owned();
    for group in [Group::Environment, Group::Repository, Group::Company] {
        let heading = match group {
            Group::Environment => "The machine and the account",
            Group::Repository => "The repository",
            Group::Company => "The company",
        };
        text +=
            &["\n## ", heading, "\n\n| code | finds | `--fix` | `--strict` |\n| --- | --- | --- | --- |\n"].concat();
        let yes = |yes| if yes { "yes" } else { "" };
        for check in CHECKS.iter().filter(|check| check.group == group) {
            let cells = [check.summary, yes(check.fix.is_some()), yes(check.invariant)].join(" | ");
            text += &["| [`", check.code, "`](#", check.code, ") | ", &cells, " |\n"].concat();
        }
        for check in CHECKS.iter().filter(|check| check.group == group) {
            text += &["\n### ", check.code, "\n\n", check.docs].concat();
        }
    }
    text
}

const INTRODUCTION: &str = "\
# corp doctor

`corp check` judges what the files say. `corp doctor` looks at everything around them: the machine, the repository, and
whether files, index and history agree.

```sh
corp doctor              # looks, and says for each finding what to type
corp doctor --fix        # repairs what is safe, and says what it did
corp doctor --strict     # only what must hold whatever people do; fails on anything
corp doctor --json
```

| exit code | |
| ---: | --- |
| 0 | nothing is wrong; there may be warnings and notes |
| 3 | the company's files have errors |
| 5 | something is wrong around them, or in the repository |

With `--strict`, every finding fails.

Nothing is changed without `--fix`. A fix is a setting of this one repository, or goes the road of every other change: under
the writer's lock, beside what you have staged or half-edited. What only you can decide is told and left: an edit, a lock
that may be a living git's, a commit that may be wanted.

Tickets that nothing brings on (`stranded-ticket`) are listed too: no run works on them and none comes, and nobody is there who
is waited for. Where somebody is on the board, a daemon hands them over; else it takes you. `--strict` and `--quick` leave them
out.

`git fsck` is never run, nor any other git program in the company's folder: a repository's own settings can make those run
whatever somebody wrote there. Objects are read by the program itself.
";
