//! Control flow: where the two ways of a branch meet again, which is where a split warp becomes whole.
//!
//! That place is the branch's immediate post-dominator, found by the iterative method on the reversed graph.

use crate::ir::{Instruction, NEVER, Op};

/// Fills in `join` of every branch.
pub(crate) fn find_joins(code: &mut [Instruction]) {
    let n = code.len();
    // Node `n` is the kernel's end; every way out leads to it.
    let end = n as u32;
    let successors: Vec<[Option<u32>; 2]> = (0..n).map(|at| successors(code, at, end)).collect();
    let order = order_from_end(&successors, end);
    let mut rank = vec![u32::MAX; n + 1];
    for (i, &node) in order.iter().enumerate() {
        rank[node as usize] = i as u32;
    }
    let mut joins = vec![None; n + 1];
    joins[n] = Some(end);
    let mut changed = true;
    while changed {
        changed = false;
        for &node in &order[1..] {
            let mut join = None;
            for next in successors[node as usize].iter().flatten().copied() {
                if joins[next as usize].is_some() {
                    join = Some(join.map_or(next, |other| meet(&joins, &rank, next, other)));
                }
            }
            if joins[node as usize] != join {
                joins[node as usize] = join;
                changed = true;
            }
        }
    }
    for (at, instruction) in code.iter_mut().enumerate() {
        if let Op::Branch { join, .. } = &mut instruction.op {
            *join = joins[at].filter(|&join| join != end).unwrap_or(NEVER);
        }
    }
}

fn successors(code: &[Instruction], at: usize, end: u32) -> [Option<u32>; 2] {
    let next = Some(at as u32 + 1);
    let guarded = code[at].guard.is_some();
    match code[at].op {
        Op::Branch { target, .. } => [Some(target), next.filter(|_| guarded)],
        Op::Exit | Op::Trap => [Some(end), next.filter(|_| guarded)],
        _ => [next, None],
    }
}

/// Reverse post-order of the reversed graph, the end first; nodes that never reach the end are left out.
fn order_from_end(successors: &[[Option<u32>; 2]], end: u32) -> Vec<u32> {
    let mut before = vec![Vec::new(); end as usize + 1];
    for (at, nexts) in successors.iter().enumerate() {
        for next in nexts.iter().flatten() {
            before[*next as usize].push(at as u32);
        }
    }
    let mut seen = vec![false; end as usize + 1];
    seen[end as usize] = true;
    let mut order = Vec::new();
    let mut stack = vec![(end, 0)];
    while let Some((node, child)) = stack.last_mut() {
        if let Some(&previous) = before[*node as usize].get(*child) {
            *child += 1;
            if !seen[previous as usize] {
                seen[previous as usize] = true;
                stack.push((previous, 0));
            }
        } else {
            order.push(*node);
            stack.pop();
        }
    }
    order.reverse();
    order
}

fn meet(joins: &[Option<u32>], rank: &[u32], mut a: u32, mut b: u32) -> u32 {
    while a != b {
        while rank[a as usize] > rank[b as usize] {
            let Some(up) = joins[a as usize] else { return b };
            a = up;
        }
        while rank[b as usize] > rank[a as usize] {
            let Some(up) = joins[b as usize] else { return a };
            b = up;
        }
    }
    a
}
