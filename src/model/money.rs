//! Money and other amounts that are never floats.

use super::Scalar;
use std::fmt;

/// A currency by its three-letter ISO 4217 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Currency([u8; 3]);

impl Currency {
    /// US dollars.
    pub const USD: Self = Self(*b"USD");

    /// The currency written as `code`, three capitals.
    pub fn new(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Self(bytes))
    }

    /// The three-letter code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }
}

/// An amount of money, exact: whole millionths of a unit of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Money {
    currency: Currency,
    micro: i64,
}

impl Money {
    /// `micro` millionths of one `currency`.
    pub fn from_micro(micro: i64, currency: Currency) -> Self {
        Self { currency, micro }
    }

    /// The amount in millionths of the currency's unit.
    pub fn micro(&self) -> i64 {
        self.micro
    }

    /// The currency.
    pub fn currency(&self) -> Currency {
        self.currency
    }
}

impl Scalar for Money {
    const EXPECTED: &'static str = "an amount with its currency, such as `2.00 USD`";
    const PATTERN: &'static str = r"^[0-9]{1,12}(\.[0-9]{1,6})? [A-Z]{3}$";

    fn parse(text: &str) -> Result<Self, String> {
        let Some((amount, code)) = text.split_once(' ') else {
            return Err("the currency is missing".to_owned());
        };
        let currency = Currency::new(code).ok_or("the currency is three capitals, such as `USD`")?;
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            return Err("write the amount with digits and one point".to_owned());
        }
        if fraction.len() > 6 {
            return Err("there are at most six digits after the point".to_owned());
        }
        if whole.len() > 12 {
            return Err("the amount is larger than 999,999,999,999".to_owned());
        }
        let scaled = format!("{whole}{fraction:0<6}");
        let micro = scaled.parse().map_err(|_| "the amount is too large".to_owned())?;
        Ok(Self { currency, micro })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.micro < 0 { "-" } else { "" };
        let micro = self.micro.unsigned_abs();
        let mut fraction = format!("{:06}", micro % 1_000_000);
        while fraction.len() > 2 && fraction.ends_with('0') {
            fraction.pop();
        }
        write!(f, "{sign}{}.{fraction} {}", micro / 1_000_000, self.currency.code())
    }
}

/// A count that people may write short: `4M`, `500k`, `100`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Count(pub u64);

impl Scalar for Count {
    const EXPECTED: &'static str = "a whole number such as `100`, `500k` or `4M`";
    const PATTERN: &'static str = "^(0|[1-9][0-9]{0,14})[kMG]?$";
    const TYPES: &'static [&'static str] = &["string", "integer"];

    fn parse(text: &str) -> Result<Self, String> {
        let scales = [("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000)];
        let (digits, scale) = scales
            .iter()
            .find_map(|(suffix, scale)| text.strip_suffix(suffix).map(|digits| (digits, *scale)))
            .unwrap_or((text, 1));
        whole(digits)?.checked_mul(scale).map(Self).ok_or_else(|| "it is too large".to_owned())
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (suffix, scale) in [("G", 1_000_000_000), ("M", 1_000_000), ("k", 1_000)] {
            if self.0 > 0 && self.0.is_multiple_of(scale) {
                return write!(f, "{}{suffix}", self.0 / scale);
            }
        }
        write!(f, "{}", self.0)
    }
}

/// A size in bytes: `1MiB`, `512KiB`, `4096`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

impl Scalar for Bytes {
    const EXPECTED: &'static str = "a size such as `1MiB`, `512KiB` or `4096`";
    const PATTERN: &'static str = "^(0|[1-9][0-9]{0,14}) ?(B|KiB|MiB|GiB)?$";
    const TYPES: &'static [&'static str] = &["string", "integer"];

    fn parse(text: &str) -> Result<Self, String> {
        let scales = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1)];
        let (digits, scale) = scales
            .iter()
            .find_map(|(suffix, scale)| text.strip_suffix(suffix).map(|digits| (digits, *scale)))
            .unwrap_or((text, 1));
        let digits = digits.strip_suffix(' ').unwrap_or(digits);
        whole(digits)?.checked_mul(scale).map(Self).ok_or_else(|| "it is too large".to_owned())
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (suffix, scale) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
            if self.0 > 0 && self.0.is_multiple_of(scale) {
                return write!(f, "{}{suffix}", self.0 / scale);
            }
        }
        write!(f, "{}", self.0)
    }
}

