//! What the programs said, as it was written down: no program is needed to read it.

use super::turns::folder;
use crate::fuzz::{Input, mutate};
use corp::adapters::{self, Ended, Failure, FailureKind, Reader, Signal, Stream, Usage, Verdict};
use corp::model::price::Price;
use corp::model::{Money, Scalar as _};
use serde_json::Value;

/// What is expected of a case, whatever the program: how it went; and for a failure, what can be done about it.
const CASES: &[(&str, Option<&[FailureKind]>)] = &[
    ("tool", None),
    ("resumed-1", None),
    ("resumed-2", None),
    ("resumed-3", None),
    ("429-once", None),
    ("500-once", None),
    ("disconnect-once", None),
    ("permitted", None),
    ("denied", None),
    ("400", Some(&[FailureKind::Other])),
    ("401", Some(&[FailureKind::Login])),
    ("429", Some(&[FailureKind::RateLimit])),
    ("500", Some(&[FailureKind::Transient])),
    ("no-login", Some(&[FailureKind::Login])),
    ("session-unknown", Some(&[FailureKind::Session])),
    // Codex begins another conversation, is stopped for it, and has nothing more to say.
    ("session-no-id", Some(&[FailureKind::Session, FailureKind::Cut])),
    ("disconnect", Some(&[FailureKind::Transient, FailureKind::Other])),
    ("garbage", Some(&[FailureKind::Transient, FailureKind::Other])),
    ("hang", Some(&[FailureKind::Cut])),
    ("stopped", Some(&[FailureKind::Cut])),
    ("over-budget", Some(&[FailureKind::Limit])),
];

/// A recording: its lines, and how the process ended.
struct Recording {
    adapter: String,
    case: String,
    version: String,
    lines: Vec<(Stream, String)>,
    ended: Ended,
}

fn recordings() -> Vec<Recording> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(folder()).unwrap() {
        let folder = folder.unwrap();
        let adapter = folder.file_name().into_string().unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let (case, version) = name.rsplit_once('-').unwrap();
            let text = std::fs::read_to_string(&path).unwrap();
            let mut lines = Vec::new();
            let mut ended = None;
            for line in text.lines() {
                let value: Value = serde_json::from_str(line).unwrap();
                if let Some(out) = value["out"].as_str() {
                    lines.push((Stream::Out, out.to_owned()));
                } else if let Some(err) = value["err"].as_str() {
                    lines.push((Stream::Err, err.to_owned()));
                } else if let Some(code) = value["exit"].as_i64() {
                    ended = Some(Ended::Exit(code.try_into().unwrap()));
                } else if let Some(signal) = value["signal"].as_i64() {
                    ended = Some(Ended::Signal(signal.try_into().unwrap()));
                }
            }
            let ended = ended.unwrap_or_else(|| panic!("{} does not say how it ended", path.display()));
            let (case, version) = (case.to_owned(), version.to_owned());
            found.push(Recording { adapter: adapter.clone(), case, version, lines, ended });
        }
    }
    found.sort_by(|a, b| (&a.adapter, &a.case, &a.version).cmp(&(&b.adapter, &b.case, &b.version)));
    found
}

fn read(adapter: &str, lines: &[(Stream, String)]) -> (Box<dyn Reader>, Vec<Signal>) {
    let mut reader = adapters::find(adapter).unwrap().reader();
    let signals = lines.iter().flat_map(|(stream, line)| reader.line(*stream, line)).collect();
    (reader, signals)
}

fn used(signals: &[Signal]) -> Usage {
    let mut sum = Usage::default();
    for signal in signals {
        match signal {
            Signal::Used(usage) => sum.add(usage),
            Signal::UsedSoFar(usage) => sum = *usage,
            _ => {}
        }
    }
    sum
}

