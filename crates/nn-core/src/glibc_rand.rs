//! The C library's `rand()` as glibc makes it, so that the posts' weights can be drawn again.
//!
//! The generator is glibc's default, `TYPE_3`: `r[i] = r[i - 3] + r[i - 31]` modulo 2^32, and the
//! result is `r[i] >> 1`. The first 31 words come from the Park-Miller recursion
//! `16807 x mod (2^31 - 1)`, and 310 results are thrown away. (Described in the manual page
//! `random(3)` and in public analyses of the generator; checked here against the C library.)

/// A stream equal to what `srand(seed)` and then `rand()` give on Linux with glibc.
#[derive(Debug, Clone)]
pub struct GlibcRand {
    /// The last 31 words, as a ring.
    words: [u32; 31],
    /// Where the oldest word stands.
    oldest: usize,
}

/// The largest value that `rand()` returns there.
pub const RAND_MAX: u32 = 0x7fff_ffff;

impl GlibcRand {
    /// `srand(seed)`; a program that never calls `srand` has the seed 1, and 0 means 1.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        let seed = if seed == 0 { 1 } else { seed };
        let mut words = [seed; 31];
        let mut word = i64::from(seed as i32);
        for slot in &mut words[1..] {
            // C's remainder keeps the sign of the dividend, as Rust's does.
            word = (16_807 * word) % 0x7fff_ffff;
            if word < 0 {
                word += 0x7fff_ffff;
            }
            *slot = word as u32;
        }
        // The recursion starts at the fourth word, as the C library's two pointers do.
        let mut stream = Self { words, oldest: 3 };
        for _ in 0..310 {
            stream.next_value();
        }
        stream
    }

    /// The next `rand()`: from 0 to [`RAND_MAX`], both included.
    pub fn next_value(&mut self) -> u32 {
        let three_back = self.words[(self.oldest + 28) % 31];
        let word = self.words[self.oldest].wrapping_add(three_back);
        self.words[self.oldest] = word;
        self.oldest = (self.oldest + 1) % 31;
        word >> 1
    }

    /// `scale * (2 * rand() / RAND_MAX - 1)`, the posts' way to a weight within `scale` of zero;
    /// computed in `f64` and rounded once.
    pub fn symmetric(&mut self, scale: f64) -> f32 {
        (scale * (2.0 * f64::from(self.next_value()) / f64::from(RAND_MAX) - 1.0)) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_as_every_c_programmer_knows() {
        let mut rand = GlibcRand::new(1);
        let begin: Vec<u32> = (0..4).map(|_| rand.next_value()).collect();
        assert_eq!(begin, [1_804_289_383, 846_930_886, 1_681_692_777, 1_714_636_915]);
    }
}
