//! What looking at money costs with a long ledger behind it, and what the gateway adds to an answer of a model.

use super::company;
use super::daemon::{Daemon, called};
use super::{Finding, RunsError, share, since, system};
use crate::adapters::Way;
use crate::runtime::clock::Clock;
use crate::runtime::gateway::Gateway;
use crate::runtime::run::{Ceiling, Meter, Passage};
use jiff::{SignedDuration, Timestamp};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

/// What is measured, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyAsked {
    /// Lines of the ledger; zero leaves it out.
    pub lines: usize,
    /// How often each command is called.
    pub looks: usize,
    /// Requests that go through the gateway, and beside it; zero leaves it out.
    pub requests: usize,
}

/// Most lines of one sealed file, as they are sealed.
const SEALED: usize = 256;

/// Agents, projects and models that the lines are spread over.
const AGENTS: usize = 50;
const PROJECTS: usize = 20;
const MODELS: [&str; 4] = ["claude-sonnet-4-6", "claude-haiku-4-5", "gpt-5", "gemini-2.5-pro"];

/// Days the ledger goes back.
const DAYS: usize = 365;

/// What is wanted of a look at money, in milliseconds, and of the gateway above what a request takes without it.
const LOOK_MS: f64 = 150.0;
const FIRST_BYTE_MS: f64 = 2.0;

/// How long the body of a measured request is: a conversation of some forty thousand tokens.
const BODY_BYTES: usize = 160 << 10;

/// Measures in a folder made in `parent` and removed afterwards. `tell` hears of each figure as it is found.
///
/// # Errors
/// [`RunsError`].
pub fn money(parent: &Path, asked: &MoneyAsked, tell: &mut dyn FnMut(&Finding)) -> Result<Vec<Finding>, RunsError> {
    let parent = parent.canonicalize().map_err(system(format!("find {}", parent.display())))?;
    let mut found = Vec::new();
    let mut say = |finding: Finding| {
        tell(&finding);
        found.push(finding);
    };
    if asked.requests > 0 {
        gateway(asked.requests, &mut say)?;
    }
    if asked.lines > 0 {
        looks(&parent, asked, &mut say)?;
    }
    Ok(found)
}

/// The commands that look at money, with the daemon of a company that has so many lines behind it.
fn looks(parent: &Path, asked: &MoneyAsked, say: &mut dyn FnMut(Finding)) -> Result<(), RunsError> {
    let now = Clock::Machine.now();
    let company = company::with_a_ledger(parent, AGENTS, PROJECTS, ledger(asked.lines, now))?;
    let mut daemon = Daemon::start(&company)?;
    say(Finding::figure("the daemon, from its first start to an answer", 1, "ms", daemon.ready_ms));
    daemon.end()?;
    // What all these records come to is kept by now.
    let mut daemon = Daemon::start(&company)?;
    say(Finding::figure("the daemon, from its next start to an answer", 1, "ms", daemon.ready_ms));
    daemon.memory("memory of the daemon")?.into_iter().for_each(&mut *say);
    for (what, args) in [
        ("floor: `corp --version`", &["--version"][..]),
        ("`corp budget status`", &["budget", "status"]),
        ("`corp cost`", &["cost"]),
        ("`corp cost --by ticket --since all`", &["cost", "--by", "ticket", "--since", "all"]),
        ("`corp cost --by day --since all`", &["cost", "--by", "day", "--since", "all"]),
    ] {
        let times = Finding::times(what, &mut called(&company, args, asked.looks)?);
        say(if what.starts_with("floor") { times } else { times.wanting(LOOK_MS) });
    }
    daemon.end()
}

/// The sealed files of a ledger of so many runs, the newest an hour ago.
fn ledger(lines: usize, now: Timestamp) -> impl Iterator<Item = (String, String)> {
    (0..lines.div_ceil(SEALED)).map(move |segment| {
        let first = segment * SEALED;
        let day = DAYS - 1 - first * DAYS / lines.max(1);
        let at = |seconds: usize| {
            let ago = SignedDuration::from_hours(24 * i64::try_from(day).unwrap_or(0) + 1);
            let within = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(0));
            now.checked_sub(ago).and_then(|at| at.checked_add(within)).unwrap_or(now)
        };
        let text: String = (first..lines.min(first + SEALED)).map(|line| run(line, at(line % SEALED))).collect();
        (format!("ledger/{}/{}-{segment}.jsonl", at(0).strftime("%Y-%m"), at(0).strftime("%d")), text)
    })
}

