//! Delivering one message: to a command, to an address, to the desktop. What is told stands in arguments of a program, which
//! everybody on the machine can read, only where somebody wrote its name there, and never where it would be run as code.
//! Takes its time: never called by who decides.

use super::{Message, News};
use crate::model::company::Means;
use crate::model::notify::word_run_as_code;
use crate::secrets::Value;
use crate::secrets::mac::signature;
use serde_json::json;
use std::io::{self, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// Longest that a command or an address may take, in milliseconds.
const DELIVER_MS_MAX: u64 = 30_000;

/// Between two looks whether a command has ended, in milliseconds.
const LOOK_MS: u64 = 20;

/// What a message says of the company it comes from, and when.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The company's name.
    pub company: String,
    /// Now, in seconds since 1970: part of what is signed.
    pub seconds: i64,
    /// Its folder, in which commands run.
    pub root: std::path::PathBuf,
}

/// Delivers a message. `signing` is the company's secret that its means names, or why it cannot be had; of one that is no
/// secret of the company, nothing.
///
/// # Errors
/// Why not, in words.
pub fn deliver(message: &Message, signing: Option<Result<Value, String>>, from: &Sender) -> Result<(), String> {
    match &message.means {
        Means::Command(words) => command(words, &message.news, from),
        Means::Webhook { url, secret } => {
            let key = match (secret, signing) {
                (None, _) => None,
                (Some(_), Some(signing)) => Some(signing?.expose().to_owned()),
                (Some(name), None) => Some(sealed(name.as_str()).ok_or_else(|| {
                    format!("there is no secret {name}, which it is signed with; `corp secret set {name}` makes it")
                })?),
            };
            webhook(url, key.as_deref(), &message.news, from)
        }
        Means::Desktop => desktop(&message.news, from),
    }
}

/// What a webhook is signed with.
#[expect(clippy::disallowed_methods, reason = "it stands in no file and is not kept; it is asked for when it is used")]
fn sealed(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What is written to a command: what it is about, an empty line, and the text.
fn on_stdin(news: &News) -> String {
    format!("{}\n\n{}\n", news.title, news.text.trim_end())
}

fn command(words: &[String], news: &News, from: &Sender) -> Result<(), String> {
    let [program, arguments @ ..] = words else { return Err("`command` names no program".to_owned()) };
    if let Some(word) = word_run_as_code(words).and_then(|at| words.get(at)) {
        return Err(format!(
            "{program} would run what agents write as code, by `{word}`; read it from standard input, or write \"$CORP_TITLE\""
        ));
    }
    let filled: Vec<String> = arguments.iter().map(|word| filled(word, news, from)).collect();
    let variables = [
        ("CORP_EVENT", &news.event),
        ("CORP_COMPANY", &from.company),
        ("CORP_TITLE", &news.title),
        ("CORP_TEXT", &news.text),
    ];
    let variables = variables.map(|(name, said)| (name, plain(said)));
    speak((program, &filled, &variables), &on_stdin(news), from)
}

/// What is said as it can stand in an argument or a variable.
fn plain(said: &str) -> String {
    said.trim_end().chars().filter(|c| *c != '\0').collect()
}

/// An argument with what is said in the place of its names. What an agent wrote never becomes an option of the command, nor a
/// file to read (`curl -d @…`), and what is filled in is not looked at again.
fn filled(word: &str, news: &News, from: &Sender) -> String {
    let mut text = String::new();
    let mut rest = word;
    while let Some(at) = rest.find('{') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let named =
            [("{event}", &news.event), ("{company}", &from.company), ("{title}", &news.title), ("{text}", &news.text)];
        match named.into_iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, value)) => {
                text.push_str(&plain(value));
                rest = &rest[name.len()..];
            }
            None => {
                text.push('{');
                rest = &rest[1..];
            }
        }
    }
    text.push_str(rest);
    let special = ['-', '@'];
    if text.starts_with(special) && !word.starts_with(special) { format!(" {text}") } else { text }
}

/// A program, its arguments, and its variables besides those that are there.
type Call<'a> = (&'a str, &'a [String], &'a [(&'a str, String)]);

/// Runs a program with something to read, and waits for its end.
fn speak(call: Call<'_>, text: &str, from: &Sender) -> Result<(), String> {
    let program = call.0;
    let mut child = start(call, from).map_err(|error| format!("{program} cannot be started: {error}"))?;
    // Written beside: one that does not read is not waited for longer than others.
    let stdin = child.stdin.take();
    let text = text.to_owned();
    let writer = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(text.as_bytes())));
    let ended = wait(&mut child).map_err(|error| format!("{program}: {error}"))?;
    if !writer.is_finished() && ended.is_some() {
        // What it left behind may hold the pipe; nobody waits for that.
        drop(writer);
    }
    match ended {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(format!("{program} ended with {status}")),
        None => Err(format!("{program} was not done after {} seconds", DELIVER_MS_MAX / 1_000)),
    }
}

