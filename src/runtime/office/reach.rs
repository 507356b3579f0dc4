//! What an agent can read, write, reach and know: the policy of its next run, told to people.

use super::Office;
use crate::adapters::{self, Around, Configuration, Invocation, Program, RunContext};
use crate::engine::account;
use crate::model::Nonce;
use crate::model::agent::{Login, Reach, Worker};
use crate::runtime::confine::{self, Given, Hold};
use crate::sandbox::{Offer, machine};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

impl Office {
    /// What the runs of an agent can read, write, reach and know.
    pub fn reach(&self, worker: Worker<'_>) -> Value {
        let company = self.snapshot.company.confinement;
        let hold = match confine::hold(worker.confinement(), company, Offer::here()) {
            Ok(hold) => hold,
            Err(why) => return json!({ "refused": why }),
        };
        let settings = account::adapter(&self.snapshot, worker, self.now());
        let kind = settings.kind.clone().unwrap_or_default();
        let run = Nonce([0; 16]).run_id(self.now()).to_string();
        let folder = self.place.runs().join(&run);
        let home = self.place.home(worker.slug.as_str());
        let around = Around {
            operator_home: self.place.operator_home.to_string_lossy().into_owned(),
            home: home.to_string_lossy().into_owned(),
            own_login: settings.login == Some(Login::Own),
            confined: hold.is_kernel(),
            ..Around::default()
        };
        let workspace = match &settings.cwd {
            Some(cwd) => self.place.root.join(cwd),
            None => self.place.workspace("<ticket>"),
        };
        let configuration = Configuration::of(&kind, &settings);
        let context = RunContext {
            workspace: workspace.to_string_lossy().into_owned(),
            ..RunContext::of_trial(
                worker.slug.clone(),
                Nonce([0; 16]).run_id(self.now()),
                "?",
                configuration.clone(),
                around,
                &folder.to_string_lossy(),
            )
        };
        let called = adapters::find(&kind).and_then(|adapter| adapter.invocation(&context).ok());
        let invocation = called.unwrap_or_else(|| Invocation::of(Program::Ourselves));
        let knows = knows(worker, &invocation, &configuration);
        let Hold::Kernel { strict, wall, .. } = &hold else {
            let all = "all that your account can";
            return json!({
                "held_by": hold.notice(), "reads": [all], "writes": [all], "reaches": [all], "knows": knows,
            });
        };
        let usual = Reach::default();
        let search = self.programs();
        let given = Given {
            place: &self.place,
            run: &folder,
            workspace: &workspace,
            own: vec![self.place.desk(worker.slug.as_str(), 1), home],
            invocation: &invocation,
            configuration: &configuration,
            reach: worker.reach().unwrap_or(&usual),
            others: &confine::others(&self.snapshot, &self.place),
            ourselves: &self.program,
            search: &search,
            inherited: &[],
        };
        let (policy, left_out) = match confine::policy(&given, *strict, wall.as_deref()) {
            Ok(made) => (made.policy, made.left_out),
            Err(why) => return json!({ "refused": why }),
        };
        let machine: Vec<PathBuf> = machine::read().into_iter().chain(machine::write(*strict)).collect();
        let beside = |paths: &[PathBuf]| -> Vec<String> {
            let own = |path: &&PathBuf| !machine.iter().any(|known| path.starts_with(known));
            paths.iter().filter(own).map(|path| shown(path, &folder)).collect()
        };
        let mut reads = vec!["programs, libraries and settings of the machine".to_owned()];
        reads.extend(beside(&policy.read));
        reads.extend(left_out.into_iter().map(|what| format!("left out: {what}")));
        let mut reaches = vec!["the daemon, through the run's own door".to_owned()];
        let ports: Vec<String> = policy.connect.iter().map(u16::to_string).collect();
        reaches.push(format!("TCP ports {}", if ports.is_empty() { "none".to_owned() } else { ports.join(", ") }));
        if !strict {
            reaches.push("UDP".to_owned());
        }
        if policy.landlock < SOCKETS_SINCE && policy.wall.is_none() {
            reaches.push("sockets in the file system, which this kernel does not hold".to_owned());
        }
        let held = hold.notice().map_or_else(|| policy.words(), |notice| format!("{}: {notice}", policy.words()));
        json!({ "held_by": held, "reads": reads, "writes": beside(&policy.write), "reaches": reaches, "knows": knows })
    }
}

/// The version of Landlock since which sockets in the file system are held.
const SOCKETS_SINCE: u32 = 9;

/// A path for people: of the run's folder, whose name is not known before, by what it is.
fn shown(path: &Path, run: &Path) -> String {
    match path.strip_prefix(run) {
        Ok(rest) if rest.as_os_str().is_empty() => "the run's folder".to_owned(),
        Ok(rest) => format!("the run's folder, {}", rest.display()),
        Err(_) => path.display().to_string(),
    }
}

/// What its runs are told, by name: whatever an agent knows it can say to somebody.
fn knows(worker: Worker<'_>, invocation: &Invocation, configuration: &Configuration) -> Vec<String> {
    let optional = worker.optional_secrets().iter().map(|name| format!("the secret {name}, if there is one"));
    let secrets = worker.secrets().iter().map(|name| format!("the secret {name}")).chain(optional);
    let inherited = invocation.inherited.iter().map(|name| format!("{name}, if it is set around corp"));
    let own = configuration.environment.keys().map(|name| format!("{name}, from its settings"));
    secrets.chain(inherited).chain(own).chain(["the token of its run, which dies with it".to_owned()]).collect()
}
