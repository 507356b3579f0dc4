//! Bringing home what a run committed, when all of its processes are gone: into our mirror first, then to the project's
//! repository as a branch.

use super::git::{Failed, is_its_own};
use super::mirror::Mirror;
use super::record::Record;
use super::{Plan, Source, Work, rescue};

/// Brings home what was committed in the folder. `changed`: whether the run changed anything there. Nothing here fails the
/// run: what could not be brought home stays where it is, and the ticket says so.
pub fn collect(plan: &Plan, changed: bool) -> Work {
    let Some(source) = &plan.source else { return Work::default() };
    let mut work = Work::default();
    if let Err(why) = bring_home(plan, source, changed, &mut work) {
        work.notices.push(why);
    }
    work
}

fn bring_home(plan: &Plan, source: &Source, changed: bool, work: &mut Work) -> Result<(), String> {
    let folder = plan.folder.display();
    let Some(mut record) = Record::read(&plan.folder) else { return Ok(()) };
    if !plan.folder.exists() {
        return Err(format!(
            "The folder {folder} was deleted while the run was in it; what had been brought home stays."
        ));
    }
    is_its_own(&plan.folder).map_err(|why| {
        format!("What was committed in {folder} was not fetched, because {why}. The folder stays as it is.")
    })?;
    let kept = |failed: Failed| {
        format!("What was committed in {folder} could not be fetched: {}. The folder stays as it is.", failed.why)
    };
    let mirror = Mirror::open(&source.mirror).map_err(kept)?;
    let name = &plan.name;
    let reference = format!("refs/work/{name}/{}", source.branch);
    let before = mirror.commit(&reference);
    let path = plan.folder.to_string_lossy();
    let spec = format!("+refs/heads/*:refs/work/{name}/*");
    mirror
        .git()
        .local(&["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--", &path, &spec])
        .map_err(kept)?;
    let tip = mirror.commit(&reference);
    if let Some(before) = &before
        && tip.as_ref().is_none_or(|tip| !mirror.is_ancestor(before, tip))
    {
        // The agent put its branch back or removed it: what it had is kept.
        mirror.keep(&format!("refs/rescue/{name}/{}", &before[..12.min(before.len())]), before).map_err(kept)?;
    }
    if changed {
        let head = tip.as_deref().unwrap_or(&record.base);
        match rescue::rescue(plan, &source.mirror, head) {
            Ok(Some(rescued)) => {
                mirror.keep(&rescued.reference, &rescued.commit).map_err(kept)?;
                work.uncommitted = Some(rescued.words(&plan.folder, &source.mirror));
            }
            Ok(None) => {}
            Err(why) => work.notices.push(format!(
                "What is not committed in {folder} could not be kept elsewhere as well: {why}. The folder stays as it is."
            )),
        }
    }
    let Some(tip) = tip.filter(|tip| *tip != record.base) else { return Ok(()) };
    work.branch = Some(source.branch.clone());
    if record.pushed.as_ref() == Some(&tip) {
        return Ok(());
    }
    match push(&mirror, source, &record, &tip) {
        Ok(()) => {
            record.pushed = Some(tip);
            record.write(&plan.folder).map_err(|error| format!("{folder} cannot be written: {error}"))?;
        }
        Err(failed) => work.notices.push(not_pushed(source, name, &failed)),
    }
    Ok(())
}

/// Pushes a commit to the branch, if that is where we left it.
fn push(mirror: &Mirror, source: &Source, record: &Record, tip: &str) -> Result<(), Failed> {
    let theirs = mirror.commit(&format!("refs/heads/{}", source.branch));
    // A branch that a person named to go on with was there before us.
    let expected = record.pushed.clone().or_else(|| theirs.filter(|_| source.named)).unwrap_or_default();
    let lease = format!("--force-with-lease=refs/heads/{}:{expected}", source.branch);
    let spec = format!("{tip}:refs/heads/{}", source.branch);
    mirror.git().remote(&["push", "--quiet", "--porcelain", "--no-verify", &lease, "--", &source.url, &spec]).map(drop)
}

fn not_pushed(source: &Source, name: &str, failed: &Failed) -> String {
    let (mirror, branch, url) = (source.mirror.display(), &source.branch, &source.url);
    let why = if failed.why.contains("stale info") || failed.why.contains("fetch first") {
        "somebody else changed that branch there".to_owned()
    } else {
        failed.why.clone()
    };
    format!(
        "The branch `{branch}` could not be pushed to {url}: {why}. It is kept on this machine; by hand it goes there with \
         `git -C {mirror} push {url} refs/work/{name}/{branch}:refs/heads/{branch}`."
    )
}
