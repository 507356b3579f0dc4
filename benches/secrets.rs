//! Secrets: how fast known values are hidden in a stream, and how long it takes to seal fifty and a thousand anew.

use corp::format::specimen::{self, Size};
use corp::model::{Scalar as _, SecretName, Slug};
use corp::redact::live::Live;
use corp::runtime::place::{Place, Roots};
use corp::runtime::secrets::Safe;
use corp::runtime::wire::Who;
use corp::secrets::{Identity, Value};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Bytes that are streamed.
const BYTES: usize = 32 << 20;

/// As much as a pipe gives at once.
const PIECE: usize = 64 << 10;

pub(crate) fn run() {
    hide();
    rekey(50);
    rekey(1_000);
}

fn hide() {
    let tickets: Vec<String> =
        specimen::company(Size { agents: 100, tickets: 2_000, thread_every: 10 }, 1).map(|(_, text)| text).collect();
    let values: Vec<String> = (0..20u64)
        .map(|number| {
            let letters = (0..40u64).map(|at| {
                let mixed =
                    (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(u32::try_from(at).unwrap()) ^ at;
                char::from(
                    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/+"
                        [usize::try_from(mixed % 64).unwrap()],
                )
            });
            letters.collect()
        })
        .collect();
    let start = Instant::now();
    let live = Live::new(values.iter().map(|value| ("KEY", value.as_str())));
    println!("{live:?} made in {:?}", start.elapsed());
    let samples = [
        ("tickets", tickets.concat()),
        ("base64", "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk".to_owned()),
        ("a value a line", values.iter().map(|value| format!("the key is {value}, and more is said\n")).collect()),
        ("almost values", values.iter().map(|value| format!("{} ", &value[..39])).collect()),
    ];
    println!("{:<16} {:>8}", "text", "MB/s");
    for (name, sample) in samples {
        let text = sample.repeat(BYTES / sample.len() + 1);
        let mut best = Duration::MAX;
        for _ in 0..3 {
            let mut out = Vec::with_capacity(2 * PIECE);
            let mut stream = live.stream();
            let start = Instant::now();
            for piece in text.as_bytes().chunks(PIECE) {
                out.clear();
                stream.feed(piece, &mut out);
            }
            stream.finish(&mut out);
            best = best.min(start.elapsed());
        }
        println!("{name:<16} {:>8.0}", text.len() as f64 / 1e6 / best.as_secs_f64());
    }
}

fn git(root: &Path, args: &[&str]) {
    let status = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@x.example"])
        .args(args)
        .status();
    assert!(status.unwrap().success());
}

fn rekey(count: usize) {
    let folder = std::env::temp_dir().join(format!("corp-bench-secrets-{}-{count}", std::process::id()));
    let root = folder.join("company");
    std::fs::create_dir_all(&root).unwrap();
    let root = root.canonicalize().unwrap();
    std::fs::write(root.join("COMPANY.md"), "---\nname: Acme\nslug: acme\n---\n").unwrap();
    let board = "board:\n  - {id: ada, email: ada@x.example, role: owner}\n";
    std::fs::write(root.join("corp.yaml"), format!("schema: corp/v1\nticket_prefix: ACME\n{board}")).unwrap();
    git(&root, &["init", "-q", "-b", "main"]);
    git(&root, &["add", "-A"]);
    git(&root, &["commit", "-qm", "begin"]);
    let home = folder.join("home");
    let roots = Roots {
        state: folder.join("state"),
        sockets: None,
        scratch: folder.clone(),
        config: folder.join("config"),
        home,
        programs: Vec::new(),
        moved: Default::default(),
    };
    let who = Who { name: "Ada".to_owned(), email: "ada@x.example".to_owned() };
    let now = "2026-11-20T10:00:00Z".parse().unwrap();
    let mut safe = Safe::open(Place::new(&roots, &root), who, now).unwrap();
    safe.begin(None, &Value::new(b"0123456789abcdef0123456789abcdef".to_vec()).unwrap()).unwrap();
    let values: Vec<(SecretName, Value)> = (0..count)
        .map(|number| {
            let value = Value::new(format!("value number {number} of {count}").into_bytes()).unwrap();
            (SecretName::parse(&format!("KEY_{number}")).unwrap(), value)
        })
        .collect();
    safe.set_all(&values, "a bench").unwrap();
    for id in ["bob", "cyd", "dan", "eve"] {
        let key = Identity::generate().recipients()[0].to_string();
        safe.add_recipient(&Slug::parse(id).unwrap(), &key).unwrap();
    }
    let start = Instant::now();
    let rekeyed = safe.remove_recipient(&Slug::parse("eve").unwrap()).unwrap();
    let took = start.elapsed();
    println!("{} secrets sealed anew for 4 of 5 in one commit: {took:?}", rekeyed.sealed.len());
    std::fs::remove_dir_all(&folder).unwrap();
}
