//! What a run says of itself, in the words every adapter translates into.

use crate::choice;
use crate::model::Money;
use jiff::Timestamp;

/// Which of its two outputs a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// What a line means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// It is in this conversation; to be compared with the one that was asked for.
    Session(String),
    /// It uses this model.
    Model(String),
    /// It says something.
    Text(String),
    /// It uses a tool.
    Tool {
        /// Which.
        name: String,
        /// With what, on one line.
        input: String,
    },
    /// What a tool gave.
    ToolResult {
        /// Whether it did what it was for.
        ok: bool,
        /// What it gave.
        output: String,
    },
    /// It used this much more, in this run.
    Used(Usage),
    /// The conversation used this much since it began, the runs before among it. What this run used is the difference.
    UsedSoFar(Usage),
    /// It used at least this much in this run, and will say how much when it is done. Good for stopping in time, not
    /// for settling.
    Using(Usage),
    /// It was told to come back later, and tries again by itself or gives up.
    RateLimited {
        /// When it may come back, if it was told.
        until: Option<Timestamp>,
    },
    /// It is done, by its own word.
    Finished,
    /// It failed, by its own word.
    Failed(Failure),
}

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What can be done about it.
    pub kind: FailureKind,
    /// What happened, in words.
    pub why: String,
}

choice! {
    /// What can be done about a failure.
    pub enum FailureKind {
        /// Nothing better is known than that it failed.
        "other" => Other,
        /// Its login is missing or was refused: somebody has to log in.
        "login" => Login,
        /// The conversation it was to go on with is not there: begin a new one.
        "session" => Session,
        /// It was told to come back later.
        "rate_limit" => RateLimit,
        /// The other side had trouble: the same may go well later.
        "transient" => Transient,
        /// It reached a limit that it was given.
        "limit" => Limit,
        /// It ended before it said how it went.
        "cut" => Cut,
    }
}

impl Failure {
    /// A failure of a kind.
    pub fn new(kind: FailureKind, why: impl Into<String>) -> Self {
        Self { kind, why: why.into() }
    }

    /// A failure about which nothing better is known.
    pub fn other(why: impl Into<String>) -> Self {
        Self::new(FailureKind::Other, why)
    }
}

/// What a run used. Each figure is of this run only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Input tokens that were not in the cache.
    pub input: u64,
    /// Input tokens read from the cache.
    pub cached_input: u64,
    /// Tokens written to the cache.
    pub cache_write: u64,
    /// Output tokens.
    pub output: u64,
    /// What it cost, if it says so.
    pub cost: Option<Money>,
}

impl Usage {
    /// What came upon `before` up to this. A figure that went down began anew, and counts whole.
    pub fn since(&self, before: &Self) -> Self {
        let fell = self.input < before.input
            || self.cached_input < before.cached_input
            || self.cache_write < before.cache_write
            || self.output < before.output;
        if fell {
            return *self;
        }
        let cost = match (self.cost, before.cost) {
            (Some(now), Some(then)) if now.currency() == then.currency() => {
                Some(Money::from_micro(now.micro().saturating_sub(then.micro()).max(0), now.currency()))
            }
            (cost, _) => cost,
        };
        Self {
            input: self.input - before.input,
            cached_input: self.cached_input - before.cached_input,
            cache_write: self.cache_write - before.cache_write,
            output: self.output - before.output,
            cost,
        }
    }

    /// The tokens alone.
    pub fn tokens(&self) -> crate::model::run::Usage {
        crate::model::run::Usage {
            input: self.input,
            cached_input: self.cached_input,
            cache_write: self.cache_write,
            output: self.output,
        }
    }

    /// Tokens of every kind together.
    pub fn total(&self) -> u64 {
        self.input.saturating_add(self.cached_input).saturating_add(self.cache_write).saturating_add(self.output)
    }

    /// Adds what was used later. Of two currencies the first stays: no rate is known here.
    pub fn add(&mut self, more: &Self) {
        self.input = self.input.saturating_add(more.input);
        self.cached_input = self.cached_input.saturating_add(more.cached_input);
        self.cache_write = self.cache_write.saturating_add(more.cache_write);
        self.output = self.output.saturating_add(more.output);
        self.cost = match (self.cost, more.cost) {
            (Some(sum), Some(cost)) if sum.currency() == cost.currency() => {
                Some(Money::from_micro(sum.micro().saturating_add(cost.micro()), sum.currency()))
            }
            (Some(sum), _) => Some(sum),
            (None, cost) => cost,
        };
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With this code.
    Exit(i32),
    /// By this signal.
    Signal(i32),
}

/// How a run went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It did what it was for.
    Succeeded,
    /// It did not, and why.
    Failed(Failure),
}

impl Ended {
    /// A failure of a program that did not say how it went.
    pub fn failure(self) -> Failure {
        Failure::new(FailureKind::Cut, self.words())
    }

    /// How a process ended, in words, when nothing better is known.
    pub fn words(self) -> String {
        match self {
            Self::Exit(code) => format!("it ended with exit code {code}"),
            Self::Signal(signal) => format!("it was ended by signal {signal}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scalar as _;

    #[test]
    fn usage_adds_up() {
        let money = |text: &str| Some(Money::parse(text).unwrap());
        let mut sum = Usage { input: 1, output: 2, cost: money("0.10 USD"), ..Usage::default() };
        sum.add(&Usage { input: u64::MAX, cached_input: 4, cache_write: 5, output: 6, cost: money("0.20 USD") });
        let expected = Usage { input: u64::MAX, cached_input: 4, cache_write: 5, output: 8, cost: money("0.30 USD") };
        assert_eq!(sum, expected);
        sum.add(&Usage { cost: money("5.00 EUR"), ..Usage::default() });
        assert_eq!(sum.cost, money("0.30 USD"));
    }
}
