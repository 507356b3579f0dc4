//! The codes that [`crate::format::heartbeat`] reports about a HEARTBEAT.md: documentation only.

use super::Rule;
use crate::diag::Severity;

const fn rule(code: &'static str, severity: Severity, summary: &'static str, docs: &'static str) -> Rule {
    Rule { code, severity, summary, docs, check: None }
}

pub(super) const FIELD: Rule = rule(
    "heartbeat-field",
    Severity::Error,
    "a line among the tasks that is no field of one",
    "\
A task of a HEARTBEAT.md has `name`, `interval` and `prompt`, each on one indented line, and nothing else.
Any other line ends the whole block there. The tasks below it are lost, and so is the one it stands in if a field was still to come.
OpenClaw loses them in silence, and what is lost does not even reach the agent as text.

Take the line out, correct the name of the field, or indent it. Notes and comments stand above `tasks:` or below all tasks.",
);

pub(super) const ITEM: Rule = rule(
    "heartbeat-item",
    Severity::Warning,
    "a list item among the tasks that is no task",
    "\
Between `tasks:` and the first `- name:` stands a list item of another kind. It is passed over, and the agent is not shown it either.

Begin the task with `- name:`, or move the item above `tasks:`.",
);

pub(super) const INCOMPLETE: Rule = rule(
    "heartbeat-incomplete",
    Severity::Error,
    "a task without a name, an interval or a prompt",
    "\
A task counts only if it has all three, none of them empty. This one is passed over: it never runs.

```markdown
tasks:
  - name: inbox
    interval: 30m
    prompt: Look at the inbox.
```",
);

pub(super) const BLOCK: Rule = rule(
    "heartbeat-block",
    Severity::Error,
    "a task that stands in no block of tasks",
    "\
Tasks stand below a line that says `tasks:` and nothing else; a heading `## Tasks` or `tasks: # mine` is no such line.
Without it the lines are text for the agent, who reads them at every beat, whatever their intervals say.

Put `tasks:` on a line of its own above the first task.",
);

pub(super) const INTERVAL: Rule = rule(
    "heartbeat-interval",
    Severity::Error,
    "an interval of a task that cannot be read",
    "\
An interval is a number with one of the units ms, s, m, h, d, or several of them without gaps: `30m`, `1h30m`, `2d`. A number alone is minutes.
A task whose interval cannot be read runs once and never again.

Write one of these forms.",
);

pub(super) const PROMPT: Rule = rule(
    "heartbeat-prompt",
    Severity::Error,
    "a prompt of a task that should go on below",
    "\
A task block looks like YAML and is read line by line: a value has one line. Behind `prompt: |` the agent is told `|`, and the text below it ends the block.

Write the prompt on the line of `prompt:`. What all tasks share can stand as text outside of the block: the agent is given it with them.",
);

pub(super) const DUPLICATE: Rule = rule(
    "heartbeat-duplicate",
    Severity::Warning,
    "two tasks of one name",
    "\
When a task last ran is kept under its name. Two tasks of one name share that: when one has run, the other counts as run, too.

Give each task its own name.",
);

pub(super) const REPEATED: Rule = rule(
    "heartbeat-repeated",
    Severity::Warning,
    "a field of a task that is there twice",
    "\
A task has a field twice. The last one counts, and the first has no effect.

Take one of them out.",
);

pub(super) const COMMENT: Rule = rule(
    "heartbeat-comment",
    Severity::Warning,
    "a comment that hides more or less than it seems to",
    "\
An HTML comment hides text only where a line begins with it. One that begins behind other text hides nothing: a task `commented out` that way still runs.
One without an end hides the rest of the file, tasks included.

Begin a comment on a line of its own, and close it with `-->`.",
);
