//! The device that all tests share, and numbers to feed it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use nn_cuda::{Device, Driver};

/// The one device of this process: a GPU where there is one, else the simulator, built when it is missing or stale.
pub(crate) fn device() -> &'static Device {
    static DEVICE: OnceLock<Device> = OnceLock::new();
    DEVICE.get_or_init(|| {
        let device = match std::env::var_os("NN_CUDA_DRIVER") {
            Some(choice) if choice == "system" => Device::open(&Driver::System),
            Some(path) => Device::open(&Driver::Simulator(PathBuf::from(path))),
            None => Device::open(&Driver::System).or_else(|reason| {
                eprintln!("{reason}");
                Device::open(&Driver::Simulator(simulator()))
            }),
        };
        let device = device.expect("a device");
        eprintln!("nn-cuda's tests run on: {}", device.name());
        device
    })
}

/// The simulator's library, fresh.
pub(crate) fn simulator() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    nn_cuda::driver::build_simulator(Path::new(&cargo)).expect("the simulator builds")
}

/// `n` numbers between -1 and 1, the same every time for a seed.
pub(crate) fn numbers(n: usize, seed: u64) -> Vec<f32> {
    let mut stream = nn_core::Stream::new(seed, 0);
    (0..n).map(|_| stream.uniform(-1.0, 1.0) as f32).collect()
}

/// How many f32 lie between two numbers of one sign.
pub(crate) fn ulps(a: f32, b: f32) -> u32 {
    a.to_bits().abs_diff(b.to_bits())
}
