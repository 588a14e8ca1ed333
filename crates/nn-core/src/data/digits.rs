//! Digits drawn here, for where the real ones are not at hand: strokes, moved, turned, and blurred.
//!
//! They have MNIST's shape, 28 by 28 pixels from 0 to 1. They are easier than handwriting; a figure
//! measured on them says so.

use super::Classified;
use crate::Stream;
use ndarray::{Array1, Array2};

/// Pixels of a side.
pub const SIDE: usize = 28;

/// A digit's strokes: lines through points in a box from 0 to 1, x to the right and y down.
type Strokes = &'static [&'static [(f64, f64)]];

const DIGITS: [Strokes; 10] = [
    &[&[
        (0.5, 0.0),
        (0.15, 0.2),
        (0.05, 0.5),
        (0.15, 0.8),
        (0.5, 1.0),
        (0.85, 0.8),
        (0.95, 0.5),
        (0.85, 0.2),
        (0.5, 0.0),
    ]],
    &[&[(0.25, 0.25), (0.55, 0.0), (0.55, 1.0)]],
    &[&[(0.1, 0.25), (0.3, 0.02), (0.7, 0.02), (0.9, 0.28), (0.6, 0.6), (0.1, 1.0), (0.95, 1.0)]],
    &[&[(0.1, 0.1), (0.5, 0.0), (0.85, 0.2), (0.45, 0.47), (0.9, 0.72), (0.55, 1.0), (0.1, 0.9)]],
    &[&[(0.65, 0.0), (0.05, 0.65), (0.95, 0.65)], &[(0.7, 0.35), (0.7, 1.0)]],
    &[&[(0.9, 0.0), (0.2, 0.0), (0.15, 0.45), (0.6, 0.4), (0.9, 0.68), (0.6, 1.0), (0.1, 0.92)]],
    &[&[
        (0.75, 0.0),
        (0.3, 0.3),
        (0.1, 0.7),
        (0.4, 1.0),
        (0.85, 0.85),
        (0.8, 0.55),
        (0.4, 0.5),
        (0.12, 0.72),
    ]],
    &[&[(0.05, 0.0), (0.95, 0.0), (0.4, 1.0)]],
    &[&[
        (0.5, 0.46),
        (0.15, 0.25),
        (0.5, 0.0),
        (0.85, 0.25),
        (0.5, 0.46),
        (0.1, 0.75),
        (0.5, 1.0),
        (0.9, 0.75),
        (0.5, 0.46),
    ]],
    &[&[(0.85, 0.3), (0.5, 0.5), (0.15, 0.28), (0.5, 0.0), (0.85, 0.3), (0.75, 0.7), (0.55, 1.0)]],
];

/// Draws `n` digits; the classes take turns.
#[must_use]
pub fn draw(n: usize, seed: u64) -> Classified {
    let mut stream = Stream::new(seed, 0);
    let mut x = Array2::zeros((n, SIDE * SIDE));
    for (record, mut image) in x.rows_mut().into_iter().enumerate() {
        let hand = Hand::draw(&mut stream);
        let strokes: Vec<Vec<(f64, f64)>> = DIGITS[record % 10]
            .iter()
            .map(|stroke| stroke.iter().map(|&point| hand.place(point, &mut stream)).collect())
            .collect();
        for (pixel, value) in image.iter_mut().enumerate() {
            let here = ((pixel % SIDE) as f64 + 0.5, (pixel / SIDE) as f64 + 0.5);
            let distance =
                strokes.iter().flat_map(|stroke| stroke.windows(2)).map(|line| from_line(here, line));
            let distance = distance.fold(f64::INFINITY, f64::min);
            // Full ink within the stroke, none a pixel beyond it, and some noise in the ink.
            let ink = (hand.half_width + 0.5 - distance).clamp(0.0, 1.0);
            *value = (ink * stream.uniform(0.8, 1.0)) as f32;
        }
    }
    let classes = Array1::from_shape_fn(n, |record| (record % 10) as u8);
    Classified { x, classes, n_classes: 10 }
}

/// How one digit is written.
struct Hand {
    centre: (f64, f64),
    width: f64,
    height: f64,
    slant: f64,
    turn: f64,
    half_width: f64,
    tremble: f64,
}

impl Hand {
    fn draw(stream: &mut Stream) -> Self {
        let middle = SIDE as f64 / 2.0;
        Self {
            centre: (middle + stream.uniform(-3.0, 3.0), middle + stream.uniform(-3.0, 3.0)),
            width: stream.uniform(8.0, 15.0),
            height: stream.uniform(14.0, 20.0),
            slant: stream.uniform(-0.15, 0.45),
            turn: stream.uniform(-0.25, 0.25),
            half_width: stream.uniform(0.7, 1.6),
            tremble: stream.uniform(0.2, 0.9),
        }
    }

    /// Where a point of the box lies in the image, give or take a tremble.
    fn place(&self, (x, y): (f64, f64), stream: &mut Stream) -> (f64, f64) {
        let y = (y - 0.5) * self.height;
        let x = (x - 0.5) * self.width - self.slant * y;
        let (sin, cos) = self.turn.sin_cos();
        let mut off = || self.tremble * stream.normal();
        (self.centre.0 + cos * x - sin * y + off(), self.centre.1 + sin * x + cos * y + off())
    }
}

/// The distance of a point from a line between two.
fn from_line((x, y): (f64, f64), line: &[(f64, f64)]) -> f64 {
    let ((x0, y0), (x1, y1)) = (line[0], line[1]);
    let (dx, dy) = (x1 - x0, y1 - y0);
    let along = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy).max(1e-12);
    let along = along.clamp(0.0, 1.0);
    (x - x0 - along * dx).hypot(y - y0 - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_have_ink_and_paper_and_repeat_by_seed() {
        let drawn = draw(20, 3);
        assert_eq!(drawn, draw(20, 3));
        assert_ne!(drawn.x, draw(20, 4).x);
        for image in drawn.x.rows() {
            let ink = image.iter().filter(|value| **value > 0.5).count();
            assert!((20..400).contains(&ink) && image.iter().all(|v| (0.0..=1.0).contains(v)), "{ink}");
        }
    }
}
