//! Which hidden units are the same unit, bit for bit.

use crate::Scalar;
use ndarray::ArrayView2;

/// Groups the hidden units whose incoming and outgoing weights are equal to the last bit.
///
/// `w0` is `(inputs, hidden)`, `w1` is `(hidden, outputs)`. Each group lists its units in order, the
/// groups stand in the order of their first unit; a net without symmetry gives one group a unit.
///
/// # Panics
///
/// Panics when `w0` has not as many columns as `w1` has rows.
#[must_use]
pub fn symmetry<T: Scalar>(w0: ArrayView2<'_, T>, w1: ArrayView2<'_, T>) -> Vec<Vec<usize>> {
    assert_eq!(w0.ncols(), w1.nrows(), "one column of W0 and one row of W1 a hidden unit");
    let same = |a: usize, b: usize| {
        w0.rows().into_iter().all(|row| row[a].bits() == row[b].bits())
            && w1.columns().into_iter().all(|column| column[a].bits() == column[b].bits())
    };
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for unit in 0..w0.ncols() {
        match groups.iter_mut().find(|group| same(group[0], unit)) {
            Some(group) => group.push(unit),
            None => groups.push(vec![unit]),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn equal_units_are_grouped_and_a_bit_tells_them_apart() {
        let w0 = array![[1.0, 2.0, 1.0, 1.0], [0.5, 0.5, 0.5, 0.5]];
        let w1 = array![[3.0], [3.0], [3.0], [3.0 + f64::EPSILON * 2.0]];
        assert_eq!(symmetry(w0.view(), w1.view()), [vec![0, 2], vec![1], vec![3]]);
        assert_eq!(symmetry(array![[0.0, -0.0]].view(), array![[1.0], [1.0]].view()).len(), 2);
    }
}
