//! [`Choice`]: one word out of a closed list.

use std::marker::PhantomData;

/// One word out of a closed list, as written in files.
pub trait Choice: Sized + Copy + PartialEq + 'static {
    /// Every value with its word, in the order people should see them.
    const ALL: &'static [(&'static str, Self)];

    /// The value written as `word`, if it is one of the list.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
    }

    /// The word for this value.
    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, value)| *value == self).map_or("", |(name, _)| name)
    }
}

/// Reads a word of a list where it stands, without a copy of it.
#[derive(Debug)]
pub struct OneOf<T>(PhantomData<T>);

impl<T> Default for OneOf<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T: Choice> serde::de::Visitor<'_> for OneOf<T> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("one of")?;
        T::ALL.iter().try_for_each(|(word, _)| write!(f, " `{word}`"))
    }

    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<T, E> {
        T::from_word(word).ok_or_else(|| E::custom("an unknown word"))
    }
}

/// Declares an enum whose values are single words in files.
///
/// ```
/// corp::choice! {
///     /// How urgent a ticket is.
///     pub enum Urgency { "high" => High, "low" => Low }
/// }
/// use corp::model::Choice as _;
/// assert_eq!(Urgency::from_word("high"), Some(Urgency::High));
/// assert_eq!(Urgency::Low.word(), "low");
/// ```
#[macro_export]
macro_rules! choice {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$doc:meta])* $word:literal => $variant:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        $vis enum $name { $($(#[$doc])* #[doc = concat!("`", $word, "`")] $variant),+ }

        impl $crate::model::Choice for $name {
            const ALL: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str($crate::model::Choice::word(*self))
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::model::Choice::word(*self))
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::model::choice::OneOf::default())
            }
        }
    };
}
