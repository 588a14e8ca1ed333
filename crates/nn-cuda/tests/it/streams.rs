//! Streams and asynchronous copies: work on several, and what joins them.

use crate::support::{device, numbers};

#[test]
fn copies_from_pinned_memory_and_back_agree() {
    let device = device();
    let values = numbers(1000, 41);
    let mut pinned = device.pinned(1000).unwrap();
    assert!(pinned.values().unwrap().iter().all(|value| *value == 0.0));
    pinned.values_mut().unwrap().copy_from_slice(&values);
    let mut there = device.uninitialised(10, 100).unwrap();
    device.upload_async(&pinned, &mut there).unwrap();
    let mut squared = device.uninitialised(10, 100).unwrap();
    device.multiply(&there, &there, &mut squared).unwrap();
    let mut back = device.pinned(1000).unwrap();
    device.download_async(&squared, &mut back).unwrap();
    // Reading waits for the copy.
    for (got, value) in back.values().unwrap().iter().zip(&values) {
        assert_eq!(got.to_bits(), (value * value).to_bits());
    }
    assert!(device.upload_async(&device.pinned(7).unwrap(), &mut there).unwrap_err().is_shape());
    assert!(device.pinned(0).unwrap_err().is_input());
}

#[test]
fn streams_work_side_by_side_and_meet() {
    let device = device();
    let (a, b) = (numbers(64 * 64, 42), numbers(64 * 64, 43));
    let (there_a, there_b) = (device.upload(&a, 64, 64).unwrap(), device.upload(&b, 64, 64).unwrap());
    // Two streams read what a third wrote, each writes its own, and the first reads both.
    let (left, right) = (device.fork().unwrap(), device.fork().unwrap());
    let mut product = left.zeros(64, 64).unwrap();
    left.matmul_tiled(&there_a, &there_b, &mut product).unwrap();
    let mut difference = right.zeros(64, 64).unwrap();
    right.subtract(&there_a, &there_b, &mut difference).unwrap();
    device.join(&left).unwrap();
    device.join(&right).unwrap();
    let mut sum = device.zeros(64, 64).unwrap();
    device.multiply(&product, &difference, &mut sum).unwrap();
    let wanted = nn_cuda::plain::dot(&a, &b, (64, 64, 64));
    for (i, got) in device.download(&sum).unwrap().iter().enumerate() {
        assert_eq!(got.to_bits(), (wanted[i] * (a[i] - b[i])).to_bits());
    }
    assert_eq!((left.launches(), right.launches()), (1, 1));
    left.synchronize().unwrap();
}

#[test]
fn handles_of_one_device_can_be_used_by_several_threads() {
    let device = device();
    std::thread::scope(|scope| {
        for seed in 0..4 {
            scope.spawn(move || {
                let stream = device.fork().unwrap();
                let values = numbers(300, seed);
                let there = stream.upload(&values, 3, 100).unwrap();
                let mut out = stream.uninitialised(3, 100).unwrap();
                stream.subtract(&there, &there, &mut out).unwrap();
                assert!(stream.download(&out).unwrap().iter().all(|value| *value == 0.0));
            });
        }
    });
}
