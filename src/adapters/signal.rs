//! What a run says of itself, in the words every adapter translates into.

use crate::model::Money;

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
    /// It says something.
    Text(String),
    /// It uses a tool.
    Tool(String),
    /// It used this much more.
    Used(Usage),
    /// It is done, by its own word.
    Finished,
    /// It failed, by its own word.
    Failed(String),
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
    Failed(String),
}

impl Ended {
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
