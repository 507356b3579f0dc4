//! Every suite of `cases/heartbeat.json`: inputs with what OpenClaw made of them.
//!
//! The folder comes from `CORP_SHARED`. A suite nobody knows fails, so that new cases are not passed over.

use corp::engine::heartbeat::{Beat, Decision, Missing, PromptKind, decide, is_due};
use corp::engine::{cadence, reply};
use corp::format::heartbeat;
use corp::format::record::Reader;
use corp::model::ecma;
use corp::model::heartbeat::{HeartbeatFile, HeartbeatState};
use corp::model::schedule::ActiveHours;
use corp::model::{Choice as _, Scalar as _, Zone};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

#[test]
fn every_suite() {
    let Some(shared) = std::env::var_os("CORP_SHARED") else {
        eprintln!("SKIPPED: heartbeat_cases needs CORP_SHARED");
        return;
    };
    let path = std::path::Path::new(&shared).join("cases/heartbeat.json");
    let cases: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(cases["prompts"]["2026.4"], corp::engine::heartbeat::DEFAULT_PROMPT);
    let constants = json!({
        "token": corp::model::heartbeat::OK_TOKEN,
        "silentToken": reply::SILENT_TOKEN,
        "defaultAckMaxChars": 300,
        "defaultEvery": "30m",
        "defaultUnit": "m",
        "wakeCoalesceMs": cadence::WAKE_COALESCE_MS,
        "busyRetryMs": cadence::BUSY_RETRY_MS,
    });
    assert_eq!(cases["constants"], constants);
    let mut wrong = Vec::new();
    let mut count = 0;
    for (suite, list) in cases["suites"].as_object().unwrap() {
        let answer: fn(&Json) -> (Json, Json) = match suite.as_str() {
            "stripToken" => |case| (strip(case), case["expected"].clone()),
            "effectivelyEmpty" => |case| (empty(case), case["expected"].clone()),
            "parseTasks" => |case| (tasks(case), case["expected"].clone()),
            "parseDuration" => |case| (duration(case), case["expectedMs"].clone()),
            "resolveInterval" => |case| (json!(cadence::every_ms(case["every"].as_str())), case["expectedMs"].clone()),
            "activeHours" => |case| (json!(active(case)), case["expected"].clone()),
            "taskDue" => |case| (due(case), case["expected"].clone()),
            "acknowledgement" => {
                |case| (json!(acknowledges(&case["input"], &case["maxAckChars"])), case["expected"].clone())
            }
            "okResponse" => |case| (json!(is_ok(case)), case["expected"].clone()),
            "runDecision" => |case| (run(case), case["expected"].clone()),
            "phaseSchedule" => |case| (phase(case), case["expected"].clone()),
            "cronStagger" => |case| (stagger(case), case["expectedDefaultMs"].clone()),
            "cronAt" => |case| (json!(cadence::at_ms(text(case, "input"))), case["expectedMs"].clone()),
            "cronBackoff" => |case| (backoff(case), backoff_expected(case)),
            other => panic!("a suite nobody knows: {other}"),
        };
        for case in list.as_array().unwrap() {
            count += 1;
            let (got, expected) = answer(case);
            if got != expected {
                wrong.push(format!("{suite} {}: {got} instead of {expected}, for {case}", case["id"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} cases:\n{}", wrong.len(), wrong.join("\n"));
    eprintln!("{count} cases");
}

fn text<'c>(case: &'c Json, key: &str) -> &'c str {
    case[key].as_str().unwrap_or_else(|| panic!("`{key}` is text: {case}"))
}

fn read(text: &str) -> HeartbeatFile {
    heartbeat::read(text, &mut Reader::new("HEARTBEAT.md")).file
}

fn limit(value: &Json) -> f64 {
    match value {
        Json::String(text) => reply::ack_max_chars(text),
        value => reply::limit(value.as_f64().unwrap_or(f64::NAN)),
    }
}

fn strip(case: &Json) -> Json {
    let mode = if case["options"]["mode"] == "heartbeat" { reply::Mode::Heartbeat } else { reply::Mode::Message };
    let got = reply::strip(case["input"].as_str().unwrap_or_default(), mode, limit(&case["options"]["maxAckChars"]));
    json!({ "shouldSkip": got.skip, "text": got.text, "didStrip": got.stripped })
}

fn empty(case: &Json) -> Json {
    // What is not there is not empty.
    json!(case["input"].as_str().is_some_and(|text| read(text).emptiness.is_empty()))
}

fn tasks(case: &Json) -> Json {
    let task = |task: corp::model::heartbeat::HeartbeatTask| json!({ "name": task.name, "interval": task.interval, "prompt": task.prompt });
    read(text(case, "input")).tasks.into_iter().map(task).collect()
}

fn duration(case: &Json) -> Json {
    let unit = case["defaultUnit"].as_str().unwrap_or("ms");
    ecma::duration_ms(text(case, "input"), unit).map_or(json!("error"), |ms| json!(ms))
}

/// The zone of the settings, or the user's, or UTC; a zone that does not exist is passed over.
fn active(case: &Json) -> bool {
    let hours = &case["activeHours"];
    let Some(window) =
        ActiveHours::between(hours["start"].as_str().unwrap_or_default(), hours["end"].as_str().unwrap_or_default())
    else {
        return true;
    };
    let named = hours["timezone"].as_str().map(ecma::trim).filter(|name| !matches!(*name, "" | "user" | "local"));
    let zone = [named, case["agentUserTimezone"].as_str(), case["userTimezone"].as_str()]
        .into_iter()
        .flatten()
        .find_map(|name| Zone::parse(name).ok())
        .unwrap_or(Zone::utc());
    let now: Timestamp = text(case, "nowUtc").parse().unwrap();
    window.active(now, zone.rules())
}

fn due(case: &Json) -> Json {
    json!(is_due(case["lastRunMs"].as_i64(), text(case, "interval"), case["nowMs"].as_i64().unwrap()))
}

fn acknowledges(input: &Json, max: &Json) -> bool {
    reply::is_acknowledgement(input.as_str().unwrap_or_default(), limit(max))
}

/// A message of an agent counts as quiet if it is text alone, thoughts aside, and that text is.
fn is_ok(case: &Json) -> bool {
    if case["role"] != "assistant" || !case["toolCall"].is_null() {
        return false;
    }
    let mut said = String::new();
    match &case["content"] {
        Json::String(text) => said.push_str(text),
        Json::Array(blocks) => {
            for block in blocks {
                match block["type"].as_str() {
                    Some("text" | "input_text" | "output_text") => {
                        said.push_str(block["text"].as_str().unwrap_or_default());
                    }
                    Some("thinking" | "redacted_thinking" | "reasoning") => {}
                    _ => return false,
                }
            }
        }
        Json::Null => {}
        _ => return false,
    }
    reply::is_acknowledgement(&said, limit(&case["ackMaxChars"]))
}

fn run(case: &Json) -> Json {
    let file = case["heartbeatFile"].as_str().map(read);
    let state = case["taskState"].as_object().map(|state| {
        HeartbeatState(state.iter().filter_map(|(name, ms)| Some((name.clone(), ms.as_i64()?))).collect())
    });
    let now = match (case["nowMs"].as_i64(), case["nowUtc"].as_str()) {
        (Some(ms), _) => Timestamp::from_millisecond(ms).unwrap(),
        (None, Some(text)) => text.parse().unwrap(),
        (None, None) => crate::harness::NOW.parse().unwrap(),
    };
    let hours = &case["activeHours"];
    let zone = hours["timezone"].as_str().and_then(|name| Zone::parse(name).ok()).unwrap_or(Zone::utc());
    let decision = decide(&Beat {
        file: file.as_ref(),
        missing: Missing::AskModel,
        path: "/workspace/HEARTBEAT.md",
        prompt: case["prompt"].as_str(),
        state: &state.unwrap_or_default(),
        now,
        zone: zone.rules(),
        hours: ActiveHours::between(
            hours["start"].as_str().unwrap_or_default(),
            hours["end"].as_str().unwrap_or_default(),
        ),
        reason: case["wakeReason"].as_str().unwrap_or("interval"),
    });
    match decision {
        Decision::Skip(skip) => json!({ "callsModel": false, "status": "skipped", "reason": skip.word() }),
        Decision::Run { kind, prompt, .. } => {
            // A case names a prompt by its kind, or tells all of it.
            let kind = if kind == PromptKind::Configured { "custom" } else { kind.word() };
            let expected = &case["expected"]["prompt"];
            let told = expected.as_str().is_some_and(|text| text == prompt);
            let mut answer = json!({ "callsModel": true });
            if !expected.is_null() {
                answer["prompt"] = if told { expected.clone() } else { json!(kind) };
            }
            answer
        }
    }
}

fn phase(case: &Json) -> Json {
    let interval = case["intervalMs"].as_u64().unwrap();
    let phase = cadence::phase_ms(text(case, "schedulerSeed"), text(case, "agentId"), interval);
    let next = cadence::next_on_phase_ms(case["nowMs"].as_i64().unwrap(), interval, phase);
    json!({ "phaseMs": phase, "nextDueMs": next })
}

fn stagger(case: &Json) -> Json {
    json!(cadence::stagger_ms(text(case, "expr"), case["staggerMs"].as_u64()))
}

fn backoff(case: &Json) -> Json {
    let failures = usize::try_from(case["consecutiveErrors"].as_u64().unwrap()).unwrap();
    let once = cadence::once_backoff_ms(failures).map_or(json!("disable"), |ms| json!(ms));
    json!([cadence::recurring_backoff_ms(failures), once])
}

fn backoff_expected(case: &Json) -> Json {
    json!([case["expectedRecurringMs"], case["oneShotTransient"]])
}
