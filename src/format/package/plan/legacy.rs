//! The older `schedule` of a TASK.md as a trigger of `routine.yaml`.
//!
//! What five cron fields cannot say ("every second Tuesday") becomes the nearest that can be said, with a note.

use crate::format::kind::{LegacyRecurrence, LegacySchedule};

/// The keys and values of one trigger, in the order they are written.
pub type Trigger = Vec<(&'static str, String)>;

/// Days of the week as the older schedule names them, by their cron number.
const DAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// Returns the trigger, if the schedule says when, and notes on what could not be carried over.
pub fn trigger(schedule: &LegacySchedule) -> (Option<Trigger>, Vec<String>) {
    let mut notes = Vec::new();
    let starts = schedule.starts_at.as_deref().and_then(Start::read);
    let (key, value) = match (&schedule.recurrence, &schedule.starts_at) {
        (Some(recurrence), _) => match rule(recurrence, starts.as_ref(), &mut notes) {
            Some(found) => found,
            None => return (None, notes),
        },
        (None, Some(at)) => ("at", at.clone()),
        (None, None) => return (None, vec!["its schedule does not say when".to_owned()]),
    };
    let mut trigger = vec![(key, value)];
    trigger.extend(schedule.timezone.clone().map(|zone| ("timezone", zone)));
    (Some(trigger), notes)
}

fn rule(
    recurrence: &LegacyRecurrence,
    starts: Option<&Start>,
    notes: &mut Vec<String>,
) -> Option<(&'static str, String)> {
    let frequency = recurrence.frequency.as_deref().unwrap_or_default();
    let interval = recurrence.interval.unwrap_or(1).max(1);
    let time = recurrence.time.as_ref();
    let minute = time.and_then(|time| time.minute).or(starts.map(|start| start.minute)).unwrap_or(0);
    let hour = time.and_then(|time| time.hour).or(starts.map(|start| start.hour)).unwrap_or(9);
    let months = list(recurrence.months.as_deref().unwrap_or_default(), 1..=12);
    let days = list(recurrence.month_days.as_deref().unwrap_or_default(), 1..=31);
    let weekdays = weekdays(recurrence.weekdays.as_deref().unwrap_or_default(), notes);
    if minute > 59 || hour > 23 {
        notes.push(format!("there is no time of day {hour}:{minute:02}"));
        return None;
    }
    let first_day = || starts.map_or_else(|| "1".to_owned(), |start| start.day.to_string());
    let every_month = || months.clone().unwrap_or_else(|| "*".to_owned());
    let any_day = || days.clone().unwrap_or_else(|| "*".to_owned());
    let any_weekday = || weekdays.clone().unwrap_or_else(|| "*".to_owned());
    let cron = match (frequency, interval) {
        ("hourly", 1) => format!("{minute} * {} {} {}", any_day(), every_month(), any_weekday()),
        ("hourly", n) if n < 24 && 24 % n == 0 => {
            format!("{minute} */{n} {} {} {}", any_day(), every_month(), any_weekday())
        }
        ("daily", 1) => format!("{minute} {hour} {} {} {}", any_day(), every_month(), any_weekday()),
        ("weekly", 1) => {
            let start = || starts.and_then(|start| start.weekday).unwrap_or(1).to_string();
            format!("{minute} {hour} * {} {}", every_month(), weekdays.clone().unwrap_or_else(start))
        }
        ("monthly", 1) => {
            format!("{minute} {hour} {} {} *", days.clone().unwrap_or_else(first_day), every_month())
        }
        ("monthly", n) if n <= 12 && 12 % n == 0 => {
            format!("{minute} {hour} {} */{n} *", days.clone().unwrap_or_else(first_day))
        }
        ("yearly", 1) => {
            let month = || starts.map_or_else(|| "1".to_owned(), |start| start.month.to_string());
            let month = months.clone().unwrap_or_else(month);
            format!("{minute} {hour} {} {month} *", days.clone().unwrap_or_else(first_day))
        }
        ("hourly" | "daily" | "weekly", n) => {
            let every = match frequency {
                "hourly" => format!("{n}h"),
                "daily" => format!("{n}d"),
                _ => format!("{}d", n.saturating_mul(7)),
            };
            notes.push(format!("`{frequency}` every {n} became `every: {every}`; the day and time are not kept"));
            return Some(("every", every));
        }
        _ => {
            notes.push(format!("`{}` every {interval} cannot be said here", frequency.escape_debug()));
            return None;
        }
    };
    Some(("cron", cron))
}

/// The numbers as a cron field; `None` if there is none.
fn list(numbers: &[u64], range: std::ops::RangeInclusive<u64>) -> Option<String> {
    let kept: Vec<String> = numbers.iter().filter(|number| range.contains(number)).map(u64::to_string).collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

fn weekdays(names: &[String], notes: &mut Vec<String>) -> Option<String> {
    let mut kept = Vec::new();
    for name in names {
        let lower = name.to_ascii_lowercase();
        let by_name = || DAYS.iter().position(|day| lower.len() >= 2 && day.starts_with(lower.as_str()));
        match lower.parse::<usize>().ok().filter(|day| *day <= 7).map(|day| day % 7).or_else(by_name) {
            Some(day) => kept.push(day),
            None => notes.push(format!("there is no weekday `{}`", name.escape_debug())),
        }
    }
    kept.sort_unstable();
    kept.dedup();
    (!kept.is_empty()).then(|| kept.iter().map(usize::to_string).collect::<Vec<_>>().join(","))
}

/// When a schedule begins, in its own zone.
struct Start {
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    weekday: Option<i8>,
}

impl Start {
    /// Reads the wall clock part of `2026-12-01T09:30:00Z`; the schedule's own zone says which clock.
    fn read(text: &str) -> Option<Self> {
        let wall = text.get(..16).or_else(|| text.get(..10))?;
        let date: jiff::civil::Date = wall.get(..10)?.parse().ok()?;
        let number = |range| wall.get(range).and_then(|digits: &str| digits.parse().ok());
        Some(Self {
            month: u64::try_from(date.month()).ok()?,
            day: u64::try_from(date.day()).ok()?,
            hour: number(11..13).unwrap_or(9),
            minute: number(14..16).unwrap_or(0),
            weekday: Some(date.weekday().to_sunday_zero_offset()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Document, read};

    #[test]
    fn schedules_become_triggers() {
        for (schedule, expected, notes) in [
            (
                "{recurrence: {frequency: weekly, weekdays: [monday, fri], time: {hour: 8, minute: 30}}, timezone: Europe/Berlin}",
                "cron=30 8 * * 1,5 timezone=Europe/Berlin",
                0,
            ),
            ("{recurrence: {frequency: daily}}", "cron=0 9 * * *", 0),
            ("{recurrence: {frequency: daily}, startsAt: 2026-11-20T07:15:00Z}", "cron=15 7 * * *", 0),
            ("{recurrence: {frequency: weekly}, startsAt: 2026-11-20T07:15:00Z}", "cron=15 7 * * 5", 0),
            ("{recurrence: {frequency: hourly, interval: 6}}", "cron=0 */6 * * *", 0),
            ("{recurrence: {frequency: hourly, interval: 5}}", "every=5h", 1),
            ("{recurrence: {frequency: weekly, interval: 2, weekdays: [tue]}}", "every=14d", 1),
            ("{recurrence: {frequency: monthly, monthDays: [1, 15, 99]}}", "cron=0 9 1,15 * *", 0),
            ("{recurrence: {frequency: monthly, interval: 3}}", "cron=0 9 1 */3 *", 0),
            ("{recurrence: {frequency: yearly}, startsAt: 2026-03-09}", "cron=0 9 9 3 *", 0),
            ("{recurrence: {frequency: weekly, weekdays: [someday]}}", "cron=0 9 * * 1", 1),
            ("{recurrence: {frequency: fortnightly}}", "", 1),
            ("{recurrence: {frequency: daily, time: {hour: 25}}}", "", 1),
            ("{startsAt: 2026-12-01T09:00:00Z}", "at=2026-12-01T09:00:00Z", 0),
            ("{timezone: UTC}", "", 1),
        ] {
            let text = format!("---\nname: X\nrecurring: true\nschedule: {schedule}\n---\n");
            let (Document::Task(task), _) = read("tasks/x/TASK.md", &text) else { panic!("a task") };
            let (found, said) = trigger(&task.schedule.unwrap());
            let shown: Vec<String> =
                found.unwrap_or_default().iter().map(|(key, value)| format!("{key}={value}")).collect();
            assert_eq!((shown.join(" ").as_str(), said.len()), (expected, notes), "{schedule}: {said:?}");
        }
    }

    #[test]
    fn a_routine_made_of_a_schedule_is_sound() {
        let text = "---\nname: X\nrecurring: true\nschedule: {recurrence: {frequency: weekly, interval: 2}, timezone: Europe/Berlin}\n---\n";
        let (Document::Task(task), _) = read("tasks/x/TASK.md", text) else { panic!("a task") };
        let (routine, _) = super::super::arrive::routine(&task);
        let (Document::Routine(file), diagnostics) = read("tasks/x/routine.yaml", &routine) else {
            panic!("a routine")
        };
        assert_eq!(diagnostics, []);
        assert_eq!(file.triggers.unwrap().len(), 1, "{routine}");
    }
}
