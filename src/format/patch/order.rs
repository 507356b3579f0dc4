//! Where a new key belongs: after the last key that is written before it in the declaration of the file's kind.

use crate::diag::Step;
use crate::format::layout::Kind;
use crate::format::schema;
use serde_json::Value as Json;

/// The keys of the mapping at `steps` in a file of `kind`, in the order people should write them; empty if they
/// are not known. The schema has them, for nested mappings too.
pub(super) fn keys(kind: Kind, steps: &[Step]) -> Vec<String> {
    let Some(whole) = schema::of(kind) else { return Vec::new() };
    let mut here = Some(&whole);
    for step in steps {
        here = here.map(|part| resolve(part, &whole)).and_then(|part| match step {
            Step::Key(key) => part["properties"].get(key).or_else(|| part.get("additionalProperties")),
            Step::Index(_) => part.get("items"),
        });
    }
    let known = here.map(|part| resolve(part, &whole)).and_then(|part| part["properties"].as_object());
    known.map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
}

/// Returns after which of the `present` keys `key` is put; `None` for the last.
pub(super) fn after<'k>(key: &str, present: impl Iterator<Item = &'k str>, known: &[String]) -> Option<usize> {
    let rank = |name: &str| known.iter().position(|known| known == name);
    let own = rank(key)?;
    present.enumerate().filter(|(_, name)| rank(name).is_some_and(|rank| rank < own)).map(|(at, _)| at).last()
}

/// What a reference to a named part, or a choice between a part and nothing, stands for.
fn resolve<'s>(mut part: &'s Json, whole: &'s Json) -> &'s Json {
    loop {
        part = match (part["$ref"].as_str(), part["anyOf"].get(0)) {
            (Some(reference), _) => match reference.strip_prefix("#/$defs/") {
                Some(name) => &whole["$defs"][name],
                None => return part,
            },
            (None, Some(first)) => first,
            (None, None) => return part,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::KeyPath;

    #[test]
    fn keys_are_known_at_every_depth() {
        assert_eq!(keys(Kind::Goal, &[]).first().map(String::as_str), Some("name"));
        let adapter = keys(Kind::AgentSettings, &KeyPath::from("adapter").0);
        assert_eq!(adapter[..2], ["type", "model"]);
        assert!(!keys(Kind::Ticket, &KeyPath::from("stages").index(0).0).is_empty());
        assert_eq!(keys(Kind::AgentSettings, &KeyPath::from("nobody").0), Vec::<String>::new());
        assert_eq!(keys(Kind::Heartbeat, &[]), Vec::<String>::new());
    }

    #[test]
    fn a_new_key_follows_the_last_one_before_it() {
        let known: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).into();
        for (key, present, expected) in [
            ("c", &["a", "b", "d"][..], Some(1)),
            ("b", &["d", "a", "x"], Some(1)),
            ("a", &["b"], None),
            ("x", &["a"], None),
        ] {
            assert_eq!(after(key, present.iter().copied(), &known), expected, "{key}");
        }
    }
}
