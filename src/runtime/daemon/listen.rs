//! The daemon's socket: only for this account, one line a request, one line an answer.

use super::letters::Letter;
use crate::runtime::machine;
use crate::runtime::place::Place;
use crate::runtime::supervise::REQUEST_BYTES_MAX;
use crate::runtime::wire::{Ask, Reply, Request};
use serde_json::json;
use std::io;
use std::sync::mpsc::Sender;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{oneshot, watch};

/// Opens the socket. One that is left from an earlier daemon goes: who calls this has the company's lock.
pub(super) fn bind(place: &Place) -> io::Result<UnixListener> {
    place.make_sockets()?;
    let path = place.socket();
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    rustix::fs::chmod(&path, rustix::fs::Mode::from_raw_mode(0o600))?;
    Ok(listener)
}

pub(super) async fn listen(listener: UnixListener, inbox: Sender<Letter>, quit: watch::Sender<bool>) {
    let own = rustix::process::getuid().as_raw();
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a caller could not be let in");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        match stream.peer_cred() {
            // Not every kernel keeps runs from a socket, and this account's they are: a run has a door of its own.
            Ok(peer) if peer.uid() == own && peer.pid().is_some_and(machine::is_confined) => {
                tracing::warn!(pid = peer.pid(), "a run knocked where only people may; its own door is CORP_DOOR");
                let why = "a run speaks through its own door: CORP_DOOR says where, and `corp` in a run finds it";
                tokio::spawn(turn_away(stream, why));
                continue;
            }
            Ok(peer) if peer.uid() == own => {}
            Ok(peer) => {
                tracing::warn!(uid = peer.uid(), "another account knocked");
                tokio::spawn(turn_away(stream, "this daemon is another account's: log in as whoever typed `corp up`"));
                continue;
            }
            Err(error) => {
                tracing::warn!(%error, "a caller cannot be told apart");
                continue;
            }
        }
        let (inbox, quit) = (inbox.clone(), quit.clone());
        tokio::spawn(async move {
            // A caller that goes away in the middle is nobody's error.
            drop(converse(stream, &inbox, &quit).await);
        });
    }
}

/// Longest wait for what a caller wants who gets nothing, in milliseconds.
const TURNED_AWAY_MS_MAX: u64 = 2_000;

/// Tells a caller why they are not listened to, as the answer to what they ask.
async fn turn_away(stream: UnixStream, why: &str) {
    let (read, mut write) = stream.into_split();
    let mut asked = String::new();
    let mut read = BufReader::new(read).take(REQUEST_BYTES_MAX);
    let waited = std::time::Duration::from_millis(TURNED_AWAY_MS_MAX);
    // Whether they asked or not, and whether they hear it, is theirs.
    drop(tokio::time::timeout(waited, read.read_line(&mut asked)).await);
    drop(write.write_all(Reply::Refused(why.to_owned()).line().as_bytes()).await);
}

async fn converse(stream: UnixStream, inbox: &Sender<Letter>, quit: &watch::Sender<bool>) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    loop {
        let mut line = String::new();
        if (&mut read).take(REQUEST_BYTES_MAX).read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let reply = match serde_json::from_str::<Request>(&line) {
            Err(error) => Reply::Refused(format!("that is no request: {error}")),
            Ok(Request { ask: Ask::Down, run: None, .. }) => {
                // Everybody listens to the one channel; nobody is there only when all have gone already.
                quit.send_replace(true);
                Reply::Ok(json!({ "going": true }))
            }
            Ok(request) => {
                let (reply, answer) = oneshot::channel();
                let gone = || Reply::Failed("the daemon is going away".to_owned());
                match inbox.send(Letter::Ask(Box::new(request), reply)) {
                    Ok(()) => answer.await.unwrap_or_else(|_| gone()),
                    Err(_) => gone(),
                }
            }
        };
        write.write_all(reply.line().as_bytes()).await?;
    }
}