#[expect(clippy::disallowed_methods, reason = "a person wrote it into corp.yaml, to be told by it")]
fn start((program, arguments, variables): Call<'_>, from: &Sender) -> io::Result<Child> {
    use std::os::unix::process::CommandExt as _;
    Command::new(program)
        .args(arguments)
        .envs(variables.iter().map(|(name, said)| (name, said)))
        .current_dir(&from.root)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
}

fn wait(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    for _ in 0..DELIVER_MS_MAX / LOOK_MS {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(Duration::from_millis(LOOK_MS));
    }
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // A group that is gone needs no ending.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    child.wait().map(|_| None)
}

fn webhook(url: &str, key: Option<&str>, news: &News, from: &Sender) -> Result<(), String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_millis(DELIVER_MS_MAX)))
        .user_agent(concat!("corp/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let body = json!({
        "company": from.company, "event": news.event, "about": news.about, "title": news.title, "text": news.text,
        "at": news.at.to_string(),
    })
    .to_string();
    let mut request = agent.post(url).header("content-type", "application/json");
    // The same each time it is tried, so that whoever hears it twice can tell.
    request =
        request.header("idempotency-key", format!("{}-{}", news.at.as_millisecond(), news.about.replace(' ', ",")));
    if let Some(key) = key {
        let signature = signature(key.as_bytes(), format!("{}.{body}", from.seconds).as_bytes());
        request = request.header("x-corp-signature", format!("t={},v1={signature}", from.seconds));
    }
    // The address may hold a token, and the library names it in what it says.
    let answer = request.send(body.as_str()).map_err(|error| error.to_string().replace(url, "the address"))?;
    let status = answer.status().as_u16();
    if (200..300).contains(&status) { Ok(()) } else { Err(format!("it answered {status}")) }
}

/// Shows on the desktop that something waits. What it is in full is read with `corp inbox`: the program that shows it takes
/// its text as arguments.
fn desktop(news: &News, from: &Sender) -> Result<(), String> {
    if cfg!(target_os = "macos") {
        let quoted = |text: &str| format!("\"{}\"", text.replace(['\\', '"'], "'"));
        let script = format!("display notification {} with title {}\n", quoted(&news.text), quoted(&news.title));
        return speak(("osascript", &["-".to_owned()], &[]), &script, from);
    }
    let title = format!("{}: {}", from.company, news.event);
    let arguments = ["--app-name=corp", "--", &title, "corp inbox shows it"].map(str::to_owned);
    speak(("notify-send", &arguments, &[]), "", from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(title: &str) -> News {
        News {
            event: "approval".to_owned(),
            about: "approval:AP-1".to_owned(),
            title: title.to_owned(),
            text: "Two\nlines\n".to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_an_agent_wrote_is_never_run() {
        let folder = tempfile::tempdir().unwrap();
        let from = Sender { company: "Acme".to_owned(), seconds: 0, root: folder.path().to_owned() };
        let told = |script: &str| {
            let words = ["sh", "-c", script].map(str::to_owned);
            command(&words, &news("$(touch ran); touch ran; \"; touch ran"), &from)
        };
        let why = told("echo {title}").unwrap_err();
        assert!(why.contains("`echo {title}`") && why.contains("\"$CORP_TITLE\""), "{why}");
        told("printf '%s|%s|%s|%s' \"$CORP_TITLE\" \"$CORP_TEXT\" \"$CORP_EVENT\" \"$CORP_COMPANY\" > told").unwrap();
        let said = std::fs::read_to_string(folder.path().join("told")).unwrap();
        assert_eq!(said, "$(touch ran); touch ran; \"; touch ran|Two\nlines|approval|Acme");
        assert!(!folder.path().join("ran").exists());
    }

    #[test]
    fn what_is_said_stands_where_its_name_does_and_is_no_option() {
        let (news, file) = (news("--hint={text}"), news("@/etc/passwd"));
        let from = Sender { company: "Acme".to_owned(), seconds: 0, root: "/".into() };
        for (word, expected) in [
            ("{title}", " --hint={text}"),
            ("--body={text}", "--body=Two\nlines"),
            ("{company}: {event}", "Acme: approval"),
            ("{other} {", "{other} {"),
        ] {
            assert_eq!(filled(word, &news, &from), expected, "{word}");
        }
        assert_eq!(filled("{title}", &file, &from), " @/etc/passwd");
    }
}
