//! When a beat comes: the phase of an agent, the offset of a job, the pause after a failure, a single time.
//!
//! The figures are OpenClaw's, so that a job taken over from there keeps its times.

use crate::model::ecma;
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

/// How often an agent beats if nobody says, in milliseconds.
pub const EVERY_DEFAULT_MS: u64 = 30 * 60_000;

/// How long wakes of one agent are gathered before they start a run, in milliseconds.
pub const WAKE_COALESCE_MS: u64 = 250;

/// How long a wake that found the agent busy waits before it tries again, in milliseconds.
pub const BUSY_RETRY_MS: u64 = 1_000;

/// How far jobs that fall on the full hour are spread, in milliseconds.
pub const TOP_OF_HOUR_STAGGER_MS: u64 = 5 * 60_000;

/// Pauses of a recurring job after one, two, three … failures in a row, in milliseconds; the last one repeats.
const RECURRING_BACKOFF_MS: [u64; 5] = [30_000, 60_000, 300_000, 900_000, 3_600_000];

/// Pauses of a job that runs once; after these it is given up.
const ONCE_BACKOFF_MS: [u64; 3] = [30_000, 60_000, 300_000];

/// The time between two beats. Unset is [`EVERY_DEFAULT_MS`]; zero, blank or unreadable is never.
pub fn every_ms(every: Option<&str>) -> Option<u64> {
    let Some(every) = every else {
        return Some(EVERY_DEFAULT_MS);
    };
    ecma::duration_ms(every, "m").ok().filter(|ms| *ms > 0)
}

/// The place of an agent's beats within the interval, so that not all agents beat at once. `seed` is a stable
/// name of the machine.
pub fn phase_ms(seed: &str, agent: &str, interval_ms: u64) -> u64 {
    hash(&format!("{seed}:{agent}")) % interval_ms.max(1)
}

/// The first instant after `now_ms` with that phase. An instant exactly on it is over already.
pub fn next_on_phase_ms(now_ms: i64, interval_ms: u64, phase_ms: u64) -> i64 {
    let interval = i64::try_from(interval_ms.max(1)).unwrap_or(i64::MAX);
    let phase = i64::try_from(phase_ms).unwrap_or(i64::MAX) % interval;
    let ahead = (phase - now_ms.rem_euclid(interval)).rem_euclid(interval);
    now_ms.saturating_add(if ahead == 0 { interval } else { ahead })
}

/// How far jobs with this cron expression are spread: as they say, or five minutes if they come at every full
/// hour or at several of them, or not at all.
pub fn stagger_ms(expression: &str, explicit_ms: Option<u64>) -> u64 {
    let fields: Vec<&str> = expression.split(ecma::is_white).filter(|field| !field.is_empty()).collect();
    let full_hour = match fields[..] {
        ["0", hour, _, _, _] | ["0", "0", hour, _, _, _] => hour.contains('*'),
        _ => false,
    };
    explicit_ms.unwrap_or(if full_hour { TOP_OF_HOUR_STAGGER_MS } else { 0 })
}

/// The offset of one job within the stagger.
pub fn stagger_offset_ms(job: &str, stagger_ms: u64) -> u64 {
    if stagger_ms <= 1 { 0 } else { hash(job) % stagger_ms }
}

/// The pause of a recurring job after `failures` in a row; none without failures.
pub fn recurring_backoff_ms(failures: usize) -> u64 {
    let index = failures.min(RECURRING_BACKOFF_MS.len());
    index.checked_sub(1).map_or(0, |index| RECURRING_BACKOFF_MS[index])
}

/// The pause of a job that runs once, after the `failures`th failure that may pass; `None`: it is given up.
pub fn once_backoff_ms(failures: usize) -> Option<u64> {
    ONCE_BACKOFF_MS.get(failures.checked_sub(1)?).copied()
}

