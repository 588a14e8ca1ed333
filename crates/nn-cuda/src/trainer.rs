//! [`CudaTrainer`]: a net under training on a device, a step at a time, with the interface of [`nn_core::Trainer`].

use std::fmt;

use nn_core::{Data, Net, Trainer, Training};

use crate::device::Device;
use crate::engine::{Engine, Execution, rates};
use crate::error::{Error, Kind};
use crate::layout;

/// A net under training, with its buffers on the device.
pub struct CudaTrainer<'d> {
    caller: &'d Device,
    engine: Engine,
    like: Net<f32>,
    training: Training,
    execution: Execution,
    max_rows: usize,
    n_steps: usize,
}

impl fmt::Debug for CudaTrainer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CudaTrainer({} parameters, {} steps)", self.like.n_parameters(), self.n_steps)
    }
}

impl<'d> CudaTrainer<'d> {
    /// Makes the buffers for batches of up to `max_rows`.
    ///
    /// # Errors
    ///
    /// [`Error::is_input`] where a setting of `training` cannot be used, or `max_rows` is 0, [`Error::is_unsupported`]
    /// where the kernels have it not, [`Error::is_out_of_memory`].
    pub fn new(
        device: &'d Device,
        net: Net<f32>,
        training: &Training,
        max_rows: usize,
        execution: Execution,
    ) -> Result<Self, Error> {
        if max_rows == 0 {
            return Err(Error::new(Kind::Input, "a batch has at least one record"));
        }
        // nn-core's own checks of the settings; one row, so that its buffers stay small.
        Trainer::new(net.clone(), training, 1)?;
        let engine = Engine::new(device, &net, training, max_rows, max_rows, 1)?;
        let training = training.clone();
        Ok(Self { caller: device, engine, like: net, training, execution, max_rows, n_steps: 0 })
    }

    /// One step down on one batch at this share of the training's rate; the loss before it, summed or averaged.
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`] where shapes do not fit or the batch is too large, [`Error::is_input`] where it is empty or
    /// not in row order, [`Error::is_diverged`] where its loss is not finite; the weights are then as they were.
    pub fn step(&mut self, batch: Data<'_, f32>, rate_share: f64) -> Result<f32, Error> {
        let rows = batch.x.nrows();
        let (inputs, outputs) = (self.like.n_inputs(), self.like.n_outputs());
        if rows == 0 {
            return Err(Error::new(Kind::Input, "the batch is empty"));
        }
        if batch.x.ncols() != inputs || batch.y.dim() != (rows, outputs) || rows > self.max_rows {
            let message = format!(
                "x is {:?} and y {:?}, (rows, {inputs}) and (rows, {outputs}) of up to {} rows are wanted",
                batch.x.dim(),
                batch.y.dim(),
                self.max_rows
            );
            return Err(Error::new(Kind::Shape, message));
        }
        let (Some(x), Some(y)) = (batch.x.to_slice(), batch.y.to_slice()) else {
            let message = "a batch lies in memory row by row: call `as_standard_layout` first";
            return Err(Error::new(Kind::Input, message));
        };
        let before = self.engine.snapshot()?;
        self.engine.feed(x, y)?;
        let order: Vec<i32> = (0..rows as i32).collect();
        let rates = [rates(&self.training, rate_share, self.n_steps + 1)];
        let losses = self.engine.run(&order, &rates, self.execution)?;
        self.caller.absorb(&self.engine.device);
        if !losses[0].is_finite() {
            self.engine.restore(&before)?;
            return Err(nn_core_diverged(0, "the loss"));
        }
        self.n_steps += 1;
        Ok(losses[0])
    }

    /// The net as it stands, copied back.
    ///
    /// # Errors
    ///
    /// [`Error::is_launch`] when something that ran before failed, [`Error::is_input`] when a weight is not finite.
    pub fn net(&self) -> Result<Net<f32>, Error> {
        layout::unpack(&self.like, &self.engine.device.download(&self.engine.params)?)
    }

    /// The net, when the training is over.
    ///
    /// # Errors
    ///
    /// As [`CudaTrainer::net`].
    pub fn into_net(self) -> Result<Net<f32>, Error> {
        self.net()
    }
}

/// A divergence in nn-core's words.
pub(crate) fn nn_core_diverged(epoch: usize, what: &str) -> Error {
    Error::new(Kind::Diverged(epoch), format!("diverged at epoch {epoch}: {what} is not finite"))
}