/// A share in whole percent: `80%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(pub u8);

impl Scalar for Percent {
    const EXPECTED: &'static str = "a percentage from `1%` to `100%`";
    const PATTERN: &'static str = "^([1-9][0-9]?|100)%$";

    fn parse(text: &str) -> Result<Self, String> {
        let digits = text.strip_suffix('%').ok_or("the `%` is missing")?;
        match whole(digits)? {
            share @ 1..=100 => Ok(Self(u8::try_from(share).expect("at most 100"))),
            _ => Err("it is not between 1 and 100".to_owned()),
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

/// What a budget limits: money, tokens or runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// `200.00 USD`
    Money(Money),
    /// `5M tokens`
    Tokens(Count),
    /// `100 runs`
    Runs(Count),
}

impl Scalar for Amount {
    const EXPECTED: &'static str = "a limit such as `200.00 USD`, `5M tokens` or `100 runs`";
    const PATTERN: &'static str = r"^([0-9]{1,12}(\.[0-9]{1,6})? [A-Z]{3}|(0|[1-9][0-9]{0,14})[kMG]? (tokens|runs))$";

    fn parse(text: &str) -> Result<Self, String> {
        if let Some(count) = text.strip_suffix(" tokens") {
            return Count::parse(count).map(Self::Tokens);
        }
        if let Some(count) = text.strip_suffix(" runs") {
            return Count::parse(count).map(Self::Runs);
        }
        Money::parse(text).map(Self::Money)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money(money) => money.fmt(f),
            Self::Tokens(count) => write!(f, "{count} tokens"),
            Self::Runs(count) => write!(f, "{count} runs"),
        }
    }
}

/// Reads a whole number: digits only, no sign, no leading zero.
pub(crate) fn whole(digits: &str) -> Result<u64, String> {
    if digits.len() > 1 && digits.starts_with('0') {
        return Err("it begins with 0".to_owned());
    }
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("it is not a whole number".to_owned());
    }
    digits.parse().map_err(|_| "it is too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip<T: Scalar + fmt::Display + PartialEq + fmt::Debug>(cases: &[(&str, &str)], bad: &[&str]) {
        for (text, shown) in cases {
            let value = T::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(value.to_string(), *shown);
            assert_eq!(T::parse(shown).unwrap(), value);
        }
        for text in bad {
            assert!(T::parse(text).is_err(), "{text} should be refused");
        }
    }

    #[test]
    fn amounts_round_trip_and_bad_ones_are_refused() {
        let money = [
            ("2.00 USD", "2.00 USD"),
            ("0.5 EUR", "0.50 EUR"),
            ("7 USD", "7.00 USD"),
            ("0.000001 USD", "0.000001 USD"),
        ];
        round_trip::<Money>(
            &money,
            &["2", "2.0000001 USD", "-1 USD", "1e3 USD", ".5 USD", "2.00USD", "1 usd", "NaN USD"],
        );
        round_trip::<Count>(
            &[("4M", "4M"), ("4000000", "4M"), ("0", "0"), ("1500", "1500")],
            &["4.5M", "-1", "017", "", "4T"],
        );
        round_trip::<Bytes>(&[("1MiB", "1MiB"), ("1024", "1KiB"), ("10 B", "10")], &["1MB", "1.5MiB", "-1"]);
        round_trip::<Percent>(&[("80%", "80%")], &["80", "0%", "101%", "8.5%"]);
        round_trip::<Amount>(
            &[("5M tokens", "5M tokens"), ("100 runs", "100 runs"), ("1 USD", "1.00 USD")],
            &["5M", "100 run"],
        );
    }
}
