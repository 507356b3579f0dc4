//! Everything that reads a text from outside answers any text: no panic, no endless loop.
//!
//! Each target starts from texts of the right shape and changes them, since random bytes never get past the
//! first line. `cargo test` tries a few hundred; `BOLERO_RANDOM_TEST_TIME_MS=60000` gives each target a minute
//! (`.ci/run` does), and `docs/testing.md` says how to run them longer.

mod input;

use input::{Change, DOCUMENTS, PATHS, YAML};
pub(crate) use input::{Input, mutate, mutate_bytes};

#[test]
fn front_matter_and_documents() {
    bolero::check!().with_type::<Input>().for_each(|input| {
        let text = mutate(DOCUMENTS, YAML, input);
        let split = corp::format::front_matter::split(&text);
        assert!(text.get(split.body.clone()).is_some());
        for path in PATHS {
            let (_, mut diagnostics) = corp::format::read(path, &text);
            corp::format::locate::resolve(&mut diagnostics, &|_| Some(text.clone().into()));
            for diagnostic in diagnostics.iter().take(3) {
                assert!(!corp::diag::text::render(diagnostic, &|_| Some(text.clone().into()), false).is_empty());
            }
        }
    });
}

/// Pieces that secrets, allowances and half-done merges are made of.
const TELLING: &[&str] = &[
    "sk-ant-api03-",
    "gh\u{70}_",
    "AKI\u{41}",
    "eyJ",
    "-----BEGIN RSA PRIVATE KEY-----",
    "-----END RSA PRIVATE KEY-----",
    "://ada:",
    "@",
    "Bearer ",
    "1234567890:AA",
    "password: ",
    "token=",
    "9fK2mQ7xVt4LwRz8BnYc",
    "7Kq2mVx9RtLw4BzNc8YhJd3FsGp6QaTe1UiX",
    "# corp: allow unknown-key — why",
    "<!-- corp: allow secret-in-text",
    " -->",
    "\n<<<<<<< ours\n",
    "\n=======\n",
    "\n>>>>>>> theirs\n",
    "```\n",
    "\n",
    " ",
    "\"",
    ".",
    "-",
    "/",
    "ä",
    "\u{202e}",
    "\u{1b}[2J",
];

#[test]
fn secrets_allowances_and_every_form_of_a_report() {
    let seeds = [
        "---\nname: A\n# corp: allow unknown-key — why\ncolour: blue\n---\n<!-- corp: allow secret-in-text — why -->\n```\npassword: 9fK2mQ7xVt4LwRz8BnYc\n```\n",
        "token = \"7Kq2mVx9RtLw4BzNc8YhJd3FsGp6QaTe1UiX\"\nhttps://ada:h8Kq-zz3@acme.test/\n<<<<<<< a\n1\n=======\n2\n>>>>>>> b\n",
    ];
    bolero::check!().with_type::<Input>().for_each(|input| {
        let text = mutate(&seeds, TELLING, input);
        let found = corp::redact::find(&text);
        for secret in &found {
            assert!(text[secret.span.clone()].is_ascii() && secret.lead < secret.span.len(), "{secret:?} of {text:?}");
        }
        assert!(found.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start), "{found:?} of {text:?}");
        let masked = corp::redact::mask(&text);
        assert_eq!((masked.len(), masked.chars().count()), (text.len(), text.chars().count()));
        assert_eq!(corp::redact::find(&masked), [], "of {text:?} masked as {masked:?}");
        for path in ["COMPANY.md", "corp.yaml", "notes.md", "run.sh"] {
            let mut diagnostics = corp::rules::check_text(path, &text);
            let allowances = corp::rules::allow::read(path, &text);
            corp::rules::allow::apply(&mut diagnostics, &[(path.to_owned(), allowances)].into());
            corp::diag::cap(&mut diagnostics);
            let shown: Vec<_> = diagnostics.iter().collect();
            let sources = |_: &str| Some(masked.as_ref().into());
            let report = corp::diag::Report { diagnostics: &shown, files: 1, folder: "", sources: &sources };
            let forms = [
                corp::diag::json::render(&report),
                corp::diag::sarif::render(&report, &[]),
                corp::diag::github::render(&report),
                shown.iter().map(|one| corp::diag::text::render(one, &sources, false)).collect(),
            ];
            assert_eq!(forms[2].lines().count(), shown.len(), "{}", forms[2]);
            for secret in &found {
                let hidden = &text[secret.hidden()];
                // What also stands elsewhere, where nothing tells that it is one, is not known to be a secret.
                if text.matches(hidden).count() == 1 {
                    assert!(forms.iter().all(|form| !form.contains(hidden)), "{hidden:?} of {text:?}");
                }
            }
        }
    });
}

