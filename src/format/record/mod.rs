//! Types of files: one declaration gives the Rust type, the reader and the JSON Schema.
//!
//! [`record!`](crate::record) declares a mapping; [`Field`] is what a value under a key can be. A reader never
//! fails: a value it cannot use is reported with its place and left out. Unknown keys are reported and
//! otherwise left alone, since edits patch the text (`docs/decisions/0001-yaml-reading.md` tells why this is
//! not `serde`).

mod reader;
mod schema;
mod values;

pub use reader::{Reader, join, nearest};
pub use schema::object_schema;
pub use values::Anything;
pub(crate) use values::{choice_fields, choice_schema, read_choice};

use super::yaml::{Data, Node};
use reader::head;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// A value that can stand under a key.
pub trait Field: Sized {
    /// Reads the value, or reports why it cannot and returns `None`. Never called with "no value".
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self>;

    /// The JSON Schema of the value; named parts go into `parts`.
    fn schema(parts: &mut Parts) -> Json;
}

/// The named parts (`$defs`) of a schema.
pub type Parts = BTreeMap<&'static str, Json>;

/// A mapping with known keys; implemented by [`record!`](crate::record).
pub trait Record: Default {
    /// The name of the type in the schema.
    const NAME: &'static str;
    /// The keys, in the order people should write them.
    const KEYS: &'static [&'static str];

    /// Reads a mapping; what cannot be used is reported and left out.
    fn read_record(node: &Node<'_>, reader: &mut Reader<'_>) -> Self;

    /// The schema of the mapping itself.
    fn record_schema(parts: &mut Parts) -> Json;
}

/// Declares a mapping with known keys. Every field is optional in the text; `(required)` after the type
/// reports its absence; `exactly_one [..]` and `at_most_one [..]` after the struct name keys that exclude
/// each other.
#[macro_export]
macro_rules! record {
    ($(#[doc = $doc:literal])* $vis:vis struct $name:ident {
        $($(#[doc = $field_doc:literal])* $key:literal => $field:ident: $type:ty $(, $required:ident)?;)+
    } $(exactly_one [$($one:literal),+])? $(at_most_one [$($most:literal),+])?) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Default, PartialEq)]
        $vis struct $name { $($(#[doc = $field_doc])* pub $field: Option<$type>,)+ }

        impl $crate::format::record::Record for $name {
            const NAME: &'static str = stringify!($name);
            const KEYS: &'static [&'static str] = &[$($key),+];

            fn read_record(node: &$crate::format::yaml::Node<'_>, reader: &mut $crate::format::record::Reader<'_>) -> Self {
                use $crate::format::record as r;
                let mut record = Self::default();
                for (key, value) in node.entries() {
                    let $crate::format::yaml::Data::Scalar(name, _) = &key.data else { continue };
                    match name.as_ref() {
                        $($key => r::field(&mut record.$field, $key, value, reader),)+
                        _ => reader.unknown_key(key, Self::KEYS),
                    }
                }
                $($(r::$required(node, record.$field.is_none(), $key, reader);)?)+
                $(r::exactly_one(node, &[$($one),+], reader);)?
                $(r::at_most_one(node, &[$($most),+], reader);)?
                record
            }

            fn record_schema(parts: &mut $crate::format::record::Parts) -> ::serde_json::Value {
                use $crate::format::record as r;
                let properties: Vec<(&str, &[&str], ::serde_json::Value)> = vec![
                    $(($key, &[$($field_doc),*] as &[&str], <$type as r::Field>::schema(parts))),+
                ];
                let required: &[&str] = &[$($(r::name_of::$required($key),)?)+];
                let one: &[&str] = &[$($($one),+)?];
                let most: &[&str] = &[$($($most),+)?];
                r::object_schema(&[$($doc),*], properties, required, one, most)
            }
        }

        impl $crate::format::record::Field for $name {
            fn read(node: &$crate::format::yaml::Node<'_>, reader: &mut $crate::format::record::Reader<'_>) -> Option<Self> {
                $crate::format::record::read_nested(node, reader)
            }

            fn schema(parts: &mut $crate::format::record::Parts) -> ::serde_json::Value {
                $crate::format::record::nested_schema::<Self>(parts)
            }
        }
    };
}

/// Reads one field of a record; for the macro.
pub fn field<T: Field>(slot: &mut Option<T>, key: &'static str, value: &Node<'_>, reader: &mut Reader<'_>) {
    if value.is_null() || slot.is_some() {
        return;
    }
    reader.key = key;
    *slot = T::read(value, reader);
}

/// Reports a required key that is not there; for the macro.
pub fn required(node: &Node<'_>, missing: bool, key: &'static str, reader: &mut Reader<'_>) {
    // A value that is there and wrong has been reported already.
    if missing && node.get(key).is_none_or(Node::is_null) {
        let help = format!("add a line `{key}: …`");
        reader.error("missing-key", head(node), format!("the key `{key}` is missing")).help.push(help);
    }
}

/// Reports keys of which exactly one is needed; for the macro.
pub fn exactly_one(node: &Node<'_>, keys: &[&'static str], reader: &mut Reader<'_>) {
    reader.choose(node, keys, true);
}

/// Reports keys that exclude each other; for the macro.
pub fn at_most_one(node: &Node<'_>, keys: &[&'static str], reader: &mut Reader<'_>) {
    reader.choose(node, keys, false);
}

/// The names of required keys; for the macro.
pub mod name_of {
    /// The key itself.
    pub fn required(key: &str) -> &str {
        key
    }
}

/// Reads a record inside another one; for the macro.
pub fn read_nested<T: Record>(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<T> {
    if matches!(node.data, Data::Map(_)) {
        return Some(T::read_record(node, reader));
    }
    reader.expected(
        node,
        &format!("a mapping with {}", join(T::KEYS.iter().take(4).map(|key| format!("`{key}`")), "or")),
    );
    None
}

/// The schema of a record inside another one: a reference to a named part; for the macro.
pub fn nested_schema<T: Record>(parts: &mut Parts) -> Json {
    if !parts.contains_key(T::NAME) {
        parts.insert(T::NAME, Json::Null);
        let schema = T::record_schema(parts);
        parts.insert(T::NAME, schema);
    }
    json!({ "$ref": format!("#/$defs/{}", T::NAME) })
}
