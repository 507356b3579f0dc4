//! Telling the board through what `notify` of `corp.yaml` names. What is to be told lies in files of this machine until it
//! was delivered, so that a daemon that goes leaves it to the next one; the company holds nothing of it.
//!
//! | | |
//! | --- | --- |
//! | `notify/told.json` | what the board was told about, and when: not again within the hour, also after a restart |
//! | `notify/<channel>/<time>-<chance>.json` | something that is to be told there |
//! | `notify/<channel>/state` | when it may be told next, and what is wrong with the channel |
//!
//! [`deliver`] speaks; when and how often is decided here. A channel is known by what it is: another address is another one.

pub mod deliver;

use super::place::Place;
use crate::model::company::{Channel, Means};
use crate::model::plan::Notice;
use crate::redact;
use crate::store::whole::{self, Lasts, Readers};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Shortest time between two messages through one channel, in milliseconds. What comes meanwhile goes in one message.
const PAUSE_MS: i64 = 10_000;

/// Pauses after a message that could not be delivered, in milliseconds; the last one repeats.
const AGAIN_MS: [i64; 6] = [5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000];

/// How long something is tried to be told, in milliseconds: after a day it is no news, and stands in the inbox anyway.
const TRIED_FOR_MS: i64 = 86_400_000;

/// Most things in one message; of more, the number is told.
const ONE_MESSAGE_MAX: usize = 20;

/// Most bytes of a text that are told: what a person reads before going to look.
const TEXT_BYTES_MAX: usize = 4_000;

/// Most things that wait for one channel; of more, the oldest are left to the inbox.
const WAITING_MAX: usize = 200;

/// Something that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// What kind of thing it is, as in `on`.
    pub event: String,
    /// What it is about: `blocked:ACME-12`.
    pub about: String,
    /// In a few words, on one line.
    pub title: String,
    /// In full.
    pub text: String,
    /// When it happened.
    pub at: Timestamp,
}

/// How a channel is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    /// Not to be used before.
    next: Option<Timestamp>,
    /// How often in a row it failed.
    failed: usize,
    /// Since when, and why.
    wrong: Option<(Timestamp, String)>,
    /// When it last worked.
    delivered: Option<Timestamp>,
}

/// A message that is to be delivered now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The channel it goes through.
    pub key: String,
    /// How.
    pub means: Means,
    /// What is told.
    pub news: News,
    /// The files it was made of, which go once it is delivered.
    files: Vec<PathBuf>,
}

fn folder(place: &Place) -> PathBuf {
    place.state.join("notify")
}

