//! What an agent proposed and the board has to allow: kept in `proposals/` of this machine's state when it is put before the
//! board, since its run is put away long before, and judged again upon the company as it is when the board decides.
//!
//! Whether it is taken over is the engine's to decide; here is what it would come to.

use super::take_up::{Judged, Left, unreadable};
use super::{Asked, Office};
use crate::engine::proposal::{self, Verdict};
use crate::engine::{Change as TreeChange, What};
use crate::format::difference::{self, words};
use crate::model::approval::Approval;
use crate::model::local::Proposed;
use crate::model::status::ApprovalStatus;
use crate::model::{ApprovalId, RunId, Scalar as _, Slug};
use crate::runtime::desk::take::{Change, Now};
use crate::runtime::kept;
use crate::runtime::wire::Ask;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Most of the differences, line by line, that is put before the board, in bytes: what somebody reads before deciding. All
/// of it is kept.
const SHOWN_BYTES_MAX: usize = 24 << 10;

/// Longest title, in characters: it stands in subjects of commits.
const TITLE_CHARACTERS_MAX: usize = 90;

/// One proposed change, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) path: String,
    pub(super) base: Option<String>,
    /// The text; `None`: the file is to go.
    pub(super) text: Option<String>,
}

/// What is put before the board: its words, and the name under which it is kept.
pub(super) fn put_before(
    office: &Office,
    from: &str,
    agent: &Slug,
    asked: &[Change],
) -> Result<proposal::Asked, String> {
    let kept: Vec<Kept> = asked.iter().filter_map(kept).collect();
    let text = serde_json::to_string(&kept).map_err(|error| error.to_string())?;
    let hash = hash(&text);
    kept::keep(&folder(office), &hash, text.as_bytes())
        .map_err(|error| format!("what is proposed cannot be kept: {error}"))?;
    let mut differences = Vec::new();
    let mut lines = String::new();
    for one in &kept {
        let before = office.text(&one.path)?;
        differences.extend(difference::of_file(&one.path, before.as_deref(), one.text.as_deref()));
        let (before, after) = (before.unwrap_or_default(), one.text.clone().unwrap_or_default());
        let _written = write!(lines, "{}\n{}", one.path, diffy::create_patch(&before, &after));
    }
    let subject = words::subject(&differences);
    let mut title: String = subject.chars().filter(|c| !c.is_control()).take(TITLE_CHARACTERS_MAX).collect();
    if title.len() < subject.len() {
        title.push('…');
    }
    let mut body = format!("{agent} proposes:\n\n");
    for difference in &differences {
        let _written = writeln!(body, "- {}", words::line(difference));
    }
    let end = (0..=SHOWN_BYTES_MAX.min(lines.len())).rev().find(|at| lines.is_char_boundary(*at)).unwrap_or(0);
    let cut = if end < lines.len() { "\n(the rest is not shown)" } else { "" };
    let _written = write!(body, "\nLine by line:\n\n~~~~~~~~diff\n{}\n~~~~~~~~{cut}\n", lines[..end].trim_end());
    Ok(proposal::Asked { title, body, proposal: format!("{from}:{hash}") })
}

fn kept(change: &Change) -> Option<Kept> {
    let text = match &change.now {
        Now::Bytes(bytes) => Some(String::from_utf8(bytes.clone()).ok()?),
        Now::Gone => None,
        Now::Refused(_) => return None,
    };
    Some(Kept { path: change.path.clone(), base: change.base.clone(), text })
}

