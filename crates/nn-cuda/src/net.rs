//! [`CudaNet`]: a net of dense layers that predicts and trains on a device, with the interface of [`nn_core::Net`].
#![expect(clippy::needless_pass_by_value, reason = "views of arrays travel by value, as slices do")]

use std::ops::ControlFlow;

use ndarray::{Array2, ArrayView2};
use nn_core::train::{End, Epoch, History, Reduction};
use nn_core::{Data, Loss, Net, Schedule, Stream, Trainer, Training};

use crate::device::{Buffer, Device};
use crate::engine::{Engine, Execution, rates};
use crate::error::{Error, Kind};
use crate::layout;
use crate::trainer::nn_core_diverged;

/// Rows that [`CudaNet::predict`] takes at a time, so that the device's memory does not grow with the data.
const PREDICT_ROWS: usize = 1_024;

/// Dense layers on a device.
///
/// Where a name is also one of [`nn_core::Net`]'s, it does the same: the order of the records, the steps, the history
/// and the errors are nn-core's, and so are the sums, term by term. What the kernels have not (`Gelu`, `Silu`,
/// `Softmax` as an activation, `Clip::Norm`) is a typed error that names it.
#[derive(Debug)]
pub struct CudaNet<'d> {
    device: &'d Device,
    net: Net<f32>,
    params: Buffer,
    execution: Execution,
}

impl<'d> CudaNet<'d> {
    /// Copies a net's weights to the device.
    ///
    /// # Errors
    ///
    /// [`Error::is_out_of_memory`], [`Error::is_input`] for more weights than 32 bits count.
    pub fn new(device: &'d Device, net: &Net<f32>) -> Result<Self, Error> {
        let params = device.upload(&layout::pack(net), 1, net.n_parameters())?;
        Ok(Self { device, net: net.clone(), params, execution: Execution::default() })
    }

    /// The same net, its training run in this way.
    #[must_use]
    pub fn with_execution(self, execution: Execution) -> Self {
        Self { execution, ..self }
    }

    /// The net as it is now.
    #[must_use]
    pub fn net(&self) -> &Net<f32> {
        &self.net
    }

    /// The net, when the device is no longer needed.
    #[must_use]
    pub fn into_net(self) -> Net<f32> {
        self.net
    }

    /// The width of a record.
    #[must_use]
    pub fn n_inputs(&self) -> usize {
        self.net.n_inputs()
    }

