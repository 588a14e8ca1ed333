//! How far a gradient computed in floats may lie from the true one: the values in f64, and beside each a bound that is
//! carried through the net number by number.
//!
//! `rel` bounds the relative error of a product of two factors before it is added: 0 where the factors are taken as they
//! are, `2 u + u^2` with `u = 2^-11` where both were rounded to TF32's ten bits. `E = 2^-23` bounds an addition's
//! relative error, rounded either way. A sum of `k` terms of the magnitudes `m` is then off by at most
//! `rel * sum m + k E sum m`, and `SLACK` covers what is of second order in those.

use nn_core::{Activation, Loss, Net};

const E: f64 = 1.0 / (1u64 << 23) as f64;
const SLACK: f64 = 1.02;

/// TF32's `rel`.
pub(crate) const TF32: f64 = 2.0 / 2048.0 + 1.0 / (2048.0 * 2048.0);

/// A value and how far a computed one may lie from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Near {
    pub(crate) value: f64,
    pub(crate) off: f64,
}

impl Near {
    fn exact(value: f32) -> Self {
        Self { value: f64::from(value), off: 0.0 }
    }

    fn most(self) -> f64 {
        self.value.abs() + self.off
    }
}

pub(crate) struct Expected {
    pub(crate) outputs: Vec<Near>,
    /// As the layers are: weights row by row, then biases.
    pub(crate) gradient: Vec<Near>,
}

/// `start` plus the products of `terms`, added in a chain of `steps` additions.
fn sum(start: Near, terms: impl Iterator<Item = (Near, Near)>, steps: usize, rel: f64) -> Near {
    let (mut value, mut off, mut magnitude) = (start.value, start.off, start.most());
    for (a, b) in terms {
        value += a.value * b.value;
        let most = a.most() * b.most() * (1.0 + rel);
        off += rel * a.most() * b.most() + a.off * b.value.abs() + b.off * a.most();
        magnitude += most;
    }
    Near { value, off: SLACK * (off + steps as f64 * E * magnitude) }
}

fn activate(activation: Activation, z: Near) -> Near {
    let near = |value: f64, steepest: f64, ulps: f64| Near {
        value,
        off: SLACK * (steepest * z.off + ulps * E * (value.abs() + steepest * z.off)),
    };
    match activation {
        Activation::Identity => z,
        // The exponential's 2 ULP, a sum, a division.
        Activation::Sigmoid => near(1.0 / (1.0 + (-z.value).exp()), 0.25, 4.0),
        Activation::Tanh => near(z.value.tanh(), 1.0, 4.0),
        Activation::Relu => near(z.value.max(0.0), 1.0, 0.0),
        Activation::LeakyRelu(share) => near(z.value.max(share * z.value), 1.0, 2.0),
        other => panic!("no bound for {other:?}"),
    }
}

fn through(activation: Activation, d: Near, z: Near, p: Near) -> Near {
    let times = |slope: f64, off: f64| Near {
        value: d.value * slope,
        off: SLACK * (d.off * slope.abs() + d.most() * off + 2.0 * E * d.most() * (slope.abs() + off)),
    };
    // Where a sum may lie on either side of zero, so may the slope.
    let kinked = |below: f64| {
        let slope = if z.value > 0.0 { 1.0 } else { below };
        times(slope, if z.value.abs() <= z.off { 1.0 - below } else { 0.0 })
    };
    match activation {
        Activation::Identity => d,
        Activation::Relu => kinked(0.0),
        Activation::LeakyRelu(share) => kinked(share),
        Activation::Sigmoid => times(p.value * (1.0 - p.value), p.off + 2.0 * E),
        Activation::Tanh => times(1.0 - p.value * p.value, 2.0 * p.off + 2.0 * E),
        other => panic!("no bound for {other:?}"),
    }
}

