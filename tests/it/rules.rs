//! Every rule has a company it says nothing about and one it speaks up about: `tests/fixtures/rules/<code>/`.
//!
//! `valid/` and `invalid/` hold only the files that matter; they are laid over [`BASE`]. `expected.txt` is what
//! a person reads about the invalid one; `BLESS=1 cargo test --test it rules` rewrites it. What git cannot
//! carry is made by a `setup.txt` in either folder, one line each:
//!
//! ```text
//! symlink agents/a -> b        a link
//! executable run.sh            sets the executable bit of a file that is there
//! unreadable secret.md         takes every permission away
//! special pipe                 a socket
//! fill big.md 5MiB             a file of that size, in lines
//! bytes old.md ff fe 41        a file of these bytes
//! file a\u{301}.md some text   a file whose name or text needs escapes, `\n` among them
//! remove corp.yaml             takes a file of the base away
//! ```

use corp::diag::{At, Diagnostic, text};
use corp::rules::{RULES, Rule};
use corp::store;
use std::fs;
use std::path::{Path, PathBuf};

/// The company under every fixture.
const BASE: &[(&str, &str)] = &[
    ("COMPANY.md", "---\nname: Acme\nslug: acme\nschema: agentcompanies/v1\n---\n\nWe make things.\n"),
    ("corp.yaml", "schema: corp/v1\nticket_prefix: ACME\nboard:\n  - {id: ada, name: Ada, role: owner}\n"),
    ("agents/ceo/AGENTS.md", "---\nname: CEO\ntitle: Chief Executive\nreportsTo: null\n---\n\nYou lead.\n"),
    ("agents/ceo/agent.yaml", "role: ceo\nadapter:\n  type: script\n"),
];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rules")
}

/// Why a fixture cannot be made here, such as the executable bit on a system without one.
struct Impossible(String);

fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

pub(crate) fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::create_dir_all(to).unwrap();
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// The base with `fixture` laid over it.
fn company(fixture: &Path) -> Result<tempfile::TempDir, Impossible> {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in BASE {
        write(&folder.path().join(path), text);
    }
    copy(fixture, folder.path());
    let script = folder.path().join("setup.txt");
    if let Ok(text) = fs::read_to_string(&script) {
        fs::remove_file(&script).unwrap();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            set_up(folder.path(), line)?;
        }
    }
    Ok(folder)
}

fn set_up(root: &Path, line: &str) -> Result<(), Impossible> {
    let (verb, rest) = line.split_once(' ').unwrap();
    let (name, argument) = rest.split_once(' ').unwrap_or((rest, ""));
    let path = root.join(unescape(name));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    match verb {
        "symlink" => symlink(argument.strip_prefix("-> ").unwrap(), &path),
        "executable" => permit(&path, 0o755),
        "unreadable" => {
            permit(&path, 0)?;
            // An administrator may read everything.
            if fs::read(&path).is_ok() || fs::read_dir(&path).is_ok() {
                return Err(Impossible("permissions bind others, not this account".to_owned()));
            }
            Ok(())
        }
        "special" => socket(&path),
        "fill" => {
            let bytes: usize = argument.strip_suffix("MiB").unwrap().parse::<usize>().unwrap() << 20;
            write(&path, "0123456789 abcd\n".repeat(bytes / 16));
            Ok(())
        }
        "bytes" => {
            write(&path, argument.split(' ').map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect::<Vec<_>>());
            Ok(())
        }
        "file" => {
            if is_taken(root, &path) {
                return Err(Impossible("this disk takes two names for one".to_owned()));
            }
            write(&path, unescape(argument).replace("\\n", "\n"));
            Ok(())
        }
        "remove" => {
            fs::remove_file(&path).unwrap();
            Ok(())
        }
        other => panic!("setup.txt: there is no `{other}`"),
    }
}

