//! The plan as a whole: who reports to whom afterwards, what a part of a company needs.

use super::*;
use crate::format;
use crate::format::package::PackageFile;

fn tree(files: &[(&str, &str)]) -> Tree {
    files.iter().map(|(path, text)| ((*path).to_owned(), PackageFile::text(*text))).collect()
}

fn options(only: &[&str], under: Option<&str>) -> Options {
    Options {
        origin: "./x".to_owned(),
        name: "x".to_owned(),
        commit: None,
        under: under.map(str::to_owned),
        only: only.iter().map(|word| (*word).to_owned()).collect(),
        on_collision: None,
        update: false,
        at_work: false,
        founder: Founder { board: None, timezone: "UTC".to_owned(), branch: "main".to_owned() },
        now: "2026-11-20T10:00:00Z".parse().unwrap(),
    }
}

fn draft(files: &Tree) -> Draft {
    let mut draft = Draft::default();
    for (path, file) in files {
        draft.insert(path, format::read(path, file.as_text().unwrap()).0);
        let entry = format::draft::Entry { kind: format::draft::EntryType::File, bytes: 0 };
        draft.entries.insert(path.clone(), entry);
    }
    draft
}

const PACKAGE: &[(&str, &str)] = &[
    ("COMPANY.md", "---\nname: P\nslug: p\n---\n"),
    ("agents/ceo/AGENTS.md", "---\nname: C\nreportsTo: null\n---\n"),
    ("agents/cto/AGENTS.md", "---\nname: T\nreportsTo: ceo\n---\n"),
    ("agents/dev/AGENTS.md", "---\nname: D\nreportsTo: ../cto/AGENTS.md\n---\n"),
];

/// What each agent's AGENTS.md says about its manager after the import, or why there is no plan.
fn managers(live: &[(&str, &str)], only: &[&str], under: Option<&str>) -> Result<String, PlanError> {
    let live = tree(live);
    let read = draft(&live);
    let seen = Live { draft: &read, files: &live };
    let planned = plan(&tree(PACKAGE), (!live.is_empty()).then_some(&seen), &options(only, under))?;
    let agents = planned.changes.iter().filter(|change| change.path.ends_with("AGENTS.md"));
    let said = agents.map(|change| {
        let text = String::from_utf8(change.after.clone().unwrap()).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("reportsTo: ")).unwrap_or("-").to_owned();
        format!("{} {line}", change.path.split('/').nth(1).unwrap())
    });
    Ok(said.collect::<Vec<_>>().join(", "))
}

#[test]
fn everybody_reports_to_somebody_who_is_there() {
    let empty = [("COMPANY.md", "---\nname: L\n---\n")];
    let boss = [("COMPANY.md", "---\nname: L\n---\n"), ("agents/boss/AGENTS.md", "---\nname: B\n---\n")];
    let cto = [("COMPANY.md", "---\nname: L\n---\n"), ("agents/cto/AGENTS.md", "---\nname: B\n---\n")];
    let needed = |root: &str, agent: &str| {
        Err(PlanError::UnderNeeded { roots: vec![root.to_owned()], agents: vec![agent.to_owned()] })
    };
    type Case<'c> = (&'c [(&'c str, &'c str)], &'c [&'c str], Option<&'c str>, Result<&'c str, PlanError>);
    let cases: &[Case<'_>] = &[
        (&[], &[], None, Ok("ceo null, cto ceo, dev ../cto/AGENTS.md")),
        (&[], &["agents/dev"], None, Ok("dev null")),
        (&empty, &[], None, Ok("ceo null, cto ceo, dev ../cto/AGENTS.md")),
        (&boss, &[], Some("boss"), Ok("ceo boss, cto ceo, dev ../cto/AGENTS.md")),
        (&boss, &[], None, needed("ceo", "boss")),
        (&boss, &["agents/dev"], None, needed("dev", "boss")),
        (&boss, &["agents/dev", "agents/cto"], Some("boss"), Ok("cto boss, dev ../cto/AGENTS.md")),
        (&cto, &[], Some("cto"), Ok("ceo cto, cto-2 ceo, dev ../cto-2/AGENTS.md")),
        // Its own manager stays behind, and the company has an agent of that name.
        (&cto, &["agents/dev"], None, Ok("dev ../cto/AGENTS.md")),
    ];
    for (live, only, under, expected) in cases {
        let found = managers(live, only, *under);
        let expected = expected.clone().map(str::to_owned);
        assert_eq!(found, expected, "{only:?} {under:?}");
    }
}

#[test]
fn a_part_needs_a_company() {
    let skill = tree(&[("SKILL.md", "---\nname: pdf\n---\n")]);
    assert_eq!(plan(&skill, None, &options(&[], None)).unwrap_err(), PlanError::NoCompany);
    let live = tree(&[("COMPANY.md", "---\nname: L\n---\n"), ("skills/pdf/SKILL.md", "---\nname: pdf\n---\n")]);
    let read = draft(&live);
    let seen = Live { draft: &read, files: &live };
    let planned = plan(&skill, Some(&seen), &options(&[], None)).unwrap();
    assert_eq!(planned.preview.skipped[0].why, "the company has the very same");
    assert_eq!(planned.preview.added, BTreeMap::new());
    let nothing = tree(&[("notes.txt", "x")]);
    assert_eq!(plan(&nothing, Some(&seen), &options(&[], None)).unwrap_err(), PlanError::Empty);
}
