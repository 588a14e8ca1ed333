//! Drawing words in proportion to count^0.75 by an alias table: exact, two look-ups a draw.

use crate::lanes::prefetch;

/// The exponent that the paper found best (Mikolov et al. 2013, section 2.2).
const POWER: f64 = 0.75;

/// Walker's alias table (Vose 1991): slot `i` answers `i` below its threshold, else its alias.
#[derive(Debug)]
pub(crate) struct Alias {
    slots: Vec<(u32, u32)>,
}

impl Alias {
    /// `counts` must not be empty; all above zero.
    pub(crate) fn new(counts: &[u64]) -> Self {
        let n = counts.len();
        let weights: Vec<f64> = counts.iter().map(|&c| (c as f64).powf(POWER)).collect();
        let mean = weights.iter().sum::<f64>() / n as f64;
        let mut rest: Vec<f64> = weights.iter().map(|w| w / mean).collect();
        let mut slots: Vec<(u32, u32)> = (0..n as u32).map(|i| (u32::MAX, i)).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..n).partition(|&i| rest[i] < 1.0);
        while let (Some(s), Some(&l)) = (small.pop(), large.last()) {
            slots[s] = ((rest[s] * 4_294_967_296.0) as u32, l as u32);
            rest[l] -= 1.0 - rest[s];
            if rest[l] < 1.0 {
                large.pop();
                small.push(l);
            }
        }
        Self { slots }
    }

    pub(crate) fn n_words(&self) -> u32 {
        self.slots.len() as u32
    }

    /// Asks for what [`Self::draw`] will look up: the table is larger than the nearest cache.
    #[inline]
    pub(crate) fn prefetch(&self, bits: u64) {
        prefetch(&self.slots[self.slot(bits)]);
    }

    fn slot(&self, bits: u64) -> usize {
        (((bits >> 32) * self.slots.len() as u64) >> 32) as usize
    }

    /// The word that 64 random bits stand for: the high half chooses the slot, the low half the side.
    #[inline]
    pub(crate) fn draw(&self, bits: u64) -> u32 {
        let slot = self.slot(bits);
        let (threshold, alias) = self.slots[slot];
        // No processor can foresee which of the two: a branch here would take half of the time of preparing windows.
        std::hint::select_unpredictable(bits as u32 <= threshold, slot as u32, alias)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    #[test]
    fn draws_follow_the_counts() {
        let counts = [1000, 300, 300, 50, 2, 1];
        let table = Alias::new(&counts);
        let mut rng = rand_pcg::Pcg64Mcg::seed_from_u64(3);
        let mut seen = [0_u32; 6];
        let n = 400_000;
        for _ in 0..n {
            seen[table.draw(rng.next_u64()) as usize] += 1;
        }
        let total: f64 = counts.iter().map(|&c| (c as f64).powf(POWER)).sum();
        for (count, seen) in counts.iter().zip(seen) {
            let share = (*count as f64).powf(POWER) / total;
            // Five standard deviations of a binomial share.
            let slack = 5.0 * (share / f64::from(n)).sqrt();
            assert!((f64::from(seen) / f64::from(n) - share).abs() < slack, "{count}: {seen}");
        }
    }
}
