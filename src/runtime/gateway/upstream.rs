//! Where requests go on to, and how: a thread for each, since a few at a time is what a run has.

use super::super::clock::Clock;
use super::super::run::Passage;
use super::super::secrets::given::Swap;
use super::http::Request;
use crate::adapters::Way;
use crate::adapters::gateway::{TOKEN_HEADER, is_key_for, key_headers};
use crate::redact::live::Live;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Longest wait for a connection, in milliseconds. How long an answer may take is the run's own limit.
const CONNECT_MS_MAX: u64 = 30_000;

/// Most bytes that are passed on at once.
const PIECE_BYTES: usize = 16 << 10;

/// Most pieces that wait for the program to take them: whoever reads slowly lets the provider wait.
const PIECES_WAITING: usize = 16;

/// What belongs to a connection, and not to what is said over it.
const OF_A_CONNECTION: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A piece of an answer.
pub(super) enum Piece {
    /// How it begins.
    Head {
        status: u16,
        headers: Vec<(String, Vec<u8>)>,
        content_type: String,
        /// When to come back, if that is said.
        later: Option<Timestamp>,
    },
    /// Part of what it says.
    Body(Vec<u8>),
    /// It is whole.
    End,
    /// It was cut, or never came.
    Failed(String),
}

pub(super) struct Upstream {
    agent: ureq::Agent,
    addresses: BTreeMap<String, String>,
    keys: Arc<Keys>,
    clock: Clock,
}

/// The keys that the run does not have.
struct Keys {
    swaps: Vec<Swap>,
    /// What hides them.
    live: Live,
}

impl Keys {
    fn new(swaps: Vec<Swap>) -> Self {
        let live = Live::new(swaps.iter().map(|swap| (swap.name.as_str(), swap.key.as_str())));
        Self { swaps, live }
    }

    /// A header with the key in the place of what stands for it, if it is the whole of a header in which this API takes keys.
    /// Anywhere else a provider may say it back, and the run would have it.
    fn put_in(&self, api: &str, name: &str, value: &str) -> Option<String> {
        if !key_headers(api).contains(&name) {
            return None;
        }
        let (scheme, shown) = match value.split_once(' ') {
            Some((scheme, shown)) if scheme.eq_ignore_ascii_case("bearer") => (Some(scheme), shown.trim()),
            _ => (None, value.trim()),
        };
        let swap = self.swaps.iter().find(|swap| swap.stand_in == shown && is_key_for(api, &swap.name))?;
        Some(match scheme {
            Some(scheme) => format!("{scheme} {}", swap.key),
            None => swap.key.clone(),
        })
    }
}

impl Upstream {
    pub(super) fn new(
        passage: &Passage,
        swaps: Vec<Swap>,
        clock: Clock,
        around: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_millis(CONNECT_MS_MAX)))
            .build()
            .into();
        let address = |way: &Way| {
            let named = way.url.clone().or_else(|| around(&way.variable).filter(|url| !url.is_empty()));
            named.unwrap_or_else(|| way.usual.clone()).trim_end_matches('/').to_owned()
        };
        let addresses = passage.ways.iter().map(|way| (way.api.clone(), address(way))).collect();
        Self { agent, addresses, keys: Arc::new(Keys::new(swaps)), clock }
    }

    /// Where a request for this path of an API goes.
    pub(super) fn address(&self, api: &str, path: &str) -> Option<String> {
        Some(format!("{}{path}", self.addresses.get(api)?))
    }

    /// Sends a request to an API on. What comes back ends when nobody takes it any more.
    pub(super) fn send(&self, request: Request, api: &str, address: String) -> mpsc::Receiver<Piece> {
        let (pieces, receiver) = mpsc::channel(PIECES_WAITING);
        let (agent, keys, clock) = (self.agent.clone(), Arc::clone(&self.keys), self.clock);
        let api = api.to_owned();
        tokio::task::spawn_blocking(move || {
            if let Err(why) = pass(&agent, &keys, request, (&api, &address, clock), &pieces) {
                // Whoever does not listen any more needs no reason.
                drop(pieces.blocking_send(Piece::Failed(keys.live.hide(&why).into_owned())));
            }
        });
        receiver
    }
}