/// What it is kept as; an approval names the run and this.
fn hash(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash[..16].iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

fn folder(office: &Office) -> PathBuf {
    office.place.state.join("proposals")
}

impl Office {
    /// Looks at what is proposed before somebody decides about it.
    pub(super) fn look_at_proposals(&mut self, asked: &Asked) {
        let ids: Vec<ApprovalId> = match asked {
            Asked::Request(request) => match &request.ask {
                Ask::Decide { approval, .. } => ApprovalId::parse(approval).into_iter().collect(),
                _ => return,
            },
            Asked::Happened(What::TreeChanged { changes, .. }) => {
                let ids = changes.iter().filter_map(|change| match change {
                    TreeChange::Approval { id, .. } => Some(id.clone()),
                    TreeChange::Ticket { .. }
                    | TreeChange::Agent { .. }
                    | TreeChange::Budgets
                    | TreeChange::Trespass { .. }
                    | TreeChange::Company { .. } => None,
                });
                ids.collect()
            }
            Asked::Happened(_) => return,
        };
        for id in ids {
            let Some(approval) = self.snapshot.approvals().get(&id).cloned() else { continue };
            let open = approval.status != ApprovalStatus::Cancelled;
            if let Some(proposed) = self.proposed(&approval).filter(|_| open) {
                self.snapshot.local.proposed.insert(id, proposed);
            }
        }
    }

    /// What becomes of what an approval is about if it is approved now; `None`: it is about nothing that a run proposed.
    fn proposed(&mut self, approval: &Approval) -> Option<Proposed> {
        let named = approval.proposal.as_ref()?;
        let (from, kept) = named.split_once(':')?;
        let agent = approval.requested_by.clone()?;
        let found = match RunId::parse(from) {
            Ok(run) => self.again(&run, &agent, kept),
            Err(_) if Self::is_branch(from) => self.branch_again(kept),
            Err(_) => return None,
        };
        Some(found.unwrap_or_else(|why| Proposed { papers: Vec::new(), wrong: vec![(named.clone(), why)] }))
    }

    fn again(&mut self, run: &RunId, agent: &Slug, kept: &str) -> Result<Proposed, String> {
        let kept = self.kept_papers(kept)?;
        let mut wrong: Left = Vec::new();
        let mut judged = Judged { good: Vec::new(), left: Vec::new() };
        for one in kept {
            // What the company allows, and what it says, may have changed meanwhile.
            let base = one.base.as_deref().and_then(|id| self.text_of(id)).unwrap_or_default();
            let why = match proposal::judge(&self.snapshot, agent, &one.path) {
                Verdict::Refuse(why) => Some(why),
                Verdict::Merge | Verdict::Ask => {
                    one.text.as_ref().and_then(|text| unreadable(text.as_bytes(), &base, &self.live()))
                }
            };
            if let Some(why) = why {
                wrong.push((one.path, why));
                continue;
            }
            let now = one.text.map_or(Now::Gone, |text| Now::Bytes(text.into_bytes()));
            judged.good.push(Change { path: one.path, base: one.base, now });
        }
        let allowed = |office: &Self, change: &Change| {
            !matches!(proposal::judge(&office.snapshot, agent, &change.path), Verdict::Refuse(_))
        };
        let beside = |office: &Self, path: &str| office.beside(run, agent, path);
        self.would_be(judged, wrong, &allowed, &beside)
    }

    /// The same of what somebody proposed on a branch. That they may not is why the board is asked.
    fn branch_again(&mut self, kept: &str) -> Result<Proposed, String> {
        let mut wrong: Left = Vec::new();
        let mut judged = Judged { good: Vec::new(), left: Vec::new() };
        for one in self.kept_papers(kept)? {
            match self.of_branch(one) {
                Ok(change) => judged.good.push(change),
                Err(why) => wrong.push(why),
            }
        }
        self.would_be(judged, wrong, &|_, _| true, &|_, _| None)
    }

    /// What becomes of what was judged, upon what others did meanwhile.
    fn would_be(
        &mut self,
        mut judged: Judged,
        mut wrong: Left,
        allowed: &dyn Fn(&Self, &Change) -> bool,
        beside: &dyn Fn(&Self, &str) -> Option<String>,
    ) -> Result<Proposed, String> {
        self.tried(&mut judged);
        wrong.extend(judged.left.iter().map(|(change, why)| (change.path.clone(), why.clone())));
        let (papers, conflicts) = self.merged(&judged.good, allowed, &|path| beside(self, path))?;
        wrong.extend(conflicts);
        Ok(Proposed { papers, wrong })
    }

    /// What was put before the board, as it was kept.
    fn kept_papers(&self, kept: &str) -> Result<Vec<Kept>, String> {
        // A person may have written anything there.
        if !kept.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err("this is no name of anything that is kept".to_owned());
        }
        let text = std::fs::read_to_string(folder(self).join(kept))
            .map_err(|error| format!("it is not kept on this machine: {error}"))?;
        if hash(&text) != kept {
            return Err("what is kept is not what was put before the board".to_owned());
        }
        serde_json::from_str(&text).map_err(|error| error.to_string())
    }
}
