//! Names of things: slugs, ticket ids, run ids. Each is a type of its own, so that they cannot be mixed up.

use super::Scalar;
use std::fmt;

/// Longest slug, in characters: a folder name that stays readable and fits every file system with room for a suffix.
pub const SLUG_CHARACTERS_MAX: usize = 80;

/// Declares a newtype over text with a check.
macro_rules! name_type {
    ($(#[$meta:meta])* $name:ident, $expected:literal, $pattern:literal, $check:expr $(, $types:expr)?) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text of the name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Scalar for $name {
            const EXPECTED: &'static str = $expected;
            const PATTERN: &'static str = $pattern;
            $(const TYPES: &'static [&'static str] = $types;)?

            fn parse(text: &str) -> Result<Self, String> {
                let check: fn(&str) -> Result<(), String> = $check;
                check(text).map(|()| Self(text.into()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                <Self as Scalar>::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

name_type! {
    /// The name of an agent, person, team, goal, project, task or skill; also its folder name.
    Slug, "a slug: lower-case letters, digits and single dashes, such as `lead-engineer`",
    "^[a-z0-9]+(-[a-z0-9]+)*$", check_slug, &["string", "integer", "boolean"]
}

name_type! {
    /// A run, such as `r-01JD8Z`.
    RunId, "a run id such as `r-01jd8z`", "^r-[0-9A-Za-z]+$",
    |text| prefixed(text, "r-", |c| c.is_ascii_alphanumeric())
}

name_type! {
    /// A clone of the company's repository, such as `c-7f3a`.
    CloneId, "a clone id such as `c-7f3a`", "^c-[0-9a-z]+$",
    |text| prefixed(text, "c-", |c| c.is_ascii_digit() || c.is_ascii_lowercase())
}

name_type! {
    /// A decision asked of the board, such as `AP-7`.
    ApprovalId, "an approval id such as `AP-7`", "^AP-[1-9][0-9]*$",
    |text| prefixed(text, "AP-", |c| c.is_ascii_digit()).and_then(|()| no_leading_zero(&text[3..]))
}

name_type! {
    /// The name of a secret, as agents see it in their environment, such as `GH_TOKEN`.
    SecretName, "a secret's name in capitals, such as `GH_TOKEN`", "^[A-Z][A-Z0-9_]*$", |text| {
        let mut characters = text.chars();
        let first = characters.next().is_some_and(|c| c.is_ascii_uppercase());
        if first && characters.all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_') {
            Ok(())
        } else {
            Err("only `A-Z`, `0-9` and `_`, beginning with a letter".to_owned())
        }
    }
}

fn check_slug(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.chars().count() > SLUG_CHARACTERS_MAX {
        return Err(format!("it is longer than {SLUG_CHARACTERS_MAX} characters"));
    }
    if let Some(bad) = text.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')) {
        return Err(format!("`{}` is not allowed, only `a-z`, `0-9` and `-`", bad.escape_debug()));
    }
    if text.starts_with('-') || text.ends_with('-') || text.contains("--") {
        return Err("a dash stands between letters or digits".to_owned());
    }
    Ok(())
}

fn prefixed(text: &str, prefix: &str, allowed: fn(char) -> bool) -> Result<(), String> {
    match text.strip_prefix(prefix) {
        Some(rest) if !rest.is_empty() && rest.chars().all(allowed) => Ok(()),
        _ => Err(format!("it should begin with `{prefix}`")),
    }
}

fn no_leading_zero(digits: &str) -> Result<(), String> {
    if digits.starts_with('0') { Err("the number begins with 0".to_owned()) } else { Ok(()) }
}

impl Slug {
    /// Makes the nearest slug out of any name: "Lead Engineer (QA)" becomes `lead-engineer-qa`.
    /// Returns `None` if nothing of the name is left.
    pub fn from_name(name: &str) -> Option<Self> {
        let mut slug = String::with_capacity(name.len());
        for character in name.chars() {
            if character.is_ascii_alphanumeric() {
                slug.push(character.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        slug.truncate(SLUG_CHARACTERS_MAX);
        Self::parse(slug.trim_end_matches('-')).ok()
    }
}

/// A ticket's id: the company's prefix and a number, such as `ACME-12`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketId {
    prefix: Box<str>,
    number: u32,
}

impl TicketId {
    /// Puts an id together; `prefix` must be `[A-Z][A-Z0-9]*`.
    ///
    /// # Errors
    /// The same as [`Scalar::parse`].
    pub fn new(prefix: &str, number: u32) -> Result<Self, String> {
        check_ticket_prefix(prefix)?;
        if number == 0 {
            return Err("numbers begin with 1".to_owned());
        }
        Ok(Self { prefix: prefix.into(), number })
    }

    /// The company's prefix, `ACME` in `ACME-12`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The number, 12 in `ACME-12`.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The folder of the ticket: number / 100 with at least four digits, `0012` for `ACME-1234`.
    pub fn bucket(&self) -> String {
        format!("{:04}", self.number / 100)
    }
}

/// Checks the part of a ticket id before the dash.
///
/// # Errors
/// What is wrong with it.
pub fn check_ticket_prefix(prefix: &str) -> Result<(), String> {
    let mut characters = prefix.chars();
    let first = characters.next().is_some_and(|c| c.is_ascii_uppercase());
    if first && prefix.len() <= 12 && characters.all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()) {
        Ok(())
    } else {
        Err("the prefix has 1 to 12 capitals and digits and begins with a capital".to_owned())
    }
}

impl Scalar for TicketId {
    const EXPECTED: &'static str = "a ticket id such as `ACME-12`";
    const PATTERN: &'static str = "^[A-Z][A-Z0-9]{0,11}-[1-9][0-9]{0,8}$";

    fn parse(text: &str) -> Result<Self, String> {
        let (prefix, digits) = text.rsplit_once('-').ok_or("there is no dash")?;
        no_leading_zero(digits)?;
        let number = match digits.parse::<u32>() {
            Ok(number) if digits.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit()) => number,
            _ => return Err("the number is not a whole number below 1,000,000,000".to_owned()),
        };
        Self::new(prefix, number)
    }
}

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.prefix, self.number)
    }
}

impl serde::Serialize for TicketId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for TicketId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        <Self as Scalar>::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        for good in ["cto", "lead-engineer", "3d-artist", "a"] {
            assert_eq!(Slug::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "CTO", "a--b", "-a", "a-", "a_b", "a b", "ä", &"x".repeat(81)] {
            assert!(Slug::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn slugs_from_names() {
        for (name, slug) in [("Lead Engineer (QA)", Some("lead-engineer-qa")), ("  X  ", Some("x")), ("…", None)] {
            assert_eq!(Slug::from_name(name).as_ref().map(Slug::as_str), slug, "{name}");
        }
    }

    #[test]
    fn ticket_ids() {
        let id = TicketId::parse("ACME-1234").unwrap();
        assert_eq!((id.prefix(), id.number(), id.bucket().as_str()), ("ACME", 1234, "0012"));
        assert_eq!(id.to_string(), "ACME-1234");
        for bad in ["ACME", "ACME-", "ACME-0", "ACME-01", "acme-1", "ACME-1x", "ACME--1", "-1", "ACME-1000000000"] {
            assert!(TicketId::parse(bad).is_err(), "{bad}");
        }
    }
}
