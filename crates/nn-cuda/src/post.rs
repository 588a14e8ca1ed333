//! The post `iris-cuda`: its net and its 50 epochs, first kernel by kernel, then in one launch.

use ndarray::Axis;
use nn_core::iris;

use crate::device::Device;
use crate::error::{Error, Kind};
use crate::two_layer::{CudaTwoLayer, upload};

/// What the post prints.
pub const PRINTED: [&str; 4] = ["0.060997", "0.076193", "0.927551", "0.918263"];

/// What a run of the post gave.
#[derive(Debug, Clone, PartialEq)]
pub struct PostRun {
    /// The last epoch's predictions, every subroutine launched by itself.
    pub kernel_by_kernel: [f32; 4],
    /// The same from the kernel `fit`.
    pub fused: [f32; 4],
    /// Kernels launched for the first.
    pub launches_kernel_by_kernel: u64,
    /// Kernels launched for the second.
    pub launches_fused: u64,
    /// The GPU's name, or `simulated`.
    pub device: String,
    /// Whether the simulator ran it.
    pub simulated: bool,
    /// Thread instructions of the first and of the second; only the simulator counts them.
    pub thread_instructions: Option<(u64, u64)>,
}

/// Trains the post's net twice on `device`: 4-8-1, weights from glibc's `rand()`, rate 1, 50 epochs.
///
/// # Errors
///
/// [`Error::is_launch`] or [`Error::is_out_of_memory`] when the device fails.
pub fn run(device: &Device) -> Result<PostRun, Error> {
    let start = iris::cuda_net().map_err(|error| Error::new(Kind::Input, error.to_string()))?;
    let (x, y) = (iris::x(), iris::y().insert_axis(Axis(1)));

    // Handles of their own, so that nobody else's launches count.
    let (one_by_one, at_once) = (device.session(), device.session());
    let mut net = CudaTwoLayer::new(&one_by_one, &start)?;
    let (x_there, y_there) = (upload(device, "x", x.view())?, upload(device, "y", y.view())?);
    let mut pred = net.step_on_device(&x_there, &y_there)?;
    for _ in 1..iris::EPOCHS {
        pred = net.step_on_device(&x_there, &y_there)?;
    }
    let kernel_by_kernel = four(&device.download(&pred)?)?;

    let mut net = CudaTwoLayer::new(&at_once, &start)?;
    let pred = net.fit(x.view(), y.view(), iris::EPOCHS)?;
    let fused = four(&pred.iter().copied().collect::<Vec<_>>())?;

    Ok(PostRun {
        kernel_by_kernel,
        fused,
        launches_kernel_by_kernel: one_by_one.launches(),
        launches_fused: at_once.launches(),
        device: device.name().to_owned(),
        simulated: device.is_simulated(),
        thread_instructions: one_by_one.thread_instructions().zip(at_once.thread_instructions()),
    })
}

fn four(values: &[f32]) -> Result<[f32; 4], Error> {
    values
        .try_into()
        .map_err(|_| Error::new(Kind::Shape, format!("{} predictions, 4 are wanted", values.len())))
}