/// What a channel is known by.
fn key(means: &Means) -> String {
    let words = match means {
        Means::Command(words) => format!("command\0{}", words.join("\0")),
        Means::Webhook { url, .. } => format!("webhook\0{url}"),
        Means::Desktop => "desktop".to_owned(),
    };
    Sha256::digest(words).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A channel in words, without what may be secret in it: an address may hold a token.
pub fn words(means: &Means) -> String {
    match means {
        Means::Command(words) => format!("command {}", words.first().map_or("", String::as_str)),
        Means::Webhook { url, .. } => {
            let host = url.split("://").nth(1).unwrap_or(url).split(['/', '?', '#']).next().unwrap_or_default();
            format!("webhook {}", host.rsplit('@').next().unwrap_or_default())
        }
        Means::Desktop => "desktop".to_owned(),
    }
}

/// Puts something aside for every channel that is to hear of it.
///
/// # Errors
/// It cannot be written.
pub fn put(place: &Place, channels: &[Channel], notice: &Notice, at: Timestamp, chance: u64) -> io::Result<()> {
    let masked = |text: &str| redact::mask(text).into_owned();
    let news = News {
        event: notice.event.to_string(),
        about: notice.about.clone(),
        title: masked(&notice.title).split_whitespace().collect::<Vec<_>>().join(" "),
        text: cut(&masked(&notice.text)).to_owned(),
        at,
    };
    for channel in channels.iter().filter(|channel| channel.on.contains(&notice.event)) {
        let folder = folder(place).join(key(&channel.means));
        std::fs::create_dir_all(&folder)?;
        write(&folder.join(format!("{:014}-{chance:016x}.json", at.as_millisecond())), &news)?;
    }
    Ok(())
}

fn cut(text: &str) -> &str {
    let end = (0..=TEXT_BYTES_MAX.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

fn write(path: &Path, value: &impl Serialize) -> io::Result<()> {
    whole::write(path, &serde_json::to_vec(value)?, Lasts::UntilCrash, Readers::AsUsual)
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Option<T> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// What waits for a channel, the oldest first.
fn waiting(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    files.sort();
    files
}

/// The messages that are to be delivered now, one for each channel that is free, and when to look again.
pub fn due(place: &Place, channels: &[Channel], now: Timestamp) -> (Vec<Message>, Option<Timestamp>) {
    let (mut messages, mut again) = (Vec::new(), None::<Timestamp>);
    let mut seen = std::collections::BTreeSet::new();
    for channel in channels {
        let key = key(&channel.means);
        if !seen.insert(key.clone()) {
            continue;
        }
        let folder = folder(place).join(&key);
        let mut files = waiting(&folder);
        let old = files.len().saturating_sub(WAITING_MAX);
        files.drain(..old).for_each(|file| drop(std::fs::remove_file(file)));
        let state: State = read(&folder.join("state")).unwrap_or_default();
        let news: Vec<(PathBuf, News)> =
            files.into_iter().filter_map(|file| Some((file.clone(), read(&file)?))).collect();
        let (stale, news): (Vec<_>, Vec<_>) =
            news.into_iter().partition(|(_, news)| later(news.at, TRIED_FOR_MS) < now);
        stale.into_iter().for_each(|(file, _)| drop(std::fs::remove_file(file)));
        if news.is_empty() {
            continue;
        }
        // A time far ahead is a clock that went back.
        match state.next.filter(|next| *next > now && *next <= later(now, AGAIN_MS[AGAIN_MS.len() - 1])) {
            Some(next) => again = again.into_iter().chain([next]).min(),
            None => messages.push(together(key, channel.means.clone(), news)),
        }
    }
    (messages, again)
}

/// What waits, as one message.
fn together(key: String, means: Means, mut all: Vec<(PathBuf, News)>) -> Message {
    let rest = all.split_off(ONE_MESSAGE_MAX.min(all.len()));
    let files = all.iter().chain(&rest).map(|(file, _)| file.clone()).collect();
    let news = match &all[..] {
        [(_, only)] => only.clone(),
        several => {
            let count = several.len() + rest.len();
            let parts = several.iter().map(|(_, news)| format!("{}\n{}\n", news.title, news.text.trim_end()));
            let more = if rest.is_empty() { String::new() } else { format!("\nand {} more\n", rest.len()) };
            let text = parts.collect::<Vec<_>>().join("\n") + &more;
            let last = &several[several.len() - 1].1;
            News {
                event: last.event.clone(),
                about: several.iter().map(|(_, news)| news.about.as_str()).collect::<Vec<_>>().join(" "),
                title: format!("{count} things wait for you; corp inbox shows them"),
                text: cut(&text).to_owned(),
                at: last.at,
            }
        }
    };
    Message { key, means, news, files }
}

/// Notes what became of a message.
///
/// # Errors
/// It cannot be written.
pub fn came(place: &Place, message: &Message, outcome: &Result<(), String>, now: Timestamp) -> io::Result<()> {
    let path = folder(place).join(&message.key).join("state");
    let mut state: State = read(&path).unwrap_or_default();
    match outcome {
        Ok(()) => {
            for file in &message.files {
                match std::fs::remove_file(file) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            state = State { next: Some(later(now, PAUSE_MS)), delivered: Some(now), ..State::default() };
        }
        Err(why) => {
            let pause = AGAIN_MS[state.failed.min(AGAIN_MS.len() - 1)];
            state.next = Some(later(now, pause));
            state.failed += 1;
            let since = state.wrong.as_ref().map_or(now, |(since, _)| *since);
            state.wrong = Some((since, redact::mask(why).into_owned()));
        }
    }
    write(&path, &state)
}

/// How the channels are doing, for `corp status`.
pub fn status(place: &Place, channels: &[Channel]) -> Vec<Value> {
    let shown = channels.iter().map(|channel| {
        let folder = folder(place).join(key(&channel.means));
        let state: State = read(&folder.join("state")).unwrap_or_default();
        let wrong = state.wrong.as_ref();
        json!({
            "channel": words(&channel.means),
            "waiting": waiting(&folder).len(),
            "delivered": state.delivered.map(|at| at.to_string()),
            "wrong": wrong.map(|(_, why)| why),
            "wrong_since": wrong.map(|(since, _)| since.to_string()),
            "next": state.next.filter(|_| wrong.is_some()).map(|at| at.to_string()),
        })
    });
    shown.collect()
}

/// What the board was told about before this process began, and when.
pub fn told(place: &Place) -> BTreeMap<String, Timestamp> {
    read(&folder(place).join("told.json")).unwrap_or_default()
}

/// Remembers what the board was told about.
///
/// # Errors
/// It cannot be written.
pub fn remember(place: &Place, told: &BTreeMap<String, Timestamp>) -> io::Result<()> {
    std::fs::create_dir_all(folder(place))?;
    write(&folder(place).join("told.json"), told)
}

fn later(at: Timestamp, ms: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_millis(ms)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::company::NotifyEvent;
    use crate::runtime::place::Roots;

    fn place(folder: &Path) -> Place {
        let company = folder.join("company");
        std::fs::create_dir_all(&company).unwrap();
        let roots = Roots::below(folder);
        Place::new(&roots, &company)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_763_632_800 + second).unwrap()
    }

    fn notice(event: NotifyEvent, about: &str) -> Notice {
        Notice { event, about: about.to_owned(), title: format!("{about}\nhappened"), text: "So it is.".to_owned() }
    }

    #[test]
    fn what_waits_is_told_once_in_one_message_and_not_too_often() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(folder.path());
        let means = Means::Command(vec!["tell".to_owned()]);
        let channels = [Channel { on: vec![NotifyEvent::Blocked, NotifyEvent::Alert], means }];
        put(&place, &channels, &notice(NotifyEvent::Approval, "approval:AP-1"), at(0), 1).unwrap();
        assert_eq!(due(&place, &channels, at(0)), (Vec::new(), None), "nobody asked to hear of approvals");
        put(&place, &channels, &notice(NotifyEvent::Blocked, "blocked:A-1"), at(0), 2).unwrap();
        let (messages, _) = due(&place, &channels, at(0));
        assert_eq!(messages[0].news.title, "blocked:A-1 happened");
        came(&place, &messages[0], &Ok(()), at(1)).unwrap();
        // What comes at once waits, and goes together.
        put(&place, &channels, &notice(NotifyEvent::Blocked, "blocked:A-2"), at(2), 3).unwrap();
        put(&place, &channels, &notice(NotifyEvent::Alert, "alert:cto"), at(3), 4).unwrap();
        assert_eq!(due(&place, &channels, at(3)), (Vec::new(), Some(at(11))));
        let (messages, _) = due(&place, &channels, at(11));
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].news.about, "blocked:A-2 alert:cto");
        came(&place, &messages[0], &Ok(()), at(11)).unwrap();
        assert_eq!(due(&place, &channels, at(60)).0, Vec::new());
    }

    #[test]
    fn a_channel_that_fails_is_tried_again_later_and_shown() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(folder.path());
        let means = Means::Webhook { url: "https://u:p@x.example/secret".to_owned(), secret: None };
        let channels = [Channel { on: vec![NotifyEvent::Blocked], means }];
        put(&place, &channels, &notice(NotifyEvent::Blocked, "blocked:A-1"), at(0), 1).unwrap();
        let mut now = at(0);
        for pause in [5, 15, 60, 300, 900, 3600, 3600] {
            let (messages, _) = due(&place, &channels, now);
            came(&place, &messages[0], &Err("it is gone".to_owned()), now).unwrap();
            let next = later(now, pause * 1_000);
            assert_eq!(due(&place, &channels, now), (Vec::new(), Some(next)));
            now = next;
        }
        let shown = &status(&place, &channels)[0];
        assert_eq!(
            (&shown["channel"], &shown["wrong"], &shown["waiting"]),
            (&json!("webhook x.example"), &json!("it is gone"), &json!(1))
        );
        assert_eq!(due(&place, &channels, later(at(0), TRIED_FOR_MS + 1)).0, Vec::new(), "a day later it is no news");
        put(&place, &channels, &notice(NotifyEvent::Blocked, "blocked:A-1"), now, 1).unwrap();
        let (messages, _) = due(&place, &channels, now);
        came(&place, &messages[0], &Ok(()), now).unwrap();
        assert_eq!(status(&place, &channels)[0]["wrong"], Value::Null);
    }

    #[test]
    fn what_was_told_is_known_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(folder.path());
        assert_eq!(told(&place), BTreeMap::new());
        let known = BTreeMap::from([("blocked:A-1".to_owned(), at(0))]);
        remember(&place, &known).unwrap();
        assert_eq!(told(&place), known);
    }
}
