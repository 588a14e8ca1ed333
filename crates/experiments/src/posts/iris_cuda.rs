//! The post `iris-cuda`: the same subroutines as kernels, on a graphics card or on its simulator.

use super::Findings;
use crate::context::Context;
use anyhow::Result;
use ndarray::Axis;
use nn_core::iris;
use nn_cuda::{Device, Driver, post, report};
use serde_json::json;

/// Trains kernel by kernel, then in one launch, then by the plain net.
pub(super) fn run(context: &Context) -> Result<Findings> {
    let device = match Device::open(&Driver::Auto) {
        Ok(device) => device,
        Err(error) if error.is_unavailable() => return Ok(Findings::nothing(error.to_string())),
        Err(error) => return Err(error.into()),
    };
    let name = if device.is_simulated() { "simulated" } else { device.name() };
    context.say(&format!("iris-cuda: on {name}"));
    let trained = post::run(&device)?;
    let mut found = Findings { device: Some(name.to_owned()), ..Findings::default() };
    for n in 0..4 {
        found.measure(format!("iris-cuda.pred.{n}"), f64::from(trained.kernel_by_kernel[n]));
        found.measure(format!("iris-cuda.fused.{n}"), f64::from(trained.fused[n]));
    }
    let plain = plain()?;
    let printed = post::PRINTED.map(|digits| digits.parse().unwrap_or(f64::NAN));
    found.measure(
        "iris-cuda.plain",
        plain
            .iter()
            .zip(printed)
            .map(|(pred, printed)| (f64::from(*pred) - printed).abs())
            .fold(0.0, f64::max),
    );
    found.measure("iris-cuda.launches", trained.launches_kernel_by_kernel);
    found.measure("iris-cuda.launches-fused", trained.launches_fused);
    let kernels = report::kernels().into_iter().filter(|row| row.architecture == "sm_80").map(|row| {
        json!({"kernel": row.kernel, "registers": row.registers, "spilledBytes": row.spilled_bytes,
            "sharedBytes": row.shared_bytes, "instructions": row.instructions, "occupancy": row.occupancy_percent})
    });
    // The device is in the machine's record; what is written here does not depend on it.
    found.data = json!({
        "kernelByKernel": trained.kernel_by_kernel, "fused": trained.fused, "plain": plain,
        "launches": trained.launches_kernel_by_kernel, "launchesFused": trained.launches_fused,
        "threadInstructions": trained.thread_instructions,
        "kernels": kernels.collect::<Vec<_>>(),
    });
    Ok(found)
}

/// The predictions of the last epoch by nn-core's net.
fn plain() -> Result<Vec<f32>> {
    let mut net = iris::cuda_net()?;
    let (x, y) = (iris::x(), iris::y().insert_axis(Axis(1)));
    let mut pred = net.step(x.view(), y.view())?;
    for _ in 1..iris::EPOCHS {
        pred = net.step(x.view(), y.view())?;
    }
    Ok(pred.into_iter().collect())
}
