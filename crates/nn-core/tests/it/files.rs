//! Nets as files: there and back to the bit, bad files refused, and ONNX run by another's runtime.

use ndarray::Array2;
use nn_core::{Activation, Init, Net, Stream};
use std::path::{Path, PathBuf};
use std::process::Command;

const ACTIVATIONS: [Activation; 8] = [
    Activation::Identity,
    Activation::Sigmoid,
    Activation::Tanh,
    Activation::Relu,
    Activation::LeakyRelu(0.2),
    Activation::Gelu,
    Activation::Silu,
    Activation::Softmax,
];

/// Every activation in one net, with and without biases.
fn net() -> Net<f32> {
    let mut builder = Net::with_inputs(3);
    for (n, activation) in ACTIVATIONS.into_iter().enumerate() {
        let init = Init::Uniform(1.5);
        builder = if n % 2 == 0 {
            builder.dense(4 + n, activation, init)
        } else {
            builder.dense_without_bias(4 + n, activation, init)
        };
    }
    builder.build(7).unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[expect(clippy::disallowed_methods, reason = "a test's own file")]
fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn there_and_back_to_the_bit() {
    let folder = folder("there-and-back");
    for name in ["net.safetensors", "net.json"] {
        net().save(folder.join(name)).unwrap();
        assert_eq!(Net::<f32>::load(folder.join(name)).unwrap(), net(), "{name}");
        let error = Net::<f64>::load(folder.join(name)).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("number type"), "{error}");
    }
    assert!(net().save(folder.join("net.bin")).unwrap_err().is_input());
    assert!(net().save(folder.join("no such folder/net.json")).unwrap_err().is_file());
    assert!(Net::<f32>::load(folder.join("missing.json")).unwrap_err().is_file());
}

/// Cut anywhere, a file is refused; and so is one whose shapes are not those it states.
#[test]
fn damaged_files_are_refused() {
    let folder = folder("damaged");
    let (path, cut) = (folder.join("net.safetensors"), folder.join("cut.safetensors"));
    net().save(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for n in (0..whole.len()).step_by(97) {
        write(&cut, &whole[..n]);
        let error = Net::<f32>::load(&cut).unwrap_err();
        assert!(error.is_file() && error.to_string().contains("cut.safetensors"), "{n} bytes: {error}");
    }
    let width = b"\\\"n_out\\\":4";
    let stated = whole.windows(width.len()).position(|bytes| bytes == width).unwrap();
    let mut wrong = whole.clone();
    wrong[stated + width.len() - 1] = b'5';
    write(&cut, &wrong);
    let error = Net::<f32>::load(&cut).unwrap_err().to_string();
    assert!(error.ends_with("layers.0.weight: expected [3, 5], found [3, 4]"), "{error}");
    let json = folder.join("net.json");
    write(&json, b"{\"format\": \"nn-core 1\",\n \"scalar\": 3}");
    let error = Net::<f32>::load(&json).unwrap_err().to_string();
    assert!(error.contains("net.json") && error.contains("line 2"), "{error}");
}

/// The exported graph by onnxruntime: outputs within a few roundings of ours.
#[test]
fn onnxruntime_computes_the_same() {
    let folder = folder("onnx");
    let mut stream = Stream::new(5, 0);
    let x = Array2::from_shape_simple_fn((6, 3), || stream.normal() as f32);
    net().save(folder.join("net.onnx")).unwrap();
    let Some(python) = python_with_onnxruntime() else {
        eprintln!("NOT TESTED: onnxruntime cannot be installed here");
        return;
    };
    let script = "import json, sys, numpy, onnx, onnxruntime\n\
        onnx.checker.check_model(sys.argv[1], full_check=True)\n\
        x = numpy.array(json.loads(sys.argv[2]), numpy.float32)\n\
        y = onnxruntime.InferenceSession(sys.argv[1]).run(None, {'x': x})[0]\n\
        print(json.dumps(y.tolist()))";
    let rows: Vec<Vec<f32>> = x.rows().into_iter().map(|row| row.to_vec()).collect();
    let output = Command::new(python)
        .args(["-c", script])
        .arg(folder.join("net.onnx"))
        .arg(serde_json::to_string(&rows).unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs: Vec<Vec<f32>> = serde_json::from_slice(&output.stdout).unwrap();
    let ours = net().predict(x.view()).unwrap();
    assert_eq!(theirs.len(), ours.nrows());
    for (theirs, ours) in theirs.iter().zip(ours.rows()) {
        assert_eq!(theirs.len(), ours.len());
        assert!(theirs.iter().zip(ours).all(|(a, b)| (a - b).abs() < 2e-6), "{theirs:?} {ours}");
    }
}

/// An environment of its own under the build folder, made once; nothing where it cannot be made.
fn python_with_onnxruntime() -> Option<PathBuf> {
    let environment = folder("onnxruntime-1.32.0");
    let (python, stamp) = (environment.join("bin/python"), environment.join("installed"));
    if stamp.exists() {
        return Some(python);
    }
    let run = |program: &Path, arguments: &[&str]| {
        Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
    };
    let made = run(Path::new("python3"), &["-m", "venv", "--clear", environment.to_str()?])
        && run(&python, &["-m", "pip", "install", "--quiet", "onnxruntime==1.32.0", "onnx==1.23.2"]);
    made.then(|| {
        write(&stamp, b"");
        python
    })
}
