//! Initialisers: how a layer's weights begin.

use crate::{Error, GlibcRand, Stream};

/// How the weights of one layer are drawn.
///
/// `fan_in` is the number of a unit's inputs, `fan_out` the number of units. Variances are those of
/// the papers: Glorot and Bengio 2010, He et al. 2015, `LeCun` et al. 1998; orthogonal after Saxe
/// et al. 2013.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    /// Every weight 0.
    Zeros,
    /// Every weight the same.
    Constant(f64),
    /// Uniform from minus `scale` to `scale`.
    Uniform(f64),
    /// Normal around 0 with this standard deviation.
    Normal(f64),
    /// Normal with this deviation *before* the cut at two deviations, drawn again beyond it.
    TruncatedNormal(f64),
    /// Uniform with variance `2 / (fan_in + fan_out)`.
    GlorotUniform,
    /// Normal with variance `2 / (fan_in + fan_out)`.
    GlorotNormal,
    /// Uniform with variance `2 / fan_in`.
    HeUniform,
    /// Normal with variance `2 / fan_in`.
    HeNormal,
    /// Uniform with variance `1 / fan_in`.
    LecunUniform,
    /// Normal with variance `1 / fan_in`.
    LecunNormal,
    /// Orthonormal rows or columns (whichever are fewer), times this gain.
    Orthogonal(f64),
    /// A constant plus a uniform perturbation: symmetric but for the second.
    PerturbedConstant {
        /// The constant.
        value: f64,
        /// The perturbation's greatest magnitude.
        amplitude: f64,
    },
    /// The C library's `rand()`, within `scale` of zero; the stream's seed is this one.
    GlibcRand {
        /// What `srand` was called with.
        seed: u32,
        /// The greatest magnitude.
        scale: f64,
    },
}

impl Init {
    /// Fills `weights`, a row-major `(fan_in, fan_out)` matrix, overwriting it.
    ///
    /// # Errors
    ///
    /// Where `weights` is not of that size, a width is zero, or a setting is negative or not finite.
    pub fn fill(
        self,
        weights: &mut [f64],
        fan_in: usize,
        fan_out: usize,
        stream: &mut Stream,
    ) -> Result<(), Error> {
        self.check()?;
        if fan_in == 0 || fan_out == 0 {
            return Err(Error::input(format!("a layer of zero width: {fan_in} to {fan_out}")));
        }
        if weights.len() != fan_in * fan_out {
            return Err(Error::shape("weights, fan_in x fan_out", (fan_in, fan_out), weights.len()));
        }
        let glorot = (2.0 / (fan_in + fan_out) as f64).sqrt();
        let he = (2.0 / fan_in as f64).sqrt();
        let lecun = (1.0 / fan_in as f64).sqrt();
        let mut each = |draw: &mut dyn FnMut(&mut Stream) -> f64| {
            for weight in weights.iter_mut() {
                *weight = draw(stream);
            }
        };
        // A uniform variable within s of zero has the deviation s / sqrt(3).
        let root_3 = 3.0_f64.sqrt();
        match self {
            Self::Zeros => each(&mut |_| 0.0),
            Self::Constant(value) => each(&mut |_| value),
            Self::Uniform(scale) => each(&mut |s| s.uniform(-scale, scale)),
            Self::Normal(deviation) => each(&mut |s| deviation * s.normal()),
            Self::TruncatedNormal(deviation) => each(&mut |s| deviation * truncated_normal(s)),
            Self::GlorotUniform => each(&mut |s| s.uniform(-glorot * root_3, glorot * root_3)),
            Self::GlorotNormal => each(&mut |s| glorot * s.normal()),
            Self::HeUniform => each(&mut |s| s.uniform(-he * root_3, he * root_3)),
            Self::HeNormal => each(&mut |s| he * s.normal()),
            Self::LecunUniform => each(&mut |s| s.uniform(-lecun * root_3, lecun * root_3)),
            Self::LecunNormal => each(&mut |s| lecun * s.normal()),
            Self::PerturbedConstant { value, amplitude } => {
                each(&mut |s| value + s.uniform(-amplitude, amplitude));
            }
            Self::GlibcRand { seed, scale } => {
                let mut rand = GlibcRand::new(seed);
                each(&mut |_| f64::from(rand.symmetric(scale)));
            }
            Self::Orthogonal(gain) => orthogonal(weights, fan_in, fan_out, gain, stream),
        }
        Ok(())
    }

    /// True where all weights come out equal, so that no two hidden units ever differ.
    #[must_use]
    pub fn is_symmetric(self) -> bool {
        match self {
            Self::Zeros | Self::Constant(_) => true,
            Self::Uniform(scale) | Self::Normal(scale) | Self::GlibcRand { scale, .. } => scale == 0.0,
            Self::PerturbedConstant { amplitude, .. } => amplitude == 0.0,
            _ => false,
        }
    }

