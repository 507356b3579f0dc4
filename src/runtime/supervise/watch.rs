//! What is known of a run while it lasts: what it said and used, since when it is silent, why it has to end.

use super::super::clock::Clock;
use super::super::gateway::Tally;
use super::super::holds;
use super::super::run::{Ceiling, Completion, End, Folder, Job, TRANSCRIPT, Used};
use super::super::workspace;
use super::SuperviseError;
use super::output::{Lines, Transcript};
use super::{system, tree};
use crate::adapters::{self, Ended, Failure, FailureKind, Reader, Signal as Said, Stream, Usage, Verdict};
use crate::model::run::Billing;
use crate::model::{Choice as _, Currency, Money};
use crate::redact::{self, live::Live};
use rustix::process::{Pid, WaitStatus};
use std::io;
use std::time::Duration;
use tokio::time::Instant;

/// Longest reply that is kept, in bytes: what a person reads in a notification or a comment.
const REPLY_BYTES_MAX: usize = 64 << 10;

/// What is known of the run so far.
pub(super) struct Watch<'a> {
    pub(super) job: &'a Job,
    /// What it may spend now.
    pub(super) ceiling: Ceiling,
    pub(super) reader: Box<dyn Reader>,
    pub(super) transcript: Transcript,
    pub(super) lines: [Lines; 2],
    /// Hides the values of secrets in what it says, before anybody reads it.
    hiding: [redact::live::Stream; 2],
    live: &'a Live,
    /// What it used, settled by its own word.
    pub(super) usage: Usage,
    /// What it is using, until it says how much it was.
    pub(super) using: Usage,
    pub(super) so_far: Option<Usage>,
    /// What the gateway has counted, if the run goes through it.
    pub(super) metered: Option<Tally>,
    /// Whether it was told to come back later, and whether that was just now.
    pub(super) limited: bool,
    told_later: bool,
    pub(super) session: Option<String>,
    pub(super) model: Option<String>,
    pub(super) retry_at: Option<jiff::Timestamp>,
    pub(super) reply: String,
    pub(super) started: Instant,
    /// When it last said something.
    pub(super) heard: Instant,
    /// When it was asked to stop.
    pub(super) stopping: Option<Instant>,
    /// Why it ends, if not by itself. What came first stays.
    pub(super) cause: Option<(Completion, Failure)>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(folder: &Folder, job: &'a Job, live: &'a Live) -> Result<Self, SuperviseError> {
        let adapter = adapters::find(&job.adapter).ok_or_else(|| SuperviseError::System {
            doing: "read what the run says",
            source: io::Error::new(io::ErrorKind::NotFound, format!("there is no adapter {}", job.adapter)),
        })?;
        let path = folder.path().join(TRANSCRIPT);
        let transcript = Transcript::create(&path, job.transcript_bytes_max).map_err(system("write the transcript"))?;
        let now = Instant::now();
        let ceiling = folder.ceiling()?.unwrap_or_else(|| job.ceiling.clone());
        Ok(Self {
            job,
            ceiling,
            reader: adapter.reader(),
            transcript,
            lines: [Lines::default(), Lines::default()],
            hiding: [live.stream(), live.stream()],
            live,
            usage: Usage::default(),
            using: Usage::default(),
            so_far: None,
            metered: None,
            limited: false,
            told_later: false,
            session: None,
            model: None,
            retry_at: None,
            reply: String::new(),
            started: now,
            heard: now,
            stopping: None,
            cause: None,
        })
    }

    /// When time itself will have something to say.
    pub(super) fn due(&self) -> Instant {
        match self.stopping {
            Some(asked) => asked + Duration::from_millis(self.job.grace_ms),
            None => {
                let whole = self.started + Duration::from_millis(self.job.timeout_ms);
                whole.min(self.heard + Duration::from_millis(self.job.idle_timeout_ms))
            }
        }
    }

    /// Asks it to stop if it took too long. True if it was asked already, and must be ended.
    pub(super) fn overtime(&mut self, leader: Pid) -> bool {
        let now = Instant::now();
        if now < self.due() {
            return false;
        }
        if self.stopping.is_some() {
            return true;
        }
        let span = |ms: u64| crate::model::Interval::from_ms(ms);
        let why = if now >= self.started + Duration::from_millis(self.job.timeout_ms) {
            format!("it ran longer than {}", span(self.job.timeout_ms))
        } else {
            format!("it said nothing for {}", span(self.job.idle_timeout_ms))
        };
        self.stop(leader, Completion::TimedOut, why);
        false
    }

    pub(super) fn stop(&mut self, leader: Pid, completion: Completion, why: String) {
        if self.stopping.is_none() {
            self.stopping = Some(Instant::now());
            tree::ask(leader);
        }
        self.because(completion, why);
    }

    pub(super) fn because(&mut self, completion: Completion, why: String) {
        let kind = match completion {
            Completion::OverCeiling => FailureKind::Limit,
            Completion::Succeeded
            | Completion::Failed
            | Completion::Stopped
            | Completion::Cancelled
            | Completion::TimedOut => FailureKind::Other,
        };
        self.cause.get_or_insert((completion, Failure::new(kind, why)));
    }

    /// Takes what it said.
    pub(super) fn take(&mut self, stream: Stream, bytes: &[u8], leader: Pid) {
        if bytes.is_empty() {
            return;
        }
        self.heard = Instant::now();
        let ms = self.elapsed_ms();
        let mut lines = std::mem::take(&mut self.lines[stream as usize]);
        if self.live.is_empty() {
            lines.feed(bytes, |line| self.line(ms, stream, line));
        } else {
            let mut shown = Vec::with_capacity(bytes.len());
            self.hiding[stream as usize].feed(bytes, &mut shown);
            lines.feed(&shown, |line| self.line(ms, stream, line));
        }
        self.lines[stream as usize] = lines;
        self.transcript.flush();
        if self.is_elsewhere() {
            self.stop(leader, Completion::Failed, String::new());
        }
        let over = |usage| self.over(&self.job.meter.priced(usage, self.model.as_deref()));
        if let Some(why) = over(self.used()).or_else(|| over(self.using)) {
            self.stop(leader, Completion::OverCeiling, why);
        }
    }

    /// Takes what it may spend from now on. One that has spent that already is stopped.
    pub(super) fn limit(&mut self, ceiling: Ceiling, leader: Pid) {
        self.ceiling = ceiling;
        let model = self.model.as_deref();
        let priced = |usage| self.job.meter.priced(usage, model);
        let (used, using) = (priced(self.used()), priced(self.using));
        let why = self.over(&used).or_else(|| self.over(&using)).or_else(|| {
            // What nothing is known of yet has spent nothing; a subscription spends no money at all.
            let nothing = Usage { cost: Some(Money::from_micro(0, Currency::USD)), ..Usage::default() };
            let subscription = self.job.meter.billing.as_deref() == Some(Billing::Subscription.word());
            (used.cost.is_none() && !subscription).then(|| self.over(&nothing)).flatten()
        });
        if let Some(why) = why {
            self.stop(leader, Completion::OverCeiling, why);
        }
    }

    /// Why it is stopped that it has used so much, whichever is heard of first: the use, or that it may spend less now.
    fn over(&self, usage: &Usage) -> Option<String> {
        if self.ceiling == self.job.ceiling {
            return self.ceiling.passed(usage);
        }
        self.ceiling.reached(usage).map(|why| format!("its budget was lowered: {why}"))
    }

    /// Notes that its account was told to come back later, if it was and that is not noted yet.
    pub(super) fn note_hold(&mut self, now: jiff::Timestamp) {
        let Some(file) = self.job.meter.hold.as_ref().filter(|_| std::mem::take(&mut self.told_later)) else { return };
        let untold = jiff::SignedDuration::from_millis(holds::UNTOLD_MS);
        let until = self.retry_at.filter(|at| *at > now).or_else(|| now.checked_add(untold).ok());
        if let Some(until) = until
            && let Err(error) = holds::set(file, until, &self.job.run)
        {
            // Others find out by themselves.
            tracing::warn!(%error, "it could not be noted that an account was told to come back later");
        }
    }

    /// Takes what the gateway has counted.
    pub(super) fn meter(&mut self, tally: Tally, leader: Pid) {
        // Whoever asks a model and waits for its answer is not silent.
        self.heard = Instant::now();
        if let Some(until) =
            tally.limited.filter(|_| self.metered.as_ref().map(|known| known.limited) != Some(tally.limited))
        {
            self.retry_at = until.or(self.retry_at);
            self.limited = true;
            self.told_later = true;
        }
        let why = tally.refused.clone().or_else(|| self.over(&tally.used));
        self.metered = Some(tally);
        if let Some(why) = why {
            self.stop(leader, Completion::OverCeiling, why);
        }
    }

    pub(super) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn line(&mut self, ms: u64, stream: Stream, line: &str) {
        self.transcript.line(ms, stream, line);
        for said in self.reader.line(stream, line) {
            match said {
                Said::Session(session) => self.session = Some(session),
                Said::Model(model) => self.model = Some(model),
                Said::Used(usage) => self.usage.add(&usage),
                Said::UsedSoFar(usage) => self.so_far = Some(usage),
                Said::Using(usage) => self.using = usage,
                Said::RateLimited { until } => {
                    self.retry_at = until.or(self.retry_at);
                    self.limited = true;
                    self.told_later = true;
                }
                Said::Text(text) if stream == Stream::Out => self.reply = text,
                Said::Text(_) | Said::Tool { .. } | Said::ToolResult { .. } | Said::Finished | Said::Failed(_) => {}
            }
        }
        if self.is_elsewhere() && self.cause.is_none() {
            let (asked, begun) = (self.job.session.as_deref(), self.session.as_deref());
            let why = format!(
                "it was to go on with the conversation {} and began {} instead",
                asked.unwrap_or_default(),
                begun.unwrap_or_default()
            );
            self.cause = Some((Completion::Failed, Failure::new(FailureKind::Session, why)));
        }
    }

    /// Whether it is in another conversation than it was to go on with.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.job.session.is_some() && self.session.is_some() && self.session != self.job.session
    }

    /// What this run used, as far as it said.
    pub(super) fn used(&self) -> Usage {
        let said = self.said();
        match self.metered.as_ref().filter(|tally| tally.answers > 0) {
            // The tokens that went to and fro are known; what they cost, the program may know better.
            Some(tally) => Usage { cost: said.cost.or(tally.used.cost), ..tally.used },
            None => said,
        }
    }

    /// What this run used, as far as its program said.
    fn said(&self) -> Usage {
        let mut used = self.usage;
        if let Some(so_far) = &self.so_far {
            // Of another conversation than the one that was counted, nothing was used before.
            let before = self.job.used_before.as_ref().filter(|_| !self.is_elsewhere()).map(Usage::from);
            used.add(&so_far.since(&before.unwrap_or_default()));
        }
        used
    }

    pub(super) fn end(
        mut self,
        started: Option<jiff::Timestamp>,
        status: Option<WaitStatus>,
        clock: Clock,
        leftovers: usize,
    ) -> End {
        let ms = self.elapsed_ms();
        let mut cut = 0;
        for stream in [Stream::Out, Stream::Err] {
            let mut lines = std::mem::take(&mut self.lines[stream as usize]);
            let mut rest = Vec::new();
            self.hiding[stream as usize].finish(&mut rest);
            lines.feed(&rest, |line| self.line(ms, stream, line));
            cut += lines.finish(|line| self.line(ms, stream, line));
        }
        let (exit, signal) = status.map_or((None, None), |status| (status.exit_status(), status.terminating_signal()));
        let used = self.used();
        // What its program did not say was computed from what the gateway counted.
        let cost_source = (self.said().cost.is_none() && used.cost.is_some()).then(|| "computed".to_owned());
        let metered_model = self.metered.as_ref().and_then(|tally| tally.model.clone());
        let (completion, failure) = match (self.cause, exit, signal) {
            (Some((completion, failure)), ..) => (completion, Some(failure)),
            (None, Some(code), _) => by_itself(self.reader.verdict(Ended::Exit(code))),
            (None, None, Some(signal)) => by_itself(self.reader.verdict(Ended::Signal(signal))),
            (None, None, None) => (Completion::Failed, Some(Failure::other("how it ended is not known"))),
        };
        let kind = failure.as_ref().map(|failure| failure.kind.to_string());
        let why = failure.map(|failure| failure.why).unwrap_or_default();
        let (transcript_sha256, dropped_bytes) = self.transcript.finish(cut);
        let kept = (0..=REPLY_BYTES_MAX.min(self.reply.len())).rev().find(|at| self.reply.is_char_boundary(*at));
        self.reply.truncate(kept.unwrap_or(0));
        End {
            completion,
            why: redact::mask(&self.live.hide(&why)).into_owned(),
            exit,
            signal,
            started,
            ended: clock.now(),
            used_at_least: (used.total() == 0 && self.using.total() > 0).then(|| Used::from(&self.using)),
            used: Used::from(&used),
            cost_source,
            limited: self.limited,
            provider: self.job.meter.provider.clone(),
            billing: self.job.meter.billing.clone(),
            used_so_far: self.so_far.as_ref().map(Used::from),
            session: self.session,
            model: self.model.or(metered_model).or_else(|| self.job.meter.model.clone()),
            failure: kind,
            retry_at: self.retry_at,
            confinement: started.map(|_| self.job.held_by()),
            // Its program may write a value in a way nobody thought of, and we read what it means.
            reply: redact::mask(&self.live.hide(&self.reply)).into_owned(),
            transcript_sha256,
            dropped_bytes,
            leftovers,
            changed: None,
            work: workspace::Work::default(),
        }
    }
}

fn by_itself(verdict: Verdict) -> (Completion, Option<Failure>) {
    match verdict {
        Verdict::Succeeded => (Completion::Succeeded, None),
        Verdict::Failed(failure) => (Completion::Failed, Some(failure)),
    }
}
