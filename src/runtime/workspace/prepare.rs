//! Making a folder ready for a run: it goes on where the ticket's last run was, or begins.

use super::command::{Wanted, Went};
use super::git::{Failed, is_branch};
use super::mirror::Mirror;
use super::record::Record;
use super::{Plan, Source, Trouble};
use crate::sandbox::Policy;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Names that are tried for a folder that is put aside.
const ASIDE_MAX: u32 = 10_000;

/// Longest that a setup may take, in minutes: it fetches and builds what a project needs.
const SETUP_MINUTES_MAX: u64 = 20;

/// Makes the folder ready, and returns what whoever reads the ticket should know. `environment` is the run's, for what is
/// to be run in a fresh folder.
///
/// # Errors
/// Why no run can work there, and what to do.
pub fn prepare(plan: &Plan, environment: &[(String, String)], policy: Option<&Policy>) -> Result<Vec<String>, Trouble> {
    let Some(source) = &plan.source else {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&plan.folder);
        return made.map(|()| Vec::new()).map_err(|error| folder_trouble(&plan.folder, &error));
    };
    if let Some(why) = &source.refused {
        return Err(Trouble(format!(
            "The address of the project's repository cannot be used: {why}. Correct `repository.url` in \
             projects/{}/project.yaml.",
            source.project
        )));
    }
    if !is_branch(&source.branch) {
        return Err(Trouble(format!(
            "`{}` cannot be a branch. Write another one at `branch` of the ticket, or take that key out.",
            source.branch
        )));
    }
    let mut notices = Vec::new();
    let record = Record::read(&plan.folder);
    if plan.folder.exists() {
        match goes_on(plan, source, record.as_ref()) {
            Ok(()) => return Ok(notices),
            Err(None) => {}
            Err(Some(why)) => {
                let aside = put_aside(&plan.folder).map_err(|error| folder_trouble(&plan.folder, &error))?;
                notices.push(format!(
                    "The folder {} could not be gone on with, because {why}. Nothing of it was deleted: it is {} now, and \
                     the work goes on in a new clone.",
                    plan.folder.display(),
                    aside.display()
                ));
            }
        }
    } else if record.as_ref().is_some_and(|record| record.ready) {
        notices.push(format!(
            "The folder {} was gone. What had been committed there when the last run ended is in the new clone; what was \
             not committed may be found with `git -C {} for-each-ref refs/rescue`.",
            plan.folder.display(),
            source.mirror.display()
        ));
    }
    let record = begin(plan, source, record)?;
    if let Some(setup) = &source.setup {
        set_up(plan, setup, environment, policy)?;
    }
    ready(plan, record).map_err(|error| folder_trouble(&plan.folder, &error))?;
    Ok(notices)
}

/// Whether the folder is what we made for this, and can be gone on with. `Err(None)`: there is nothing in it.
fn goes_on(plan: &Plan, source: &Source, record: Option<&Record>) -> Result<(), Option<String>> {
    let found = std::fs::symlink_metadata(&plan.folder).map_err(|error| Some(error.to_string()))?;
    if !found.is_dir() {
        return Err(Some("it is no folder".to_owned()));
    }
    if std::fs::read_dir(&plan.folder).is_ok_and(|mut entries| entries.next().is_none()) {
        // A folder somebody emptied is as good as none.
        return std::fs::remove_dir(&plan.folder).map_err(|error| Some(error.to_string())).and(Err(None));
    }
    let Some(record) = record else { return Err(Some("it is no clone of the project's repository".to_owned())) };
    if record.url != source.url {
        return Err(Some(format!("it is a clone of {}, and the project is at {} now", record.url, source.url)));
    }
    if record.branch != source.branch {
        return Err(Some(format!("it is on the branch {}, and the ticket on {}", record.branch, source.branch)));
    }
    if !std::fs::symlink_metadata(plan.folder.join(".git")).is_ok_and(|git| git.is_dir()) {
        return Err(Some("its .git folder is gone".to_owned()));
    }
    Ok(())
}

/// Makes the clone: beside its place first, so that a half one is never taken for a whole one.
fn begin(plan: &Plan, source: &Source, known: Option<Record>) -> Result<Record, Trouble> {
    let fail = |failed: Failed| git_trouble(source, &failed);
    let above = plan.folder.parent().unwrap_or(&plan.folder);
    let made = DirBuilder::new().recursive(true).mode(0o700).create(above);
    made.map_err(|error| folder_trouble(above, &error))?;
    let mirror = Mirror::open(&source.mirror).map_err(fail)?;
    let head = mirror.refresh(source).map_err(fail)?;
    let work = format!("refs/work/{}/{}", plan.name, source.branch);
    let theirs = mirror.commit(&format!("refs/heads/{}", source.branch));
    let ours = mirror.commit(&work);
    let pushed = known.as_ref().and_then(|record| record.pushed.clone());
    if let Some(theirs) = &theirs
        && !source.named
        && ours.as_ref() != Some(theirs)
        && pushed.as_ref() != Some(theirs)
    {
        return Err(Trouble(format!(
            "The branch `{}` is in {} already, and it is not from a run on this ticket. Write `branch: {}` into the ticket \
             to go on with it, or another name there to leave it alone.",
            source.branch, source.url, source.branch
        )));
    }
    let base = start(&mirror, source, head.as_deref())?;
    // What came back from the last workspace goes first; the repository may not have it yet, or have it with more.
    let tip = match (ours, theirs) {
        (Some(ours), Some(theirs)) if mirror.is_ancestor(&ours, &theirs) => theirs,
        (Some(ours), _) => ours,
        (None, Some(theirs)) => theirs,
        (None, None) => base.clone(),
    };
    let base = known.filter(|record| record.url == source.url).map_or(base, |record| record.base);
    let record = Record {
        url: source.url.clone(),
        branch: source.branch.clone(),
        base,
        pushed,
        ready: false,
        mirror: source.mirror.clone(),
    };
    let beside = above.join(format!(".{}.new", plan.name));
    // Left by one that was ended in the middle: no agent ever saw it.
    if beside.exists() {
        std::fs::remove_dir_all(&beside).map_err(|error| folder_trouble(&beside, &error))?;
    }
    let cloned = clone(&mirror, source, &beside, &tip).map_err(fail).and_then(|()| {
        let put = record.write(&plan.folder).and_then(|()| std::fs::rename(&beside, &plan.folder));
        put.map_err(|error| folder_trouble(&plan.folder, &error))
    });
    if cloned.is_err() {
        // What is half made is of no use, and on a full disk it is in the way.
        drop(std::fs::remove_dir_all(&beside));
    }
    cloned.map(|()| record)
}

