//! `corp schedule`: tells when a schedule fires. What a schedule is: [`crate::model::schedule`].

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::format::Document;
use crate::model::schedule::{At, Schedule, ScheduleError, Shift};
use crate::model::{Interval, Scalar as _, Zone};
use crate::store::load;
use jiff::{Timestamp, Zoned};
use serde_json::json;

/// Most firings in one answer: enough for a year of days, and still a list a person can hold.
const FIRINGS_MAX: i64 = 1_000;

/// Most changes of the clock that are told: a yearly expression would name ten.
const SHIFTS_TOLD: usize = 2;

/// Ask a schedule when it fires
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Next(Next),
}

/// Show the next times at which a schedule fires
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp schedule next '0 9 * * 1-5'                     weekdays at nine
  corp schedule next '30 2 * * *' --tz Europe/Berlin   in another zone than the company's
  corp schedule next @weekly -n 10
  corp schedule next every 90m
  corp schedule next 2026-12-01T09:00")]
struct Next {
    /// A cron expression in quotes, `@daily` and the like, `every 30m`, or a date with a time
    #[arg(value_name = "EXPR", required = true)]
    expression: Vec<String>,
    /// The time zone, instead of the company's (UTC outside of one)
    #[arg(long = "tz", value_name = "ZONE")]
    timezone: Option<String>,
    /// Look from this time on, instead of now
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// How many
    #[arg(short = 'n', value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=FIRINGS_MAX))]
    count: u16,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    match &args.command {
        Command::Next(args) => next(args, context, ui),
    }
}

fn next(args: &Next, context: &Context, ui: &mut Ui) -> Outcome {
    let zone = zone(args, context)?;
    let from = from(args, context, &zone)?;
    let expression = args.expression.join(" ");
    let schedule = Schedule::parse(&expression, from).map_err(|error| not_a_schedule(&error, args, &expression))?;
    let firings: Vec<Timestamp> = schedule.after(from, &zone).take(usize::from(args.count)).collect();
    let shifts: Vec<Shift> = match firings[..] {
        [first, .., last] => shifts(&zone, first, last).collect(),
        [only] => shifts(&zone, only, only).collect(),
        [] => Vec::new(),
    };
    if args.json {
        ui.line(format_args!("{:#}", as_json(&expression, &zone, from, &firings, &shifts)));
        return Ok(Exit::Done);
    }
    let local = |at: Timestamp| at.to_zoned(zone.rules().clone());
    ui.note(format_args!("`{expression}` after {} in {zone}", local(from).strftime("%F %H:%M:%S%.f %Z")));
    let local: Vec<Zoned> = firings.iter().copied().map(local).collect();
    for line in table(&local, from) {
        ui.line(line);
    }
    for shift in shifts.iter().take(SHIFTS_TOLD) {
        ui.hint(told(*shift, &schedule, &zone, &firings));
    }
    if shifts.len() > SHIFTS_TOLD {
        ui.hint(format_args!("until then the clock is put forward or back {} more times", shifts.len() - SHIFTS_TOLD));
    }
    if firings.len() < usize::from(args.count) {
        ui.note(if firings.is_empty() { "it does not fire after that" } else { "it does not fire again" });
    }
    Ok(Exit::Done)
}

fn not_a_schedule(error: &ScheduleError, args: &Next, expression: &str) -> CommandError {
    let hint = match error {
        ScheduleError::Never(_, flaw) => flaw.help.clone(),
        _ if args.expression.len() > 1 => {
            "put the expression in quotes, or the shell replaces `*`: `corp schedule next '0 9 * * 1-5'`".to_owned()
        }
        _ if Interval::parse(expression).is_ok() => format!("did you mean `every {expression}`?"),
        _ => "write a cron expression such as '0 9 * * 1-5', `@daily`, `every 30m` or `2026-12-01T09:00`".to_owned(),
    };
    CommandError::new(Exit::Usage, error.to_string()).hint(hint)
}

/// The zone asked for, the company's, or UTC.
fn zone(args: &Next, context: &Context) -> Result<Zone, CommandError> {
    if let Some(name) = &args.timezone {
        return Zone::parse(name).map_err(|why| {
            CommandError::new(Exit::Usage, format!("`--tz {name}`: {why}")).hint(format!("write {}", Zone::EXPECTED))
        });
    }
    let root = match context.company_root() {
        Ok(root) => root,
        // Outside of a company there is a clock too, but one that was named is meant.
        Err(_) if context.named_company().is_none() => return Ok(Zone::utc()),
        Err(error) => return Err(error),
    };
    let Document::Corp(corp) = load::document(&root, "corp.yaml")? else { return Ok(Zone::utc()) };
    Ok(corp.timezone.unwrap_or_else(Zone::utc))
}