#[test]
fn every_recording_is_read_as_it_went() {
    let all = recordings();
    assert!(all.len() >= 60, "{}", all.len());
    for recording in &all {
        let Recording { adapter, case, version, lines, ended } = recording;
        let at = format!("{adapter} {version} {case}");
        let (_, expected) = CASES.iter().find(|(name, _)| name == case).unwrap_or_else(|| panic!("{at} is not known"));
        let (reader, signals) = read(adapter, lines);
        match (reader.verdict(*ended), expected) {
            (Verdict::Succeeded, None) => {
                assert!(signals.contains(&Signal::Finished), "{at}");
                assert!(used(&signals).total() > 0, "{at}");
            }
            (Verdict::Failed(Failure { kind, why }), Some(kinds)) => {
                assert!(kinds.contains(&kind), "{at}: {kind} {why}");
                assert!(!why.is_empty(), "{at}");
            }
            (verdict, _) => panic!("{at}: {verdict:?}"),
        }
    }
    // Each program was recorded in each case that it can be in.
    for (adapter, version) in [("claude_local", "2.1.329"), ("claude_local", "2.1.197"), ("codex_local", "0.169.0")] {
        for (case, _) in CASES.iter().filter(|(case, _)| adapter == "claude_local" || *case != "over-budget") {
            let is = |one: &Recording| one.adapter == adapter && one.case == *case && one.version == version;
            assert!(all.iter().any(is), "{adapter} {version} was not recorded: {case}");
        }
    }
}

#[test]
fn what_was_said_is_told() {
    for recording in recordings().iter().filter(|recording| recording.case == "tool") {
        let (_, signals) = read(&recording.adapter, &recording.lines);
        let said = |wanted: &dyn Fn(&Signal) -> bool| signals.iter().any(wanted);
        assert!(said(&|signal| matches!(signal, Signal::Session(id) if id.len() == 36)), "{signals:#?}");
        assert!(
            said(&|signal| matches!(signal, Signal::Tool { input, .. } if input.contains("made.txt"))),
            "{signals:#?}"
        );
        assert!(said(&|signal| matches!(signal, Signal::ToolResult { ok: true, .. })), "{signals:#?}");
        assert!(said(&|signal| *signal == Signal::Text("all good".to_owned())), "{signals:#?}");
        let texts = signals.iter().filter(|signal| matches!(signal, Signal::Text(_))).count();
        let out = recording.lines.iter().filter(|(stream, _)| *stream == Stream::Err).count();
        assert_eq!(texts, out + 1, "the last word is said once");
        let expected = Usage { input: 1600, cached_input: 400, output: 100, ..Usage::default() };
        assert_eq!(Usage { cost: None, ..used(&signals) }, expected, "{}", recording.version);
    }
}

#[test]
fn a_resumed_conversation_counts_each_run_once_or_on() {
    for adapter in ["claude_local", "codex_local"] {
        for recording in recordings().iter().filter(|one| one.adapter == adapter && one.case == "resumed-3") {
            let (_, signals) = read(adapter, &recording.lines);
            let usage = used(&signals);
            let expected = match adapter {
                // What the third run used.
                "claude_local" => (50, 500, 9),
                // What the three used together: the second asked twice.
                _ => (100 + 400 + 50, 10 + 40 + 500, 7 + 6 + 9),
            };
            assert_eq!((usage.input, usage.cached_input, usage.output), expected, "{} {}", adapter, recording.version);
        }
    }
}

/// Three runs in one conversation, the same work by each program: two of them tell of each run, one counts on over the conversation.
/// Charged is the same, for each run and so for all, and no run is charged for another.
#[test]
fn the_same_work_is_charged_the_same_whoever_tells_of_it_and_however() {
    let money = |text: &str| Money::parse(text).unwrap();
    let price = Price {
        model: "stand-in".to_owned(),
        provider: None,
        from: None,
        input: money("3.00 USD"),
        cached_input: money("0.30 USD"),
        cache_write: money("3.75 USD"),
        output: money("15.00 USD"),
    };
    for (adapter, version) in [("claude_local", "2.1.329"), ("claude_local", "2.1.197"), ("codex_local", "0.169.0")] {
        let mut before = Usage::default();
        let charged = [1, 2, 3].map(|number| {
            let case = format!("resumed-{number}");
            let is = |one: &&Recording| one.adapter == adapter && one.version == version && one.case == case;
            let recordings = recordings();
            let recording = recordings.iter().find(is).unwrap_or_else(|| panic!("{adapter} {version} {case}"));
            let (_, signals) = read(adapter, &recording.lines);
            let counts_on = signals.iter().any(|signal| matches!(signal, Signal::UsedSoFar(_)));
            assert_eq!(counts_on, adapter == "codex_local", "{adapter} {version}");
            let told = used(&signals);
            let run = if counts_on { told.since(&before) } else { told };
            before = told;
            let cost = price.cost(&run.tokens()).unwrap().to_string();
            (run.input, run.cached_input, run.output, cost)
        });
        let expected = [
            (100, 10, 7, "0.000408 USD".to_owned()),
            (400, 40, 6, "0.001302 USD".to_owned()),
            (50, 500, 9, "0.000435 USD".to_owned()),
        ];
        assert_eq!(charged, expected, "{adapter} {version}");
    }
}

