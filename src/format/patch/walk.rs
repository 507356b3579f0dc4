//! From a key path to places in the text.

use super::emit::Holder;
use super::lexis::{Form, Odd, Shape, Source};
use crate::diag::Step;
use crate::format::yaml::Node;
use std::ops::Range;

/// A value on the way, and how it hangs there.
#[derive(Debug, Clone)]
pub(super) struct Spot<'n, 't> {
    /// The value.
    pub(super) node: &'n Node<'t>,
    /// Where it is in the text.
    pub(super) shape: Shape,
    /// What it hangs on.
    pub(super) holder: Holder,
}

/// Why a path cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lost {
    /// An alias stands in the way.
    Alias(Range<usize>),
    /// A notation that is not edited.
    Odd(Odd),
}

impl From<Odd> for Lost {
    fn from(odd: Odd) -> Self {
        Self::Odd(odd)
    }
}

/// Follows `steps` from the root as far as there are values; the first is the root itself.
pub(super) fn walk<'n, 't>(source: &Source<'t>, root: &'n Node<'t>, steps: &[Step]) -> Result<Vec<Spot<'n, 't>>, Lost> {
    let shape = source.shape(root, source.yaml.start, false)?;
    let mut spots = vec![Spot { node: root, shape, holder: Holder::Root }];
    for step in steps {
        let Some(here) = spots.last() else { break };
        let below = match step {
            Step::Key(key) => here.node.entry(key).map(|(_, value)| value),
            Step::Index(index) => here.node.items().get(*index),
        };
        let Some(node) = below else { break };
        if here.shape.form == Form::Alias {
            return Err(Lost::Alias(here.node.span.clone()));
        }
        let in_flow = matches!(here.shape.form, Form::Flow | Form::Pair);
        let (shape, holder) = match step {
            Step::Key(key) => {
                let Some((key, _)) = here.node.entry(key) else { break };
                let shape = source.shape(node, source.behind_colon(key)?, in_flow)?;
                (shape, Holder::Key(source.column(key.span.start)))
            }
            Step::Index(index) => {
                let Some(shape) = source.items(here.node, &here.shape)?.into_iter().nth(*index) else { break };
                let dash = source.column(shape.from - 1);
                (shape, Holder::Dash(dash))
            }
        };
        let holder = if in_flow { Holder::Flow } else { holder };
        spots.push(Spot { node, shape, holder });
    }
    Ok(spots)
}