/// Whether something else is in the way: found under this name, and called otherwise.
fn is_taken(root: &Path, path: &Path) -> bool {
    path.ancestors().take_while(|part| *part != root).any(|part| {
        let siblings = fs::read_dir(part.parent().unwrap());
        let listed = siblings.is_ok_and(|mut all| all.any(|one| one.unwrap().file_name() == part.file_name().unwrap()));
        part.exists() && !listed
    })
}

/// `\u{301}` and the like in a name.
fn unescape(name: &str) -> String {
    let mut parts = name.split("\\u{");
    let mut plain = parts.next().unwrap().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').unwrap();
        plain.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
        plain.push_str(rest);
    }
    plain
}

#[cfg(unix)]
fn symlink(target: &str, path: &Path) -> Result<(), Impossible> {
    std::os::unix::fs::symlink(target, path).unwrap();
    Ok(())
}

#[cfg(unix)]
fn permit(path: &Path, mode: u32) -> Result<(), Impossible> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    Ok(())
}

#[cfg(unix)]
fn socket(path: &Path) -> Result<(), Impossible> {
    drop(std::os::unix::net::UnixListener::bind(path).unwrap());
    Ok(())
}

#[cfg(not(unix))]
fn symlink(_: &str, _: &Path) -> Result<(), Impossible> {
    Err(Impossible("links need a privilege here".to_owned()))
}

#[cfg(not(unix))]
fn permit(_: &Path, _: u32) -> Result<(), Impossible> {
    Err(Impossible("there are no such permissions here".to_owned()))
}

#[cfg(not(unix))]
fn socket(_: &Path) -> Result<(), Impossible> {
    Err(Impossible("there are no such files here".to_owned()))
}

/// What is wrong with how `diagnostic` speaks.
fn manners(diagnostic: &Diagnostic, raw: &[Diagnostic], shown: &str, wrong: &mut Vec<String>) {
    let code = diagnostic.code;
    let message = &diagnostic.message;
    if diagnostic.help.is_empty() {
        wrong.push(format!("{code}: no help: {message}"));
    }
    if message.ends_with('.') || message.chars().next().is_none_or(char::is_uppercase) {
        wrong.push(format!("{code}: a message begins in lower case and has no full stop: {message}"));
    }
    match diagnostic.place() {
        None => wrong.push(format!("{code}: no place: {message}")),
        Some(place) if place.at == At::File => {
            // A place by name that was not found in the text ends up as the whole file.
            let lost = raw.iter().any(|raw| {
                raw.code == code
                    && raw.place().is_some_and(|at| at.file == place.file && matches!(at.at, At::Key(_) | At::Value(_)))
            });
            if lost {
                wrong.push(format!("{code}: the key it names is not in {}: {message}", place.file));
            }
        }
        Some(place) => {
            let at = shown.split_once(&format!("--> {}:", place.file)).map(|(_, rest)| rest);
            let numbers = at.and_then(|rest| rest.lines().next()).map(|rest| rest.split(':').collect::<Vec<_>>());
            let sound = numbers.is_some_and(|numbers| {
                numbers.len() == 2
                    && numbers.iter().all(|number| number.parse::<usize>().is_ok_and(|number| number > 0))
            });
            if !sound {
                wrong.push(format!("{code}: no line and column:\n{shown}"));
            }
        }
    }
}

