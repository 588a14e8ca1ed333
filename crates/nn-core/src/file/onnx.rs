//! ONNX: one `Gemm` a layer and its activation, in the protocol buffers of `onnx.proto`.
//!
//! Only the messages and fields that such a graph needs are declared here, with the numbers that
//! the standard gives them. The batch is a free dimension; the net's number type is the graph's
//! (onnxruntime has no GELU and no leaky `ReLU` in doubles).

use crate::{Activation, Net, Scalar};
use prost::Message;

/// The operator set of ONNX 1.23.
const OPSET: i64 = 28;
/// The file format's version: the oldest that may name that set.
const IR_VERSION: i64 = 11;

#[derive(Clone, PartialEq, Message)]
struct Model {
    #[prost(int64, tag = "1")]
    ir_version: i64,
    #[prost(string, tag = "2")]
    producer_name: String,
    #[prost(message, optional, tag = "7")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "8")]
    opset_import: Vec<OperatorSet>,
}

#[derive(Clone, PartialEq, Message)]
struct OperatorSet {
    #[prost(string, tag = "1")]
    domain: String,
    #[prost(int64, tag = "2")]
    version: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Graph {
    #[prost(message, repeated, tag = "1")]
    node: Vec<Node>,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<Tensor>,
    #[prost(message, repeated, tag = "11")]
    input: Vec<ValueInfo>,
    #[prost(message, repeated, tag = "12")]
    output: Vec<ValueInfo>,
}

#[derive(Clone, PartialEq, Message)]
struct Node {
    #[prost(string, repeated, tag = "1")]
    input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    output: Vec<String>,
    #[prost(string, tag = "4")]
    op_type: String,
    #[prost(message, repeated, tag = "5")]
    attribute: Vec<Attribute>,
}

#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(float, tag = "2")]
    f: f32,
    /// 1 says that the value is the float.
    #[prost(int32, tag = "20")]
    r#type: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Tensor {
    #[prost(int64, repeated, tag = "1")]
    dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    data_type: i32,
    #[prost(string, tag = "8")]
    name: String,
    /// Little-endian, whatever the machine.
    #[prost(bytes = "vec", tag = "9")]
    raw_data: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct ValueInfo {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    r#type: Option<Type>,
}

#[derive(Clone, PartialEq, Message)]
struct Type {
    #[prost(message, optional, tag = "1")]
    tensor_type: Option<TensorType>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorType {
    #[prost(int32, tag = "1")]
    elem_type: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<Shape>,
}

#[derive(Clone, PartialEq, Message)]
struct Shape {
    #[prost(message, repeated, tag = "1")]
    dim: Vec<Dimension>,
}

#[derive(Clone, PartialEq, Message)]
struct Dimension {
    #[prost(oneof = "Size", tags = "1, 2")]
    value: Option<Size>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Size {
    #[prost(int64, tag = "1")]
    Fixed(i64),
    #[prost(string, tag = "2")]
    Free(String),
}

pub(super) fn to_bytes<T: Scalar>(net: &Net<T>) -> Vec<u8> {
    let data_type = if T::NAME == "f32" { 1 } else { 11 };
    let mut graph = Graph { name: "net".to_owned(), ..Graph::default() };
    let mut current = "x".to_owned();
    for (n, layer) in net.layers().iter().enumerate() {
        let ((n_in, n_out), (weights, bias)) = (layer.dim(), layer.parts());
        let mut inputs = vec![current, format!("layers.{n}.weight")];
        let tensor = |name: String, dims: Vec<i64>, values: &[T]| Tensor {
            dims,
            data_type,
            name,
            raw_data: T::to_le_bytes(values),
        };
        graph.initializer.push(tensor(inputs[1].clone(), vec![n_in as i64, n_out as i64], weights));
        if let Some(bias) = bias {
            inputs.push(format!("layers.{n}.bias"));
            graph.initializer.push(tensor(inputs[2].clone(), vec![n_out as i64], bias));
        }
        current = push(&mut graph, "Gemm", inputs, format!("layers.{n}.sums"));
        current = activate(&mut graph, layer.activation(), current, n);
    }
    // The graph's output has a name of its own, whatever the last layer does.
    let y = push(&mut graph, "Identity", vec![current], "y".to_owned());
    let value = |name: String, width: usize| {
        let batch = Dimension { value: Some(Size::Free("batch".to_owned())) };
        let width = Dimension { value: Some(Size::Fixed(width as i64)) };
        let tensor_type = TensorType { elem_type: data_type, shape: Some(Shape { dim: vec![batch, width] }) };
        ValueInfo { name, r#type: Some(Type { tensor_type: Some(tensor_type) }) }
    };
    graph.input.push(value("x".to_owned(), net.n_inputs()));
    graph.output.push(value(y, net.n_outputs()));
    Model {
        ir_version: IR_VERSION,
        producer_name: "nn-core".to_owned(),
        graph: Some(graph),
        opset_import: vec![OperatorSet { domain: String::new(), version: OPSET }],
    }
    .encode_to_vec()
}

fn activate(graph: &mut Graph, activation: Activation, sums: String, n: usize) -> String {
    let out = format!("layers.{n}.out");
    match activation {
        Activation::Identity => sums,
        Activation::Sigmoid => push(graph, "Sigmoid", vec![sums], out),
        Activation::Tanh => push(graph, "Tanh", vec![sums], out),
        Activation::Relu => push(graph, "Relu", vec![sums], out),
        Activation::Gelu => push(graph, "Gelu", vec![sums], out),
        Activation::Softmax => push(graph, "Softmax", vec![sums], out),
        Activation::Silu => {
            let gate = push(graph, "Sigmoid", vec![sums.clone()], format!("layers.{n}.gate"));
            push(graph, "Mul", vec![sums, gate], out)
        }
        Activation::LeakyRelu(share) => {
            let out = push(graph, "LeakyRelu", vec![sums], out);
            if let Some(node) = graph.node.last_mut() {
                node.attribute.push(Attribute { name: "alpha".to_owned(), f: share as f32, r#type: 1 });
            }
            out
        }
    }
}

/// Adds a node and returns the name of what it gives.
fn push(graph: &mut Graph, op_type: &str, input: Vec<String>, output: String) -> String {
    let node =
        Node { input, output: vec![output.clone()], op_type: op_type.to_owned(), attribute: Vec::new() };
    graph.node.push(node);
    output
}
