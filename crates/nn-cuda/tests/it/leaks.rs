//! Nothing stays behind: in a process of its own, since the driver's counts are the whole process's.

use std::process::Command;

use ndarray::Array2;
use nn_core::{Activation, Data, Init, Loss, Net, Optimiser, Training};
use nn_cuda::{CudaNet, Device, Driver, Execution};

use crate::support::{device, numbers, simulator};

/// Set in the child process.
const CHILD: &str = "NN_CUDA_LEAK_CHILD";

#[test]
fn the_drivers_counts_are_zero_at_the_end() {
    if !device().is_simulated() {
        eprintln!("NOT RUN: a GPU's driver does not tell its counts");
        return;
    }
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program)
        .args(["--exact", "leaks::child", "--nocapture"])
        .env(CHILD, simulator())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("nothing is left"), "{said}");
}

/// Good work and bad, then everything dropped.
#[test]
fn child() {
    let Some(library) = std::env::var_os(CHILD) else { return };
    let device = Device::open(&Driver::Simulator(library.into())).unwrap();
    let modules = device.live().unwrap()[1];
    assert!(modules >= 7);
    {
        let (x, y) = (Array2::from_shape_vec((9, 4), numbers(36, 1)).unwrap(), Array2::zeros((9, 2)));
        let data = Data::new(x.view(), y.view());
        let training = Training::mini_batch(Loss::HalfSquared, Optimiser::adam(), 0.1, 4, 2);
        let start: Net<f32> = Net::with_inputs(4)
            .dense(5, Activation::Tanh, Init::HeUniform)
            .dense(2, Activation::Identity, Init::HeUniform)
            .build(1)
            .unwrap();
        for execution in [Execution::Cooperative, Execution::Graph, Execution::Launches] {
            let mut net = CudaNet::new(&device, &start).unwrap().with_execution(execution);
            net.fit(data, &training).unwrap();
            net.predict(x.view()).unwrap();
            // Half-way: a divergence, a shape, a residency that does not fit.
            let wild = Training { rate: 1e30, ..training.clone() };
            assert!(net.fit(data, &wild).is_err());
            assert!(net.fit(Data::new(y.view(), y.view()), &training).is_err());
            let mut net = net.with_execution(Execution::CooperativeBlocks(u32::MAX));
            assert!(net.fit(data, &training).is_err());
        }
        let other = device.fork().unwrap();
        let (pinned, mut there) = (other.pinned(36).unwrap(), other.zeros(9, 4).unwrap());
        other.upload_async(&pinned, &mut there).unwrap();
        // A kernel that fails, and an allocation that does.
        let hole = device.uninitialised(2, 2).unwrap();
        assert!(device.sigmoid(&hole, &mut device.zeros(2, 2).unwrap()).is_err());
        assert!(device.uninitialised(1 << 15, 1 << 15).unwrap_err().is_out_of_memory());
        assert_ne!(device.live().unwrap(), [0, modules, 0, 0, 0, 0]);
    }
    // Files that cannot be loaded leave no module behind.
    let empty = tempfile::tempdir().unwrap();
    assert!(Device::open_kernels(&Driver::Auto, empty.path()).is_err());
    assert_eq!(
        device.live().unwrap(),
        [0, modules, 0, 0, 0, 0],
        "allocations, modules, streams, events, graphs, pinned"
    );
    let watch = device.live_watch();
    drop(device);
    assert_eq!(watch(), Some([0; 6]), "after the device");
    eprintln!("nothing is left");
}
