//! safetensors: `layers.N.weight` `(n_in, n_out)` and `layers.N.bias` `(n_out)`, in the net's own
//! number type; the metadata's `architecture` lists the layers' widths and activations.

use crate::{Activation, Dense, Error, Net, Scalar};
use ndarray::{Array1, Array2};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

#[derive(Serialize, Deserialize)]
struct Layer {
    n_in: usize,
    n_out: usize,
    activation: Activation,
    bias: bool,
}

pub(super) fn to_bytes<T: Scalar>(net: &Net<T>) -> Result<Vec<u8>, Error> {
    let refused = |error: &dyn std::fmt::Display| Error::input(error.to_string());
    let mut architecture = Vec::new();
    let mut parts: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (n, layer) in net.layers().iter().enumerate() {
        let ((n_in, n_out), (weights, bias)) = (layer.dim(), layer.parts());
        let activation = layer.activation();
        architecture.push(Layer { n_in, n_out, activation, bias: bias.is_some() });
        parts.push((format!("layers.{n}.weight"), vec![n_in, n_out], T::to_le_bytes(weights)));
        parts.extend(bias.map(|bias| (format!("layers.{n}.bias"), vec![n_out], T::to_le_bytes(bias))));
    }
    let architecture = serde_json::to_string(&architecture).map_err(|error| refused(&error))?;
    let views: Vec<_> = parts
        .iter()
        .map(|(name, shape, bytes)| Ok((name, TensorView::new(dtype::<T>(), shape.clone(), bytes)?)))
        .collect::<Result<_, safetensors::SafeTensorError>>()
        .map_err(|error| refused(&error))?;
    let metadata = HashMap::from([("architecture".to_owned(), architecture)]);
    serialize(views, Some(metadata)).map_err(|error| refused(&error))
}

pub(super) fn from_bytes<T: Scalar>(bytes: &[u8]) -> Result<Net<T>, Error> {
    let refused = |error: safetensors::SafeTensorError| Error::input(error.to_string());
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(refused)?;
    let tensors = SafeTensors::deserialize(bytes).map_err(refused)?;
    let architecture = header.metadata().as_ref().and_then(|metadata| metadata.get("architecture"));
    let architecture = architecture.ok_or_else(|| {
        Error::input("the metadata has no `architecture`: this is not a net that nn-core saved")
    })?;
    let architecture: Vec<Layer> = serde_json::from_str(architecture)
        .map_err(|error| Error::input(format!("the metadata's `architecture`: {error}")))?;
    let read = |name: String, shape: &[usize]| -> Result<Vec<T>, Error> {
        let tensor = tensors.tensor(&name).map_err(|error| Error::input(format!("{name}: {error}")))?;
        if tensor.dtype() != dtype::<T>() {
            return Err(Error::shape(format!("{name}'s number type"), dtype::<T>(), tensor.dtype()));
        }
        if tensor.shape() != shape {
            return Err(Error::shape(name, shape, tensor.shape()));
        }
        Ok(T::from_le_bytes(tensor.data()))
    };
    let layers = architecture.iter().enumerate().map(|(n, layer)| {
        let Layer { n_in, n_out, activation, bias } = *layer;
        let weights = read(format!("layers.{n}.weight"), &[n_in, n_out])?;
        let weights = Array2::from_shape_vec((n_in, n_out), weights)
            .map_err(|error| Error::input(format!("layers.{n}.weight: {error}")))?;
        let bias = bias.then(|| read(format!("layers.{n}.bias"), &[n_out])).transpose()?;
        Dense::new(weights, bias.map(Array1::from_vec), activation).map_err(|error| error.in_layer(n))
    });
    Net::new(layers.collect::<Result<_, _>>()?)
}

fn dtype<T: Scalar>() -> Dtype {
    if T::NAME == "f32" { Dtype::F32 } else { Dtype::F64 }
}
