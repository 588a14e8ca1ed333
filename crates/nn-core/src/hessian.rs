//! The Hessian of a small net's loss: how differently its directions curve.

use crate::gradient_check::{gradient, parameter};
use crate::{Data, Error, Net, Training};
use nalgebra::{DMatrix, SymmetricEigen};

/// Parameters beyond which a Hessian is not "of a small net": its eigenvalues take their cube.
const MAX_PARAMETERS: usize = 1_000;
/// Half the distance of the two gradients of a difference.
const STEP: f64 = 1e-4;

/// The curvatures of a loss around a net's weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Hessian {
    /// The eigenvalues, from the least to the greatest.
    pub eigenvalues: Vec<f64>,
}

impl Hessian {
    /// The greatest curvature as a multiple of the least, both in magnitude; infinite where a
    /// direction is flat.
    #[must_use]
    pub fn condition(&self) -> f64 {
        let magnitudes = || self.eigenvalues.iter().map(|value| value.abs());
        magnitudes().fold(0.0, f64::max) / magnitudes().fold(f64::INFINITY, f64::min)
    }

    /// How many directions curve less than `share` of the steepest.
    #[must_use]
    pub fn flat_directions(&self, share: f64) -> usize {
        let greatest = self.eigenvalues.iter().fold(0.0, |greatest: f64, value| greatest.max(value.abs()));
        self.eigenvalues.iter().filter(|value| value.abs() < share * greatest).count()
    }
}

/// The Hessian of the loss on `data` by all weights and biases, from central differences of the
/// gradient, made symmetric, and its eigenvalues.
///
/// # Errors
///
/// Where data and net do not go together, or the net has more than 1,000 parameters.
///
/// # Examples
///
/// ```
/// use nn_core::{Data, Dense, Activation, Net, Training, hessian::hessian};
/// use ndarray::array;
/// // Half of (w1 - y)^2 + (3 w2 - y)^2: curvatures 1 and 9.
/// let net = Net::new(vec![Dense::new(array![[0.3], [0.4]], None, Activation::Identity)?])?;
/// let (x, y) = (array![[1.0, 0.0], [0.0, 3.0]], array![[1.0], [2.0]]);
/// let hessian = hessian(&net, Data::new(x.view(), y.view()), &Training::posts(1))?;
/// assert!((hessian.condition() - 9.0).abs() < 1e-6);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub fn hessian(net: &Net<f64>, data: Data<'_, f64>, training: &Training) -> Result<Hessian, Error> {
    let n = net.n_parameters();
    if n > MAX_PARAMETERS {
        return Err(Error::input(format!("a Hessian of {n} parameters: at most {MAX_PARAMETERS} are taken")));
    }
    let flat = |net: &Net<f64>| -> Result<Vec<f64>, Error> {
        Ok(gradient(net, data, training)?.into_iter().flatten().flatten().collect())
    };
    let mut net = net.clone();
    let mut columns = Vec::with_capacity(n);
    for layer in 0..net.layers().len() {
        let (weights, biases) = net.layers()[layer].parts();
        let counts = [weights.len(), biases.map_or(0, <[f64]>::len)];
        for (is_bias, count) in [false, true].into_iter().zip(counts) {
            for at in 0..count {
                let before = *parameter(&mut net, layer, is_bias, at);
                *parameter(&mut net, layer, is_bias, at) = before + STEP;
                let above = flat(&net)?;
                *parameter(&mut net, layer, is_bias, at) = before - STEP;
                let below = flat(&net)?;
                *parameter(&mut net, layer, is_bias, at) = before;
                columns.push(
                    above.into_iter().zip(below).map(|(a, b)| (a - b) / (2.0 * STEP)).collect::<Vec<_>>(),
                );
            }
        }
    }
    let symmetric = DMatrix::from_fn(n, n, |i, j| f64::midpoint(columns[i][j], columns[j][i]));
    let mut eigenvalues: Vec<f64> = SymmetricEigen::new(symmetric).eigenvalues.iter().copied().collect();
    eigenvalues.sort_by(f64::total_cmp);
    Ok(Hessian { eigenvalues })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Init, xor};

    /// Exchanging equal units changes nothing, so what tells four of them apart curves alike in three
    /// directions: four such triples, and four directions that all units share.
    #[test]
    fn equal_units_curve_alike() {
        let (x, y) = (xor::x(true), xor::y().insert_axis(ndarray::Axis(1)));
        let net = |init| -> Net<f64> {
            Net::with_inputs(3)
                .dense_without_bias(4, Activation::Sigmoid, init)
                .dense_without_bias(1, Activation::Sigmoid, init)
                .build(2)
                .unwrap()
        };
        let of = |init| hessian(&net(init), Data::new(x.view(), y.view()), &Training::posts(1)).unwrap();
        let (equal, random) = (of(Init::Constant(0.1)), of(Init::Uniform(1.0)));
        let n_different = |hessian: &Hessian| {
            let apart = |pair: &&[f64]| pair[1] - pair[0] > 1e-8;
            1 + hessian.eigenvalues.windows(2).filter(apart).count()
        };
        assert_eq!((equal.eigenvalues.len(), n_different(&equal)), (16, 8), "{equal:?}");
        assert_eq!(n_different(&random), 16, "{random:?}");
        assert!(random.condition() > 1.0 && random.flat_directions(1e-12) == 0);
    }
}
