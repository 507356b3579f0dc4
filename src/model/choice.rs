//! [`Choice`]: one word out of a closed list.

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
                let word = <::std::string::String as ::serde::Deserialize>::deserialize(deserializer)?;
                <Self as $crate::model::Choice>::from_word(&word)
                    .ok_or_else(|| <D::Error as ::serde::de::Error>::custom("an unknown word"))
            }
        }
    };
}