/// The words by which each program says that it is done.
fn is_terminal(line: &str) -> bool {
    serde_json::from_str::<Value>(line)
        .is_ok_and(|value| ["result", "turn.completed"].contains(&value["type"].as_str().unwrap_or_default()))
}

#[test]
fn a_transcript_that_is_cut_is_no_success() {
    for recording in recordings() {
        let (reader, _) = read(&recording.adapter, &recording.lines);
        if reader.verdict(recording.ended) != Verdict::Succeeded {
            continue;
        }
        let last = recording.lines.iter().rposition(|(_, line)| is_terminal(line)).unwrap();
        for cut in 0..=last {
            let (reader, _) = read(&recording.adapter, &recording.lines[..cut]);
            assert_ne!(reader.verdict(Ended::Exit(0)), Verdict::Succeeded, "{} cut at {cut}", recording.case);
        }
        let (stream, line) = &recording.lines[last];
        for at in (0..line.len()).filter(|at| line.is_char_boundary(*at)) {
            let mut lines = recording.lines[..last].to_vec();
            lines.push((*stream, line[..at].to_owned()));
            let (reader, _) = read(&recording.adapter, &lines);
            assert_ne!(reader.verdict(Ended::Exit(0)), Verdict::Succeeded, "{} cut in its last line", recording.case);
        }
    }
}

/// Pieces that mean something in what the programs say.
const WORDS: &[&str] = &[
    "\n",
    "{",
    "}",
    "\"",
    "null",
    "true",
    "false",
    "-1",
    "1e400",
    "18446744073709551616",
    "[]",
    "{}",
    "\"type\":\"result\"",
    "\"subtype\":\"success\"",
    "\"is_error\":false",
    "\"is_error\":true",
    "{\"type\":\"turn.completed\",\"usage\":{}}",
    "\"usage\":{\"input_tokens\":9e18}",
    "\"total_cost_usd\":1e308",
    "{\"corp\":\"done\"}",
    "{\"corp\":\"failed\"}",
    "\"session_id\":7",
    "\u{1f4a3}",
    "\\u0000",
];

#[test]
fn fuzz_transcripts() {
    let recordings = recordings();
    let texts: Vec<(usize, String)> = (0..recordings.len())
        .map(|at| (at, recordings[at].lines.iter().map(|(_, line)| format!("{line}\n")).collect()))
        .collect();
    let mut seeds: Vec<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
    seeds.push("{\"corp\":\"say\",\"text\":\"x\"}\n{\"corp\":\"spend\",\"money\":\"0.05 USD\",\"input\":3}\n{\"corp\":\"done\"}\n");
    bolero::check!().with_type::<Input>().for_each(|input| {
        let text = mutate(&seeds, WORDS, input);
        for adapter in adapters::ALL {
            let mut reader = adapter.reader();
            let mut said = 0usize;
            let mut finished = false;
            for line in text.lines() {
                for signal in reader.line(Stream::Out, line) {
                    finished |= signal == Signal::Finished;
                    // What a line means is not much more than what it says.
                    said += match &signal {
                        Signal::Text(text) | Signal::ToolResult { output: text, .. } => text.len(),
                        Signal::Tool { name, input } => name.len() + input.len(),
                        _ => 1,
                    };
                }
                reader.line(Stream::Err, line);
            }
            assert!(said <= text.len() * 8 + 4_096, "{} made {said} of {}", adapter.name(), text.len());
            let verdict = reader.verdict(Ended::Exit(0));
            if adapter.name() != "process" && !finished {
                assert_ne!(verdict, Verdict::Succeeded, "{} finished without a word", adapter.name());
            }
            assert_ne!(reader.verdict(Ended::Signal(9)), Verdict::Succeeded, "{}", adapter.name());
            if let Verdict::Failed(failure) = verdict {
                // Bounded whatever was said.
                assert!(adapter.capabilities().offline || failure.why.len() <= 4_096, "{}", failure.why.len());
            }
        }
    });
}
