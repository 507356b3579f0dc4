//! `corp.yaml` as it is in force, found without the rest of the company: what is to be known before anything is read.

use super::{good, read};
use crate::format::Document;
use crate::format::kind::CorpFile;
use crate::store::history::{Content, History, HistoryError};

/// The branch a company lives on: what `corp.yaml` says as it was last committed without errors, or `main`. What is
/// checked out does not decide it.
///
/// # Errors
/// [`HistoryError`]
pub fn branch(history: &History) -> Result<String, HistoryError> {
    Ok(corp(history)?.and_then(|corp| corp.branch).unwrap_or_else(|| "main".to_owned()))
}

/// `corp.yaml` as it was last committed without errors.
///
/// # Errors
/// [`HistoryError`]
pub fn corp(history: &History) -> Result<Option<Box<CorpFile>>, HistoryError> {
    let Ok(head) = history.head() else { return Ok(None) };
    let mut entry = history.entry(head, "corp.yaml")?;
    let mut steps = history.way_back(head).take(good::LOOKED_BACK_MAX);
    while let Some(committed) = entry {
        if let Content::Text(text) = history.content(committed)?
            && let (Document::Corp(corp), errors) = read::judge("corp.yaml", &text)
            && errors.is_empty()
        {
            return Ok(Some(corp));
        }
        // What the newest commit changed is looked at only now: of one that brought a whole company that takes its time.
        let Some(step) = steps.next() else { break };
        let changed = step?.changes.files.into_iter().find(|file| file.path == "corp.yaml");
        entry = changed.map_or(Some(committed), |file| file.before);
    }
    Ok(None)
}
