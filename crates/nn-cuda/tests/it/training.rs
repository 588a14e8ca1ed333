//! The training kernels: the post's digits, XOR, and many nets at once.

use ndarray::Axis;
use nn_core::{TwoLayer, iris};
use nn_cuda::{CudaTwoLayer, FitConfig, post};

use crate::support::{device, numbers};

#[test]
fn the_posts_digits_come_both_ways() {
    let run = post::run(device()).unwrap();
    for pred in [run.kernel_by_kernel, run.fused] {
        assert_eq!(pred.map(|value| format!("{value:.6}")), post::PRINTED);
    }
    assert_eq!((run.launches_kernel_by_kernel, run.launches_fused), (50 * 12, 1));
    eprintln!("{run:?}");
}

#[test]
fn fit_agrees_with_the_reading_copy() {
    let (x, y) = (iris::x(), iris::y().insert_axis(Axis(1)));
    let (wanted, pred) = iris::cuda_fit(iris::EPOCHS).unwrap();
    let mut net = CudaTwoLayer::new(device(), &iris::cuda_net().unwrap()).unwrap();
    let got = net.fit(x.view(), y.view(), iris::EPOCHS).unwrap();
    for (got, wanted) in got.iter().zip(&pred) {
        assert!((got - wanted).abs() < 2e-6, "{got} {wanted}");
    }
    let trained = net.net().unwrap();
    for (got, wanted) in trained.w0.iter().chain(&trained.w1).zip(wanted.w0.iter().chain(&wanted.w1)) {
        assert!((got - wanted).abs() < 1e-5, "{got} {wanted}");
    }
    let (there, here) = (net.predict(x.view()).unwrap(), wanted.predict(x.view()).unwrap());
    assert!(there.iter().zip(&here).all(|(a, b)| (a - b).abs() < 2e-6));
}

#[test]
fn a_rate_other_than_one_means_the_same_in_steps_and_in_fit() {
    let (x, y) = (iris::x(), iris::y().insert_axis(Axis(1)));
    let start = iris::cuda_net().unwrap();
    let start = TwoLayer::new(start.w0, start.w1, 0.25).unwrap();
    let (mut steps, mut fit) =
        (CudaTwoLayer::new(device(), &start).unwrap(), CudaTwoLayer::new(device(), &start).unwrap());
    let mut pred = steps.step(x.view(), y.view()).unwrap();
    for _ in 1..5 {
        pred = steps.step(x.view(), y.view()).unwrap();
    }
    let fused = fit.fit(x.view(), y.view(), 5).unwrap();
    assert!(pred.iter().zip(&fused).all(|(a, b)| (a - b).abs() < 1e-6), "{pred:?} {fused:?}");
}

/// Four XOR samples with a constant third input, and many nets of 3-4-1.
#[test]
fn many_nets_train_as_each_alone_by_block_and_by_warp() {
    let device = device();
    let (nets, inputs, hidden, rows) = (37, 3, 4, 4);
    let x = device.upload(&[0., 0., 1., 0., 1., 1., 1., 0., 1., 1., 1., 1.], rows, inputs).unwrap();
    let y = device.upload(&[0., 1., 1., 0.], rows, 1).unwrap();
    let (w0, w1) = (numbers(nets * inputs * hidden, 9), numbers(nets * hidden, 10));
    let config = FitConfig { epochs: 200, rate: 1.0 };

    let upload = || {
        let w0 = device.upload(&w0, nets * inputs, hidden).unwrap();
        let w1 = device.upload(&w1, nets * hidden, 1).unwrap();
        (w0, w1, device.uninitialised(nets * rows, 1).unwrap())
    };
    let (mut many0, mut many1, mut many_pred) = upload();
    device.fit_many(nets, &x, &y, &mut many0, &mut many1, &mut many_pred, config).unwrap();
    let (mut warp0, mut warp1, mut warp_pred) = upload();
    device.fit_warp(nets, &x, &y, &mut warp0, &mut warp1, &mut warp_pred, config).unwrap();
    let (many, warps) = (device.download(&many_pred).unwrap(), device.download(&warp_pred).unwrap());
    let (many0, warp0) = (device.download(&many0).unwrap(), device.download(&warp0).unwrap());
    for (a, b) in many.iter().chain(&many0).zip(warps.iter().chain(&warp0)) {
        assert!((a - b).abs() < 1e-3, "{a} {b}");
    }
    for net in [0, 1, nets - 1] {
        let mut one0 =
            device.upload(&w0[net * inputs * hidden..][..inputs * hidden], inputs, hidden).unwrap();
        let mut one1 = device.upload(&w1[net * hidden..][..hidden], hidden, 1).unwrap();
        let mut pred = device.uninitialised(rows, 1).unwrap();
        device.fit(&x, &y, &mut one0, &mut one1, &mut pred, config).unwrap();
        assert_eq!(device.download(&pred).unwrap(), many[net * rows..][..rows]);
        assert_eq!(device.download(&one0).unwrap(), many0[net * inputs * hidden..][..inputs * hidden]);
    }
}
