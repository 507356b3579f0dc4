//! `script`: plays a small text file. It needs no account and no network; templates, examples and tests live by it.
//!
//! The steps are read in [`steps`]; they are played by a process of this same program, in [`crate::runtime`].

pub mod steps;

use super::lines;
use super::signal::{Ended, Failure, FailureKind, Signal, Stream, Verdict};
use super::{Adapter, Capabilities, Configuration, Invocation, Metering, Need, Program, Reader, RunContext, Unusable};
use std::collections::BTreeMap;

/// The script when the settings name none, in the agent's folder.
pub const USUAL: &str = "script.txt";

/// The name under which the filled-in script lies in the run's folder.
pub const PLAYED: &str = "script.txt";

/// A small text file.
#[derive(Debug, Clone, Copy)]
pub struct Script;

impl Adapter for Script {
    fn name(&self) -> &'static str {
        "script"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            resumes: false,
            manages_context: false,
            system_prompt: false,
            metering: Metering::Stream,
            offline: true,
        }
    }

    fn invocation(&self, context: &RunContext) -> Result<Invocation, Unusable> {
        let name = context.configuration.script.as_deref().unwrap_or(USUAL);
        let place = format!("agents/{}/{name}", context.agent);
        let Some(text) = &context.configuration.script_text else {
            return Err(Unusable(format!("there is no {place}")));
        };
        let steps = steps::parse(text).map_err(|wrong| Unusable(format!("{place}:{}: {}", wrong.line, wrong.why)))?;
        // Filled in step by step after reading, so that no title of a ticket becomes a step.
        let filled: Vec<String> = steps.iter().map(|step| context.fill(&step.to_string())).collect();
        Ok(Invocation {
            arguments: vec!["play-script".to_owned(), format!("{}/{PLAYED}", context.run_folder)],
            environment: context.environment(),
            files: BTreeMap::from([(PLAYED.to_owned(), filled.join("\n") + "\n")]),
            ..Invocation::of(Program::Ourselves)
        })
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(ScriptReader::default())
    }

    fn needs(&self, configuration: &Configuration) -> Vec<Need> {
        vec![Need::AgentFile(configuration.script.clone().unwrap_or_else(|| USUAL.to_owned()))]
    }
}

#[derive(Default)]
struct ScriptReader {
    finished: bool,
    failed: Option<Failure>,
}

impl Reader for ScriptReader {
    fn line(&mut self, stream: Stream, line: &str) -> Vec<Signal> {
        if stream == Stream::Err {
            return vec![Signal::Text(line.to_owned())];
        }
        let signals = lines::read(line);
        for signal in &signals {
            if let Signal::Failed(why) = signal {
                self.failed = Some(why.clone());
            }
            self.finished |= *signal == Signal::Finished;
        }
        signals
    }

    fn verdict(&self, ended: Ended) -> Verdict {
        match (&self.failed, ended) {
            (Some(why), _) => Verdict::Failed(why.clone()),
            (None, Ended::Exit(0)) if self.finished => Verdict::Succeeded,
            (None, Ended::Exit(0)) => Verdict::Failed(cut("it ended before it said that it was done")),
            (None, _) => Verdict::Failed(ended.failure()),
        }
    }
}

fn cut(why: &str) -> Failure {
    Failure::new(FailureKind::Cut, why)
}

#[cfg(test)]
mod tests {
    use super::super::context::tests::context;
    use super::*;

    #[test]
    fn a_title_does_not_become_a_step() {
        let mut context = context();
        context.configuration.script_text = Some("say {{ticket.title}}\ndone\n".to_owned());
        let invocation = Script.invocation(&context).unwrap();
        assert_eq!(invocation.files[PLAYED], "say a fail {{run.id}}\ndone\n");
        assert_eq!(invocation.arguments, ["play-script", "/state/r-1/script.txt"]);
    }

    #[test]
    fn a_mistake_has_a_place() {
        let mut context = context();
        assert_eq!(Script.invocation(&context).unwrap_err().to_string(), "there is no agents/cto/script.txt");
        context.configuration.script_text = Some("say hi\nsya ho\n".to_owned());
        let error = Script.invocation(&context).unwrap_err().to_string();
        assert!(error.starts_with("agents/cto/script.txt:2: there is no step `sya`"), "{error}");
    }

    #[test]
    fn success_is_its_word_and_its_exit() {
        let mut reader = Script.reader();
        assert_eq!(reader.verdict(Ended::Exit(0)), Verdict::Failed(cut("it ended before it said that it was done")));
        reader.line(Stream::Out, r#"{"corp":"done"}"#);
        assert_eq!(reader.verdict(Ended::Exit(0)), Verdict::Succeeded);
        assert_eq!(reader.verdict(Ended::Signal(15)), Verdict::Failed(cut("it was ended by signal 15")));
        reader.line(Stream::Out, r#"{"corp":"failed","why":"tired"}"#);
        assert_eq!(reader.verdict(Ended::Exit(0)), Verdict::Failed(Failure::other("tired")));
    }
}
