//! The list of skills in a prompt, in the form OpenClaw made common: names, descriptions, and where the text is.

use crate::model::skill::Skill;
use std::fmt::Write as _;

/// Most skills that are listed.
pub const LISTED_MAX: usize = 150;

/// Most characters of the whole list.
pub const LIST_CHARS_MAX: usize = 18_000;

/// Room for the words that say what is missing, in characters.
const WARNING_CHARS: usize = 150;

const PREAMBLE: &str = "The following skills provide specialized instructions for specific tasks. Read a skill's file \
when the task matches its description. A path in a skill is relative to the folder of its SKILL.md.";

/// A skill and where its `SKILL.md` is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The skill.
    pub skill: Skill,
    /// Where it is read.
    pub location: String,
}

/// The list; empty without skills. Too long, it drops descriptions; still too long, it ends earlier and says so.
pub fn list(skills: &[Listed]) -> String {
    let shown: Vec<&Listed> = skills.iter().filter(|listed| !listed.skill.hidden).take(LISTED_MAX).collect();
    let all = skills.iter().filter(|listed| !listed.skill.hidden).count();
    if shown.is_empty() {
        return String::new();
    }
    let whole = rendered(&shown, true, None);
    if all <= LISTED_MAX && whole.chars().count() <= LIST_CHARS_MAX {
        return whole;
    }
    if whole.chars().count() <= LIST_CHARS_MAX - WARNING_CHARS {
        return rendered(&shown, true, Some(all));
    }
    // The most that fits, without descriptions.
    let fits = |count: usize| rendered(&shown[..count], false, None).chars().count() <= LIST_CHARS_MAX - WARNING_CHARS;
    let (mut fitting, mut too_many) = (0, shown.len() + 1);
    while too_many - fitting > 1 {
        let middle = usize::midpoint(fitting, too_many);
        if fits(middle) { fitting = middle } else { too_many = middle }
    }
    rendered(&shown[..fitting], false, Some(all))
}

fn rendered(skills: &[&Listed], described: bool, of: Option<usize>) -> String {
    let mut out = format!("{PREAMBLE}\n\n<available_skills>\n");
    for listed in skills {
        let Skill { name, description, .. } = &listed.skill;
        let _written = writeln!(out, "  <skill>\n    <name>{}</name>", escaped(name));
        if described {
            let _written = writeln!(out, "    <description>{}</description>", escaped(description));
        }
        let _written = writeln!(out, "    <location>{}</location>\n  </skill>", escaped(&listed.location));
    }
    out.push_str("</available_skills>");
    if let Some(of) = of {
        let what = if described { "" } else { ", without descriptions" };
        let _written = write!(out, "\n({} of {of} skills are listed{what}; all are in their folders)", skills.len());
    }
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(name: &str, description: &str) -> Listed {
        let skill = Skill { name: name.to_owned(), description: description.to_owned(), ..Skill::default() };
        Listed { skill, location: format!("skills/{name}/SKILL.md") }
    }

    #[test]
    fn the_list_is_xml_and_brings_no_tags_of_its_own() {
        let text = list(&[listed("deploy", "ship <it> & \"more\"\nnow")]);
        let expected = "<available_skills>\n  <skill>\n    <name>deploy</name>\n    <description>ship &lt;it&gt; &amp; \
                        &quot;more&quot; now</description>\n    <location>skills/deploy/SKILL.md</location>\n  </skill>\n\
                        </available_skills>";
        assert!(text.ends_with(expected), "{text}");
        assert_eq!(list(&[]), "");
        let hidden = Listed { skill: Skill { hidden: true, ..Skill::default() }, location: String::new() };
        assert_eq!(list(&[hidden]), "");
    }

    #[test]
    fn too_long_it_drops_descriptions_and_then_ends_earlier() {
        let with_text = |count: usize, chars: usize| -> Vec<Listed> {
            (0..count).map(|number| listed(&format!("skill-{number:03}"), &"d".repeat(chars))).collect()
        };
        let compact = list(&with_text(100, 1_000));
        assert!(compact.chars().count() <= LIST_CHARS_MAX && !compact.contains("<description>"));
        assert!(
            compact.contains("skill-099") && compact.contains("100 of 100 skills are listed, without descriptions")
        );
        let many = list(&with_text(300, 1));
        assert!(many.chars().count() <= LIST_CHARS_MAX);
        assert!(many.contains("of 300 skills are listed"), "{}", &many[many.len() - 200..]);
        let long: Vec<Listed> = (0..140).map(|number| listed(&format!("{}-{number}", "n".repeat(200)), "d")).collect();
        let ends = list(&long);
        assert!(ends.chars().count() <= LIST_CHARS_MAX && !ends.contains("n-139<") && ends.contains("n-0<"));
    }
}