/// Reads a single time in milliseconds since 1970: digits are milliseconds, a date is its midnight in UTC, a
/// date with a time is UTC unless it says otherwise.
pub fn at_ms(text: &str) -> Option<i64> {
    let text = ecma::trim(text);
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return match text.parse::<i64>() {
            // JavaScript takes zeros for a year of two digits: 2000. Jobs saved with "0" mean just that.
            Ok(0) => Some(946_684_800_000),
            // The last instant of JavaScript's calendar.
            Ok(ms) => (ms <= 8_640_000_000_000_000).then_some(ms),
            Err(_) => None,
        };
    }
    let (date, clock) = match text.as_bytes().get(10) {
        None => (text, ""),
        Some(b'T' | b't' | b' ') => (text.get(..10)?, text.get(11..)?),
        Some(_) => return None,
    };
    let date = read_date(date)?;
    let midnight = (i64::from(days_since_1970(date))) * 86_400_000;
    if text.len() == 10 {
        return Some(midnight);
    }
    let (clock, offset) = split_offset(clock)?;
    Some(midnight + read_clock(clock)? - offset)
}

fn read_date(text: &str) -> Option<Date> {
    let [y, m, d] = text.split('-').collect::<Vec<_>>()[..] else {
        return None;
    };
    let shaped = y.len() == 4 && m.len() == 2 && d.len() == 2;
    Date::new(digits(y).filter(|_| shaped)?, digits(m)?, digits(d)?).ok()
}

fn days_since_1970(date: Date) -> i32 {
    date.since(Date::constant(1970, 1, 1)).map_or(0, |span| span.get_days())
}

/// Splits `16:00:00+02:00` into the clock and the offset in milliseconds.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = text.rfind(['+', '-']) else {
        return Some((text, 0));
    };
    let (clock, offset) = text.split_at(at);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let plain: String = offset[1..].chars().filter(|c| *c != ':').collect();
    let (hours, minutes): (i64, i64) = (digits(plain.get(..2)?)?, digits(plain.get(2..)?)?);
    (plain.len() == 4 && hours < 24 && minutes < 60).then_some((clock, sign * (hours * 60 + minutes) * 60_000))
}

/// Reads `16:00`, `16:00:00` or `16:00:00.5` as milliseconds of the day; `24:00` is its end.
fn read_clock(text: &str) -> Option<i64> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let parts: Vec<&str> = clock.split(':').collect();
    let two = |part: &str| digits::<i64>(part).filter(|_| part.len() == 2);
    let (hours, minutes, seconds) = match parts[..] {
        [h, m] if clock.len() == text.len() => (two(h)?, two(m)?, 0),
        [h, m, s] => (two(h)?, two(m)?, two(s)?),
        _ => return None,
    };
    digits::<u128>(fraction)?;
    let ms: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let of_day = ((hours * 60 + minutes) * 60 + seconds) * 1_000 + ms;
    (minutes < 60 && seconds < 60 && of_day <= 86_400_000).then_some(of_day)
}

fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// The first four bytes of the SHA-256, most significant first.
fn hash(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    u64::from(u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats() {
        for (every, ms) in [
            (None, Some(1_800_000)),
            (Some("5"), Some(300_000)),
            (Some("0m"), None),
            (Some(""), None),
            (Some("oops"), None),
        ] {
            assert_eq!(every_ms(every), ms, "{every:?}");
        }
        for (now, interval, phase, next) in
            [(0, 100, 30, 30), (30, 100, 30, 130), (31, 100, 30, 130), (-1, 100, 0, 0), (5, 0, 7, 6)]
        {
            assert_eq!(next_on_phase_ms(now, interval, phase), next, "{now}");
        }
        assert!(stagger_offset_ms("job", 300_000) < 300_000);
        assert_eq!((recurring_backoff_ms(0), once_backoff_ms(0)), (0, None));
    }

    #[test]
    fn single_times() {
        for (text, ms) in [
            ("2026-02-01", Some(1_769_904_000_000)),
            ("2026-02-01T16:00Z", Some(1_769_961_600_000)),
            ("2026-02-01T16:00:00.1234", Some(1_769_961_600_123)),
            ("2026-02-01T16:00:00+02:00", Some(1_769_954_400_000)),
            ("2026-02-01 16:00", Some(1_769_961_600_000)),
            ("2026-02-01T24:00:00Z", Some(1_769_990_400_000)),
            ("2026-02-30", None),
            ("2026-02-01T25:00", None),
            ("2026-02-01T", None),
            ("tomorrow", None),
            ("-5", None),
            ("2026-02-01T16:0é", None),
        ] {
            assert_eq!(at_ms(text), ms, "{text}");
        }
    }
}
