//! The model gateway of a run: what is asked goes on as it is, what was used is counted, and the request after the ceiling is
//! refused. The run is a shell that stays; the requests are the test's own, and so is the provider.

use crate::harness::{job, until};
use corp::adapters::Way;
use corp::runtime::run::{Ceiling, Completion, End, Folder, Job, Meter, Passage};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// What a provider was sent: the head, and the body.
type Sent = (String, String);

/// A provider that gives these answers, one a request, and then the last again.
pub(super) fn provider(answers: Vec<String>) -> (String, Receiver<Sent>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let (told, sent) = channel();
    std::thread::spawn(move || {
        for (at, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if line.trim().is_empty() {
                    break;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            if told.send((head, String::from_utf8(body).unwrap())).is_err() {
                return;
            }
            stream.write_all(answers[at.min(answers.len() - 1)].as_bytes()).unwrap();
        }
    });
    (url, sent)
}

pub(super) fn json(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn events(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n{body}")
}

/// A run with a gateway to this provider.
struct Bench {
    place: tempfile::TempDir,
    folder: Folder,
    supervisor: Child,
    /// Where its gateway is, with the token.
    address: String,
}

const TOKEN: &str = "0123456789abcdef";

impl Bench {
    fn start(url: &str, ceiling: Ceiling) -> Self {
        Self::begun(url, ceiling, None)
    }

    fn begun(url: &str, ceiling: Ceiling, letter: Option<&str>) -> Self {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("r-1");
        let told = place.path().join("told");
        let command = "trap 'exit 1' TERM; echo \"$BASE\" > \"$TOLD.new\"; mv \"$TOLD.new\" \"$TOLD\"; while :; do sleep 0.05; done";
        let environment = [
            ("PATH", "/usr/bin:/bin".to_owned()),
            ("BASE", "{{corp.gateway}}/openai".to_owned()),
            ("TOLD", told.to_str().unwrap().to_owned()),
        ];
        let job = Job {
            program: Some("/bin/sh".to_owned()),
            arguments: vec!["-c".to_owned(), command.to_owned()],
            environment: environment.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
            letter: letter.is_some(),
            grace_ms: 10_000,
            ceiling,
            meter: Meter {
                provider: Some("openai".to_owned()),
                hold: Some(place.path().join("holds/codex_local.json")),
                passage: Some(Passage {
                    token: TOKEN.to_owned(),
                    ways: vec![
                        Way::openai(Some(&format!("{url}/v1"))),
                        Way::anthropic(Some(&url.to_owned())),
                        Way::gemini(Some(&url.to_owned())),
                    ],
                }),
                ..Meter::default()
            },
            ..job(place.path(), "process")
        };
        let folder = Folder::at(path);
        folder.create(&job, []).unwrap();
        let mut supervisor = Command::new(env!("CARGO_BIN_EXE_corp"))
            .arg("supervise")
            .arg(folder.path())
            .stdin(if letter.is_some() { Stdio::piped() } else { Stdio::null() })
            .spawn()
            .unwrap();
        if let Some(letter) = letter {
            supervisor.stdin.take().unwrap().write_all(letter.as_bytes()).unwrap();
        }
        until("the run knows its gateway", || told.exists());
        let address = std::fs::read_to_string(&told).unwrap().trim().to_owned();
        Self { place, folder, supervisor, address }
    }

    fn port(&self) -> u16 {
        let behind = self.address.strip_prefix("http://127.0.0.1:").unwrap();
        behind.split('/').next().unwrap().parse().unwrap()
    }

    /// The answer to a request, whole, as it came.
    fn ask(&self, path: &str, headers: &str, body: &str) -> String {
        let answer = self.try_ask(path, headers, body);
        assert!(!answer.is_empty(), "the gateway is gone");
        answer
    }

    /// The same; empty if the run is over before it is answered.
    fn try_ask(&self, path: &str, headers: &str, body: &str) -> String {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port())) else { return String::new() };
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer its-own\r\naccept-encoding: gzip\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut answer = String::new();
        let asked = stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut answer));
        drop(asked);
        answer
    }

    /// Asks the run to stop, and waits until it has.
    fn stop(self) -> End {
        self.signal("TERM");
        self.end()
    }

    fn signal(&self, name: &str) {
        let pid = self.supervisor.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    fn end(mut self) -> End {
        self.supervisor.wait().unwrap();
        let end = self.folder.end().unwrap().unwrap();
        drop(self.place);
        end
    }
}