/// The line of one run.
fn run(number: usize, at: Timestamp) -> String {
    let (agent, project) = (company::agent(number % AGENTS), number % PROJECTS);
    let (model, ticket) = (MODELS[number % MODELS.len()], number % 10_000 + 1);
    format!(
        "{{\"id\":\"r-{number}\",\"run\":\"r-{number}\",\"agent\":\"{agent}\",\"ticket\":\"SPEC-{ticket}\",\"project\":\"p{project}\",\
         \"model\":\"{model}\",\"reserved\":{{\"money\":\"2.00 USD\",\"tokens\":4000000}},\
         \"usage\":{{\"input\":12000,\"cached_input\":90000,\"cache_write\":4000,\"output\":2500}},\"cost\":\"0.0{}1 USD\",\
         \"cost_source\":\"computed\",\"outcome\":\"succeeded\",\"announced\":\"{at}\",\"started\":\"{at}\",\"ended\":\"{at}\",\"progress\":true}}\n",
        number % 90 + 10
    )
}

/// What it takes to the first byte of an answer, beside the gateway and through it, one after the other.
fn gateway(requests: usize, say: &mut dyn FnMut(Finding)) -> Result<(), RunsError> {
    let provider = TcpListener::bind(("127.0.0.1", 0)).map_err(system("open a provider"))?;
    let address = provider.local_addr().map_err(system("open a provider"))?;
    std::thread::spawn(move || {
        for stream in provider.incoming().flatten() {
            // Whoever measures hangs up in the end.
            drop(provide(stream));
        }
    });
    let token = "0123456789abcdef";
    let passage = Passage { token: token.to_owned(), ways: vec![Way::openai(Some(&format!("http://{address}")))] };
    let meter = Meter { provider: Some("openai".to_owned()), ..Meter::default() };
    let ceiling = Ceiling { money: Some("1000000.00 USD".to_owned()), tokens: None };
    // As a supervisor has it: one thread for everything, and one for each request that is on its way.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system("open a gateway"))?;
    let opened = Gateway::open((&passage, Vec::new()), &ceiling, &meter, "r-bench", Clock::Machine, |_| None);
    let gateway = runtime.block_on(opened).map_err(system("open a gateway"))?;
    let port = gateway.port();
    let measured = std::thread::spawn(move || {
        let body =
            format!("{{\"model\":\"gpt-5\",\"max_output_tokens\":1000,\"input\":\"{}\"}}", "x".repeat(BODY_BYTES));
        let (mut beside, mut through) = (Vec::new(), Vec::new());
        for _ in 0..requests {
            beside.push(first_byte(address.port(), "/responses", &body)?);
            through.push(first_byte(port, &format!("/{token}/openai/responses"), &body)?);
        }
        Ok::<_, std::io::Error>((beside, through))
    });
    while !measured.is_finished() {
        runtime.block_on(async { tokio::time::sleep(std::time::Duration::from_millis(20)).await });
    }
    let answered = measured.join().unwrap_or_else(|_| Err(std::io::ErrorKind::Other.into()));
    let (mut beside, mut through) = answered.map_err(system("ask through the gateway"))?;
    beside.sort_by(f64::total_cmp);
    let floor = share(&beside, 0.5);
    say(Finding::times("first byte of an answer through the gateway", &mut through).above(floor, FIRST_BYTE_MS));
    Ok(())
}

/// Answers one request, in events.
fn provide(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut length) = (String::new(), 0_u64);
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink())?;
    let usage = "{\"input_tokens\":10,\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens\":1}";
    let body =
        format!("data: {{\"type\":\"response.completed\",\"response\":{{\"model\":\"gpt-5\",\"usage\":{usage}}}}}\n\n");
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    stream.write_all(format!("{head}{body}").as_bytes())
}

/// How long it takes from asking to the first byte of the answer, in milliseconds.
fn first_byte(port: u16, path: &str, body: &str) -> std::io::Result<f64> {
    let started = Clock::Machine.now();
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut first = [0; 1];
    stream.read_exact(&mut first)?;
    let took = since(started, Clock::Machine.now());
    // The rest of it belongs to this request, and not to the next.
    std::io::copy(&mut stream, &mut std::io::sink())?;
    Ok(took)
}
