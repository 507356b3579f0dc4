//! The model gateway: what a run asks of a model goes through here, on this machine's own loopback, and is counted.
//!
//! The run's supervisor holds it, as it holds everything of the run: it is there as long as the run is, whatever becomes of the
//! daemon. A request shows the run's token, in its path or in a header; it goes on to the provider as it is, with the program's own
//! login, and the answer comes back as it comes. What the answer says it used is counted before its end is passed on
//! ([`usage`]), so that the next request finds it counted ([`account`]): the one after the ceiling is refused, in the words of the
//! API it was asked in.
//!
//! | path | goes to |
//! | --- | --- |
//! | `/TOKEN/anthropic/…`, or `/anthropic/…` with the header `x-corp-run: TOKEN` | the API of Anthropic |
//! | `…/openai/…` | the API of OpenAI, Responses and Chat |
//! | `…/gemini/…` | the API of Gemini |
//!
//! A key that the run does not have is put in where the API takes keys, and hidden in whatever comes back.

mod account;
mod bound;
mod http;
mod upstream;
mod usage;

pub(in crate::runtime) use account::{Account, Tally};

use super::clock::Clock;
use super::holds;
use super::run::{Ceiling, Meter, Passage};
use super::secrets::given::Swap;
use crate::adapters::Usage;
use crate::adapters::gateway::{ADDRESS, OPEN_ADDRESS, TOKEN_HEADER};
use http::{Incoming, Request};
use serde_json::json;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use upstream::{Piece, Upstream};
use usage::Counter;

/// Between two tries to take a request: there may be no descriptor left for a moment, and the run still needs its gateway.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// Most requests at once: more than a program with its helpers has, and their bodies fit into memory. Others wait.
const AT_ONCE_MAX: usize = 32;

/// A gateway that is open.
pub(in crate::runtime) struct Gateway {
    port: u16,
    token: String,
    pub(in crate::runtime) account: Arc<Account>,
    task: JoinHandle<()>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Gateway {
    /// Opens one on a free port of the loopback.
    pub(in crate::runtime) async fn open(
        (passage, swaps): (&Passage, Vec<Swap>),
        ceiling: &Ceiling,
        meter: &Meter,
        run: &str,
        clock: Clock,
        around: impl Fn(&str) -> Option<String>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let account = Arc::new(Account::new(ceiling.clone(), meter.clone()));
        let door = Arc::new(Door {
            token: passage.token.clone(),
            upstream: Upstream::new(passage, swaps, clock, around),
            account: Arc::clone(&account),
            run: run.to_owned(),
            hold: meter.hold.clone(),
            clock,
        });
        let places = Arc::new(Semaphore::new(AT_ONCE_MAX));
        let task = tokio::spawn(async move {
            loop {
                // Never closed: there is always a place again.
                let place = Arc::clone(&places).acquire_owned().await;
                let stream = match listener.accept().await {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        tracing::warn!(%error, "a request to a model cannot be taken now");
                        tokio::time::sleep(ACCEPT_AGAIN).await;
                        continue;
                    }
                };
                let door = Arc::clone(&door);
                tokio::spawn(async move {
                    if let Err(error) = door.answer(stream).await {
                        tracing::debug!(%error, "a request to a model was not answered to its end");
                    }
                    drop(place);
                });
            }
        });
        Ok(Self { port, token: passage.token.clone(), account, task })
    }

    /// The port it listens on.
    pub(in crate::runtime) fn port(&self) -> u16 {
        self.port
    }

    /// The text with the gateway's address in its place.
    pub(in crate::runtime) fn told(&self, text: &str) -> String {
        let open = format!("http://127.0.0.1:{}", self.port);
        text.replace(OPEN_ADDRESS, &open).replace(ADDRESS, &format!("{open}/{}", self.token))
    }
}

struct Door {
    token: String,
    upstream: Upstream,
    account: Arc<Account>,
    run: String,
    /// Where it is noted that its account was told to come back later.
    hold: Option<PathBuf>,
    clock: Clock,
}

