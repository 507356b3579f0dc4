//! A `SKILL.md` as a [`Skill`]: its name, what it does, and what must be there for it to be of use.
//!
//! What must be there stands in `metadata`, below the name of a program: OpenClaw's, its earlier names, or ours. It is read
//! as it is found and nothing in it is ever wrong: other programs keep there what they like.

use super::front_matter;
use super::yaml::{self, Node};
use crate::diag::{KeyPath, Step};
use crate::model::skill::{Gate, Skill, Unusable};

/// Largest `SKILL.md` that is used, in bytes.
pub const SKILL_BYTES_MAX: u64 = 256_000;

/// Whose keys below `metadata` say what a skill needs. The first that is there counts.
const PROGRAMS: [&str; 4] = ["corp", "openclaw", "clawdbot", "moltbot"];

/// What the `SKILL.md` of the skill `name` says.
///
/// # Errors
/// Why it cannot be used, whatever is there.
pub fn read(name: &str, text: &str) -> Result<Skill, Unusable> {
    let bytes = text.len() as u64;
    if bytes > SKILL_BYTES_MAX {
        return Err(Unusable::TooLarge { bytes, max: SKILL_BYTES_MAX });
    }
    let split = front_matter::split(text);
    let head = split.yaml.map(|range| &text[range]).unwrap_or_default();
    let parsed = yaml::parse(head, 0);
    let root = parsed.root.as_ref().ok_or(Unusable::Silent("description"))?;
    let said = |key: &str| root.get(key).and_then(Node::text).map(str::trim).filter(|text| !text.is_empty());
    if said("name").is_none() {
        return Err(Unusable::Silent("name"));
    }
    let description = said("description").ok_or(Unusable::Silent("description"))?;
    let gate = root.get("metadata").map(gate).unwrap_or_default();
    Ok(Skill {
        name: name.to_owned(),
        description: description.split_whitespace().collect::<Vec<_>>().join(" "),
        hidden: said("disable-model-invocation") == Some("true"),
        gate,
    })
}

fn gate(metadata: &Node<'_>) -> Gate {
    // Some write the object as text, since their reader knows only single lines.
    if let Some(text) = metadata.text() {
        return yaml::parse(text, 0).root.as_ref().filter(|node| node.text().is_none()).map(gate).unwrap_or_default();
    }
    let Some(own) = PROGRAMS.iter().find_map(|program| metadata.get(program)) else { return Gate::default() };
    if let Some(text) = own.text() {
        return yaml::parse(text, 0).root.as_ref().map(gate_of).unwrap_or_default();
    }
    gate_of(own)
}

fn gate_of(own: &Node<'_>) -> Gate {
    let none = Node { span: 0..0, data: yaml::Data::Map(Vec::new()) };
    let requires = own.get("requires").unwrap_or(&none);
    Gate {
        always: own.get("always").and_then(Node::text) == Some("true"),
        os: words(own.get("os")),
        bins: words(requires.get("bins")),
        any_bins: words(requires.get("anyBins")),
        env: words(requires.get("env")),
        config: words(requires.get("config")),
    }
}

/// A list of words, or a single one.
fn words(node: Option<&Node<'_>>) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    let single = node.text().into_iter();
    single.chain(node.items().iter().filter_map(Node::text)).map(str::to_owned).collect()
}

/// Whether the dotted `path` says something in a YAML text: neither nothing, nor `false`, nor 0.
pub fn says(text: &str, path: &str) -> bool {
    let parsed = yaml::parse(text, 0);
    let steps = path.split('.').map(|key| Step::Key(key.into())).collect();
    let found = parsed.root.as_ref().and_then(|root| root.at(&KeyPath(steps)));
    found.is_some_and(|(_, value)| match value.text() {
        Some(text) => !matches!(text, "" | "false" | "0"),
        None => !value.is_null(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_what_is_needed() {
        let texts = [
            "---\nname: Deploy\ndescription: >\n  Ships\n  it.\nmetadata: {\"openclaw\": {\"os\": [\"linux\"], \"requires\": \
             {\"bins\": [\"git\"], \"anyBins\": [\"gh\"], \"env\": [\"KEY\"], \"config\": [\"a.b\"]}, \"always\": true}}\n---\n",
            "---\nname: Deploy\ndescription: Ships it.\nmetadata: '{\"clawdbot\": {\"os\": \"linux\", \"requires\": {\"bins\": \
             [\"git\"], \"anyBins\": [\"gh\"], \"env\": [\"KEY\"], \"config\": [\"a.b\"]}, \"always\": true}}'\n---\n",
            "---\nname: Deploy\ndescription: Ships it.\nmetadata:\n  openclaw: {always: false}\n  corp:\n    always: true\n    \
             os: [linux]\n    requires: {bins: [git], anyBins: [gh], env: [KEY], config: [a.b]}\n---\n",
        ];
        let words = |word: &str| vec![word.to_owned()];
        let gate = Gate {
            always: true,
            os: words("linux"),
            bins: words("git"),
            any_bins: words("gh"),
            env: words("KEY"),
            config: words("a.b"),
        };
        for text in texts {
            let skill = read("deploy", text).unwrap();
            assert_eq!((skill.name.as_str(), skill.description.as_str()), ("deploy", "Ships it."), "{text}");
            assert_eq!(skill.gate, gate, "{text}");
            assert!(!skill.hidden);
        }
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        let large = format!("---\nname: x\ndescription: y\n---\n{}", "z".repeat(256_000));
        for (text, why) in [
            ("", "its SKILL.md says no `description`"),
            ("---\nname: x\n---\n", "its SKILL.md says no `description`"),
            ("---\ndescription: x\n---\n", "its SKILL.md says no `name`"),
            (large.as_str(), "its SKILL.md has 256031 bytes, more than 256000"),
        ] {
            assert_eq!(read("x", text).unwrap_err().to_string(), why);
        }
        for odd in ["metadata: 5", "metadata: []", "metadata: {openclaw: 7}", "metadata: {openclaw: {requires: x}}"] {
            let text = format!("---\nname: x\ndescription: y\n{odd}\ndisable-model-invocation: true\n---\n");
            let skill = read("x", &text).unwrap();
            assert!(skill.gate == Gate::default() && skill.hidden, "{odd}");
        }
    }

    #[test]
    fn a_setting_says_something_or_not() {
        let text = "a:\n  b: 1\n  c: false\n  d: ''\n  e: 0\n  f: {}\n  g:\n";
        for (path, expected) in
            [("a.b", true), ("a.c", false), ("a.d", false), ("a.e", false), ("a.f", true), ("a.g", false), ("x", false)]
        {
            assert_eq!(says(text, path), expected, "{path}");
        }
    }
}
