//! The only place that reads the environment and the clock.

use crate::runtime::chance;
use crate::runtime::client::Door;
use crate::runtime::clock::Clock;
use crate::runtime::place::Roots;
use crate::store::bench;
use jiff::Timestamp;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What the program takes from its surroundings, read once.
#[derive(Debug, Clone)]
pub struct Environment {
    /// `CORP_COMPANY`: the company's folder when `-C` is not given.
    pub company: Option<String>,
    /// Whether output may be coloured: a terminal, and `NO_COLOR` is not set.
    pub colour: bool,
    /// Whether a terminal shows what is written.
    pub terminal: bool,
    /// Columns of that terminal; `None`: there is none.
    pub width: Option<usize>,
    /// Whether a person can be asked: standard input and error are terminals.
    pub interactive: bool,
    /// `VISUAL`, or else `EDITOR`: what a person writes texts in.
    pub editor: Option<String>,
    /// What long output is read in, as the surroundings say it.
    pub pager: Pager,
    /// `CORP_QUIET` and `CORP_VERBOSE`: how much is told.
    pub told: (Option<bool>, Option<bool>),
    /// `NO_COLOR`.
    pub no_colour: bool,
    /// The login name of the person at this machine.
    pub user: Option<String>,
    /// The IANA name of the machine's time zone.
    pub timezone: String,
    /// `XDG_CONFIG_HOME`: where programs of the person are told what to do, if not in their home.
    pub config: Option<PathBuf>,
    /// The machine's folder for temporary files.
    pub scratch: PathBuf,
    /// Now. `CORP_NOW` fixes it, for tests and for looking at another day.
    pub now: Timestamp,
    /// The same for what lives on while time passes.
    pub clock: Clock,
    /// The machine's folders for what does not belong into a company.
    pub roots: Roots,
    /// Chance.
    pub chance: Chance,
    /// What this program is told when it is called inside a run.
    pub run: InRun,
}

/// The variables that name what long output is read in.
#[derive(Debug, Clone, Default)]
pub struct Pager {
    /// `CORP_PAGER`; empty: nothing.
    pub ours: Option<String>,
    /// `PAGER`; empty: nothing.
    pub usual: Option<String>,
    /// Whether `LESS` says how `less` behaves.
    pub is_less_told: bool,
}

/// What a run's environment says, empty outside of one.
#[derive(Debug, Clone, Default)]
pub struct InRun {
    /// `CORP_DOOR`: the run's door.
    pub door: Option<PathBuf>,
    /// `CORP_TOKEN`: what opens it.
    pub token: String,
    /// `CORP_TICKET`: the ticket.
    pub ticket: String,
    /// `CORP_WAKE_REASON`: why it was started.
    pub reason: String,
}

impl InRun {
    /// The run's door, inside of one.
    pub fn door(&self) -> Option<Door> {
        let socket = self.door.clone()?;
        Some(Door { socket, token: self.token.clone() })
    }
}

/// Chance, for names that must not meet and for waiting different times. `CORP_CHANCE` fixes where it begins, for tests.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The next number: splitmix64, which is enough where nobody guesses.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Eight bytes of the machine's chance; if it gives none, the time and the process.
fn seed(now: Timestamp) -> u64 {
    match chance::bytes() {
        Ok(bytes) => u64::from_le_bytes(bytes),
        Err(_) => now.as_nanosecond() as u64 ^ u64::from(std::process::id()).rotate_left(32),
    }
}

/// The clock: the machine's, or the instant that `CORP_NOW` says.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn clock() -> Clock {
    let fixed = std::env::var("CORP_NOW").ok().and_then(|now| now.parse().ok());
    fixed.map_or(Clock::Machine, Clock::Fixed)
}

impl Environment {
    /// The value of a variable that the settings of an agent name, if it says something.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn variable(name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    /// Reads the surroundings.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment and the clock")]
    pub fn read() -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let terminal = std::io::stdout().is_terminal();
        let clock = clock();
        Self {
            company: set("CORP_COMPANY"),
            colour: terminal && set("NO_COLOR").is_none() && set("TERM").is_none_or(|term| term != "dumb"),
            terminal,
            width: terminal_size::terminal_size().filter(|_| terminal).map(|(width, _)| usize::from(width.0)),
            interactive: std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
            editor: set("VISUAL").or_else(|| set("EDITOR")),
            pager: Pager {
                ours: std::env::var("CORP_PAGER").ok(),
                usual: std::env::var("PAGER").ok(),
                is_less_told: set("LESS").is_some(),
            },
            told: (set("CORP_QUIET").map(|value| value != "0"), set("CORP_VERBOSE").map(|value| value != "0")),
            no_colour: set("NO_COLOR").is_some(),
            user: set("USER").or_else(|| set("LOGNAME")),
            timezone: jiff::tz::TimeZone::system().iana_name().unwrap_or("UTC").to_owned(),
            config: set("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute()),
            scratch: std::env::temp_dir(),
            now: clock.now(),
            clock,
            roots: Roots {
                state: set("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute()).unwrap_or_else(
                    || {
                        let home = set("HOME").map_or_else(std::env::temp_dir, PathBuf::from);
                        home.join(".local/state")
                    },
                ),
                sockets: set("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute()),
                scratch: std::env::temp_dir(),
                config: set("XDG_CONFIG_HOME")
                    .map(PathBuf::from)
                    .filter(|path| path.is_absolute())
                    .unwrap_or_else(|| set("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from).join(".config")),
                home: set("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from),
                programs: set("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default(),
                moved: crate::adapters::ALL
                    .iter()
                    .filter_map(|adapter| adapter.moved_by())
                    .filter_map(|name| Some((name, PathBuf::from(set(name)?))))
                    .collect(),
            },
            chance: Chance(
                set("CORP_CHANCE").and_then(|seed| seed.parse().ok()).unwrap_or_else(|| seed(Timestamp::now())),
            ),
            run: InRun {
                door: set("CORP_DOOR").map(PathBuf::from),
                token: set("CORP_TOKEN").unwrap_or_default(),
                ticket: set("CORP_TICKET").unwrap_or_default(),
                reason: set("CORP_WAKE_REASON").unwrap_or_default(),
            },
        }
    }
}

/// What `corp bench` reads its times from.
#[derive(Debug)]
pub struct Stopwatch {
    start: Instant,
}

impl Stopwatch {
    /// Begins to count.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }
}

impl bench::Clock for Stopwatch {
    fn wall(&self) -> Duration {
        self.start.elapsed()
    }

    fn cpu(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Duration::try_from(time).unwrap_or_default()
    }

    fn children(&self) -> Option<Duration> {
        // After the name, which may hold anything, fields 16 and 17 of proc(5): user and system time of children.
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(13).take(2);
        let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
        Some(Duration::from_secs(ticks) / u32::try_from(rustix::param::clock_ticks_per_second()).ok()?)
    }
}
