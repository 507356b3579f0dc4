//! Single turns of the programs themselves: every way in which one ends. `RECORD=1` writes down what they said, for
//! [`super::recorded`].

use super::bench::{Bench, CLAUDE, CODEX, INSTALLED, Installed, OLD_CLAUDE};
use crate::standin::Charged;
use corp::adapters::FailureKind;
use corp::runtime::run::{Completion, End, Stop, Used};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Writes down what a run said and how it ended, if that is asked for.
fn record(bench: &Bench, case: &str, run: &str, end: &End) {
    if std::env::var_os("RECORD").is_none() {
        return;
    }
    let installed = bench.installed;
    let folder = folder().join(installed.adapter);
    std::fs::create_dir_all(&folder).unwrap();
    let text = std::fs::read_to_string(bench.place.path().join(run).join("transcript.jsonl")).unwrap();
    let here = bench.place.path().to_str().unwrap();
    let mut lines: Vec<String> = text.replace(here, "/bench").lines().map(tidy).collect();
    lines.push(json!({"exit": end.exit, "signal": end.signal}).to_string());
    let name = format!("{case}-{}.jsonl", installed.version);
    std::fs::write(folder.join(name), lines.join("\n") + "\n").unwrap();
}

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/transcripts")
}

/// A line without what is long and nobody's business: lists of tools, of commands, of this machine.
fn tidy(line: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(line) else { return line.to_owned() };
    if let Some(said) = value["out"].as_str().and_then(|said| serde_json::from_str::<Value>(said).ok()) {
        let mut said = said;
        if said["type"] == "system" && said["subtype"] == "init" {
            for key in ["tools", "slash_commands", "agents", "skills", "plugins", "mcp_servers"] {
                if said[key].is_array() {
                    said[key] = json!([]);
                }
            }
            said.as_object_mut().unwrap().retain(|key, _| !key.contains("path"));
        }
        value["out"] = Value::from(said.to_string());
    }
    value["ms"] = json!(0);
    value.to_string()
}

fn used(end: &End) -> Charged {
    let Used { input, cached_input, output, .. } = end.used.clone();
    Charged { requests: 0, input, cached: cached_input, output }
}

fn charged(bench: &Bench) -> Charged {
    Charged { requests: 0, ..bench.standin.charged() }
}