    fn check(self) -> Result<(), Error> {
        let (name, settings) = match self {
            Self::Constant(value) => ("the constant", [value, 0.0]),
            Self::Uniform(scale) | Self::GlibcRand { scale, .. } => ("the scale", [scale, scale]),
            Self::Normal(deviation) | Self::TruncatedNormal(deviation) => {
                ("the deviation", [deviation, deviation])
            }
            Self::Orthogonal(gain) => ("the gain", [gain, gain]),
            Self::PerturbedConstant { value, amplitude } => ("the perturbation", [value, amplitude]),
            _ => return Ok(()),
        };
        if settings.iter().all(|value| value.is_finite()) && settings[1] >= 0.0 {
            return Ok(());
        }
        Err(Error::input(format!("initialiser {self:?}: {name} must be finite and not negative")))
    }
}

fn truncated_normal(stream: &mut Stream) -> f64 {
    loop {
        let value = stream.normal();
        if value.abs() <= 2.0 {
            return value;
        }
    }
}

/// Gram and Schmidt, twice over for the last digits, on normal vectors: uniform over the rotations.
fn orthogonal(weights: &mut [f64], n_rows: usize, n_columns: usize, gain: f64, stream: &mut Stream) {
    let (n_vectors, length) = (n_rows.min(n_columns), n_rows.max(n_columns));
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(n_vectors);
    while vectors.len() < n_vectors {
        let mut vector: Vec<f64> = (0..length).map(|_| stream.normal()).collect();
        for _ in 0..2 {
            for earlier in &vectors {
                let along: f64 = earlier.iter().zip(&vector).map(|(a, b)| a * b).sum();
                vector.iter_mut().zip(earlier).for_each(|(v, e)| *v -= along * e);
            }
        }
        let norm = vector.iter().map(|v| v * v).sum::<f64>().sqrt();
        // A draw that lies in the span of the earlier ones says nothing: draw again.
        if norm > 1e-6 {
            for v in &mut vector {
                *v /= norm;
            }
            vectors.push(vector);
        }
    }
    for row in 0..n_rows {
        for column in 0..n_columns {
            let value = if n_rows <= n_columns { vectors[row][column] } else { vectors[column][row] };
            weights[row * n_columns + column] = gain * value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A million draws: mean and variance within five standard errors.
    #[test]
    fn mean_and_variance_are_those_of_the_papers() {
        let (fan_in, fan_out) = (500, 2000);
        let n = (fan_in * fan_out) as f64;
        // Variance of the normal cut at two deviations.
        let cut = 0.773_741_3;
        let cases = [
            (Init::Uniform(0.3), 0.09 / 3.0),
            (Init::Normal(0.7), 0.49),
            (Init::TruncatedNormal(2.0), 4.0 * cut),
            (Init::GlorotUniform, 2.0 / 2500.0),
            (Init::GlorotNormal, 2.0 / 2500.0),
            (Init::HeUniform, 2.0 / 500.0),
            (Init::HeNormal, 2.0 / 500.0),
            (Init::LecunUniform, 1.0 / 500.0),
            (Init::LecunNormal, 1.0 / 500.0),
            (Init::PerturbedConstant { value: 0.1, amplitude: 0.01 }, 1e-4 / 3.0),
            (Init::GlibcRand { seed: 1, scale: 0.1 }, 0.01 / 3.0),
        ];
        let mut weights = vec![0.0; fan_in * fan_out];
        for (init, variance) in cases {
            init.fill(&mut weights, fan_in, fan_out, &mut Stream::new(5, 0)).unwrap();
            let mean = weights.iter().sum::<f64>() / n;
            let found = weights.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / n;
            let fourth = weights.iter().map(|w| (w - mean).powi(4)).sum::<f64>() / n;
            let expected = if let Init::PerturbedConstant { value, .. } = init { value } else { 0.0 };
            assert!((mean - expected).abs() < 5.0 * (variance / n).sqrt(), "{init:?}: mean {mean}");
            let error = ((fourth - variance * variance) / n).sqrt();
            assert!((found - variance).abs() < 5.0 * error, "{init:?}: variance {found}, not {variance}");
        }
    }

    #[test]
    fn orthogonal_to_a_millionth() {
        for (n_rows, n_columns) in [(3, 7), (7, 3), (32, 32), (1, 1)] {
            let mut w = vec![0.0; n_rows * n_columns];
            Init::Orthogonal(1.0).fill(&mut w, n_rows, n_columns, &mut Stream::new(8, 0)).unwrap();
            let at = |vector: usize, k: usize| {
                if n_rows <= n_columns { w[vector * n_columns + k] } else { w[k * n_columns + vector] }
            };
            for a in 0..n_rows.min(n_columns) {
                for b in 0..n_rows.min(n_columns) {
                    let dot: f64 = (0..n_rows.max(n_columns)).map(|k| at(a, k) * at(b, k)).sum();
                    assert!((dot - f64::from(u8::from(a == b))).abs() < 1e-6, "{n_rows}x{n_columns}: {dot}");
                }
            }
        }
    }

    #[test]
    fn bad_settings_are_refused() {
        let mut stream = Stream::new(1, 0);
        assert!(Init::Uniform(-1.0).fill(&mut [0.0], 1, 1, &mut stream).unwrap_err().is_input());
        assert!(Init::Normal(f64::NAN).fill(&mut [0.0], 1, 1, &mut stream).unwrap_err().is_input());
        assert!(Init::Zeros.fill(&mut [], 0, 1, &mut stream).unwrap_err().is_input());
        assert!(Init::Zeros.fill(&mut [0.0], 1, 2, &mut stream).unwrap_err().is_shape());
    }
}
