//! A stand-in for the model APIs that agent programs talk to, on loopback: Anthropic Messages, OpenAI Responses and
//! OpenAI Chat, streamed and whole.
//!
//! What it answers stands in the prompt ([`plan`]), so that runs side by side share one without knowing of each other.
//! It counts what it was asked and what it answered with, for each conversation, so that a ledger can be held against it.

mod answer;
mod http;
mod plan;

use plan::{Dialect, Fault, Plan};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// What a conversation was charged: answers that were given whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Charged {
    pub(crate) requests: u64,
    pub(crate) input: u64,
    pub(crate) cached: u64,
    pub(crate) output: u64,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) session: Option<String>,
    /// What the user said in this turn.
    pub(crate) said: String,
}

#[derive(Default)]
struct Book {
    charged: BTreeMap<String, Charged>,
    seen: Vec<Seen>,
    /// How often a fault that passes was given, by the words that asked for it.
    faults: BTreeMap<String, u64>,
}

/// What is done when the user's words ask for nothing: from what is said in this turn, and from all that is said.
pub(crate) type Usual = Box<dyn Fn(&str, &str) -> String + Send + Sync>;

struct Shared {
    usual: Usual,
    book: Mutex<Book>,
    changed: Condvar,
    stopping: AtomicBool,
}

/// The stand-in. It ends when it is dropped.
pub(crate) struct StandIn {
    port: u16,
    shared: Arc<Shared>,
}

impl StandIn {
    pub(crate) fn start() -> Self {
        Self::doing("")
    }

    /// One that does this where the user's words ask for nothing. `{ticket}` is the ticket that the run is about, as the
    /// model is told of it.
    pub(crate) fn doing(usual: &'static str) -> Self {
        Self::playing(Box::new(|_, _| usual.to_owned()))
    }

    /// One that does what `usual` makes of what it is told.
    pub(crate) fn playing(usual: Usual) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (book, changed, stopping) = Default::default();
        let shared = Arc::new(Shared { usual, book, changed, stopping });
        let all = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if all.stopping.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&all);
                // A client that goes away in the middle is nobody's error.
                std::thread::spawn(move || drop(converse(&shared, &stream)));
            }
        });
        Self { port, shared }
    }

    /// Where it is, without a path.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Everything it answered.
    pub(crate) fn charged(&self) -> Charged {
        self.shared.book.lock().unwrap().charged.values().fold(Charged::default(), |sum, one| Charged {
            requests: sum.requests + one.requests,
            input: sum.input + one.input,
            cached: sum.cached + one.cached,
            output: sum.output + one.output,
        })
    }

    /// What it answered in one conversation.
    pub(crate) fn charged_to(&self, session: &str) -> Charged {
        self.shared.book.lock().unwrap().charged.get(session).copied().unwrap_or_default()
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.book.lock().unwrap().seen.clone()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        // Wakes the one who accepts, and those who hang.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        self.shared.changed.notify_all();
    }
}

fn converse(shared: &Shared, stream: &TcpStream) -> std::io::Result<()> {
    let request = http::read(stream)?;
    let path = request.path.split('?').next().unwrap_or_default().trim_end_matches('/').to_owned();
    if request.method != "POST" {
        let models = serde_json::json!({"object": "list", "has_more": false, "data": [
            {"id": "stand-in", "object": "model", "type": "model", "display_name": "Stand-in", "created": 0, "owned_by": "tests"}]});
        return match path.ends_with("/models") {
            true => http::whole(stream, 200, &models, &[]),
            false if request.method == "HEAD" => http::whole(stream, 200, &Value::Null, &[]),
            false => http::whole(stream, 404, &serde_json::json!({"error": {"message": "there is no such path"}}), &[]),
        };
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    if path.ends_with("/count_tokens") {
        return http::whole(stream, 200, &serde_json::json!({"input_tokens": request.body.len() / 4}), &[]);
    }
    let Some(dialect) = Dialect::of(&path) else {
        return http::whole(stream, 404, &serde_json::json!({"error": {"message": "there is no such path"}}), &[]);
    };
    let plan = Plan::of(dialect, &body, &shared.usual);
    let session = session(&request, &body);
    let fault = {
        let mut book = shared.book.lock().unwrap();
        book.seen.push(Seen { path, session: session.clone(), said: plan.said.clone() });
        shared.changed.notify_all();
        plan.fault.as_ref().and_then(|(fault, times)| {
            let count = book.faults.entry(format!("{fault:?} {}", plan.said)).or_default();
            *count += 1;
            times.is_none_or(|times| *count <= times).then_some(*fault)
        })
    };
    match fault {
        Some(Fault::Status(code)) => return http::whole(stream, code, &answer::refusal(dialect, code), &later(code)),
        Some(Fault::Garbage) => return http::whole(stream, 200, &serde_json::json!({"this": "is no answer"}), &[]),
        Some(Fault::Hang) => {
            let book = shared.book.lock().unwrap();
            let stop = |_: &mut Book| !shared.stopping.load(Ordering::Relaxed);
            drop(shared.changed.wait_timeout_while(book, Duration::from_secs(3600), stop).unwrap());
            return Ok(());
        }
        Some(Fault::Disconnect) => return http::cut(stream, &answer::events(dialect, &plan, &body)),
        None => {}
    }
    {
        // Before it is sent: a program goes as soon as it has the last event, and what it was given counts whether or
        // not it waits for the end of the stream.
        let mut book = shared.book.lock().unwrap();
        let charged = book.charged.entry(session.unwrap_or_default()).or_default();
        charged.requests += 1;
        charged.input += plan.usage.input;
        charged.cached += plan.usage.cached;
        charged.output += plan.usage.output;
    }
    if body["stream"] == true {
        http::streamed(stream, &answer::events(dialect, &plan, &body))
    } else {
        http::whole(stream, 200, &answer::whole(dialect, &plan, &body), &[])
    }
}

fn later(code: u16) -> Vec<(&'static str, String)> {
    if code == 429 || code == 529 { vec![("retry-after", "1".to_owned())] } else { Vec::new() }
}

/// The conversation a request belongs to, as the programs say it.
fn session(request: &http::Request, body: &Value) -> Option<String> {
    let named = ["x-claude-code-session-id", "session_id", "session-id", "conversation_id"];
    let header = named.iter().find_map(|name| request.headers.get(*name).cloned());
    let metadata = body["metadata"]["user_id"].as_str().and_then(|id| id.rsplit_once("session_")).map(|(_, id)| id);
    header.or_else(|| metadata.map(str::to_owned)).or_else(|| body["prompt_cache_key"].as_str().map(str::to_owned))
}
