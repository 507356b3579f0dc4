//! The agent's door: a socket that only the run's own token opens. What is asked here is passed to the daemon; while
//! the daemon is away it is kept, on disk too, and passed on when it is back.
//!
//! One JSON object a line. In: `{"token", "id"?, "do": {…}}`. To the daemon: the same with the run's name, and an id, so
//! that a request that is passed on twice is done once. Back: the daemon's answer as it came.

use super::super::run::{Folder, Job};
use super::super::secrets::hide_in;
use crate::redact::live::Live;
use serde_json::{Value, json};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

/// Longest request, in bytes: an attachment of the usual largest size, written in base64.
pub const REQUEST_BYTES_MAX: u64 = 16 << 20;

/// Most conversations at the same time; more wait. An agent asks one thing after the other.
const CONVERSATIONS_MAX: usize = 16;

/// Most requests that are kept while the daemon is away; the next one is told so.
const KEPT_MAX: u64 = 1_000;

/// Longest time between two tries to reach the daemon, in milliseconds.
const TRY_EVERY_MS_MAX: u64 = 1_000;

struct Door {
    folder: Folder,
    job: Job,
    /// What must not get out of the run.
    live: Live,
    next: AtomicU64,
    kept: AtomicU64,
    conversations: Semaphore,
}

/// Opens the door. It closes when the returned task is dropped.
pub(super) fn open(folder: &Folder, job: &Job, live: &Live) -> io::Result<tokio::task::JoinHandle<()>> {
    if let Some(above) = job.door.parent() {
        std::fs::create_dir_all(above)?;
    }
    match std::fs::remove_file(&job.door) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&job.door)?;
    rustix::fs::chmod(&job.door, rustix::fs::Mode::from_raw_mode(0o600))?;
    let door = Arc::new(Door {
        folder: folder.clone(),
        job: job.clone(),
        live: live.clone(),
        next: AtomicU64::new(1),
        kept: AtomicU64::new(0),
        conversations: Semaphore::new(CONVERSATIONS_MAX),
    });
    Ok(tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                // Out of descriptors, most likely; a moment later there may be some.
                tokio::time::sleep(Duration::from_millis(TRY_EVERY_MS_MAX)).await;
                continue;
            };
            let door = Arc::clone(&door);
            tokio::spawn(async move {
                if let Ok(_place) = door.conversations.acquire().await {
                    // A caller that goes away in the middle is nobody's error.
                    drop(converse(&door, stream).await);
                }
            });
        }
    }))
}

async fn converse(door: &Door, stream: UnixStream) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    loop {
        let mut line = String::new();
        if (&mut read).take(REQUEST_BYTES_MAX).read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let answer = match request(door, &line) {
            Ok(request) => pass_on(door, &request).await,
            Err(why) => json!({ "refused": why }).to_string(),
        };
        write.write_all(format!("{}\n", answer.trim_end()).as_bytes()).await?;
    }
}

/// The request as it goes to the daemon.
fn request(door: &Door, line: &str) -> Result<Value, String> {
    if !line.ends_with('\n') && line.len() as u64 >= REQUEST_BYTES_MAX {
        return Err(format!("a request has at most {REQUEST_BYTES_MAX} bytes"));
    }
    let mut value: Value = serde_json::from_str(line).map_err(|error| format!("that is no JSON object: {error}"))?;
    // Whatever is asked for ends in a file, and the token is none of the company's secrets.
    if !door.live.is_empty() {
        hide_in(&door.live, &mut value);
    }
    if value.get("token").and_then(Value::as_str) != Some(&door.job.token) {
        return Err("the token is not this run's".to_owned());
    }
    let number = door.next.fetch_add(1, Ordering::Relaxed);
    let own = value.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
    let id = own.map_or_else(|| number.to_string(), str::to_owned);
    Ok(json!({
        "run": door.job.run,
        "token": door.job.token,
        // Whatever an agent calls its request, it is one of this run.
        "id": format!("{}-{id}", door.job.run),
        "do": value.get("do").cloned().unwrap_or_default(),
    }))
}

async fn pass_on(door: &Door, request: &Value) -> String {
    let line = format!("{request}\n");
    if let Ok(answer) = ask(&door.job.daemon, &line).await {
        return answer;
    }
    let kept = door.kept.fetch_add(1, Ordering::Relaxed);
    let name = format!("requests/{kept:06}.json");
    // Most runs keep nothing; where it cannot be made, nothing can be put into it.
    drop(std::fs::DirBuilder::new().mode(0o700).create(door.folder.path().join("requests")));
    if kept >= KEPT_MAX || door.folder.put(&name, line.as_bytes(), false).is_err() {
        return json!({ "refused": "the daemon is away, and no more can be kept until it is back" }).to_string();
    }
    let mut pause = 20;
    loop {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        pause = (pause * 2).min(TRY_EVERY_MS_MAX);
        if let Ok(answer) = ask(&door.job.daemon, &line).await {
            // One that stays is passed on again at the end, and answered from what was done.
            drop(std::fs::remove_file(door.folder.path().join(&name)));
            return answer;
        }
    }
}

async fn ask(daemon: &Path, line: &str) -> io::Result<String> {
    let mut stream = UnixStream::connect(daemon).await?;
    stream.write_all(line.as_bytes()).await?;
    let mut answer = String::new();
    BufReader::new(stream).take(REQUEST_BYTES_MAX).read_line(&mut answer).await?;
    if answer.ends_with('\n') { Ok(answer) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
