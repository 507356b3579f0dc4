//! `process`: any command. It finds its task in its environment and in a file, and its exit code says how it went.

use super::gateway::Way;
use super::lines;
use super::signal::{Ended, Failure, Signal, Stream, Verdict};
use super::{Adapter, Capabilities, Configuration, Invocation, Metering, Need, Program, Reader, RunContext, Unusable};

/// Any command.
#[derive(Debug, Clone, Copy)]
pub struct Process;

impl Adapter for Process {
    fn name(&self) -> &'static str {
        "process"
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
        let command = context.configuration.command.as_ref().ok_or_else(|| {
            Unusable(format!("no command: write `command:` below `adapter:` in agents/{}/agent.yaml", context.agent))
        })?;
        let mut environment = context.environment();
        let mut ways = Vec::new();
        if context.around.gateway.is_some() {
            for make in [Way::anthropic, Way::openai, Way::gemini] {
                let way = make(None);
                let way = Way { url: context.configuration.environment.get(&way.variable).cloned(), ..way };
                environment.insert(way.variable.clone(), way.address());
                ways.push(way);
            }
        }
        Ok(Invocation {
            arguments: context.configuration.arguments.iter().map(|argument| context.fill(argument)).collect(),
            environment,
            ways,
            ..Invocation::of(Program::Named(command.clone()))
        })
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(ProcessReader { failed: None })
    }

    fn needs(&self, configuration: &Configuration) -> Vec<Need> {
        configuration.command.iter().map(|command| Need::Program(command.clone())).collect()
    }
}

struct ProcessReader {
    failed: Option<Failure>,
}

impl Reader for ProcessReader {
    fn line(&mut self, stream: Stream, line: &str) -> Vec<Signal> {
        let signals = match stream {
            Stream::Out => lines::read(line),
            Stream::Err => vec![Signal::Text(line.to_owned())],
        };
        for signal in &signals {
            if let Signal::Failed(why) = signal {
                self.failed = Some(why.clone());
            }
        }
        signals
    }

    fn verdict(&self, ended: Ended) -> Verdict {
        match (&self.failed, ended) {
            (Some(why), _) => Verdict::Failed(why.clone()),
            (None, Ended::Exit(0)) => Verdict::Succeeded,
            (None, _) => Verdict::Failed(ended.failure()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::context::tests::context;
    use super::super::signal::FailureKind;
    use super::*;

    #[test]
    fn the_command_comes_from_the_settings() {
        let mut context = context();
        let error = Process.invocation(&context).unwrap_err();
        assert_eq!(error.to_string(), "no command: write `command:` below `adapter:` in agents/cto/agent.yaml");
        context.configuration.command = Some("make".to_owned());
        context.configuration.arguments = vec!["-C".to_owned(), "{{ticket.id}}".to_owned()];
        let invocation = Process.invocation(&context).unwrap();
        assert_eq!(invocation.program, Program::Named("make".to_owned()));
        assert_eq!(invocation.arguments, ["-C", "ACME-1"]);
        assert_eq!(Process.needs(&context.configuration), [Need::Program("make".to_owned())]);
    }

    #[test]
    fn the_exit_decides_unless_it_says_that_it_failed() {
        let mut reader = Process.reader();
        assert_eq!(reader.verdict(Ended::Exit(0)), Verdict::Succeeded);
        let cut = |why: &str| Verdict::Failed(Failure::new(FailureKind::Cut, why));
        assert_eq!(reader.verdict(Ended::Exit(3)), cut("it ended with exit code 3"));
        assert_eq!(reader.verdict(Ended::Signal(9)), cut("it was ended by signal 9"));
        reader.line(Stream::Err, r#"{"corp":"failed","why":"no"}"#);
        assert_eq!(reader.verdict(Ended::Exit(0)), Verdict::Succeeded);
        reader.line(Stream::Out, r#"{"corp":"failed","why":"no"}"#);
        assert_eq!(reader.verdict(Ended::Exit(0)), Verdict::Failed(Failure::other("no")));
    }
}