    /// The width of a prediction.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        self.net.n_outputs()
    }

    /// All weights and biases.
    #[must_use]
    pub fn n_parameters(&self) -> usize {
        self.net.n_parameters()
    }

    pub(crate) fn device(&self) -> &'d Device {
        self.device
    }

    pub(crate) fn params(&self) -> &Buffer {
        &self.params
    }

    /// The outputs for `x` `(records, n_inputs)`: `(records, n_outputs)`.
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`] where `x` has another width, [`Error::is_input`] where it is empty or a value is not finite,
    /// [`Error::is_unsupported`] for an activation that the kernels have not.
    pub fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>, Error> {
        self.check_inputs(x)?;
        let batch = x.nrows().min(PREDICT_ROWS);
        let mut forward = crate::forward::Forward::new(self, batch)?;
        let mut predicted = Vec::with_capacity(x.nrows() * self.n_outputs());
        for rows in x.axis_chunks_iter(ndarray::Axis(0), batch) {
            let contiguous: Vec<f32> = rows.iter().copied().collect();
            predicted.extend(forward.run(&contiguous, rows.nrows())?);
        }
        Array2::from_shape_vec((x.nrows(), self.n_outputs()), predicted)
            .map_err(|error| Error::new(Kind::Shape, error.to_string()))
    }

    /// Trains on `data`; the history has one entry an epoch.
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`] and [`Error::is_input`] where a setting or the data cannot be used, [`Error::is_unsupported`]
    /// where the kernels or the device have something not, [`Error::is_residency`] for more cooperative blocks than the
    /// device holds, and [`Error::is_diverged`] where the training diverges: the net then keeps the weights of the last
    /// epoch that was finite.
    ///
    /// # Examples
    ///
    /// ```
    /// use nn_core::{Activation, Data, Init, Net, Training, xor};
    /// use nn_cuda::{CudaNet, Device, Driver};
    /// # fn main() -> Result<(), nn_cuda::Error> {
    /// let device = match Device::open(&Driver::Auto) {
    ///     Ok(device) => device,
    ///     Err(error) if error.is_unavailable() => return Ok(println!("nothing to run on: {error}")),
    ///     Err(error) => return Err(error),
    /// };
    /// let (x, y) = (xor::x(true).mapv(|v| v as f32), xor::y().insert_axis(ndarray::Axis(1)).mapv(|v| v as f32));
    /// let start = Net::with_inputs(3)
    ///     .dense_without_bias(4, Activation::Sigmoid, Init::Uniform(1.0))
    ///     .dense_without_bias(1, Activation::Sigmoid, Init::Uniform(1.0))
    ///     .build(1)?;
    /// let mut net = CudaNet::new(&device, &start)?;
    /// let history = net.fit(Data::new(x.view(), y.view()), &Training::posts(20))?;
    /// assert!(history.epochs[19].loss < history.epochs[0].loss);
    /// # Ok(())
    /// # }
    /// ```
    pub fn fit(&mut self, data: Data<'_, f32>, training: &Training) -> Result<History, Error> {
        self.fit_with(data, None, training, |_, _| ControlFlow::Continue(()))
    }

    /// [`CudaNet::fit`] with validation data and a callback after each epoch, which may stop it.
    ///
    /// # Errors
    ///
    /// As [`CudaNet::fit`], for the validation data as well.
    pub fn fit_with(
        &mut self,
        data: Data<'_, f32>,
        validation: Option<Data<'_, f32>>,
        training: &Training,
        callback: impl FnMut(&Epoch, &Net<f32>) -> ControlFlow<()>,
    ) -> Result<History, Error> {
        check_training(&self.net, training)?;
        check_data(&self.net, data, training.loss)?;
        if let Some(validation) = validation {
            check_data(&self.net, validation, training.loss)?;
        }
        let outcome = self.train(data, validation, training, callback);
        // Whatever came of it, the device's copy is that of the net.
        self.device.overwrite(&layout::pack(&self.net), &mut self.params)?;
        outcome
    }

    fn train(
        &mut self,
        data: Data<'_, f32>,
        validation: Option<Data<'_, f32>>,
        training: &Training,
        mut callback: impl FnMut(&Epoch, &Net<f32>) -> ControlFlow<()>,
    ) -> Result<History, Error> {
        let n_records = data.x.nrows();
        let batch = training.batch.unwrap_or(n_records).min(n_records);
        let n_steps = n_records.div_ceil(batch);
        let mut engine = Engine::new(self.device, &self.net, training, n_records, batch, n_steps)?;
        let rows = |values: ArrayView2<'_, f32>| values.iter().copied().collect::<Vec<f32>>();
        engine.feed(&rows(data.x), &rows(data.y))?;
        let mut order: Vec<i32> = (0..n_records as i32).collect();
        let mut stream = Stream::new(training.seed, 1);
        let mut history = History { epochs: Vec::new(), end: End::Finished, best_epoch: None };
        let (mut best_loss, mut best_net) = (f64::INFINITY, None);
        for epoch in 0..training.n_epochs {
            if training.batch.is_some() {
                stream.shuffle(&mut order);
            }
            let shares: Vec<f64> = (0..n_steps)
                .map(|n| epoch as f64 + (n * batch) as f64 / n_records as f64)
                .map(|moment| training.schedule.share(moment, training.n_epochs))
                .collect();
            let table: Vec<_> = shares
                .iter()
                .enumerate()
                .map(|(n, share)| rates(training, *share, epoch * n_steps + n + 1))
                .collect();
            let losses = engine.run(&order, &table, self.execution)?;
            self.device.absorb(&engine.device);
            if losses.iter().any(|loss| !loss.is_finite()) {
                return Err(nn_core_diverged(epoch, "the loss"));
            }
            let params = engine.device.download(&engine.params)?;
            if params.iter().any(|value| !value.is_finite()) {
                return Err(nn_core_diverged(epoch, "a weight"));
            }
            self.net = layout::unpack(&self.net, &params)?;

            let loss = epoch_loss(&losses, n_records, batch, training.reduction);
            let validation = validation.map(|data| self.net.loss(data, training)).transpose()?;
            let rate = training.rate * shares[n_steps - 1];
            history.epochs.push(Epoch { epoch, loss, rate, validation });
            let judged = validation.unwrap_or(loss);
            let min_change = training.early_stopping.map_or(0.0, |stopping| stopping.min_change);
            if judged < best_loss - min_change {
                (best_loss, history.best_epoch) = (judged, Some(epoch));
                if training.early_stopping.is_some_and(|stopping| stopping.restore_best) {
                    best_net = Some(self.net.clone());
                }
            }
            if callback(&history.epochs[epoch], &self.net).is_break() {
                history.end = End::Callback;
                break;
            }
            let since_best = epoch - history.best_epoch.unwrap_or(0);
            if training.early_stopping.is_some_and(|stopping| since_best >= stopping.patience.max(1)) {
                history.end = End::EarlyStop;
                break;
            }
        }
        if let Some(best) = best_net {
            self.net = best;
        }
        Ok(history)
    }

    /// The loss on `data`, summed or averaged as the training says.
    ///
    /// # Errors
    ///
    /// As [`CudaNet::predict`].
    pub fn loss(&self, data: Data<'_, f32>, training: &Training) -> Result<f64, Error> {
        let predicted = self.predict(data.x)?;
        if data.y.dim() != predicted.dim() {
            let message = format!("y is {:?}, {:?} is wanted", data.y.dim(), predicted.dim());
            return Err(Error::new(Kind::Shape, message));
        }
        let mut sum = 0.0;
        for (p, y) in predicted.rows().into_iter().zip(data.y.rows()) {
            let (p, y): (Vec<f32>, Vec<f32>) = (p.iter().copied().collect(), y.iter().copied().collect());
            sum += f64::from(training.loss.of_record(&p, &y));
        }
        Ok(if training.reduction == Reduction::Mean { sum / data.x.nrows() as f64 } else { sum })
    }

    pub(crate) fn check_inputs(&self, x: ArrayView2<'_, f32>) -> Result<(), Error> {
        if x.nrows() == 0 {
            return Err(Error::new(Kind::Input, "the batch is empty"));
        }
        if x.ncols() != self.n_inputs() {
            let message = format!("x has {} columns, the net {} inputs", x.ncols(), self.n_inputs());
            return Err(Error::new(Kind::Shape, message));
        }
        if let Some(((row, column), value)) = x.indexed_iter().find(|(_, value)| !value.is_finite()) {
            let message = format!("x, record {row}, column {column}: {value} is not finite");
            return Err(Error::new(Kind::Input, message));
        }
        Ok(())
    }
}

/// The loss of an epoch from its steps': their sum, or the mean over the records.
fn epoch_loss(losses: &[f32], n_records: usize, batch: usize, reduction: Reduction) -> f64 {
    if reduction == Reduction::Sum {
        return losses.iter().map(|loss| f64::from(*loss)).sum();
    }
    let rows = |n: usize| batch.min(n_records - n * batch) as f64;
    losses.iter().enumerate().map(|(n, loss)| rows(n) * f64::from(*loss)).sum::<f64>() / n_records as f64
}

/// nn-core's own checks of a training; one row, so that its buffers stay small.
pub(crate) fn check_training(net: &Net<f32>, training: &Training) -> Result<(), Error> {
    Trainer::new(net.clone(), training, 1)?;
    Ok(())
}

/// nn-core's own checks of shapes and values, by a training of no epochs.
pub(crate) fn check_data(net: &Net<f32>, data: Data<'_, f32>, loss: Loss) -> Result<(), Error> {
    let none =
        Training { loss, n_epochs: 0, batch: Some(1), schedule: Schedule::Constant, ..Training::posts(0) };
    net.clone().fit(data, &none)?;
    Ok(())
}