/// The commit that work starts from.
fn start(mirror: &Mirror, source: &Source, head: Option<&str>) -> Result<String, Trouble> {
    let settings = format!("projects/{}/project.yaml", source.project);
    match source.start.as_deref().or(head) {
        Some(branch) => mirror.commit(&format!("refs/heads/{branch}")).ok_or_else(|| {
            Trouble(format!(
                "{} has no branch `{branch}`. Write the one that work starts from at `repository.branch` in {settings}.",
                source.url
            ))
        }),
        None => Err(Trouble(format!(
            "{} has no commit yet, or does not say on which branch it is. Commit something there, or write the branch that \
             work starts from at `repository.branch` in {settings}.",
            source.url
        ))),
    }
}

/// Clones the mirror into `folder`: objects are linked, not copied, where both lie in one file system, and nothing else is
/// shared.
fn clone(mirror: &Mirror, source: &Source, folder: &Path, tip: &str) -> Result<(), Failed> {
    let path = folder.to_string_lossy();
    let from = source.mirror.to_string_lossy();
    mirror.git().local(&["clone", "--quiet", "--no-checkout", "--template=", "--", &from, &path])?;
    let git = super::git::Git::in_folder(folder);
    for (key, value) in
        [("remote.origin.url", &source.url), ("user.name", &source.author), ("user.email", &source.email)]
    {
        git.local(&["config", "--", key, value])?;
    }
    git.local(&["checkout", "--quiet", "--no-track", "-B", &source.branch, tip]).map(drop)
}

/// Runs what the project wants to be run in a fresh folder.
fn set_up(plan: &Plan, setup: &str, environment: &[(String, String)], policy: Option<&Policy>) -> Result<(), Trouble> {
    let fail = |error: io::Error| folder_trouble(&plan.folder, &error);
    let log = plan.folder.with_file_name(format!("{}.setup.log", plan.name));
    let wanted = Wanted {
        text: setup,
        folder: &plan.folder,
        environment,
        is_worked_in: false,
        policy,
        minutes_max: SETUP_MINUTES_MAX,
        log: log.clone(),
    };
    let Went::Badly(how, said) = wanted.run().map_err(fail)? else { return Ok(()) };
    let project = plan.source.as_ref().map(|source| source.project.clone()).unwrap_or_default();
    // The next run begins with a clone in which it has not been run.
    let aside = put_aside(&plan.folder).map_err(fail)?;
    Err(Trouble(format!(
        "The setup of the project {how}; all of it is in {}, and the folder in {}. Mend `repository.setup` in \
         projects/{project}/project.yaml. It said: {said}",
        log.display(),
        aside.display(),
    )))
}

/// Notes that the folder is there.
fn ready(plan: &Plan, record: Record) -> io::Result<()> {
    Record { ready: true, ..record }.write(&plan.folder)
}

/// Puts a folder out of the way, under a name that is free.
fn put_aside(folder: &Path) -> io::Result<PathBuf> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for number in 1..ASIDE_MAX {
        let aside = folder.with_file_name(format!("{name}.kept-{number}"));
        if std::fs::symlink_metadata(&aside).is_err() {
            std::fs::rename(folder, &aside)?;
            return Ok(aside);
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn folder_trouble(folder: &Path, error: &io::Error) -> Trouble {
    if error.kind() == io::ErrorKind::StorageFull {
        return full(folder);
    }
    Trouble(format!("The folder {} cannot be used: {error}. See to it that it can be written.", folder.display()))
}

fn git_trouble(source: &Source, failed: &Failed) -> Trouble {
    if failed.full {
        return full(&source.mirror);
    }
    Trouble(format!(
        "The repository {} cannot be reached: {}. See to it that `git ls-remote {}` works on this machine, or correct \
         `repository.url` in projects/{}/project.yaml.",
        source.url, failed.why, source.url, source.project
    ))
}

/// No room on the disk.
fn full(place: &Path) -> Trouble {
    Trouble(format!(
        "The disk that holds {} is full. Make room there; `corp workspace clean` removes the folders of closed tickets that \
         hold nothing that is not elsewhere.",
        place.display()
    ))
}
