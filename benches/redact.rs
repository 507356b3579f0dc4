//! How fast secret-looking text is found: `cargo bench -- redact` prints megabytes per second.

use corp::format::specimen::{self, Size};
use corp::redact;
use std::time::{Duration, Instant};

/// Bytes of each text.
const BYTES: usize = 16 << 20;

pub(crate) fn run() {
    let tickets: Vec<String> =
        specimen::company(Size { agents: 100, tickets: 2_000, thread_every: 10 }, 1).map(|(_, text)| text).collect();
    let samples = [
        ("tickets", tickets.concat()),
        ("source code", include_str!("../src/redact/known.rs").to_owned()),
        ("minified", "var a={b:1,c:\"d\"},token=e.f(g=>h[i]);".to_owned()),
        ("base64", "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk".to_owned()),
        ("colons only", ":=".to_owned()),
        ("prefixes only", "sk-ghp_eyJ:// Bearer AKIA".to_owned()),
        ("names only", "password: 9fK2mQ7xVt4LwRz8BnYc\n".to_owned()),
        ("one long word", "a".to_owned()),
        ("digits and :AA", "1234567890:AA".to_owned()),
        ("open keys", concat!("-----BEGIN PRIV", "ATE KEY-----\n").to_owned()),
    ];
    println!("{:<16} {:>8} {:>10}", "text", "MB/s", "found");
    for (name, sample) in samples {
        let text = sample.repeat(BYTES / sample.len() + 1);
        let mut best = Duration::MAX;
        let mut count = 0;
        for _ in 0..5 {
            let start = Instant::now();
            count = redact::find(&text).len();
            best = best.min(start.elapsed());
        }
        println!("{name:<16} {:>8.0} {count:>10}", text.len() as f64 / 1e6 / best.as_secs_f64());
    }
    // The first use prepares the search; every later one pays for its text only.
    let small: Vec<&str> = tickets.iter().map(String::as_str).collect();
    let start = Instant::now();
    let found: usize = small.iter().map(|text| redact::find(text).len()).sum();
    let each = start.elapsed() / u32::try_from(small.len()).unwrap();
    println!("{} small files: {each:?} each, {found} found", small.len());
}
