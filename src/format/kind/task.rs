//! `TASK.md`: a seed of a ticket, or work that comes again (`agentcompanies/v1`).

use super::shared::{Metadata, Source};
use crate::model::status::Priority;
use crate::record;

record! {
    /// The front matter of `TASK.md`. The body says what is to be done.
    pub struct TaskFile {
        /// What is to be done, in a few words.
        "name" => name: String;
        /// Stands in for `name`.
        "title" => title: String;
        /// What is to be done, in one sentence.
        "description" => description: String;
        /// The task's slug; the folder's name counts.
        "slug" => slug: String;
        /// The agent who does it.
        "assignee" => assignee: String;
        /// The project it belongs to.
        "project" => project: String;
        /// Whether it comes again; `routine.yaml` beside it says when.
        "recurring" => recurring: bool;
        /// How urgent it is.
        "priority" => priority: Priority;
        /// Words to sort it by.
        "labels" => labels: Vec<String>;
        /// When it comes again, in the older way; `routine.yaml` counts if there is one.
        "schedule" => schedule: LegacySchedule;
        /// The format of the package, in a root file.
        "schema" => schema: String;
        /// `task`, if the file name does not say it.
        "kind" => kind: String;
        /// The version of the task.
        "version" => version: String;
        /// Its licence, as an SPDX expression.
        "license" => license: String;
        /// Words to find it by.
        "tags" => tags: Vec<String>;
        /// Where it comes from.
        "sources" => sources: Vec<Source>;
        /// Anything else.
        "metadata" => metadata: Metadata;
    }
}

record! {
    /// When a task comes again, in the older way.
    pub struct LegacySchedule {
        /// The zone of the times.
        "timezone" => timezone: String;
        /// When it begins.
        "startsAt" => starts_at: String;
        /// How it comes again.
        "recurrence" => recurrence: LegacyRecurrence;
    }
}

record! {
    /// How a task comes again, in the older way.
    pub struct LegacyRecurrence {
        /// `hourly`, `daily`, `weekly`, `monthly` or `yearly`.
        "frequency" => frequency: String;
        /// Every how many of them.
        "interval" => interval: u64;
        /// Days of the week.
        "weekdays" => weekdays: Vec<String>;
        /// Days of the month.
        "monthDays" => month_days: Vec<u64>;
        /// Months.
        "months" => months: Vec<u64>;
        /// The time of day.
        "time" => time: LegacyTime;
    }
}

record! {
    /// A time of day, in the older way.
    pub struct LegacyTime {
        /// The hour, 0 to 23.
        "hour" => hour: u64;
        /// The minute, 0 to 59.
        "minute" => minute: u64;
    }
}
