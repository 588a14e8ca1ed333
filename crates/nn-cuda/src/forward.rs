//! A net's way forward on a device, layer by layer, for batches of any number of rows.

use cudarc::driver::CudaSlice;
use nn_core::{Loss, Optimiser};

use crate::device::{Buffer, Device};
use crate::error::Error;
use crate::ffi::Argument::{In, InInts, Int, Out};
use crate::layout::{Goal, Layout};
use crate::net::CudaNet;

/// The buffers of forward passes over up to `batch` rows.
pub(crate) struct Forward<'n> {
    device: &'n Device,
    params: &'n Buffer,
    layers: Vec<(usize, usize)>,
    batch: usize,
    /// Where the last layer's outputs begin in the work space.
    out: usize,
    shape: CudaSlice<i32>,
    order: CudaSlice<i32>,
    step: CudaSlice<i32>,
    x: Buffer,
    work: Buffer,
}

impl<'n> Forward<'n> {
    pub(crate) fn new(net: &'n CudaNet<'_>, batch: usize) -> Result<Self, Error> {
        let device = net.device();
        // Neither goal nor optimiser is looked at on the way forward.
        let goal = Goal { loss: Loss::HalfSquared, optimiser: Optimiser::Sgd, is_mean: false };
        let layout = Layout::new(net.net(), goal, batch)?;
        let order: Vec<i32> = (0..batch as i32).collect();
        Ok(Self {
            device,
            params: net.params(),
            layers: net.net().layers().iter().map(nn_core::Dense::dim).collect(),
            batch,
            out: layout.n_work - 2 * batch * net.n_outputs(),
            shape: device.upload_ints(&layout.shape)?,
            order: device.upload_ints(&order)?,
            step: device.upload_ints(&[0])?,
            x: device.uninitialised(batch, net.n_inputs())?,
            work: device.uninitialised(1, layout.n_work)?,
        })
    }

    /// The outputs for `rows` rows of `x`, row by row.
    pub(crate) fn run(&mut self, x: &[f32], rows: usize) -> Result<Vec<f32>, Error> {
        const SIDE: usize = 16;
        self.device.overwrite(x, &mut self.x)?;
        for (n, (_, outputs)) in self.layers.iter().enumerate() {
            let tiles = rows.div_ceil(SIDE) * outputs.div_ceil(SIDE);
            let mut arguments = [
                In(&self.x.slice),
                InInts(&self.order),
                InInts(&self.shape),
                In(&self.params.slice),
                Out(&mut self.work.slice),
                InInts(&self.step),
                Int(rows as i32),
                Int(self.batch as i32),
                Int(n as i32),
            ];
            let side = SIDE as u32;
            self.device.launch("step_forward", (tiles as u32, 1), (side, side), 0, &mut arguments)?;
        }
        let outputs = self.layers.last().map_or(0, |(_, outputs)| *outputs);
        self.device.download_range(self.out..self.out + rows * outputs, &self.work)
    }
}