/// The instant after which is looked.
fn from(args: &Next, context: &Context, zone: &Zone) -> Result<Timestamp, CommandError> {
    let Some(text) = &args.from else { return Ok(context.environment.now) };
    let wrong = |why: &str| {
        CommandError::new(Exit::Usage, format!("`--from {text}`: {why}")).hint(format!("write {}", At::EXPECTED))
    };
    let at = At::parse(text).map_err(|why| wrong(&why))?;
    at.instant(zone).ok_or_else(|| wrong("it lies beyond the calendar"))
}

/// The shifts of the clock from one firing to another. The one at the first firing itself is among them: it may
/// be the reason why that fires when it does.
fn shifts(zone: &Zone, first: Timestamp, last: Timestamp) -> impl Iterator<Item = Shift> + '_ {
    let here = zone.shift_before(first).filter(|shift| shift.at == first);
    here.into_iter().chain(zone.shifts_after(first).take_while(move |shift| shift.at <= last))
}

/// One line for each firing, in columns.
fn table(firings: &[Zoned], from: Timestamp) -> Vec<String> {
    let whole_minutes = firings.iter().all(|at| at.second() == 0 && at.subsec_nanosecond() == 0);
    let clock = if whole_minutes { "%a %F %H:%M %Z %:z" } else { "%a %F %H:%M:%S%.f %Z %:z" };
    let rows: Vec<[String; 3]> = firings
        .iter()
        .map(|at| [at.strftime(clock).to_string(), at.timestamp().to_string(), until(from, at.timestamp())])
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    rows.iter().map(|[local, utc, until]| format!("{local:<first$}  {utc:<second$}  {until}")).collect()
}

/// "in 3h", "in 2d 4h": the two largest units.
fn until(from: Timestamp, at: Timestamp) -> String {
    let mut rest = at.duration_since(from).as_secs();
    let mut words = Vec::new();
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if rest >= length && words.len() < 2 {
            words.push(format!("{}{unit}", rest / length));
            rest %= length;
        } else if !words.is_empty() {
            break;
        }
    }
    if words.is_empty() { "in less than 1s".to_owned() } else { format!("in {}", words.join(" ")) }
}

/// What a shift of the clock does to the firings.
fn told(shift: Shift, schedule: &Schedule, zone: &Zone, firings: &[Timestamp]) -> String {
    let (from, to) = (shift.from(), shift.to());
    let form = if from.date() == to.date() { "%H:%M" } else { "%F %H:%M" };
    let to = to.strftime(form);
    let made_up = || format!("what falls in between fires once, at {to}");
    let effect = match schedule {
        Schedule::Every { .. } => "the length of time stays the same".to_owned(),
        Schedule::At(_) if shift.is_gap() => made_up(),
        Schedule::Cron(cron) if cron.touches(shift) => match (shift.is_gap(), firings.contains(&shift.at)) {
            (true, true) if cron.makes_up() => made_up(),
            (true, _) => "what falls in between is left out".to_owned(),
            (false, _) if cron.repeats() => "what falls in between fires twice".to_owned(),
            (false, _) => "what falls in between fires the first time".to_owned(),
        },
        Schedule::Cron(_) | Schedule::At(_) => "nothing falls in between".to_owned(),
    };
    let verb = if shift.is_gap() { "goes" } else { "goes back" };
    format!("on {} the clock in {zone} {verb} from {} to {to}; {effect}", from.date(), from.strftime("%H:%M"))
}

fn as_json(
    expression: &str,
    zone: &Zone,
    from: Timestamp,
    firings: &[Timestamp],
    shifts: &[Shift],
) -> serde_json::Value {
    let firing = |at: &Timestamp| {
        let local = at.to_zoned(zone.rules().clone());
        json!({
            "at": at.to_string(),
            "local": local.strftime("%FT%H:%M:%S%.f%:z").to_string(),
            "abbreviation": local.strftime("%Z").to_string(),
            "in_s": at.duration_since(from).as_secs(),
        })
    };
    let shift = |shift: &Shift| json!({ "at": shift.at.to_string(), "from": shift.from().to_string(), "to": shift.to().to_string() });
    json!({
        "expression": expression,
        "timezone": zone.name(),
        "from": from.to_string(),
        "firings": firings.iter().map(firing).collect::<Vec<_>>(),
        "shifts": shifts.iter().map(shift).collect::<Vec<_>>(),
    })
}