#[test]
fn the_request_after_the_ceiling_is_refused_and_the_run_is_stopped() {
    // 0.135 dollars each at gpt-5: the peer's agent would have gone on to five dollars.
    let answer = events(
        "data: {\"type\":\"response.created\",\"response\":{\"model\":\"gpt-5\"}}\n\ndata: {\"type\":\"response.completed\",\"response\":{\"model\":\"gpt-5\",\"usage\":{\"input_tokens\":100000,\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens\":1000}}}\n\n",
    );
    let (url, sent) = provider(vec![answer]);
    let bench = Bench::start(&url, Ceiling { money: Some("0.50 USD".to_owned()), tokens: None });
    let path = format!("/{TOKEN}/openai/responses");
    let mut answered = 0;
    // The run is being stopped once the fourth is counted; whether the fifth is refused or finds nobody is a matter of time.
    for _ in 0..4 {
        let answer = bench.ask(&path, "", "{\"model\":\"gpt-5\"}");
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("response.completed"), "{answer}");
        answered += 1;
    }
    let end = bench.end();
    assert_eq!(end.completion, Completion::OverCeiling, "{end:?}");
    assert_eq!(end.why, "it spent 0.54 USD, more than its ceiling of 0.50 USD");
    assert_eq!((answered, end.used.input, end.used.output), (4, 400_000, 4_000));
    assert_eq!(end.used.cost.as_deref(), Some("0.54 USD"));
    assert_eq!((end.cost_source.as_deref(), end.model.as_deref()), (Some("computed"), Some("gpt-5")));
    let all: Vec<Sent> = sent.try_iter().collect();
    assert_eq!(all.len(), 4, "nothing more went out");
    let (head, body) = &all[0];
    assert!(head.starts_with("POST /v1/responses HTTP/1.1"), "{head}");
    let head = head.to_ascii_lowercase();
    assert!(
        head.contains("authorization: bearer its-own") && !head.contains("gzip") && !head.contains(TOKEN),
        "{head}"
    );
    assert_eq!(body, "{\"model\":\"gpt-5\"}");
}

#[test]
fn at_the_ceiling_itself_the_next_is_refused_in_the_words_of_its_api() {
    let usage = "{\"model\":\"m\",\"usage\":{\"input_tokens\":90,\"output_tokens\":10}}";
    let (url, sent) = provider(vec![json(200, "", usage)]);
    let bench = Bench::start(&url, Ceiling { money: None, tokens: Some(100) });
    let answer = bench.ask(&format!("/{TOKEN}/anthropic/v1/messages"), "", "{}");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(usage), "{answer}");
    let refused = bench.ask("/anthropic/v1/messages", &format!("x-corp-run: {TOKEN}\r\n"), "{}");
    assert!(refused.starts_with("HTTP/1.1 400"), "{refused}");
    assert!(refused.contains("\"invalid_request_error\"") && refused.contains("its ceiling is 100"), "{refused}");
    let end = bench.end();
    assert_eq!((end.completion, end.used.input, end.used.output), (Completion::OverCeiling, 90, 10));
    assert_eq!(sent.try_iter().count(), 1);
}

#[test]
fn who_shows_no_token_is_not_let_through_and_a_limit_is_noticed() {
    let limited = json(429, "retry-after: 120\r\n", "{\"error\":{\"message\":\"slow down\"}}");
    let (url, sent) = provider(vec![limited]);
    let bench = Bench::start(&url, Ceiling { money: None, tokens: Some(100) });
    for path in ["/openai/responses", "/0123456789abcdee/openai/responses", "/"] {
        let answer = bench.ask(path, "", "{}");
        assert!(answer.starts_with("HTTP/1.1 401"), "{path} {answer}");
    }
    assert_eq!(sent.try_iter().count(), 0);
    let answer = bench.ask(&format!("/{TOKEN}/openai/responses"), "", "{}");
    assert!(answer.starts_with("HTTP/1.1 429") && answer.contains("slow down"), "{answer}");
    let unknown = bench.ask(&format!("/{TOKEN}/elsewhere/x"), "", "{}");
    assert!(unknown.starts_with("HTTP/1.1 404"), "{unknown}");
    bench.folder.ask_to_stop(&corp::runtime::run::Stop::because("that is enough")).unwrap();
    let end = bench.end();
    assert_eq!(end.completion, Completion::Stopped);
    assert!(end.limited && end.retry_at.is_some_and(|at| at > end.started.unwrap()), "{end:?}");
    assert_eq!(end.used.input, 0, "an answer that was refused used nothing");
}

