//! `projects.<slug>` becomes `projects/<slug>/project.yaml`.

use super::{Conversion, Variables};
use crate::diag::KeyPath;
use crate::format::package::emit::{self, Emit};
use crate::format::package::sensitive;
use crate::format::package::sidecar::{Project, Sidecar, Workspace};
use crate::model::Choice as _;
use crate::model::status::ProjectStatus;

impl Conversion<'_> {
    pub(super) fn projects(&mut self, sidecar: &Sidecar<'_>) {
        for (slug, project) in sidecar.content.projects.iter().flatten() {
            let path = KeyPath::from("projects").key(slug);
            let Some(folder) = self.things.projects.get(slug).filter(|_| !slug.is_empty()).cloned() else {
                self.warn(sidecar, &path, "the package has no project of this name");
                continue;
            };
            let file = format!("{folder}/project.yaml");
            if self.tree.contains_key(&file) {
                self.note(sidecar, path, "the package has a project.yaml for this project, which counts");
                continue;
            }
            if let Some(text) = self.project(sidecar, &path, project, &folder) {
                self.done.files.insert(file, text);
            }
        }
    }

    /// The settings of one project, if the sidecar says anything that has a home there.
    fn project(&mut self, sidecar: &Sidecar<'_>, path: &KeyPath, project: &Project, folder: &str) -> Option<String> {
        let mut emit = Emit::default();
        if let Some(word) = &project.status {
            match ProjectStatus::from_word(word) {
                Some(status) => emit.bare(0, "status", status),
                None => self.warn(
                    sidecar,
                    &path.clone().key("status"),
                    "there is no such status of a project here; it is `planned`",
                ),
            }
        }
        for (from, to, text) in [
            ("targetDate", "target_date", &project.target_date),
            ("color", "color", &project.color),
            ("icon", "icon", &project.icon),
        ] {
            if let Some(text) = self.fair(sidecar, &path.clone().key(from), text.as_ref()) {
                emit.line(0, &format!("{to}: {}", emit::text(&text)));
            }
        }
        let policy = project.workspace_policy.as_ref().map(|policy| &policy.0);
        let key = policy.and_then(|policy| policy.default_key.as_deref());
        self.repository(sidecar, &path.clone().key("workspaces"), project, key, &mut emit);
        let policy_path = path.clone().key("executionWorkspacePolicy");
        match policy.and_then(|policy| policy.default_mode.as_deref()) {
            Some("shared_workspace") => emit.bare(0, "workspace", "project"),
            // Every ticket has its own folder anyway.
            Some("isolated_workspace") | None => {}
            Some(_) => self.note(
                sidecar,
                policy_path.clone().key("defaultMode"),
                "here tickets have a folder each, or share the project's",
            ),
        }
        for key in sidecar.keys(&policy_path) {
            if !matches!(key.as_str(), "defaultMode" | "defaultProjectWorkspaceKey" | "enabled") {
                self.note(sidecar, policy_path.clone().key(key), "nothing here reads it");
            }
        }
        let mut env = Variables::default();
        self.inputs(sidecar, path, folder, project.inputs.as_ref().and_then(|inputs| inputs.env.as_ref()), &mut env);
        self.env(sidecar, path, folder, project.env.as_ref(), &mut env);
        env.write_plain(&mut emit, 0);
        env.write_secrets(&mut emit);
        if let Some(lead) = &project.lead {
            match self.things.owners.get(folder) {
                Some(owner) if owner == lead => {}
                Some(_) => self.warn(
                    sidecar,
                    &path.clone().key("leadAgentSlug"),
                    "the project's PROJECT.md names another owner, who counts",
                ),
                None => self.note(
                    sidecar,
                    path.clone().key("leadAgentSlug"),
                    "who answers for a project stands in its PROJECT.md; write `owner` there",
                ),
            }
        }
        if project.metadata.is_some() {
            self.note(sidecar, path.clone().key("metadata"), "nothing here reads it");
        }
        let lines = emit.finish();
        (!lines.is_empty()).then(|| format!("# From {}.\n{lines}", sidecar.path))
    }

    fn repository(
        &mut self,
        sidecar: &Sidecar<'_>,
        path: &KeyPath,
        project: &Project,
        default: Option<&str>,
        emit: &mut Emit,
    ) {
        let Some(workspaces) = &project.workspaces else { return };
        let with_repository =
            |(_, workspace): &(&String, &Workspace)| workspace.repo_url.as_deref().is_some_and(|url| !url.is_empty());
        let all = || workspaces.iter().filter(with_repository);
        let chosen = all()
            .find(|(_, workspace)| workspace.is_primary == Some(true))
            .or_else(|| all().find(|(key, _)| Some(key.as_str()) == default))
            .or_else(|| all().next());
        for key in workspaces.keys().filter(|key| chosen.is_none_or(|(name, _)| name != *key)) {
            self.note(sidecar, path.clone().key(key), "a project here has one repository; this workspace was left out");
        }
        let Some((key, workspace)) = chosen else { return };
        let path = path.clone().key(key);
        let Some(url) = self.fair(sidecar, &path.clone().key("repoUrl"), workspace.repo_url.as_ref()) else { return };
        if sensitive::has_login(&url) {
            self.warn_hidden(
                sidecar,
                &path.clone().key("repoUrl"),
                "the address holds a name and password; it was not taken over",
            );
            return;
        }
        if !sensitive::is_repository_url(&url) {
            self.warn(
                sidecar,
                &path.clone().key("repoUrl"),
                "this is not an address of a repository (`https://…`, `ssh://…`, `git@host:…`)",
            );
            return;
        }
        emit.open(0, "repository");
        emit.text(1, "url", &url);
        let (from, branch) = match &workspace.repo_ref {
            Some(branch) => ("repoRef", Some(branch)),
            None => ("defaultRef", workspace.default_ref.as_ref()),
        };
        if let Some(branch) = self.fair(sidecar, &path.clone().key(from), branch) {
            if branch.starts_with('-') || branch.contains(|c: char| c.is_control() || c.is_whitespace()) {
                self.warn(sidecar, &path.clone().key(from), "this is not the name of a branch");
            } else {
                emit.text(1, "branch", &branch);
            }
        }
        for (from, to, command) in
            [("setupCommand", "setup", &workspace.setup), ("cleanupCommand", "cleanup", &workspace.cleanup)]
        {
            if let Some(command) = self.fair(sidecar, &path.clone().key(from), command.as_ref()) {
                self.executes(sidecar, &format!("`{command}`, as the {to} of a workspace (arrives switched off)"));
                emit.comment(1, "Commands arrive switched off. Read this one, then take the `#` away:");
                emit.comment(1, &format!("{to}: {}", emit::text(&command)));
            }
        }
    }
}
