//! `agent.yaml` and the `defaults` of `corp.yaml`, key by key: what a file is silent about stays silent.

use crate::format::kind::{Adapter as AdapterFile, AgentSettings, Ceiling as CeilingFile, HeartbeatSettings};
use crate::model::agent::{Adapter, BeatSettings, Permissions, Reach, Settings};
use crate::model::run::Ceiling;

pub(super) fn settings(file: &AgentSettings) -> Settings {
    Settings {
        status: file.status,
        role: file.role,
        capabilities: file.capabilities.clone(),
        adapter: file.adapter.as_ref().map(adapter),
        fallback: file.fallback.as_ref().map(adapter),
        prompt_template: file.prompt_template.clone(),
        bootstrap_template: file.bootstrap_template.clone(),
        heartbeat: file.heartbeat.as_ref().map(beat),
        wake_on: file.wake_on.clone(),
        max_concurrent_runs: file.max_concurrent_runs,
        cooldown: file.cooldown,
        secrets: file.secrets.clone(),
        optional_secrets: file.optional_secrets.clone(),
        permissions: file.permissions.as_ref().map(|file| Permissions {
            hire: file.hire,
            assign: file.assign.clone(),
            create_tickets: file.create_tickets,
        }),
        confinement: file.confinement,
        reach: file.reach.as_ref().map(|file| Reach {
            read: file.read.clone().unwrap_or_default(),
            write: file.write.clone().unwrap_or_default(),
            // A number that is no port opens none.
            ports: file.ports.iter().flatten().filter_map(|port| u16::try_from(*port).ok()).collect(),
        }),
        run_ceiling: file.run_ceiling.as_ref().map(ceiling),
    }
}

pub(super) fn ceiling(file: &CeilingFile) -> Ceiling {
    Ceiling { money: file.money, tokens: file.tokens.map(|count| count.0) }
}

fn adapter(file: &AdapterFile) -> Adapter {
    Adapter {
        kind: file.kind.clone(),
        model: file.model.clone(),
        fallbacks: file.fallbacks.clone(),
        command: file.command.clone(),
        cwd: file.cwd.clone(),
        args: file.args.clone(),
        env: file.env.clone(),
        login: file.login,
        gateway: file.gateway,
        timeout: file.timeout,
        idle_timeout: file.idle_timeout,
        grace: file.grace,
        url: file.url.clone(),
        headers: file.headers.clone(),
        payload: file.payload.clone(),
        signing_key: file.signing_key.clone(),
        token: file.token.clone(),
        script: file.script.clone(),
    }
}

fn beat(file: &HeartbeatSettings) -> BeatSettings {
    BeatSettings {
        every: file.every,
        cron: file.cron.clone(),
        at: file.at.clone(),
        timezone: file.timezone.clone(),
        active_hours: file.active_hours,
        prompt: file.prompt.clone(),
        ack_max_chars: file.ack_max_chars,
    }
}