/// Holds `rule` against its two fixtures.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn look(rule: &Rule, wrong: &mut Vec<String>) {
    let code = rule.code;
    let folder = fixtures().join(code);
    let (valid, invalid) = (folder.join("valid"), folder.join("invalid"));
    if !valid.is_dir() || !invalid.is_dir() {
        wrong.push(format!("{code}: needs tests/fixtures/rules/{code}/valid and …/invalid"));
        return;
    }
    let both = company(&valid).and_then(|valid| Ok((valid, company(&invalid)?)));
    let (valid, invalid) = match both {
        Ok(both) => both,
        Err(Impossible(why)) => return eprintln!("SKIPPED: the fixtures of {code}: {why}"),
    };
    for diagnostic in store::check(valid.path()).unwrap().diagnostics.iter().filter(|found| found.code == code) {
        wrong.push(format!("{code}: reported for the valid company: {}", diagnostic.message));
    }
    let mut raw = store::load(invalid.path()).unwrap();
    raw.diagnostics.extend(corp::rules::check(&raw.draft));
    let checked = store::check(invalid.path()).unwrap();
    let found: Vec<&Diagnostic> = checked.diagnostics.iter().filter(|found| found.code == code).collect();
    if found.is_empty() {
        let others: Vec<_> = checked.diagnostics.iter().map(|other| (other.code, &other.message)).collect();
        wrong.push(format!("{code}: not reported for the invalid company, but {others:?}"));
        return;
    }
    let mut shown = String::new();
    for diagnostic in found {
        if diagnostic.severity != rule.severity {
            wrong.push(format!("{code}: reported as {}, not {}", diagnostic.severity.word(), rule.severity.word()));
        }
        let one = text::render(diagnostic, &|file| checked.source(file), false);
        manners(diagnostic, &raw.diagnostics, &one, wrong);
        shown += &one;
        shown += "\n\n";
    }
    let expected = folder.join("expected.txt");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&expected, &shown).unwrap();
    }
    let before = fs::read_to_string(&expected).unwrap_or_default();
    if before != shown {
        wrong.push(format!("{code}: expected.txt says\n{before}\nbut it reads (BLESS=1 rewrites it)\n{shown}"));
    }
}

#[test]
fn every_rule_has_its_two_companies() {
    let mut wrong = Vec::new();
    for rule in RULES {
        look(rule, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_fixture_belongs_to_a_rule() {
    let lost: Vec<String> = fs::read_dir(fixtures())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| RULES.iter().all(|rule| rule.code != name))
        .collect();
    assert!(lost.is_empty(), "no such rule: {}", lost.join(", "));
}

#[test]
fn the_base_alone_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let company = company(folder.path()).ok().unwrap();
    let checked = store::check(company.path()).unwrap();
    assert_eq!(checked.diagnostics, []);
}

#[test]
fn a_made_up_company_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let size = corp::format::specimen::Size { agents: 40, tickets: 400, thread_every: 10 };
    for (path, text) in corp::format::specimen::company(size, 3) {
        write(&folder.path().join(path), text);
    }
    assert_eq!(store::check(folder.path()).unwrap().diagnostics, []);
}

#[test]
fn rules_are_named_and_described_alike() {
    let mut wrong = Vec::new();
    for (at, rule) in RULES.iter().enumerate() {
        let kebab = rule.code.split('-').all(|word| {
            !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        });
        if !kebab {
            wrong.push(format!("{}: a code is kebab-case", rule.code));
        }
        if RULES[..at].iter().any(|other| other.code == rule.code) {
            wrong.push(format!("{}: twice in RULES", rule.code));
        }
        if rule.summary.ends_with('.') || rule.summary.chars().next().is_none_or(char::is_uppercase) {
            wrong.push(format!("{}: a summary begins in lower case and has no full stop", rule.code));
        }
        if rule.docs.lines().filter(|line| !line.is_empty()).count() < 2 {
            wrong.push(format!("{}: what it finds, why that is bad, and what to do need more than a line", rule.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_of_rules_is_what_the_rules_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let expected = corp::rules::page::page();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    let page = fs::read_to_string(&path).unwrap_or_default();
    assert!(page == expected, "docs/rules.md is not what the rules say; run BLESS=1 cargo test");
}

#[test]
fn the_page_of_exit_codes_has_every_code() {
    use corp::cli::error::Exit;
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/exit-codes.md")).unwrap();
    let listed: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()).collect();
    let codes: Vec<String> = Exit::ALL.iter().map(|exit| (*exit as u8).to_string()).collect();
    assert_eq!(listed[2..], codes, "docs/exit-codes.md");
}
