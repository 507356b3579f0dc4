//! The codes that [`crate::format`] and loading report about one file by itself: documentation only.

use super::Rule;
use crate::diag::Severity;

const fn rule(code: &'static str, severity: Severity, summary: &'static str, docs: &'static str) -> Rule {
    Rule { code, severity, summary, docs, check: None }
}

pub(super) const UNREADABLE: Rule = rule(
    "unreadable",
    Severity::Error,
    "a file or folder cannot be read",
    "\
The operating system refused to hand over a file or to list a folder.
What it holds is unknown, so whatever depends on it is not in force.

Look at its permissions with `ls -l`, and make it readable for the account that runs `corp`.",
);

pub(super) const NOT_UTF8: Rule = rule(
    "not-utf8",
    Severity::Error,
    "a file is not UTF-8 text",
    "\
Every file with keys is UTF-8 text.
In another encoding the same bytes mean different letters on different machines, so the file is not read at all.

Save it as UTF-8: most editors offer it under \"save with encoding\".
On a command line, `iconv -f ISO-8859-1 -t UTF-8 old.md > new.md` converts a Western European file.",
);

pub(super) const FRONT_MATTER: Rule = rule(
    "front-matter",
    Severity::Error,
    "a Markdown file's front matter is missing or has no end",
    "\
A ticket, a skill and most other Markdown files begin with their keys between two lines `---`.
Without the second line nobody can tell where the keys end and the text begins.

```markdown
---
name: Acme
---

We make things.
```

Begin the file with `---`, and close the keys with another `---` on a line of its own.",
);

pub(super) const YAML_SYNTAX: Rule = rule(
    "yaml-syntax",
    Severity::Error,
    "text that is not YAML as it is read here",
    "\
The keys of a file are YAML.
What stands before the mistake was understood, what follows it was not, so the file is not in force.

The usual causes: a colon followed by a space inside a value (put the value in quotes), a tab used to indent (use spaces), a bracket or a quote that is never closed, an indentation that does not fit the line above, or an alias `*name` without its anchor `&name`.
One file holds one document, and a key is a single piece of text.",
);

pub(super) const YAML_DUPLICATE_KEY: Rule = rule(
    "yaml-duplicate-key",
    Severity::Error,
    "the same key twice in one mapping",
    "\
A key stands twice in the same mapping.
Programs disagree about which one counts, and a person who changes the other one wonders why nothing happens.

Keep one of the two.",
);

pub(super) const YAML_MERGE_KEY: Rule = rule(
    "yaml-merge-key",
    Severity::Error,
    "the merge key `<<`",
    "\
`<<: *base` copies the keys of another mapping.
It is not part of YAML 1.2, and it hides from a reader of a file what the file says, so it is not read.

Write the keys out. An alias for a single value (`*name`) is fine.",
);

pub(super) const YAML_TOO_DEEP: Rule = rule(
    "yaml-too-deep",
    Severity::Error,
    "lists and mappings nested too deeply",
    "\
Lists and mappings are nested deeper than 48 levels, aliases included.
Real files need six; the limit keeps a hostile file from exhausting memory.

Split the file, or move the deep part into a text file beside it.",
);

pub(super) const YAML_TOO_LARGE: Rule = rule(
    "yaml-too-large",
    Severity::Error,
    "more YAML than a person could have meant",
    "\
The keys of a file may take 1 MiB and 100,000 values, aliases included.
Definitions are pages, not databases, and the limit stops a small file that grows without end through its aliases.

Move long text into a Markdown file beside it, or split the file.",
);

pub(super) const MISSING_KEY: Rule = rule(
    "missing-key",
    Severity::Error,
    "a key without which the file says nothing",
    "\
A key that is needed is not there, or has no value.
`corp schema KIND` prints all keys of a kind of file with the needed ones, for example `corp schema ticket`.

Add the key.",
);

pub(super) const CHOOSE_ONE: Rule = rule(
    "choose-one",
    Severity::Error,
    "none, or more than one, of keys that exclude each other",
    "\
Some keys are different answers to the same question, such as `every`, `cron` and `at` of a heartbeat.
With two of them it is not clear which one counts; where an answer is needed, none is not enough.

Keep exactly the one that is meant. A key without a value counts as absent.",
);

pub(super) const BAD_VALUE: Rule = rule(
    "bad-value",
    Severity::Error,
    "a value of the wrong kind or form",
    "\
The value under a key is not what that key takes: a list where text belongs, money without a currency, a time without a zone.
The value is left out, and what depends on it is not in force.

The message says what belongs there. `corp schema KIND` prints every key with what it takes.",
);

pub(super) const UNKNOWN_WORD: Rule = rule(
    "unknown-word",
    Severity::Error,
    "a word that is not among the choices",
    "\
The key takes one of a few words, and this is none of them.
Nothing is guessed: `activ` is not `active`.

The message lists the words and names the nearest.",
);

pub(super) const UNKNOWN_KEY: Rule = rule(
    "unknown-key",
    Severity::Warning,
    "a key that nothing reads",
    "\
The file has a key that this kind of file does not know.
It is kept through every edit, since another program may read it, but here it has no effect.
Usually it is a slip of the pen, or it stands one level too deep.

Correct it, move your own keys under `metadata`, or say why it stays:

```yaml
colour: blue  # corp: allow unknown-key — read by our dashboard
```",
);

pub(super) const SCHEDULE_NEVER_FIRES: Rule = rule(
    "schedule-never-fires",
    Severity::Error,
    "a cron expression for days that do not exist",
    "\
The expression can be read, and no day of the calendar fits it: 30 February, 31 April, a 31st that is the first Monday.
Whoever wrote it waits for something that never happens, so it is an error and not silence.
29 February is sound: it comes every few years. So is a time that is past: whether an `at` is over is not judged.

Name a day that exists, or `L` for the last day of the month.
`corp schedule next '0 9 L 2 *'` shows when an expression fires.",
);

pub(super) const MORE_OF_THESE: Rule = rule(
    crate::diag::MORE_OF_THESE,
    Severity::Note,
    "there is more to say about a file than is shown",
    "\
A file has so many diagnostics that only the first hundred of each severity are kept.
Usually they have one cause, such as a wrong indentation, and the rest would only hide the first.

Correct the first ones, and run `corp check` again.",
);
