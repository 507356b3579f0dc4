//! Circles in a graph, each found once, in the same order every time, without recursion.

use std::collections::{BTreeMap, VecDeque};

/// Finds circles in a graph of `nodes` nodes whose edges `next` gives.
///
/// Of every group of nodes that all reach each other, one shortest circle through its lowest node is returned,
/// beginning with that node. Circles are ordered by their first node. Time and memory grow with nodes and edges.
pub(super) fn cycles(nodes: usize, next: &dyn Fn(usize, &mut Vec<usize>)) -> Vec<Vec<usize>> {
    // Parts are mostly younger than the whole, and so on: where every edge leads to a lower node there is no circle.
    let mut edges = Vec::new();
    let descends = (0..nodes).all(|node| {
        edges.clear();
        next(node, &mut edges);
        edges.iter().all(|target| *target < node)
    });
    if descends {
        return Vec::new();
    }
    let group = components(nodes, next);
    let mut found = Vec::new();
    let mut seen = vec![false; nodes];
    for start in 0..nodes {
        if std::mem::replace(&mut seen[group[start]], true) {
            continue;
        }
        // Breadth first, so that the way back to `start` is a shortest one.
        let mut from = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        'search: while let Some(node) = queue.pop_front() {
            edges.clear();
            next(node, &mut edges);
            for &target in &edges {
                if target == start {
                    let mut circle = vec![node];
                    while let Some(&before) = circle.last().and_then(|last| from.get(last)) {
                        circle.push(before);
                    }
                    circle.reverse();
                    found.push(circle);
                    break 'search;
                }
                if group[target] == group[start] && !from.contains_key(&target) {
                    from.insert(target, node);
                    queue.push_back(target);
                }
            }
        }
    }
    found
}

/// Gives every node the number of its strongly connected component: the algorithm of Tarjan (1972), with a stack
/// of its own because a hostile graph is deeper than a thread's.
fn components(nodes: usize, next: &dyn Fn(usize, &mut Vec<usize>)) -> Vec<usize> {
    const NEW: usize = usize::MAX;
    let mut order = vec![NEW; nodes];
    let mut low = vec![NEW; nodes];
    let mut group = vec![NEW; nodes];
    let mut open: Vec<usize> = Vec::new();
    let mut counter = 0;
    // A node on its way, and where its edges begin and go on in `edges`.
    let mut way: Vec<(usize, usize, usize)> = Vec::new();
    let mut edges: Vec<usize> = Vec::new();
    for root in 0..nodes {
        if order[root] != NEW {
            continue;
        }
        let mut enter = Some(root);
        loop {
            if let Some(node) = enter.take() {
                order[node] = counter;
                low[node] = counter;
                counter += 1;
                open.push(node);
                let begin = edges.len();
                next(node, &mut edges);
                way.push((node, begin, begin));
            }
            let Some((node, begin, at)) = way.last_mut() else {
                break;
            };
            let (node, begin) = (*node, *begin);
            if let Some(&target) = edges.get(*at) {
                *at += 1;
                if order[target] == NEW {
                    enter = Some(target);
                } else if group[target] == NEW {
                    low[node] = low[node].min(order[target]);
                }
                continue;
            }
            edges.truncate(begin);
            way.pop();
            if let Some((parent, ..)) = way.last() {
                low[*parent] = low[*parent].min(low[node]);
            }
            if low[node] == order[node] {
                while let Some(member) = open.pop() {
                    group[member] = node;
                    if member == node {
                        break;
                    }
                }
            }
        }
    }
    group
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(edges: &[&[usize]]) -> Vec<Vec<usize>> {
        cycles(edges.len(), &|node, out| out.extend(edges[node]))
    }

    #[test]
    fn every_circle_is_found_once_beginning_with_its_lowest_node() {
        type Lists = &'static [&'static [usize]];
        let table: [(&str, Lists, Lists); 7] = [
            ("nothing", &[], &[]),
            ("a line", &[&[1], &[2], &[]], &[]),
            ("itself", &[&[], &[1]], &[&[1]]),
            ("a ring and a tail", &[&[1], &[2], &[3], &[1]], &[&[1, 2, 3]]),
            ("two rings", &[&[3], &[2], &[1], &[0]], &[&[0, 3], &[1, 2]]),
            ("a diamond", &[&[1, 2], &[3], &[3], &[]], &[]),
            ("a short way round a long one", &[&[1, 3], &[2], &[3], &[0]], &[&[0, 3]]),
        ];
        for (name, edges, expected) in table {
            assert_eq!(of(edges), expected, "{name}");
        }
    }

    #[test]
    fn a_chain_deeper_than_any_stack_is_walked() {
        let nodes = 300_000;
        assert_eq!(cycles(nodes, &|node, out| out.extend((node + 1 < nodes).then_some(node + 1))).len(), 0);
        let ring = cycles(nodes, &|node, out| out.push((node + 1) % nodes));
        assert_eq!(ring.iter().map(Vec::len).collect::<Vec<_>>(), [nodes]);
    }
}
