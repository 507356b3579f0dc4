//! Reviews and approvals that a ticket passes through: which stage it is in, who is asked, who has done the work and so
//! does not judge it. Derived from `stages` and `reviews` of the ticket each time; what a word in it comes to is
//! decided in [`super::decide()`].

use crate::model::Slug;
use crate::model::status::TicketStatus;
use crate::model::ticket::{ReviewWord, Stage, StageKind, TicketHead};
use std::collections::BTreeSet;

/// Where a ticket stands in its stages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing<'t> {
    /// Which stage, counted from 1.
    pub number: u64,
    /// The stage.
    pub stage: &'t Stage,
    /// Who said that it is good, since the work was last submitted.
    pub yes: BTreeSet<Slug>,
    /// Who did the work, and does not judge it.
    pub executors: BTreeSet<Slug>,
}

impl Standing<'_> {
    /// How many more have to say that it is good.
    pub fn missing(&self) -> u64 {
        needs(self.stage).saturating_sub(self.yes.len() as u64)
    }

    /// Whose word is asked and was not given yet.
    pub fn waits_for(&self) -> impl Iterator<Item = &Slug> {
        self.judges().filter(|who| !self.yes.contains(*who))
    }

    /// Whose word counts: those who take part and did not do the work.
    pub fn judges(&self) -> impl Iterator<Item = &Slug> {
        self.stage.participants.iter().filter(|who| !self.executors.contains(*who))
    }

    /// Whether somebody's word counts.
    pub fn is_judge(&self, who: &Slug) -> bool {
        self.judges().any(|judge| judge == who)
    }

    /// The stage in words: "stage 1 (review by qa, lead)".
    pub fn words(&self) -> String {
        let who: Vec<&str> = self.stage.participants.iter().map(Slug::as_str).collect();
        let of = if needs(self.stage) > 1 { format!("{} of ", needs(self.stage)) } else { String::new() };
        format!("stage {} ({} by {of}{})", self.number, kind(self.stage.kind), who.join(", "))
    }
}

/// A stage that needs nobody would be no stage.
fn needs(stage: &Stage) -> u64 {
    stage.needs.max(1)
}

/// What a kind of stage is called.
pub fn kind(kind: StageKind) -> &'static str {
    match kind {
        StageKind::Review => "review",
        StageKind::Approval => "approval",
    }
}

/// The stage a ticket is in, or comes to when somebody says done; `None`: it has passed all of them, or has none.
pub fn standing(head: &TicketHead) -> Option<Standing<'_>> {
    let mut executors: BTreeSet<Slug> = head.assignee.iter().cloned().collect();
    let begin = head.reviews.iter().rposition(|review| review.said == ReviewWord::Reopened).map_or(0, |at| at + 1);
    let reviews = &head.reviews[begin..];
    // Whoever did some of it is no judge of the rest either.
    executors.extend(reviews.iter().filter(|one| one.said == ReviewWord::Submitted).map(|one| one.by.clone()));
    let mut at = 0;
    let mut yes = BTreeSet::new();
    for review in reviews {
        let Some(stage) = head.stages.get(at) else { break };
        match review.said {
            // The work is another now than what was judged; the stages before have seen what they asked for.
            ReviewWord::Submitted | ReviewWord::ChangesRequested | ReviewWord::Reopened => yes.clear(),
            ReviewWord::Approved => {
                let counts = stage.participants.contains(&review.by) && !executors.contains(&review.by);
                if counts && review.stage == at as u64 + 1 {
                    yes.insert(review.by.clone());
                }
                if yes.len() as u64 >= needs(stage) {
                    at += 1;
                    yes.clear();
                }
            }
        }
    }
    let stage = head.stages.get(at)?;
    Some(Standing { number: at as u64 + 1, stage, yes, executors })
}

/// The stage of a ticket that is in review; `None`: nobody is asked.
pub fn under_way(head: &TicketHead) -> Option<Standing<'_>> {
    (head.status == TicketStatus::InReview).then(|| standing(head)).flatten()
}

/// Whether a ticket waits for this word.
pub fn awaits(head: &TicketHead, who: &Slug) -> bool {
    under_way(head).is_some_and(|standing| standing.waits_for().any(|other| other == who))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::slug;
    use crate::model::ticket::Review;

    /// `dev` does it; a review by `qa`, an approval by two of `ada`, `bob`, `dev`.
    fn head(said: &[(u64, &str, ReviewWord)]) -> TicketHead {
        let stage = |kind, who: &[&str], needs| Stage {
            kind,
            participants: who.iter().map(|name| slug(name)).collect(),
            needs,
        };
        TicketHead {
            status: TicketStatus::InReview,
            assignee: Some(slug("dev")),
            stages: vec![stage(StageKind::Review, &["qa"], 1), stage(StageKind::Approval, &["ada", "bob", "dev"], 2)],
            reviews: said
                .iter()
                .map(|(stage, by, said)| Review { stage: *stage, by: slug(by), said: *said, at: None })
                .collect(),
            ..TicketHead::new("Report")
        }
    }

    #[test]
    fn where_it_stands() {
        use ReviewWord::{Approved, ChangesRequested, Reopened, Submitted};
        for (said, expected) in [
            (vec![], "1 qa 1"),
            (vec![(1, "dev", Submitted)], "1 qa 1"),
            (vec![(1, "dev", Submitted), (1, "qa", Approved)], "2 ada,bob 2"),
            (vec![(1, "dev", Submitted), (1, "qa", Approved), (2, "bob", Approved)], "2 ada 1"),
            // Who did it does not judge it, and a stranger does not either.
            (
                vec![(1, "dev", Submitted), (1, "qa", Approved), (2, "dev", Approved), (2, "eve", Approved)],
                "2 ada,bob 2",
            ),
            // A word about another stage is no word about this one.
            (vec![(1, "dev", Submitted), (2, "qa", Approved)], "1 qa 1"),
            // Changes come back to the same stage, and begin it anew.
            (
                vec![
                    (1, "dev", Submitted),
                    (1, "qa", Approved),
                    (2, "bob", Approved),
                    (2, "ada", ChangesRequested),
                    (2, "dev", Submitted),
                ],
                "2 ada,bob 2",
            ),
            (vec![(1, "dev", Submitted), (1, "qa", Approved), (2, "bob", Approved), (2, "ada", Approved)], "passed"),
            (
                vec![
                    (1, "dev", Submitted),
                    (1, "qa", Approved),
                    (2, "bob", Approved),
                    (2, "ada", Approved),
                    (1, "ada", Reopened),
                ],
                "1 qa 1",
            ),
            // Another did it first: neither judges.
            (vec![(1, "bob", Submitted), (1, "qa", Approved)], "2 ada 2"),
        ] {
            let head = head(&said);
            let stands = standing(&head).map_or_else(
                || "passed".to_owned(),
                |standing| {
                    let who: Vec<&str> = standing.waits_for().map(Slug::as_str).collect();
                    format!("{} {} {}", standing.number, who.join(","), standing.missing())
                },
            );
            assert_eq!(stands, expected, "{said:?}");
        }
    }

    #[test]
    fn only_what_is_in_review_asks_anybody() {
        let mut head = head(&[(1, "dev", ReviewWord::Submitted)]);
        assert!(awaits(&head, &slug("qa")) && !awaits(&head, &slug("ada")) && !awaits(&head, &slug("dev")));
        head.status = TicketStatus::InProgress;
        assert!(!awaits(&head, &slug("qa")));
    }
}
