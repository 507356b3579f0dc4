//! What a model costs: the company's own prices, and a card of list prices that comes with the program.
//!
//! Who names a cost itself is believed; this is for those who name tokens only. A model that neither knows is unpriced,
//! which is not the same as free.

use super::run::Usage;
use super::{Currency, Money};
use jiff::Timestamp;

/// Tokens that a price is for.
const PER_TOKENS: i128 = 1_000_000;

/// The price of one model, per million tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The model's name as the runtime reports it.
    pub model: String,
    /// Who provides it; `None`: whoever does.
    pub provider: Option<String>,
    /// From when on; `None`: always.
    pub from: Option<Timestamp>,
    /// Input tokens.
    pub input: Money,
    /// Input tokens read from the cache.
    pub cached_input: Money,
    /// Tokens written to the cache.
    pub cache_write: Money,
    /// Output tokens.
    pub output: Money,
}

/// Where a price comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceSource {
    /// `prices.yaml`.
    Company,
    /// The card that comes with the program.
    Card,
}

impl Price {
    /// What `usage` comes to, rounded up to a millionth; `None` where the price is in more than one currency.
    pub fn cost(&self, usage: &Usage) -> Option<Money> {
        let currency = self.input.currency();
        let parts = [
            (usage.input, self.input),
            (usage.cached_input, self.cached_input),
            (usage.cache_write, self.cache_write),
            (usage.output, self.output),
        ];
        let mut sum = 0_i128;
        for (tokens, price) in parts {
            if price.currency() != currency {
                return None;
            }
            // Each factor fits into 64 bits.
            sum += i128::from(tokens) * i128::from(price.micro());
        }
        let micro = sum / PER_TOKENS + i128::from(sum % PER_TOKENS > 0);
        Some(Money::from_micro(i64::try_from(micro).unwrap_or(i64::MAX), currency))
    }
}

/// The price of `model` at a time: of the company's own the newest that has begun, else the card's.
pub fn find<'p>(
    own: &'p [Price],
    provider: Option<&str>,
    model: &str,
    at: Timestamp,
) -> Option<(std::borrow::Cow<'p, Price>, PriceSource)> {
    let fits = |price: &&Price| {
        let provided = match (&price.provider, provider) {
            (Some(said), Some(asked)) => said == asked,
            (None, _) | (_, None) => true,
        };
        provided && price.from.is_none_or(|from| from <= at)
    };
    for name in names(model) {
        // One for this very provider before one for any.
        let newest = own.iter().filter(|price| price.model == name).filter(fits);
        if let Some(price) = newest.max_by_key(|price| (price.provider.as_deref() == provider, price.from)) {
            return Some((std::borrow::Cow::Borrowed(price), PriceSource::Company));
        }
    }
    let card = names(model).into_iter().find_map(|name| CARD.iter().find(|line| line.model == name))?;
    if provider.is_some_and(|provider| provider != card.provider) {
        return None;
    }
    Some((std::borrow::Cow::Owned(card.price()), PriceSource::Card))
}

/// What a model may be called in a list of prices: as it is, without the size of its context (`[1m]`), without who routes
/// it (`anthropic/`), without the day of its making (`-20251001`, `-2025-08-07`).
fn names(model: &str) -> Vec<&str> {
    let mut names = vec![model];
    let mut last = model;
    for step in [without_context, without_route, without_day] {
        if let Some(short) = step(last).filter(|short| !short.is_empty()) {
            names.push(short);
            last = short;
        }
    }
    names
}

fn without_context(name: &str) -> Option<&str> {
    name.strip_suffix(']')?.rsplit_once('[').map(|(name, _)| name)
}

fn without_route(name: &str) -> Option<&str> {
    name.rsplit_once('/').map(|(_, name)| name)
}

fn without_day(name: &str) -> Option<&str> {
    let day = |day: &str| day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((name, _)) = name.rsplit_once('-').filter(|(_, tail)| day(tail)) {
        return Some(name);
    }
    let (name, tail) = name.split_at_checked(name.len().checked_sub(11)?)?;
    let shape = |(at, byte)| if matches!(at, 0 | 5 | 8) { byte == b'-' } else { u8::is_ascii_digit(&byte) };
    tail.bytes().enumerate().all(shape).then_some(name)
}

/// When the card was last looked through.
pub const CARD_DATE: &str = "2026-06-01";

/// A line of the card, in thousandths of a dollar for a million tokens.
#[derive(Debug, Clone, Copy)]
pub struct CardLine {
    /// The model.
    pub model: &'static str,
    /// Who provides it.
    pub provider: &'static str,
    /// Input, read from the cache, written to the cache, output.
    milli: [i64; 4],
}

impl CardLine {
    /// As a price.
    pub fn price(&self) -> Price {
        let [input, cached_input, cache_write, output] =
            self.milli.map(|milli| Money::from_micro(milli.saturating_mul(1_000), Currency::USD));
        Price {
            model: self.model.to_owned(),
            provider: Some(self.provider.to_owned()),
            from: None,
            input,
            cached_input,
            cache_write,
            output,
        }
    }
}

const fn anthropic(model: &'static str, input: i64, output: i64) -> CardLine {
    // Reading the cache costs a tenth of the input, writing to it a quarter more than the input.
    CardLine { model, provider: "anthropic", milli: [input, input / 10, input + input / 4, output] }
}