/// Pieces that mean something in a schedule.
const SCHEDULE: &[&str] = &[
    "*",
    "/",
    "-",
    ",",
    "#",
    "L",
    "W",
    "?",
    "+",
    "@",
    " ",
    "\t",
    "0",
    "7",
    "31",
    "59",
    "60",
    "24",
    "MON",
    "sun-",
    "FEB",
    "every ",
    "ms",
    "2026-",
    "T02:30",
    "Z",
    "+14:00",
    ".5",
    "9999",
    "99999999999999999999",
    "①",
    "\u{2028}",
];

const SCHEDULES: &[&str] = &[
    "0 9 * * 1-5",
    "*/15 2,3 29,L 2-4 5#3",
    "30 0/5 8-18/2 15W,LW JAN,DEC MON-FRI",
    "59 59 23 31 12 ?",
    "0 0 29 2 +1",
    "@yearly",
    "every 1h30m",
    "2026-03-29T02:30",
    "2026-12-01T09:00:30.5+05:30",
];

#[test]
fn schedules() {
    use corp::model::schedule::{At, Cron, Schedule};
    use corp::model::{Scalar as _, Zone};
    let zones = ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"].map(|zone| Zone::parse(zone).unwrap());
    let instants =
        ["-009999-01-02T01:59:59Z", "2011-12-29T12:00:00Z", "2026-10-25T00:59:59.5Z", "9999-12-30T21:59:58Z"]
            .map(|at| at.parse::<jiff::Timestamp>().unwrap());
    bolero::check!().with_type::<Input>().for_each(|input| {
        let text = mutate(SCHEDULES, SCHEDULE, input);
        if let Err(why) = Cron::parse(&text) {
            assert!(why.len() < 500, "{why}");
        }
        if let Ok(at) = At::parse(&text) {
            assert_eq!(At::parse(&at.to_string()), Ok(at));
        }
        match Schedule::parse(&text, instants[1]) {
            Err(why) => assert!(why.to_string().len() < 1_000, "{why}"),
            Ok(schedule) => {
                let zone = &zones[usize::from(input.0) % zones.len()];
                for after in instants {
                    let firings: Vec<_> = std::iter::once(after).chain(schedule.after(after, zone).take(3)).collect();
                    assert!(firings.is_sorted_by(|earlier, later| earlier < later), "{text}: {firings:?}");
                }
            }
        }
    });
}

/// Paths into the documents above, and into nothing.
const KEYS: &[&str] =
    &["status", "adapter", "adapter env A", "a", "b", "c", "new key", "blocked_by", "metadata sources", "id", "l"];

/// Texts that are hard to write.
const VALUES: &[&str] =
    &["x", "", "no", "a: b #c", "two\nlines\n", "---", "'\"", " x ", "\u{85}\0", "|", "[,]", "17", "\n\n"];

