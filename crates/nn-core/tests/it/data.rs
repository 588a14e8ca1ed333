//! Data from outside: the 150 flowers of a registry package, digits from files, and the spirals.

use ndarray::Array2;
use nn_core::data::idx::{Idx, mnist};
use nn_core::data::{Classified, digits, spirals};
use nn_core::{Activation, Data, Init, Loss, Net, Optimiser, Training, iris, net::classes};
use std::path::Path;

fn accuracy_after_training(
    data: &Classified,
    widths: &[usize],
    activation: Activation,
    training: &Training,
) -> f64 {
    let mut builder = Net::with_inputs(data.x.ncols());
    for &width in widths {
        builder = builder.dense(width, activation, Init::HeNormal);
    }
    let mut net: Net<f32> =
        builder.dense(data.n_classes, Activation::Identity, Init::GlorotUniform).build(1).unwrap();
    net.fit(Data::new(data.x.view(), data.one_hot().view()), training).unwrap();
    data.accuracy(&classes(net.predict(data.x.view()).unwrap().view())).unwrap()
}

/// The post's four records are rows of the full set, and a small net tells its three kinds apart.
#[test]
fn all_150_flowers() {
    let flowers = linfa_datasets::iris();
    let x = Array2::from_shape_fn((150, 4), |(i, j)| flowers.records()[(i, j)] as f32);
    for (record, class) in iris::x().rows().into_iter().zip(iris::CLASSES) {
        let found = x.rows().into_iter().position(|row| row == record).expect("the post's record");
        assert_eq!(flowers.targets()[found], usize::from(2 * class));
    }
    let classes = flowers.targets().iter().map(|class| *class as u8).collect();
    let data = Classified { x, classes, n_classes: 3 };
    let training = Training::mini_batch(Loss::SoftmaxCrossEntropy, Optimiser::adam(), 0.01, 16, 100);
    let accuracy = accuracy_after_training(&data, &[8], Activation::Tanh, &training);
    assert!(accuracy > 0.96, "{accuracy}");
}

#[test]
fn two_spirals_are_told_apart() {
    let data = spirals(2, 100, 1.0, 0.01, 3).unwrap();
    let training = Training::mini_batch(Loss::SoftmaxCrossEntropy, Optimiser::adam(), 0.01, 32, 200);
    let accuracy = accuracy_after_training(&data, &[32, 32], Activation::Tanh, &training);
    assert!(accuracy > 0.97, "{accuracy}");
}

/// Drawn digits go through the files of MNIST's names and come back to a 255th.
#[test]
fn digits_from_files() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("digits");
    std::fs::create_dir_all(&folder).unwrap();
    let drawn = digits::draw(30, 5);
    let write = |name: &str, idx: Idx| {
        #[expect(clippy::disallowed_methods, reason = "a test's own file")]
        std::fs::write(folder.join(name), idx.to_bytes()).unwrap();
    };
    let values: Vec<u8> = drawn.x.iter().map(|value| (value * 255.0).round() as u8).collect();
    for part in ["train", "t10k"] {
        let shape = vec![30, digits::SIDE, digits::SIDE];
        write(&format!("{part}-images-idx3-ubyte"), Idx { shape, values: values.clone() });
        write(&format!("{part}-labels-idx1-ubyte"), Idx { shape: vec![30], values: drawn.classes.to_vec() });
    }
    let (train, test) = mnist(&folder).unwrap();
    assert_eq!((train.classes.clone(), &train), (drawn.classes.clone(), &test));
    assert!(train.x.iter().zip(&drawn.x).all(|(a, b)| (a - b).abs() < 0.5 / 255.0 + 1e-6));
    write("t10k-labels-idx1-ubyte", Idx { shape: vec![30], values: vec![10; 30] });
    let error = mnist(&folder).unwrap_err().to_string();
    assert!(error.ends_with("t10k-labels-idx1-ubyte: label 0 is 10, which is no digit"), "{error}");
    write("t10k-labels-idx1-ubyte", Idx { shape: vec![29], values: vec![1; 29] });
    assert!(mnist(&folder).unwrap_err().to_string().contains("labels [29] for 30 images"));
}
