//! Each kernel against its plain version.

use nn_cuda::{Device, plain};

use crate::support::{device, numbers, ulps};

type Product =
    fn(&Device, &nn_cuda::Buffer, &nn_cuda::Buffer, &mut nn_cuda::Buffer) -> Result<(), nn_cuda::Error>;

const SHAPES: [(usize, usize, usize); 6] =
    [(1, 1, 1), (4, 4, 8), (4, 8, 1), (7, 13, 5), (33, 32, 17), (16, 48, 40)];

fn run(
    product: Product,
    a: (&[f32], usize, usize),
    b: (&[f32], usize, usize),
    out: (&[f32], usize, usize),
) -> Vec<f32> {
    let device = device();
    let upload =
        |(values, rows, columns): (&[f32], usize, usize)| device.upload(values, rows, columns).unwrap();
    let (a, b, mut out) = (upload(a), upload(b), upload(out));
    product(device, &a, &b, &mut out).unwrap();
    device.download(&out).unwrap()
}

#[test]
fn elementwise_kernels_are_exact() {
    let device = device();
    for n in [1, 31, 128, 129, 1000] {
        let (a, b) = (numbers(n, 1), numbers(n, 2));
        let multiplied = run(Device::multiply, (&a, 1, n), (&b, 1, n), (&a, 1, n));
        let subtracted = run(Device::subtract, (&a, n, 1), (&b, n, 1), (&a, n, 1));
        for i in 0..n {
            assert_eq!(multiplied[i].to_bits(), (a[i] * b[i]).to_bits());
            assert_eq!(subtracted[i].to_bits(), (a[i] - b[i]).to_bits());
        }
        let there = device.upload(&a, 1, n).unwrap();
        let mut out = device.uninitialised(1, n).unwrap();
        device.sigmoid_derivative(&there, &mut out).unwrap();
        for (got, a) in device.download(&out).unwrap().iter().zip(&a) {
            assert_eq!(got.to_bits(), (a * (1.0 - a)).to_bits());
        }
    }
}

#[test]
fn the_sigmoid_is_within_4_ulp_and_saturates() {
    let device = device();
    let values: Vec<f32> =
        (-870..=870).map(|i| i as f32 * 0.1).chain([f32::INFINITY, f32::NEG_INFINITY]).collect();
    let there = device.upload(&values, 1, values.len()).unwrap();
    let mut out = device.uninitialised(1, values.len()).unwrap();
    device.sigmoid(&there, &mut out).unwrap();
    let mut worst = 0;
    for (&x, got) in values.iter().zip(device.download(&out).unwrap()) {
        let wanted = plain::sigmoid(x);
        if x >= -80.0 {
            worst = worst.max(ulps(got, wanted));
        }
        assert!(
            (got - wanted).abs() <= 4.0 * f32::EPSILON * wanted + 1e-35,
            "sigmoid({x}) = {wanted}, not {got}"
        );
    }
    assert!(worst <= 4, "{worst} ULP");
    let nan = device.upload(&[f32::NAN], 1, 1).unwrap();
    let mut out = device.uninitialised(1, 1).unwrap();
    device.sigmoid(&nan, &mut out).unwrap();
    let got = device.download(&out).unwrap()[0];
    assert!(got.is_nan(), "the sigmoid of no number is {got}");
}

#[test]
fn products_agree_bit_for_bit() {
    let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    for shape @ (m, k, n) in SHAPES {
        let (a, b) = (numbers(m * k, 3), numbers(k * n, 4));
        let out = vec![0.0; m * n];
        let wanted = bits(&plain::dot(&a, &b, shape));
        assert_eq!(bits(&run(Device::dot, (&a, m, k), (&b, k, n), (&out, m, n))), wanted, "dot {shape:?}");
        let tiled = run(Device::matmul_tiled, (&a, m, k), (&b, k, n), (&out, m, n));
        assert_eq!(bits(&tiled), wanted, "matmul_tiled {shape:?}");
        let got = run(Device::dot_bt, (&a, m, k), (&b, n, k), (&out, m, n));
        assert_eq!(bits(&got), bits(&plain::dot_bt(&a, &b, shape)), "dot_bt {shape:?}");

        let (b, start) = (numbers(m * n, 5), numbers(k * n, 6));
        let got = run(Device::dot_at_add, (&a, m, k), (&b, m, n), (&start, k, n));
        let added = plain::dot_at(&a, &b, shape);
        let wanted: Vec<f32> = start.iter().zip(&added).map(|(start, sum)| start + sum).collect();
        assert_eq!(bits(&got), bits(&wanted), "dot_at_add {shape:?}");
    }
}

#[test]
fn the_tensor_product_agrees_within_its_sums_rounding() {
    for shape @ (m, k, n) in SHAPES {
        let (a, b) = (numbers(m * k, 7), numbers(k * n, 8));
        let got = run(Device::matmul_tf32, (&a, m, k), (&b, k, n), (&vec![0.0; m * n], m, n));
        let (a, b): (Vec<f32>, Vec<f32>) =
            (a.into_iter().map(plain::tf32).collect(), b.into_iter().map(plain::tf32).collect());
        let magnitudes = plain::dot(
            &a.iter().map(|v| v.abs()).collect::<Vec<_>>(),
            &b.iter().map(|v| v.abs()).collect::<Vec<_>>(),
            shape,
        );
        for ((got, wanted), magnitude) in got.iter().zip(plain::dot(&a, &b, shape)).zip(magnitudes) {
            assert!(
                (got - wanted).abs() <= k as f32 * f32::EPSILON * magnitude,
                "{shape:?}: {wanted}, not {got}"
            );
        }
    }
}
