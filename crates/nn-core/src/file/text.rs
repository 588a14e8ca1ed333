//! JSON, for people: one object a layer.

use crate::{Activation, Dense, Error, Net, Scalar};
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct File {
    format: String,
    scalar: String,
    layers: Vec<Layer>,
}

#[derive(Serialize, Deserialize)]
struct Layer {
    activation: Activation,
    /// One row an input.
    weights: Vec<Vec<f64>>,
    bias: Option<Vec<f64>>,
}

const FORMAT: &str = "nn-core 1";

pub(super) fn to_bytes<T: Scalar>(net: &Net<T>) -> Result<Vec<u8>, Error> {
    let row = |row: ndarray::ArrayView1<'_, T>| row.iter().map(|w| w.to_f64()).collect();
    let layers = net.layers().iter().map(|layer| Layer {
        activation: layer.activation(),
        weights: layer.weights().rows().into_iter().map(row).collect(),
        bias: layer.bias().map(row),
    });
    let file = File { format: FORMAT.to_owned(), scalar: T::NAME.to_owned(), layers: layers.collect() };
    serde_json::to_vec_pretty(&file).map_err(|error| Error::input(error.to_string()))
}

pub(super) fn from_bytes<T: Scalar>(bytes: &[u8]) -> Result<Net<T>, Error> {
    // The message of the JSON reader names line and column.
    let file: File = serde_json::from_slice(bytes).map_err(|error| Error::input(error.to_string()))?;
    if file.format != FORMAT {
        return Err(Error::input(format!("format: expected \"{FORMAT}\", found {:?}", file.format)));
    }
    if file.scalar != T::NAME {
        return Err(Error::shape("the number type", T::NAME, file.scalar));
    }
    let layers = file.layers.into_iter().enumerate().map(|(n, layer)| {
        let (n_in, n_out) = (layer.weights.len(), layer.weights.first().map_or(0, Vec::len));
        if let Some(row) = layer.weights.iter().position(|row| row.len() != n_out) {
            let found = layer.weights[row].len();
            return Err(Error::shape(format!("layer {n}, row {row} of the weights"), n_out, found));
        }
        let weights = Array2::from_shape_fn((n_in, n_out), |(i, j)| T::from_f64(layer.weights[i][j]));
        let bias = layer.bias.map(|bias| Array1::from_iter(bias.into_iter().map(T::from_f64)));
        Dense::new(weights, bias, layer.activation).map_err(|error| error.in_layer(n))
    });
    Net::new(layers.collect::<Result<_, _>>()?)
}