/// An answer of gpt-5 that costs 0.135 dollars.
fn dear() -> String {
    json(
        200,
        "",
        "{\"model\":\"gpt-5\",\"usage\":{\"input_tokens\":100000,\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens\":1000}}",
    )
}

fn dollars(money: &str) -> Ceiling {
    Ceiling { money: Some(money.to_owned()), tokens: None }
}

#[test]
fn a_ceiling_that_is_lowered_stops_a_run_that_has_spent_it_and_what_it_spent_stays() {
    let (url, _sent) = provider(vec![dear()]);
    let bench = Bench::start(&url, dollars("0.50 USD"));
    let path = format!("/{TOKEN}/openai/responses");
    assert!(bench.ask(&path, "", "{}").starts_with("HTTP/1.1 200"));
    bench.folder.set_ceiling(&dollars("0.10 USD")).unwrap();
    let end = bench.end();
    assert_eq!(end.completion, Completion::OverCeiling, "{end:?}");
    assert_eq!(end.why, "its budget was lowered: it spent 0.135 USD, and its ceiling is 0.10 USD");
    assert_eq!(end.used.cost.as_deref(), Some("0.135 USD"));
}

#[test]
fn a_ceiling_that_is_lowered_and_not_reached_holds_from_then_on() {
    let (url, sent) = provider(vec![dear()]);
    let bench = Bench::start(&url, dollars("5.00 USD"));
    let path = format!("/{TOKEN}/openai/responses");
    assert!(bench.ask(&path, "", "{}").starts_with("HTTP/1.1 200"));
    bench.folder.set_ceiling(&dollars("0.20 USD")).unwrap();
    // Whether it knows already, the second passes the new one in any case, and the third is one too many.
    let second = bench.ask(&path, "", "{}");
    assert!(second.starts_with("HTTP/1.1 200"), "{second}");
    let end = bench.end();
    assert_eq!(end.completion, Completion::OverCeiling, "{end:?}");
    assert_eq!((end.used.cost.as_deref(), sent.try_iter().count()), (Some("0.27 USD"), 2));
}

#[test]
fn a_ceiling_that_cannot_be_read_ends_the_run_and_leaves_nothing_of_it() {
    let (url, _sent) = provider(vec![]);
    let bench = Bench::start(&url, dollars("5.00 USD"));
    std::fs::write(bench.folder.path().join("ceiling.json"), "{").unwrap();
    bench.signal("URG");
    let end = bench.end();
    assert_eq!(end.completion, Completion::Failed, "{end:?}");
    assert!(end.why.starts_with("what it may spend cannot be read: "), "{end:?}");
}

#[test]
fn of_two_requests_at_a_time_the_second_waits_where_the_first_may_take_all_there_is() {
    let (url, sent) = provider(vec![dear()]);
    let bench = Bench::start(&url, dollars("0.10 USD"));
    let path = format!("/{TOKEN}/openai/responses");
    // Of both the most they can come to is far more than there is; the one that comes first goes out.
    let body = "{\"model\":\"gpt-5\",\"max_output_tokens\":100000}";
    let answers: Vec<String> = std::thread::scope(|scope| {
        let two = [(); 2].map(|()| scope.spawn(|| bench.try_ask(&path, "", body)));
        two.map(|asked| asked.join().unwrap()).into_iter().collect()
    });
    let end = bench.end();
    assert_eq!(answers.iter().filter(|answer| answer.starts_with("HTTP/1.1 200")).count(), 1, "{answers:?}");
    assert_eq!((end.used.cost.as_deref(), sent.try_iter().count()), (Some("0.135 USD"), 1), "{end:?}");
}