const fn openai(model: &'static str, input: i64, cached: i64, output: i64) -> CardLine {
    CardLine { model, provider: "openai", milli: [input, cached, input, output] }
}

const fn google(model: &'static str, input: i64, cached: i64, output: i64) -> CardLine {
    CardLine { model, provider: "google", milli: [input, cached, input, output] }
}

/// List prices of models that agents use much, for prompts of usual length, as their providers published them. A model
/// that is not here is unpriced until the company names its price.
pub const CARD: &[CardLine] = &[
    anthropic("claude-opus-4-7", 5_000, 25_000),
    anthropic("claude-opus-4-6", 5_000, 25_000),
    anthropic("claude-opus-4-5", 5_000, 25_000),
    anthropic("claude-opus-4-1", 15_000, 75_000),
    anthropic("claude-sonnet-4-6", 3_000, 15_000),
    anthropic("claude-sonnet-4-5", 3_000, 15_000),
    anthropic("claude-sonnet-4", 3_000, 15_000),
    anthropic("claude-haiku-4-5", 1_000, 5_000),
    openai("gpt-5.5", 5_000, 500, 30_000),
    openai("gpt-5.4", 2_500, 250, 15_000),
    openai("gpt-5.4-mini", 750, 75, 4_500),
    openai("gpt-5.3-codex", 1_750, 175, 14_000),
    openai("gpt-5.2-codex", 1_750, 175, 14_000),
    openai("gpt-5.2", 1_750, 175, 14_000),
    openai("gpt-5.1-codex", 1_250, 125, 10_000),
    openai("gpt-5.1", 1_250, 125, 10_000),
    openai("gpt-5-codex", 1_250, 125, 10_000),
    openai("gpt-5", 1_250, 125, 10_000),
    openai("gpt-5-mini", 250, 25, 2_000),
    openai("gpt-4.1", 2_000, 500, 8_000),
    google("gemini-2.5-pro", 1_250, 125, 10_000),
    google("gemini-2.5-flash", 300, 30, 2_500),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scalar as _;

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    fn own(model: &str, provider: Option<&str>, from: Option<&str>, input: &str) -> Price {
        Price {
            model: model.to_owned(),
            provider: provider.map(str::to_owned),
            from: from.map(|from| from.parse().unwrap()),
            input: money(input),
            cached_input: money("0.10 USD"),
            cache_write: money("2.00 USD"),
            output: money("10.00 USD"),
        }
    }

    #[test]
    fn tokens_of_each_kind_have_their_price_and_a_part_of_a_millionth_counts_whole() {
        let price = own("m", None, None, "1.00 USD");
        let usage = Usage { input: 1_000, cached_input: 2_000, cache_write: 500, output: 100 };
        assert_eq!(price.cost(&usage), Some(money("0.0032 USD")));
        assert_eq!(price.cost(&Usage { cached_input: 1, ..Usage::default() }), Some(money("0.000001 USD")));
        assert_eq!(price.cost(&Usage::default()), Some(money("0.00 USD")));
        let most = Usage { input: u64::MAX, cached_input: u64::MAX, cache_write: u64::MAX, output: u64::MAX };
        assert_eq!(price.cost(&most).unwrap().micro(), i64::MAX);
        let mixed = Price { output: money("1.00 EUR"), ..price };
        assert_eq!(mixed.cost(&usage), None);
    }

    #[test]
    fn the_companys_own_price_comes_first_then_the_card_then_nothing() {
        let list = [
            own("m", None, None, "1.00 USD"),
            own("m", None, Some("2026-02-01T00:00:00Z"), "2.00 USD"),
            own("m", None, Some("2027-01-01T00:00:00Z"), "3.00 USD"),
            own("m", Some("other"), None, "4.00 USD"),
            own("gpt-5", None, None, "9.00 USD"),
        ];
        let at = "2026-03-01T00:00:00Z".parse().unwrap();
        let early = "2026-01-01T00:00:00Z".parse().unwrap();
        for (provider, model, at, expected) in [
            (None, "m", early, Some("1.00 USD")),
            (Some("openai"), "m", at, Some("2.00 USD")),
            (Some("other"), "m", at, Some("4.00 USD")),
            (Some("openai"), "gpt-5-2025-08-07", at, Some("9.00 USD")),
            (Some("anthropic"), "claude-sonnet-4-5-20250929", at, Some("3.00 USD")),
            (Some("anthropic"), "claude-sonnet-4-5[1m]", at, Some("3.00 USD")),
            (None, "anthropic/claude-opus-4-6", at, Some("5.00 USD")),
            (None, "claude-opus-4", at, None),
            (Some("elsewhere"), "gpt-5.2", at, None),
            (None, "gpt-5.2-mini", at, None),
            (None, "", at, None),
        ] {
            let found = find(&list, provider, model, at).map(|(price, _)| price.input);
            assert_eq!(found, expected.map(money), "{provider:?} {model}");
        }
        assert_eq!(find(&list, None, "m", at).unwrap().1, PriceSource::Company);
        assert_eq!(find(&list, None, "gpt-5.2", at).unwrap().1, PriceSource::Card);
    }
}
