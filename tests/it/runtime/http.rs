//! The adapter `http`, supervised as in a run, against a small web server on loopback.

use crate::harness::job;
use corp::runtime::run::{Completion, End, Folder, Job};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::thread::JoinHandle;

/// What came in.
struct Came {
    headers: BTreeMap<String, String>,
    body: String,
}

/// Answers one request with this.
fn server(answer: String) -> (String, JoinHandle<Came>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(&stream);
        let mut headers = BTreeMap::new();
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap() > 2 {
            if let Some((name, value)) = line.split_once(": ") {
                headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
            }
            line.clear();
        }
        let mut body = vec![0; headers["content-length"].parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        (&stream).write_all(answer.as_bytes()).unwrap();
        Came { headers, body: String::from_utf8(body).unwrap() }
    });
    (url, served)
}

fn answer(status: u16, more: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} Answer\r\n{more}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

/// Sends a letter as a run does, and returns how it ended and what was asked at the daemon.
fn sent(url: &str, more: &Value, patience_ms: u64) -> (End, Vec<Value>) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("r-1");
    let daemon = UnixListener::bind(place.path().join("daemon")).unwrap();
    let asked = std::thread::spawn(move || {
        let mut all = Vec::new();
        for stream in daemon.incoming() {
            let stream = stream.unwrap();
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            if line.trim() == "over" {
                return all;
            }
            all.push(serde_json::from_str::<Value>(&line).unwrap()["do"].clone());
            (&stream).write_all(b"{\"done\":{\"done\":true}}\n").unwrap();
        }
        all
    });
    let mut letter = json!({
        "url": url, "headers": {"x-own": "yes"}, "body": "{\"n\":1}", "run": "r-1", "signing_key": null, "token": null,
    });
    letter.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let job = Job {
        arguments: vec!["send-task".to_owned(), text(&path.join("send.json"))],
        environment: BTreeMap::from([("CORP_TICKET".to_owned(), "ACME-1".to_owned())]),
        inherited: vec!["HOOK_KEY".to_owned(), "HOOK_TOKEN".to_owned()],
        timeout_ms: patience_ms,
        idle_timeout_ms: patience_ms,
        grace_ms: 1_000,
        ..job(place.path(), "http")
    };
    let folder = Folder::at(&path);
    folder.create(&job, [("send.json", letter.to_string().as_str())]).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_corp"));
    command.arg("supervise").arg(folder.path()).env("HOOK_KEY", "a key").env("HOOK_TOKEN", "a token");
    command.env("CORP_NOW", crate::harness::NOW);
    assert!(command.status().unwrap().success());
    let mut over = std::os::unix::net::UnixStream::connect(place.path().join("daemon")).unwrap();
    over.write_all(b"over\n").unwrap();
    let transcript = std::fs::read_to_string(path.join("transcript.jsonl")).unwrap();
    assert!(!transcript.contains("a key") && !transcript.contains("a token"), "{transcript}");
    let job = std::fs::read_to_string(path.join("job.json")).unwrap();
    assert!(!job.contains("a key"), "{job}");
    (folder.end().unwrap().unwrap(), asked.join().unwrap())
}

fn hmac(key: &[u8], message: &[u8]) -> String {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn an_answer_carries_a_comment_a_status_and_usage() {
    let body = json!({
        "comment": "I looked at it", "status": "done", "summary": "looked", "session": "s-9", "cost": "0.05 USD",
        "usage": {"input": 12, "cached_input": 3, "output": 4},
    });
    let (url, served) = server(answer(200, "", &body.to_string()));
    let (end, asked) = sent(&url, &json!({"signing_key": "HOOK_KEY", "token": "HOOK_TOKEN"}), 60_000);
    let came = served.join().unwrap();
    assert_eq!(end.completion, Completion::Succeeded, "{end:?}");
    assert_eq!((end.reply.as_str(), end.session.as_deref()), ("looked", Some("s-9")));
    assert_eq!((end.used.input, end.used.cached_input, end.used.output), (12, 3, 4));
    assert_eq!(end.used.cost.as_deref(), Some("0.05 USD"));
    let expected = [
        json!({"verb": "comment", "ticket": "ACME-1", "text": "I looked at it"}),
        json!({"verb": "done", "ticket": "ACME-1"}),
    ];
    assert_eq!(asked, expected);
    assert_eq!(came.body, "{\"n\":1}");
    assert_eq!((came.headers["x-own"].as_str(), came.headers["idempotency-key"].as_str()), ("yes", "r-1"));
    assert_eq!(came.headers["authorization"], "Bearer a token");
    let signature = &came.headers["x-corp-signature"];
    let (time, signature) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    assert_eq!(signature, hmac(b"a key", format!("{time}.{}", came.body).as_bytes()));
}

#[test]
fn what_goes_wrong_is_told_apart() {
    for (answered, kind, why) in [
        (answer(500, "", "broken"), "transient", "answered 500: broken"),
        (answer(401, "", ""), "login", "answered 401"),
        (answer(429, "retry-after: 30\r\n", ""), "rate_limit", "retry-after 30"),
        (answer(302, "location: http://127.0.0.1:1/\r\n", ""), "other", "answered 302"),
        (answer(200, "", "{\"status\":\"failed\",\"why\":\"no data\"}"), "other", "no data"),
        (answer(200, "", "{\"status\":\"dnoe\"}"), "other", "the answer's status is `dnoe`"),
        (
            "HTTP/1.1 200 Answer\r\ncontent-length: 99\r\n\r\n{\"status\":\"done\"".to_owned(),
            "transient",
            "did not answer",
        ),
    ] {
        let (url, served) = server(answered);
        let (end, asked) = sent(&url, &json!({}), 60_000);
        served.join().unwrap();
        assert_eq!(end.completion, Completion::Failed, "{end:?}");
        assert_eq!(end.failure.as_deref(), Some(kind), "{end:?}");
        assert!(end.why.contains(why), "{end:?}");
        assert_eq!(asked, Vec::<Value>::new());
    }
    let (end, _) = sent("http://127.0.0.1:1/", &json!({}), 60_000);
    assert_eq!(end.failure.as_deref(), Some("transient"), "{end:?}");
    let (end, _) = sent("http://127.0.0.1:1/", &json!({"token": "NOT_SET"}), 60_000);
    assert_eq!(
        (end.failure.as_deref(), end.why.as_str()),
        (Some("login"), "there is no variable NOT_SET around `corp up`")
    );
}

#[test]
fn words_alone_are_what_it_says() {
    let (url, served) = server(answer(200, "", "thank you"));
    let (end, _) = sent(&url, &json!({}), 60_000);
    served.join().unwrap();
    assert_eq!((end.completion, end.reply.as_str()), (Completion::Succeeded, "thank you"));
}

#[test]
fn a_server_that_hangs_is_given_up() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (end, _) = sent(&url, &json!({}), 1_500);
    assert_eq!(end.completion, Completion::TimedOut, "{end:?}");
}