#[test]
fn an_account_that_another_run_was_told_to_leave_alone_is_left_alone() {
    let (url, sent) = provider(vec![dear()]);
    let bench = Bench::start(&url, dollars("5.00 USD"));
    let path = format!("/{TOKEN}/openai/responses");
    let hold = bench.place.path().join("holds/codex_local.json");
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    corp::runtime::holds::set(&hold, later, "r-2").unwrap();
    let answer = bench.ask(&path, "", "{}");
    assert!(answer.starts_with("HTTP/1.1 429") && answer.contains("retry-after: 3"), "{answer}");
    assert_eq!(sent.try_iter().count(), 0);
    // Its own program heard the same as it did, and knows when to ask again.
    std::fs::remove_file(&hold).unwrap();
    corp::runtime::holds::set(&hold, later, "r-1").unwrap();
    assert!(bench.ask(&path, "", "{}").starts_with("HTTP/1.1 200"));
    bench.folder.ask_to_stop(&corp::runtime::run::Stop::because("that is enough")).unwrap();
    bench.end();
}

#[test]
fn gemini_is_counted_whole_and_bit_by_bit() {
    let usage = |output: u32| {
        format!(
            "{{\"modelVersion\":\"gemini-2.5-pro\",\"usageMetadata\":{{\"promptTokenCount\":1000,\"cachedContentTokenCount\":200,\"candidatesTokenCount\":{output},\"thoughtsTokenCount\":5}}}}"
        )
    };
    let bits = events(&format!("data: {}\r\n\r\ndata: {}\r\n\r\n", usage(1), usage(50)));
    let (url, sent) = provider(vec![json(200, "", &usage(50)), bits]);
    let bench = Bench::start(&url, dollars("5.00 USD"));
    for verb in ["generateContent", "streamGenerateContent?alt=sse"] {
        let answer = bench.ask(&format!("/{TOKEN}/gemini/v1beta/models/gemini-2.5-pro:{verb}"), "", "{}");
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("candidatesTokenCount\":50"), "{answer}");
    }
    bench.folder.ask_to_stop(&corp::runtime::run::Stop::because("that is enough")).unwrap();
    let end = bench.end();
    assert_eq!((end.used.input, end.used.cached_input, end.used.output), (1_600, 400, 110), "{end:?}");
    assert_eq!(end.model.as_deref(), Some("gemini-2.5-pro"));
    let (head, _) = sent.try_iter().next().unwrap();
    assert!(head.starts_with("POST /v1beta/models/gemini-2.5-pro:generateContent HTTP/1.1"), "{head}");
}

#[test]
fn a_key_that_is_not_the_runs_is_added_on_the_way_and_never_comes_back() {
    let echo = "{\"error\": \"no such key: the-real-key-1, dGhlLXJlYWwta2V5LTE\"}";
    let (url, sent) = provider(vec![json(401, "x-seen: Bearer the-real-key-1\r\n", echo)]);
    let letter = r#"{"given": [{"name": "OPENAI_API_KEY", "value": "the-real-key-1", "as": "gateway", "stand_in": "corp-abc"}]}"#;
    let bench = Bench::begun(&url, Ceiling::default(), Some(letter));
    let answer = bench.ask(&format!("/{TOKEN}/openai/responses"), "authorization: Bearer corp-abc\r\n", "{}");
    let (head, _) = sent.recv().unwrap();
    assert!(head.contains("Bearer the-real-key-1\r\n") && !head.contains("corp-abc"), "{head}");
    assert!(answer.contains("x-seen: Bearer [secret OPENAI_API_KEY]\r\n"), "{answer}");
    assert!(answer.contains("no such key: [secret OPENAI_API_KEY], [secret OPENAI_API_KEY]E\"}"), "{answer}");
    // Where a provider takes no keys it may say back what it hears, and another provider has no use for the key.
    for (path, header) in [
        ("openai/responses", "x-client-name: corp-abc"),
        ("openai/responses", "x-api-key: corp-abc"),
        ("openai/responses", "authorization: Basic corp-abc"),
        ("openai/responses", "authorization: Bearer corp-abc and more"),
        ("anthropic/v1/messages", "x-api-key: corp-abc"),
    ] {
        bench.ask(&format!("/{TOKEN}/{path}"), &format!("{header}\r\n"), "corp-abc");
        let (head, body) = sent.recv().unwrap();
        assert!(head.contains(&format!("{header}\r\n")) && !head.contains("the-real-key-1"), "{head}");
        assert_eq!(body, "corp-abc");
    }
    let job = std::fs::read_to_string(bench.folder.path().join("job.json")).unwrap();
    assert!(!job.contains("the-real-key-1"), "{job}");
    bench.stop();
}
