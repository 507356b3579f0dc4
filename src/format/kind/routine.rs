//! `routine.yaml` beside a TASK.md: when the work comes again.

use crate::format::record::choice_fields;
use crate::model::schedule::{At, Cron};
use crate::model::{Interval, SecretName, Zone};
use crate::record;
use std::collections::BTreeMap;

pub use crate::model::routine::{CatchUp, Concurrency, Payload, RoutineStatus, SessionName, VariableType};

record! {
    /// When a task comes again: `routine.yaml`.
    pub struct RoutineFile {
        /// Whether it fires. Default `active`.
        "status" => status: RoutineStatus;
        /// What makes it fire.
        "triggers" => triggers: Vec<Trigger>;
        /// What a firing makes. Default `ticket`.
        "payload" => payload: Payload;
        /// The session its runs use. Default `isolated`.
        "session" => session: SessionName;
        /// What happens while an earlier firing is still being worked on. Default `coalesce_if_active`.
        "concurrency" => concurrency: Concurrency;
        /// What happens with firings that were missed. Default `skip_missed`.
        "catch_up" => catch_up: CatchUp;
        /// Values for `{{name}}` in the task.
        "variables" => variables: BTreeMap<String, Variable>;
        /// Names of the secrets its runs get.
        "secrets" => secrets: Vec<SecretName>;
    }
}

record! {
    /// One thing that makes a routine fire.
    pub struct Trigger {
        /// A cron expression with 5 or 6 fields.
        "cron" => cron: Cron;
        /// A length of time.
        "every" => every: Interval;
        /// Once, at this time.
        "at" => at: At;
        /// The zone of `cron` and `at`. Default: the company's.
        "timezone" => timezone: Zone;
        /// How far firings may be spread. Default: 5 minutes at the top of every hour, else none.
        "stagger" => stagger: Interval;
        /// Whether it fires. Default true.
        "enabled" => enabled: bool;
        /// A name for people.
        "label" => label: String;
    }
    exactly_one ["cron", "every", "at"]
}

record! {
    /// A value for `{{name}}` in the task.
    pub struct Variable {
        /// What may be filled in. Default `text`.
        "type" => kind: VariableType;
        /// What it is without being filled in.
        "default" => default: String;
        /// Whether it must be filled in. Default true when there is no default.
        "required" => required: bool;
        /// For `select`: the choices.
        "options" => options: Vec<String>;
        /// What it means.
        "description" => description: String;
    }
}

choice_fields!(RoutineStatus, Payload, Concurrency, CatchUp, VariableType);

#[cfg(test)]
mod tests {
    use crate::diag::At;

    /// What is said of a file, and of which part of it.
    fn said(path: &str, text: &str) -> Vec<(&'static str, String, String, String)> {
        let (_, diagnostics) = crate::format::read(path, text);
        diagnostics
            .into_iter()
            .map(|diagnostic| {
                let Some(At::Span(span)) = diagnostic.place().map(|place| place.at.clone()) else { panic!("no place") };
                (diagnostic.code, text[span].to_owned(), diagnostic.message, diagnostic.help.join(" / "))
            })
            .collect()
    }

    #[test]
    fn a_schedule_that_cannot_be_is_shown_where_it_stands() {
        let owned = |code, place: &str, message: &str, help: &str| {
            (code, place.to_owned(), message.to_owned(), help.to_owned())
        };
        const DAY: &str = "name a day that exists, such as `28`, or `L` for the last day of the month";
        for (path, before, after) in [
            ("tasks/weekly/routine.yaml", "triggers:\n  - ", "\n    timezone: Europe/Berlin\n"),
            ("agents/cto/agent.yaml", "heartbeat:\n  ", "\n  timezone: Europe/Berlin\n"),
            ("corp.yaml", "schema: corp/v1\nticket_prefix: A\ndefaults:\n  heartbeat:\n    ", "\n"),
        ] {
            let never = said(path, &format!("{before}cron: \"0 9 30 2 *\"{after}"));
            let message = "`cron: 0 9 30 2 *` never fires: no month it names has such a day";
            assert_eq!(never, [owned("schedule-never-fires", "\"0 9 30 2 *\"", message, DAY)], "{path}");
            let wrong = said(path, &format!("{before}cron: 0 25 * * *{after}"));
            let message = "`cron: 0 25 * * *` cannot be read: the hour field `25` is not between 0 and 23";
            let help = "write a cron expression with 5 or 6 fields, such as `0 9 * * 1-5`";
            assert_eq!(wrong, [owned("bad-value", "0 25 * * *", message, help)], "{path}");
            let past = said(path, &format!("{before}at: 2020-01-01T09:00{after}"));
            assert_eq!(past, [], "{path}");
            let at = said(path, &format!("{before}at: 2026-02-30T09:00{after}"));
            assert_eq!(at[0].0, "bad-value", "{path}");
            assert_eq!(at[0].2, "`at: 2026-02-30T09:00` cannot be read: there is no such date or time of day");
        }
    }
}