fn pass(
    agent: &ureq::Agent,
    keys: &Keys,
    request: Request,
    (api, address, clock): (&str, &str, Clock),
    pieces: &mpsc::Sender<Piece>,
) -> Result<(), String> {
    let mut builder = ureq::http::Request::builder().method(request.method.as_str()).uri(address);
    for (name, said) in &request.headers {
        // What the answer says it used must be readable.
        if !OF_A_CONNECTION.contains(&name.as_str()) && name != TOKEN_HEADER && name != "accept-encoding" {
            // The program never had it: it cannot lose it.
            let value = keys.put_in(api, name, said);
            builder = builder.header(name, value.as_ref().unwrap_or(said));
        }
    }
    let unreached = |error: ureq::Error| format!("the model's provider did not answer: {error}");
    let built = builder.body(request.body).map_err(|error| format!("the request makes no sense: {error}"))?;
    let answer = if built.body().is_empty() { agent.run(built.map(|_| ())) } else { agent.run(built) };
    let answer = answer.map_err(unreached)?;
    let (parts, body) = answer.into_parts();
    let said = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let headers = parts.headers.iter().filter(|(name, _)| !OF_A_CONNECTION.contains(&name.as_str()));
    let hidden = |value: &[u8]| keys.live.hide_bytes(value).unwrap_or_else(|| value.to_vec());
    let head = Piece::Head {
        status: parts.status.as_u16(),
        content_type: said("content-type").unwrap_or_default().to_owned(),
        later: later(clock.now(), said),
        headers: headers.map(|(name, value)| (name.as_str().to_owned(), hidden(value.as_bytes()))).collect(),
    };
    if pieces.blocking_send(head).is_err() {
        return Ok(());
    }
    let mut reader = body.into_reader();
    let mut buffer = vec![0; PIECE_BYTES];
    let mut stream = keys.live.stream();
    loop {
        let count = reader.read(&mut buffer).map_err(|error| format!("the answer was cut: {error}"))?;
        let mut shown = Vec::with_capacity(count);
        match count {
            0 => stream.finish(&mut shown),
            count => stream.feed(&buffer[..count], &mut shown),
        }
        // An empty piece would say that it is the last.
        if !shown.is_empty() && pieces.blocking_send(Piece::Body(shown)).is_err() {
            return Ok(());
        }
        if count == 0 {
            break;
        }
    }
    drop(pieces.blocking_send(Piece::End));
    Ok(())
}

/// When to come back, by the headers of a refusal: `retry-after` in seconds or milliseconds, or when the provider's own
/// limit begins anew.
fn later<'h>(now: Timestamp, said: impl Fn(&str) -> Option<&'h str>) -> Option<Timestamp> {
    let number = |name: &str| said(name).and_then(|text| text.trim().parse::<i64>().ok()).filter(|number| *number >= 0);
    if let Some(ms) = number("retry-after-ms") {
        return now.checked_add(SignedDuration::from_millis(ms)).ok();
    }
    if let Some(seconds) = number("retry-after") {
        return now.checked_add(SignedDuration::from_secs(seconds)).ok();
    }
    if let Some(seconds) = number("anthropic-ratelimit-unified-reset") {
        return Timestamp::from_second(seconds).ok();
    }
    let resets = ["anthropic-ratelimit-requests-reset", "anthropic-ratelimit-tokens-reset"];
    resets.iter().filter_map(|name| said(name)?.parse::<Timestamp>().ok()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_to_come_back_is_read_from_whatever_says_it() {
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        for (headers, expected) in [
            (&[("retry-after", "120")][..], Some("2026-11-20T10:02:00Z")),
            (&[("retry-after-ms", "1500"), ("retry-after", "9")], Some("2026-11-20T10:00:01.5Z")),
            (&[("anthropic-ratelimit-unified-reset", "1763640000")], Some("2025-11-20T12:00:00Z")),
            (
                &[
                    ("anthropic-ratelimit-requests-reset", "2026-11-20T10:01:00Z"),
                    ("anthropic-ratelimit-tokens-reset", "2026-11-20T10:05:00Z"),
                ],
                Some("2026-11-20T10:05:00Z"),
            ),
            (&[("retry-after", "soon")], None),
            (&[], None),
        ] {
            let said = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
            assert_eq!(later(now, said), expected.map(|at| at.parse().unwrap()), "{headers:?}");
        }
    }
}