fn slopes(loss: Loss, p: &[Near], y: &[f32], scale: f64) -> Vec<Near> {
    let scaled = |value: f64, off: f64| Near {
        value: scale * value,
        off: SLACK * scale * (off + 4.0 * E * (value.abs() + off)),
    };
    match loss {
        Loss::HalfSquared => {
            p.iter().zip(y).map(|(p, y)| scaled(p.value - f64::from(*y), p.off + E * p.most())).collect()
        }
        Loss::SoftmaxCrossEntropy => {
            let greatest = p.iter().map(|p| p.value).fold(f64::NEG_INFINITY, f64::max);
            let total: f64 = p.iter().map(|p| (p.value - greatest).exp()).sum();
            // Exponents are off by their logits' errors and by the rounding of the differences.
            let widest = p.iter().map(|p| p.off + E * (p.most() + greatest.abs())).fold(0.0, f64::max);
            let share = (2.0 * widest).exp_m1() + (p.len() + 6) as f64 * E;
            p.iter()
                .zip(y)
                .map(|(p, y)| {
                    let s = (p.value - greatest).exp() / total;
                    scaled(s - f64::from(*y), s * share + E)
                })
                .collect()
        }
        other => panic!("no bound for {other:?}"),
    }
}

/// The outputs and the gradient of a batch, row by row, as sixteen rows a block and then the blocks are added.
pub(crate) fn expected(net: &Net<f32>, x: &[f32], y: &[f32], loss: Loss, scale: f64, rel: f64) -> Expected {
    let (rows, n_outputs) = (x.len() / net.n_inputs(), net.n_outputs());
    let weight = |n: usize, i: usize, j: usize| Near::exact(net.layers()[n].weights()[(i, j)]);
    let mut all_outputs = Vec::new();
    // For each layer what came into it and its deltas, row by row.
    let mut ins: Vec<Vec<Near>> = vec![Vec::new(); net.layers().len()];
    let mut deltas = ins.clone();
    for row in 0..rows {
        let mut a: Vec<Near> =
            x[row * net.n_inputs()..][..net.n_inputs()].iter().map(|x| Near::exact(*x)).collect();
        let (mut sums, mut outs) = (Vec::new(), Vec::new());
        for (n, layer) in net.layers().iter().enumerate() {
            ins[n].extend(&a);
            let (inputs, outputs) = layer.dim();
            let z: Vec<Near> = (0..outputs)
                .map(|j| {
                    let bias = layer.bias().map_or(Near::exact(0.0), |bias| Near::exact(bias[j]));
                    sum(bias, a.iter().enumerate().map(|(i, a)| (*a, weight(n, i, j))), inputs, rel)
                })
                .collect();
            a = z.iter().map(|z| activate(layer.activation(), *z)).collect();
            sums.push(z);
            outs.push(a.clone());
        }
        all_outputs.extend(&a);
        let mut d = slopes(loss, &a, &y[row * n_outputs..][..n_outputs], scale);
        for (n, layer) in net.layers().iter().enumerate().rev() {
            for ((d, z), p) in d.iter_mut().zip(&sums[n]).zip(&outs[n]) {
                *d = through(layer.activation(), *d, *z, *p);
            }
            deltas[n].extend(&d);
            let (inputs, outputs) = layer.dim();
            d = (0..inputs)
                .map(|i| {
                    let terms = d.iter().enumerate().map(|(j, d)| (*d, weight(n, i, j)));
                    sum(Near::exact(0.0), terms, outputs, rel)
                })
                .collect();
        }
    }
    let steps = 16 + rows.div_ceil(16);
    let mut gradient = Vec::new();
    for (n, layer) in net.layers().iter().enumerate() {
        let (inputs, outputs) = layer.dim();
        for i in 0..inputs {
            for j in 0..outputs {
                let terms = (0..rows).map(|row| (ins[n][row * inputs + i], deltas[n][row * outputs + j]));
                gradient.push(sum(Near::exact(0.0), terms, steps, rel));
            }
        }
        if layer.bias().is_some() {
            for j in 0..outputs {
                let terms = (0..rows).map(|row| (Near::exact(1.0), deltas[n][row * outputs + j]));
                gradient.push(sum(Near::exact(0.0), terms, steps, 0.0));
            }
        }
    }
    Expected { outputs: all_outputs, gradient }
}