impl Door {
    async fn answer(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let (mut incoming, mut out) = Incoming::of(stream);
        let request = incoming.request(&mut out).await?;
        let Some((api, rest)) = self.admitted(&request) else {
            return out
                .write_all(&http::whole(401, &json!({"error": {"message": "no token of a run"}}).to_string()))
                .await;
        };
        if request.header("upgrade").is_some() {
            let why = refusal(&api, "corp passes requests on, and no other protocols");
            return out.write_all(&http::whole(426, &why)).await;
        }
        let Some(address) = self.upstream.address(&api, &rest) else {
            return out.write_all(&http::whole(404, &refusal(&api, "corp knows no such API"))).await;
        };
        let asks = request.method == "POST";
        if let Some(seconds) = self.rests() {
            let why = "this account was told to come back later";
            return out.write_all(&http::later(seconds, &refusal(&api, why))).await;
        }
        let turn = asks && is_turn(&rest);
        // What is no turn of a model uses next to nothing, and takes no place.
        let (model, bound) = if turn { bound::of(&rest, &request.body) } else { (None, Usage::default()) };
        let flight = tokio::select! {
            flight = self.account.admit(model.as_deref(), bound), if asks => flight.map(Some),
            () = incoming.hung_up(), if asks => return Ok(()),
            else => Ok(None),
        };
        let _flight = match flight {
            Ok(flight) => flight,
            Err(why) => {
                let why = format!("corp stopped this run: {why}");
                return out.write_all(&http::whole(400, &refusal(&api, &why))).await;
            }
        };
        let sent = request.body.len() as u64;
        let mut pieces = self.upstream.send(request, &api, address);
        let mut counter = Counter::default();
        let (mut counted, mut status, mut over) = (Usage::default(), 0, false);
        while let Some(piece) = tokio::select! {
            piece = pieces.recv() => piece,
            () = incoming.hung_up() => None,
        } {
            let bytes = match piece {
                Piece::Head { status: told, headers, content_type, later } => {
                    status = told;
                    counter = Counter::new(&content_type);
                    if told == 429 {
                        self.account.limited(later);
                    }
                    http::head(told, &headers)
                }
                Piece::Body(bytes) => {
                    if counter.take(&bytes) && asks {
                        self.count(&counter, &mut counted);
                    }
                    http::chunk(&bytes)
                }
                Piece::End => {
                    over = true;
                    counter.end();
                    if asks {
                        self.count(&counter, &mut counted);
                    }
                    http::chunk(&[])
                }
                Piece::Failed(why) if status == 0 => http::whole(502, &refusal(&api, &why)),
                // The program is to see that it was cut, and not that it was whole.
                Piece::Failed(_) => break,
            };
            if out.write_all(&bytes).await.is_err() {
                break;
            }
        }
        if !over && asks {
            counter.end();
            self.count(&counter, &mut counted);
        }
        // An answer of a model that was cut before it said anything is not free.
        if turn && (200..300).contains(&status) && counter.usage.is_none() {
            self.account.add(&counter.assumed(sent), counter.model.as_deref(), true);
        }
        Ok(())
    }

    /// For how many seconds its account rests since another run was told to come back later. What this run was told itself, its
    /// program heard too.
    fn rests(&self) -> Option<u64> {
        let hold = holds::of(self.hold.as_ref()?).filter(|hold| hold.run != self.run)?;
        let ms = hold.until.as_millisecond().saturating_sub(self.clock.now().as_millisecond());
        u64::try_from(ms).ok().filter(|ms| *ms > 0).map(|ms| ms.div_ceil(1_000))
    }

    /// Counts what has come to be known of an answer.
    fn count(&self, counter: &Counter, counted: &mut Usage) {
        if let Some(usage) = counter.usage.filter(|usage| usage != counted) {
            let first = *counted == Usage::default();
            self.account.add(&usage.since(counted), counter.model.as_deref(), first);
            *counted = usage;
        }
    }

    /// The API and the path behind it of a request that shows the token.
    fn admitted(&self, request: &Request) -> Option<(String, String)> {
        let target = request.target.strip_prefix('/')?;
        let behind = match request.header(TOKEN_HEADER) {
            Some(token) => same(token, &self.token).then_some(target)?,
            None => {
                let (token, behind) = target.split_once('/')?;
                same(token, &self.token).then_some(behind)?
            }
        };
        let (api, rest) = behind.split_at(behind.find('/').unwrap_or(behind.len()));
        Some((api.to_owned(), rest.to_owned()))
    }
}

/// Whether a request to this path makes a model answer.
fn is_turn(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    path.ends_with("/messages")
        || path.ends_with("/responses")
        || path.ends_with("/completions")
        || path.ends_with(":generateContent")
        || path.ends_with(":streamGenerateContent")
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// A refusal in the words of the API that was asked: one that is not tried again.
fn refusal(api: &str, why: &str) -> String {
    match api {
        "anthropic" => json!({"type": "error", "error": {"type": "invalid_request_error", "message": why}}),
        "gemini" => json!({"error": {"code": 400, "status": "FAILED_PRECONDITION", "message": why}}),
        _ => json!({"error": {"type": "invalid_request_error", "code": "corp_ceiling", "param": null, "message": why}}),
    }
    .to_string()
}
