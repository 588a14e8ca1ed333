//! What cannot work is one clear typed error, and nothing stays behind.

use ndarray::{Array2, array};
use nn_core::{TwoLayer, iris};
use nn_cuda::{CudaNet, Device, Driver, FitConfig};

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
    let mut net = CudaNet::new(device, &good).unwrap();
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
    assert!(CudaNet::new(device, &nan).unwrap_err().is_input());
    let two_outputs = TwoLayer { w1: Array2::zeros((8, 2)), ..good };
    assert!(CudaNet::new(device, &two_outputs).unwrap_err().is_shape());
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
