//! What cannot work is one clear typed error, and nothing stays behind.

use std::io::Write as _;
use std::path::Path;

use ndarray::{Array2, array};
use nn_core::{TwoLayer, iris};
use nn_cuda::{CudaTwoLayer, Device, Driver, FitConfig};

use crate::support::device;

#[test]
fn shapes_that_do_not_fit_name_both_sides() {
    let device = device();
    let a = device.zeros(2, 3).unwrap();
    let b = device.zeros(2, 3).unwrap();
    let mut out = device.zeros(2, 2).unwrap();
    let error = device.dot(&a, &b, &mut out).unwrap_err();
    assert!(error.is_shape() && error.to_string().contains("3 and 2"), "{error}");
    assert!(device.dot_bt(&a, &b, &mut out).is_ok());
    let error = device.multiply(&a, &b, &mut out).unwrap_err();
    assert!(error.is_shape() && error.to_string().contains("2 x 2, 2 x 3 is wanted"), "{error}");
    assert!(device.dot_at_add(&a, &b, &mut out).unwrap_err().is_shape());
    assert!(device.matmul_tiled(&a, &b, &mut out).unwrap_err().is_shape());
    assert!(device.matmul_tf32(&a, &b, &mut out).unwrap_err().is_shape());
    assert!(device.upload(&[1.0; 5], 2, 3).unwrap_err().is_shape());
}

#[test]
fn sizes_of_zero_and_too_large_are_refused() {
    let device = device();
    assert!(device.zeros(0, 4).unwrap_err().is_input());
    assert!(device.upload(&[], 3, 0).unwrap_err().is_input());
    assert!(device.uninitialised(usize::MAX, 2).unwrap_err().is_input());
    assert!(device.uninitialised(1 << 16, 1 << 16).unwrap_err().is_input());
    if device.is_simulated() {
        assert!(device.uninitialised(1 << 15, 1 << 15).unwrap_err().is_out_of_memory());
    }
}

#[test]
fn nets_and_samples_that_cannot_train_are_refused() {
    let device = device();
    let good = iris::cuda_net().unwrap();
    let mut net = CudaTwoLayer::new(device, &good).unwrap();
    let (x, y) = (iris::x(), array![[0.0f32], [0.0], [1.0], [1.0]]);
    assert!(net.fit(x.view(), y.view(), 0).unwrap_err().is_input());
    assert!(net.fit(x.view(), y.t(), 1).unwrap_err().is_shape());
    assert!(net.predict(Array2::zeros((0, 4)).view()).unwrap_err().is_input());
    assert!(net.predict(Array2::zeros((4, 5)).view()).unwrap_err().is_shape());
    let mut holed = x.clone();
    holed[(2, 1)] = f32::NAN;
    let error = net.step(holed.view(), y.view()).unwrap_err();
    assert!(error.is_input() && error.to_string().contains("row 2, column 1"), "{error}");
    let nan = TwoLayer { w0: good.w0.mapv(|_| f32::NAN), ..good.clone() };
    assert!(CudaTwoLayer::new(device, &nan).unwrap_err().is_input());
    let two_outputs = TwoLayer { w1: Array2::zeros((8, 2)), ..good };
    assert!(CudaTwoLayer::new(device, &two_outputs).unwrap_err().is_shape());
}

#[test]
fn more_shared_memory_than_a_block_has_is_refused() {
    let device = device();
    let (rows, hidden) = (512, 64);
    let (x, y) = (device.zeros(rows, 4).unwrap(), device.zeros(rows, 1).unwrap());
    let (mut w0, mut w1) = (device.zeros(4, hidden).unwrap(), device.zeros(hidden, 1).unwrap());
    let mut pred = device.zeros(rows, 1).unwrap();
    let config = FitConfig { epochs: 1, rate: 1.0 };
    let error = device.fit(&x, &y, &mut w0, &mut w1, &mut pred, config).unwrap_err();
    assert!(error.is_input() && error.to_string().contains("shared memory"), "{error}");
    assert!(device.fit_warp(1, &x, &y, &mut w0, &mut w1, &mut pred, config).unwrap_err().is_input());
    let config = FitConfig { epochs: 1, rate: f32::NAN };
    assert!(device.fit(&x, &y, &mut w0, &mut w1, &mut pred, config).unwrap_err().is_input());
}

#[test]
fn what_was_never_written_cannot_be_read() {
    let device = device();
    let hole = device.uninitialised(2, 2).unwrap();
    if device.is_simulated() {
        let error = device.download(&hole).unwrap_err();
        assert!(error.is_launch() && error.to_string().contains("uninitialised"), "{error}");
        let mut out = device.zeros(2, 2).unwrap();
        let error = device.sigmoid(&hole, &mut out).unwrap_err();
        assert!(error.is_launch(), "{error}");
        let text = error.to_string();
        assert!(text.contains("kernel sigmoid, line ") && text.contains("thread 0,0,0"), "{text}");
    }
}

#[test]
fn a_second_driver_is_refused() {
    let other =
        if device().is_simulated() { Driver::System } else { Driver::Simulator("elsewhere.so".into()) };
    assert!(Device::open(&other).unwrap_err().is_unavailable());
}

#[test]
fn ptx_that_is_missing_garbled_or_short_of_a_kernel_is_one_clear_error() {
    let good = Path::new(env!("CARGO_MANIFEST_DIR")).join("kernels/ptx/compute_80");
    if !device().is_simulated() {
        eprintln!("NOT RUN: which files a GPU takes depends on its capability");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let copy = |file: &str| std::fs::copy(good.join(file), folder.path().join(file)).unwrap();
    for file in std::fs::read_dir(&good).unwrap() {
        copy(file.unwrap().file_name().to_str().unwrap());
    }
    let open = || Device::open_kernels(&Driver::Auto, folder.path());
    let put_bytes = |bytes: &[u8]| {
        let mut file = std::fs::File::create(folder.path().join("train.ptx")).unwrap();
        file.write_all(bytes).unwrap();
    };
    let put = |text: &str| put_bytes(text.as_bytes());
    assert!(open().unwrap().zeros(1, 1).is_ok());
    let text = std::fs::read_to_string(good.join("train.ptx")).unwrap();
    let said = |what: &str| {
        let error = open().unwrap_err();
        assert!(error.is_kernel(), "{error}");
        let text = error.to_string();
        assert!(text.contains("train.ptx") && text.contains(what), "{text}");
    };

    std::fs::remove_file(folder.path().join("train.ptx")).unwrap();
    said("`cargo xtask kernels`");
    put("");
    said("not a PTX file");
    put(&text[..text.len() / 2]);
    said("line ");
    put(&text.replace("bar.sync", "bar.sink"));
    said("bar.sink");
    put(&text.replace("step_loss", "step_lost"));
    said("no kernel `step_loss`");
    put(&format!("{text}\0"));
    said("a zero byte");
    put_bytes(&[0xff, 0xfe, 0x00]);
    said("UTF-8");
    // Newer than the driver or the device is not the file's fault.
    put(&text.replace(".version 8.0", ".version 99.0"));
    let error = open().unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("newer"), "{error}");
    copy("train.ptx");
    assert!(open().is_ok());
}