fn failed(end: &End, kind: FailureKind) {
    assert_eq!(end.completion, Completion::Failed, "{end:?}");
    assert_eq!(end.failure_kind(), Some(kind), "{end:?}");
    assert!(!end.why.is_empty());
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn a_turn_with_a_tool() {
    for installed in INSTALLED {
        let bench = Bench::new(installed);
        let end = bench.run("[[bash:echo made > made.txt]] [[reply:all good]]");
        record(&bench, "tool", "r-1", &end);
        assert_eq!(end.completion, Completion::Succeeded, "{installed:?} {end:?}");
        assert_eq!(std::fs::read_to_string(bench.workspace().join("made.txt")).unwrap(), "made\n");
        assert_eq!(end.reply, "all good");
        assert_eq!(end.leftovers, 0);
        assert!(end.session.is_some() && end.model.is_some() != installed.is_codex(), "{end:?}");
        assert_eq!(used(&end), charged(&bench), "{installed:?}");
        assert!(bench.standin.charged_to(&end.session.unwrap()).requests >= 2);
    }
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn one_conversation_over_three_runs_is_charged_once() {
    for installed in INSTALLED {
        let bench = Bench::new(installed);
        let mut session: Option<String> = None;
        let mut before: Option<Used> = None;
        let mut sum = Charged::default();
        for turn in 1..=3u64 {
            let prompt = match turn {
                1 => "The word is XYZZY. [[reply:noted]] [[usage:100,10,7]]",
                2 => "[[usage:200,20,3]] [[bash:true]] [[reply:went on]]",
                _ => "[[probe:XYZZY]] [[usage:50,500,9]]",
            };
            let end = bench.start(prompt, session.as_deref(), before.clone()).end();
            record(&bench, &format!("resumed-{turn}"), &format!("r-{turn}"), &end);
            assert_eq!(end.completion, Completion::Succeeded, "{installed:?} {end:?}");
            let this = used(&end);
            sum = Charged {
                requests: 0,
                input: sum.input + this.input,
                cached: sum.cached + this.cached,
                output: sum.output + this.output,
            };
            assert_eq!(sum, charged(&bench), "{installed:?} after run {turn}");
            if turn == 3 {
                assert!(end.reply.contains("messages"), "it forgot: {}", end.reply);
            }
            assert!(session.is_none() || session == end.session);
            session.clone_from(&end.session);
            before.clone_from(&end.used_so_far);
        }
    }
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn a_conversation_that_is_gone() {
    for installed in INSTALLED {
        let bench = Bench::new(installed);
        let unknown = "01a226b8-f4b7-7b20-a250-8b2de37e51b7";
        let end = bench.start("[[reply:hello]]", Some(unknown), None).end();
        record(&bench, "session-unknown", "r-1", &end);
        failed(&end, FailureKind::Session);
        let end = bench.start("[[reply:hello]]", Some("no-id-at-all"), None).end();
        record(&bench, "session-no-id", "r-2", &end);
        failed(&end, FailureKind::Session);
    }
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn the_model_refuses() {
    for installed in INSTALLED {
        let bench = Bench::new(installed);
        let cases = [
            ("401", FailureKind::Login),
            ("429", FailureKind::RateLimit),
            ("500", FailureKind::Transient),
            ("400", FailureKind::Other),
        ];
        for (number, (fault, kind)) in cases.into_iter().enumerate() {
            let end = bench.run(&format!("[[fault:{fault}]] [[reply:never]]"));
            record(&bench, fault, &format!("r-{}", number + 1), &end);
            failed(&end, kind);
        }
        assert_eq!(charged(&bench), Charged::default());
    }
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn trouble_that_passes() {
    for installed in INSTALLED {
        let bench = Bench::new(installed);
        for (number, fault) in ["429*1", "500*1", "disconnect*1"].into_iter().enumerate() {
            let end = bench.run(&format!("[[fault:{fault}]] [[reply:fine after all]]"));
            let case = fault.replace("*1", "-once");
            record(&bench, &case, &format!("r-{}", number + 1), &end);
            assert_eq!(
                (end.completion, end.reply.as_str()),
                (Completion::Succeeded, "fine after all"),
                "{installed:?} {fault} {end:?}"
            );
        }
    }
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn an_answer_that_is_cut_or_is_none() {
    for installed in INSTALLED {
        let bench = Bench::new(installed);
        for (number, fault) in ["disconnect", "garbage"].into_iter().enumerate() {
            let end = bench.run(&format!("[[fault:{fault}]] [[reply:never]]"));
            record(&bench, fault, &format!("r-{}", number + 1), &end);
            assert_ne!(end.completion, Completion::Succeeded, "{installed:?} {fault} {end:?}");
            assert!(!end.why.is_empty());
        }
    }
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn a_model_that_hangs_is_given_up() {
    for installed in INSTALLED {
        let mut bench = Bench::new(installed);
        bench.patience_ms = 15_000;
        let end = bench.run("[[fault:hang]] [[reply:never]]");
        record(&bench, "hang", "r-1", &end);
        assert_eq!(end.completion, Completion::TimedOut, "{end:?}");
    }
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn stopped_in_the_middle_with_a_child_left_behind() {
    for installed in INSTALLED {
        let bench = Bench::new(installed);
        // One in the tool's own session, one that left it.
        let command = "setsid sleep 7301 & echo up > up.txt; tail -f /dev/null";
        let going = bench.start(&format!("[[bash:{command}]] [[reply:never]]"), None, None);
        let up = bench.workspace().join("up.txt");
        crate::harness::until("the tool runs", || up.exists());
        going.folder.ask_to_stop(&Stop::because("the ticket was taken away")).unwrap();
        let mark = format!("{}/r-1", bench.place.path().file_name().unwrap().to_str().unwrap());
        let end = going.end();
        record(&bench, "stopped", "r-1", &end);
        assert_eq!((end.completion, end.why.as_str()), (Completion::Stopped, "the ticket was taken away"));
        let left = corp::runtime::machine::marked("CORP_MARK", &mark);
        assert!(left.is_empty(), "{installed:?} left {left:?}");
    }
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn without_confinement_it_may_work_in_its_workspace_and_is_held_elsewhere() {
    for installed in [CLAUDE, OLD_CLAUDE, CODEX] {
        let mut bench = Bench::new(installed);
        bench.confined = false;
        let end = bench.run("[[bash:touch made.txt]] [[reply:all good]]");
        record(&bench, "permitted", "r-1", &end);
        assert_eq!(end.completion, Completion::Succeeded, "{installed:?} {end:?}");
        assert!(bench.workspace().join("made.txt").exists(), "{installed:?}");
        let outside = bench.place.path().join("outside.txt");
        let end = bench.run(&format!("[[bash:touch {}]] [[reply:I could not]]", outside.display()));
        record(&bench, "denied", "r-2", &end);
        assert_eq!(end.completion, Completion::Succeeded, "{installed:?} {end:?}");
        assert!(!outside.exists(), "{installed:?}");
    }
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn inside_our_confinement_a_tool_works_in_the_workspace_and_reaches_nothing_else() {
    for installed in INSTALLED {
        let bench = Bench::new(installed);
        let outside = bench.place.path().join("identity");
        std::fs::write(&outside, "AGE-SECRET-KEY").unwrap();
        let (secret, supervisor) = (outside.display(), std::process::id());
        let command = format!(
            "cat {secret} > stolen.txt 2> why.txt; cat /proc/{supervisor}/environ > environ.txt 2>> why.txt; \
             git init -q . 2>> git.txt; echo a > a; git add a 2>> git.txt; git -c user.name=a -c user.email=a@b commit -qm a 2>> git.txt; \
             touch {secret}.new 2>> why.txt; echo done > done.txt"
        );
        let end = bench.run(&format!("[[bash:{command}]] [[reply:all good]]"));
        assert_eq!((end.completion, end.reply.as_str()), (Completion::Succeeded, "all good"), "{installed:?} {end:?}");
        assert!(end.confinement.unwrap().starts_with("standard (landlock "));
        let read = |name: &str| std::fs::read_to_string(bench.workspace().join(name)).unwrap_or_default();
        assert_eq!(
            (read("stolen.txt").as_str(), read("environ.txt").as_str(), read("done.txt").as_str()),
            ("", "", "done\n")
        );
        assert_eq!(read("why.txt").matches("Permission denied").count(), 3, "{installed:?} {}", read("why.txt"));
        assert!(
            bench.workspace().join(".git/refs/heads").exists() && read("git.txt").is_empty(),
            "{}",
            read("git.txt")
        );
        assert!(!outside.with_extension("new").exists());
    }
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn a_shared_login_is_used_and_nothing_else_of_the_operators() {
    for installed in [CLAUDE, OLD_CLAUDE] {
        let mut bench = Bench::new(installed);
        bench.around.own_login = false;
        bench.configuration.environment.remove("ANTHROPIC_API_KEY");
        let operator = bench.place.path().join("operator");
        bench.around.operator_home = operator.to_str().unwrap().to_owned();
        let login = json!({"claudeAiOauth": {
            "accessToken": "sk-ant-oat01-any", "refreshToken": "sk-ant-ort01-any", "expiresAt": 4_102_444_800_000_u64,
            "scopes": ["user:inference", "user:profile"], "subscriptionType": "max",
        }});
        let own = [
            (".claude/.credentials.json", login.to_string()),
            (".claude.json", r#"{"mcpServers":{}}"#.to_owned()),
            (".claude/settings.json", r#"{"hooks":{}}"#.to_owned()),
        ];
        std::fs::create_dir_all(operator.join(".claude")).unwrap();
        for (name, text) in &own {
            std::fs::write(operator.join(name), text).unwrap();
        }
        let home = operator.display();
        let command = format!(
            "echo evil >> {home}/.claude.json; echo evil > {home}/.claude/settings.json; \
             cat {home}/.claude.json {home}/.claude/settings.json > stolen.txt; mkdir {home}/.claude/commands; \
             cat {home}/.claude/.credentials.json > login.txt; echo done > done.txt"
        );
        let end = bench.run(&format!("[[bash:{command}]] [[reply:all good]]"));
        assert_eq!((end.completion, end.reply.as_str()), (Completion::Succeeded, "all good"), "{installed:?} {end:?}");
        let read = |name: &str| std::fs::read_to_string(bench.workspace().join(name)).unwrap();
        assert_eq!((read("stolen.txt").as_str(), read("done.txt").as_str()), ("", "done\n"), "{installed:?}");
        assert_eq!(read("login.txt"), own[0].1, "the login itself is in reach, as the page says");
        for (name, text) in &own {
            assert_eq!(&std::fs::read_to_string(operator.join(name)).unwrap(), text, "{installed:?} {name}");
        }
        let there: Vec<_> = std::fs::read_dir(operator.join(".claude")).unwrap().flatten().collect();
        assert_eq!(there.len(), 2, "{installed:?} {there:?}");
        // What it notes and says is the agent's own.
        let folder = Path::new(&bench.around.home).join(".claude");
        assert!(folder.join("projects").is_dir() && folder.join(".claude.json").is_file(), "{installed:?}");
        assert!(std::fs::read_link(folder.join(".credentials.json")).is_ok(), "{installed:?}");
        // The next run goes on with the conversation.
        let next = bench.start("[[reply:again]]", end.session.as_deref(), None).end();
        assert_eq!((next.completion, next.reply.as_str()), (Completion::Succeeded, "again"), "{installed:?} {next:?}");
    }
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn at_the_strict_level_they_work_too() {
    for installed in INSTALLED {
        let mut bench = Bench::new(installed);
        bench.strict = true;
        let end = bench.run("[[bash:echo made > made.txt]] [[reply:all good]]");
        assert_eq!((end.completion, end.reply.as_str()), (Completion::Succeeded, "all good"), "{installed:?} {end:?}");
        assert_eq!(std::fs::read_to_string(bench.workspace().join("made.txt")).unwrap(), "made\n");
        assert!(end.confinement.unwrap().starts_with("strict (landlock "), "{installed:?}");
    }
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn not_logged_in() {
    for installed in INSTALLED {
        let mut bench = Bench::new(installed);
        if installed.is_codex() {
            bench.configuration.environment.remove("STANDIN_KEY");
        } else {
            bench.configuration.environment.remove("ANTHROPIC_API_KEY");
        }
        let end = bench.run("[[reply:never]]");
        record(&bench, "no-login", "r-1", &end);
        failed(&end, FailureKind::Login);
    }
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn instructions_and_skills_reach_the_model() {
    for installed in INSTALLED {
        let mut bench = Bench::new(installed);
        let skills = bench.place.path().join("skills");
        let below =
            skills.join(corp::adapters::find(installed.adapter).unwrap().skills_below().unwrap()).join("plough");
        std::fs::create_dir_all(&below).unwrap();
        let skill = "---\nname: plough\ndescription: How to FURROWS a field\n---\nDeep and straight.\n";
        std::fs::write(below.join("SKILL.md"), skill).unwrap();
        bench.around.skills = Some(skills.to_str().unwrap().to_owned());
        let end = bench.run("[[probe:FURROWS]]");
        assert!(end.reply.contains("system") || end.reply.contains("messages"), "{installed:?} {}", end.reply);
        bench.system = Some("The word is PLUGH, \"said\" apart.\n".to_owned());
        let end = bench.run("[[probe:The word is PLUGH, \"said\" apart.]]");
        assert!(end.reply.ends_with(": system"), "{installed:?} {}", end.reply);
        // A conversation that goes on has it as well, and only there.
        let end = bench.start("[[probe:PLUGH, \"said\"]]", end.session.as_deref(), None).end();
        assert!(end.reply.contains(": system"), "{installed:?} {}", end.reply);
    }
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn a_limit_of_money_is_kept_by_the_program() {
    for installed in [CLAUDE, OLD_CLAUDE] {
        let mut bench = Bench::new(installed);
        bench.around.limits.money = Some(corp::model::Scalar::parse("0.01 USD").unwrap());
        let end = bench.run("[[usage:900000,0,10000]] [[bash:true]] [[bash:true]] [[reply:never]]");
        record(&bench, "over-budget", "r-1", &end);
        failed(&end, FailureKind::Limit);
        assert!(end.used.cost.is_some(), "{end:?}");
    }
}

/// Only so that a version that is installed and tried nowhere is noticed.
#[test]
fn every_version_has_a_name_of_its_own() {
    let mut versions: Vec<&str> = INSTALLED.iter().map(|Installed { version, .. }| *version).collect();
    versions.dedup();
    assert_eq!(versions.len(), INSTALLED.len());
}