#[test]
fn patches_and_merges() {
    use corp::format::merge::merge;
    use corp::format::patch::{Edit, Value, patch};
    bolero::check!().with_type::<(Input, Vec<Change>, u8, u8, u8)>().for_each(|(input, others, verb, key, value)| {
        let text = mutate(DOCUMENTS, YAML, input);
        let pick = |from: &[&'static str], at: u8| from[usize::from(at) % from.len()];
        let mut at = corp::diag::KeyPath::default();
        for part in pick(KEYS, *key).split(' ') {
            at = at.key(part);
        }
        let at = if verb & 8 == 0 { at } else { at.index(0) };
        let new = Value::text(pick(VALUES, *value));
        let new = match verb >> 4 {
            0 => Value::Null,
            1 => Value::List(vec![new, Value::Bare("17".to_owned())]),
            2 => Value::Map(vec![(pick(VALUES, *key).to_owned(), new)]),
            _ => new,
        };
        let edit = match verb & 7 {
            0 | 1 => Edit::Remove(at),
            2 => Edit::Append(at, new),
            3 => Edit::Body(pick(VALUES, *value).to_owned()),
            _ => Edit::Set(at, new),
        };
        for path in ["tickets/0000/ACME-1.md", "agents/a/agent.yaml", "ledger/open/r-1.json", "agents/a/HEARTBEAT.md"] {
            match patch(path, &text, std::slice::from_ref(&edit)) {
                Ok(after) => {
                    // What was set is set: a second time changes nothing.
                    if !matches!(edit, Edit::Append(..)) && !matches!(&edit, Edit::Remove(at) if ends_in_list(at)) {
                        assert_eq!(patch(path, &after, std::slice::from_ref(&edit)).as_ref(), Ok(&after), "{text:?}");
                    }
                    let merged = merge(path, &text, &after, &text);
                    assert_eq!((merged.text, merged.conflicts), (after, vec![]));
                }
                Err(error) => assert!(!error.help.is_empty() && error.message.len() < 1_000, "{error}"),
            }
            let other = mutate(DOCUMENTS, YAML, &(input.0, others.clone()));
            let base = DOCUMENTS[usize::from(input.0) % DOCUMENTS.len()];
            let merged = merge(path, base, &text, &other);
            assert!(!merged.text.contains("<<<<<<<") || text.contains("<<<<<<<") || other.contains("<<<<<<<"));
        }
    });
}

fn ends_in_list(path: &corp::diag::KeyPath) -> bool {
    matches!(path.0.last(), Some(corp::diag::Step::Index(_)))
}

/// Pieces that mean something in a HEARTBEAT.md, in a reply or in the file of last runs.
const HEARTBEAT: &[&str] = &[
    "tasks:",
    "\ntasks:\n",
    "- name: a\n",
    "  interval: 5m\n",
    "  prompt: p\n",
    "    model: x\n",
    "<!--",
    "-->",
    "\n",
    "\r\n",
    "# ",
    "- [ ]",
    "```",
    "HEARTBEAT_OK",
    "NO_REPLY",
    "<b>",
    "<",
    "&nbsp;",
    "**",
    "!",
    "\u{a0}",
    "\u{feff}",
    "\u{2028}",
    "😀",
    "\"a\": 1,",
    "{",
    "}",
];

const HEARTBEATS: &[&str] = &[
    "# Heartbeat\n\nBe brief.\n\ntasks:\n  - name: inbox\n    interval: 30m\n    prompt: \"Look.\"\n  - name: b\n    interval: 1d\n    prompt: p\n",
    "<!-- note\n--> tasks:\n- name: a\n interval: 5\n prompt: <!-- x\n",
    "All is well. HEARTBEAT_OK!!!",
    "<p><b>HEARTBEAT_OK</b> HEARTBEAT_OK&nbsp;</p>",
    "{\"heartbeatTaskState\": {\"inbox\": 1763632800000, \"b\": \"2026-11-20T10:00:00Z\", \"c\": null}}",
];

/// Texts that are as long as one that repeats itself can be made are answered, too; where the time grew with the
/// square of the length, this would take minutes.
#[test]
fn heartbeats() {
    use corp::engine::heartbeat::{Beat, Missing, decide};
    use corp::engine::reply;
    use corp::format::heartbeat::{read, state};
    use corp::format::record::Reader;
    let now: jiff::Timestamp = crate::harness::NOW.parse().unwrap();
    let answer = |text: &str| {
        let mut reader = Reader::new("agents/a/HEARTBEAT.md");
        let heartbeat = read(text, &mut reader);
        assert_eq!(heartbeat.places.len(), heartbeat.file.tasks.len());
        assert!(reader.diagnostics.len() <= 100);
        for place in &heartbeat.places {
            assert!(text[place.clone()].starts_with("- name:"));
        }
        let (last, diagnostics) = state::read("state.json", text);
        for diagnostic in reader.diagnostics.iter().chain(&diagnostics).take(3) {
            assert!(!corp::diag::text::render(diagnostic, &|_| Some(text.into()), false).is_empty());
        }
        for mode in [reply::Mode::Heartbeat, reply::Mode::Message] {
            let stripped = reply::strip(text, mode, reply::ack_max_chars(text));
            assert!(stripped.skip == stripped.text.is_empty());
        }
        reply::is_silent(text);
        corp::engine::cadence::at_ms(text);
        decide(&Beat {
            file: Some(&heartbeat.file),
            missing: Missing::AskModel,
            path: text,
            prompt: None,
            state: &last,
            now,
            zone: &jiff::tz::TimeZone::UTC,
            hours: None,
            reason: "interval",
        });
    };
    const LONG_BYTES: usize = 1 << 16;
    bolero::check!().with_type::<Input>().for_each(|input| {
        let text = mutate(HEARTBEATS, HEARTBEAT, input);
        answer(&text);
        let start = std::time::Instant::now();
        answer(&text.repeat(LONG_BYTES / text.len().max(1)));
        assert!(start.elapsed().as_secs() < 10, "{} bytes took {:?}", LONG_BYTES, start.elapsed());
    });
}

/// A company in one text, file by file; every rule about files together has something to look at in it.
const COMPANY: &str = "\
=COMPANY.md
---\nname: A\nschema: agentcompanies/v1\nincludes: [x]\nrequirements: {secrets: [K]}\n---
=corp.yaml
schema: corp/v1\nticket_prefix: A\nboard:\n  - {id: ada, role: owner}\nnotify:\n  - {on: [alert], webhook: {url: u, secret: K}}\ndefaults: {secrets: [K], run_ceiling: {money: 1.00 USD}}
=agents/a/AGENTS.md
---\nname: a\nreportsTo: b\nskills: [s]\nsources:\n  - {kind: url, usage: vendored, path: x, sha256: y}\n---
=agents/b/AGENTS.md
---\nname: b\nreportsTo: a\n---
=agents/b/agent.yaml
status: terminated\nsecrets: [K]\nheartbeat: {every: 1h}
=teams/t/TEAM.md
---\nmanager: ../../agents/a/AGENTS.md\nincludes: [../../agents/b, ../u/TEAM.md]\n---
=teams/u/TEAM.md
---\nmanager: a\nincludes: [../t]\n---
=goals/g.md
---\nparent: h\nowner: a\n---
=goals/h.md
---\nparent: g\n---
=projects/p/PROJECT.md
---\nowner: a\nslug: q\n---
=projects/p/project.yaml
goal: g\nsecrets: [K]
=projects/p/tasks/k/TASK.md
---\nassignee: a\nproject: p\nrecurring: true\n---
=projects/p/tasks/k/routine.yaml
triggers:\n  - {every: 1h}\n  - {every: 60m}\nvariables:\n  v: {type: select, options: [x], default: y}\nsecrets: [K]
=tickets/0000/A-1.md
---\nid: A-1\nstatus: in_progress\nassignee: a\nparent: A-2\nblocked_by: [A-2, A-9]\nstages:\n  - {review: [a], needs: 2}\nfence: 2\n---
=tickets/0000/A-1.lock
holder: b\nclone: c-1\nfence: 1\nsince: 2026-11-20T10:00:00Z
=tickets/0000/A-2.md
---\nid: A-2\nstatus: blocked\nparent: A-1\nformerly: [A-1]\nblocked_by: [A-1]\nproject: p\ngoal: g\n---
=tickets/0000/A-2/20261120T100000Z-a-1a2b.md
---\nauthor: a\nkind: question\nto: ada\n---
=approvals/AP-1.md
---\nid: AP-1\nkind: hire\nneeds: 3\ndeciders: [ada]\nticket: A-1\n---
=secrets/K.yaml
vault: v\nbindings:\n  - {agent: a}\n  - {routine: k}
=budgets.yaml
budgets:\n  - {scope: company, window: month, limit: 1.00 EUR}\n  - {scope: \"team:t\", window: month, limit: 5 runs}\n  - {scope: \"agent:a\", window: month, limit: 6 runs}\n  - {scope: \"routine:k\", window: month, limit: 7 runs}\n  - {scope: \"ticket:A-1\", window: month, limit: 8 runs}
=prices.yaml
prices:\n  - {model: m, input: 1.00 USD, output: 1.00 USD}\n  - {model: m, input: 1.00 USD, output: 1.00 USD}
";

const COMPANY_TOKENS: &[&str] = &[
    "a",
    "b",
    "ada",
    "A-1",
    "A-2",
    "A-9",
    "\n=",
    ".md\n",
    "agents/",
    "../",
    "[",
    "]",
    ", ",
    "null",
    "done",
    "g",
    "p",
    "k",
    "terminated",
    "\u{1b}[31m",
    "tickets/0000/",
    "ü",
    "/",
    "-",
    "999999999",
];

#[test]
fn rules_about_files_together() {
    use corp::format::draft::{Entry, EntryType};
    bolero::check!().with_type::<Input>().for_each(|input| {
        let text = mutate(&[COMPANY], COMPANY_TOKENS, input);
        let mut draft = corp::format::Draft::default();
        for file in text.split("\n=") {
            let (path, text) = file.split_once('\n').unwrap_or((file, ""));
            let path = path.trim_start_matches('=');
            draft.insert(path, corp::format::read(path, text).0);
            draft.entries.insert(path.to_owned(), Entry { kind: EntryType::File, bytes: text.len() as u64 });
        }
        let found = corp::rules::check(&draft);
        assert_eq!(found, corp::rules::check(&draft), "the same files give the same answers");
        for diagnostic in &found {
            let texts = diagnostic.labels.iter().map(|label| &label.message).chain(&diagnostic.help);
            for text in texts.chain([&diagnostic.message]) {
                assert!(!text.contains(char::is_control) && text.len() < 4_000, "{}: {text:?}", diagnostic.code);
            }
            let place = diagnostic.place().map(|place| place.file.as_str());
            let is_there = |file: &str| {
                let inside = format!("{file}/");
                let next = draft.entries.range(inside.clone()..).next();
                draft.entries.contains_key(file) || next.is_some_and(|(path, _)| path.starts_with(&inside))
            };
            assert!(place.is_some_and(is_there), "{}: {place:?} is not there", diagnostic.code);
            assert!(!diagnostic.help.is_empty(), "{}: {}", diagnostic.code, diagnostic.message);
        }
    });
}
