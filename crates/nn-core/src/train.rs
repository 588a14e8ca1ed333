//! Training: batches, steps, epochs, and the record of what happened.

use crate::optimiser::Block;
use crate::pass::Pass;
use crate::{Error, Loss, Net, Optimiser, Scalar, Schedule, Stream};
use ndarray::ArrayView2;
use std::ops::ControlFlow;

/// How the records' losses, and so their gradients, are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// Their sum, as in the posts.
    Sum,
    /// Their mean over the batch.
    Mean,
}

/// What is cut from a gradient that is too large.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clip {
    /// The whole gradient is shortened to this length (Pascanu et al. 2013).
    Norm(f64),
    /// Each value is held within this of zero.
    Value(f64),
}

/// When to stop before the last epoch.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct EarlyStopping {
    /// Epochs without a better loss (of the validation data where there are any) before the end.
    pub patience: usize,
    /// How much lower a loss must be to count as better.
    pub min_change: f64,
    /// Whether the net goes back to the weights of its best epoch.
    pub restore_best: bool,
}

/// One training; [`Training::posts`] and [`Training::mini_batch`] are the usual starting points.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Training {
    /// What is gone down on.
    pub loss: Loss,
    /// Sum or mean over a batch.
    pub reduction: Reduction,
    /// How the weights follow the gradient.
    pub optimiser: Optimiser,
    /// The learning rate at the start.
    pub rate: f64,
    /// How the rate goes on.
    pub schedule: Schedule,
    /// Passes over the data.
    pub n_epochs: usize,
    /// Records a step; `None` takes all of them, in their order.
    pub batch: Option<usize>,
    /// The seed of the shuffle before each epoch of mini-batches.
    pub seed: u64,
    /// `decay * w` is added to each weight's gradient; biases do not decay.
    pub weight_decay: f64,
    /// What is cut from a large gradient, after the decay was added.
    pub clip: Option<Clip>,
    /// When to stop early.
    pub early_stopping: Option<EarlyStopping>,
}

impl Training {
    /// As the posts train: half the squared error, summed, full batches, plain descent at the rate 1.
    #[must_use]
    pub fn posts(n_epochs: usize) -> Self {
        Self {
            loss: Loss::HalfSquared,
            reduction: Reduction::Sum,
            optimiser: Optimiser::Sgd,
            rate: 1.0,
            schedule: Schedule::Constant,
            n_epochs,
            batch: None,
            seed: 0,
            weight_decay: 0.0,
            clip: None,
            early_stopping: None,
        }
    }

    /// Shuffled mini-batches, the mean over each, at a constant rate.
    #[must_use]
    pub fn mini_batch(loss: Loss, optimiser: Optimiser, rate: f64, batch: usize, n_epochs: usize) -> Self {
        let (reduction, batch) = (Reduction::Mean, Some(batch));
        Self { loss, reduction, optimiser, rate, batch, ..Self::posts(n_epochs) }
    }

    fn check(&self) -> Result<(), Error> {
        self.optimiser.check()?;
        self.schedule.check(self.n_epochs)?;
        if !(self.rate.is_finite() && self.rate > 0.0) {
            return Err(Error::input(format!("the rate {} is not a positive number", self.rate)));
        }
        if !(self.weight_decay.is_finite() && self.weight_decay >= 0.0) {
            return Err(Error::input(format!(
                "the weight decay {} is negative or not finite",
                self.weight_decay
            )));
        }
        if self.batch == Some(0) {
            return Err(Error::input("a batch has at least one record"));
        }
        if let Some(Clip::Norm(limit) | Clip::Value(limit)) = self.clip
            && !(limit.is_finite() && limit > 0.0)
        {
            return Err(Error::input(format!(
                "gradients are cut at {limit}, which is not a positive number"
            )));
        }
        Ok(())
    }
}

/// Records with their answers.
#[derive(Debug, Clone, Copy)]
pub struct Data<'a, T> {
    /// `(records, n_inputs)`.
    pub x: ArrayView2<'a, T>,
    /// `(records, n_outputs)`.
    pub y: ArrayView2<'a, T>,
}

impl<'a, T: Scalar> Data<'a, T> {
    /// Records and answers, row by row.
    #[must_use]
    pub fn new(x: ArrayView2<'a, T>, y: ArrayView2<'a, T>) -> Self {
        Self { x, y }
    }

    fn check_shapes(&self, net: &Net<T>) -> Result<(), Error> {
        net.check_inputs(self.x)?;
        let expected = (self.x.nrows(), net.n_outputs());
        if self.y.dim() == expected {
            return Ok(());
        }
        Err(Error::shape("y, records by outputs", expected, self.y.dim()))
    }

    fn check(&self, net: &Net<T>, loss: Loss) -> Result<(), Error> {
        self.check_shapes(net)?;
        for (name, values) in [("x", self.x), ("y", self.y)] {
            if let Some(((row, column), value)) = values.indexed_iter().find(|(_, v)| !v.is_finite()) {
                return Err(Error::input(format!(
                    "{name}, record {row}, column {column}: {value} is not finite"
                )));
            }
        }
        for (record, y) in self.y.rows().into_iter().enumerate() {
            let row: Vec<T> = y.iter().copied().collect();
            if let Some(objection) = loss.objection(&row) {
                return Err(Error::input(format!("y, record {record}: {objection}, but it is {row:?}")));
            }
        }
        Ok(())
    }
}

/// One epoch's figures.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Epoch {
    /// Counted from 0.
    pub epoch: usize,
    /// The loss before each step, summed or averaged over the records as the training says.
    pub loss: f64,
    /// The rate of the last step.
    pub rate: f64,
    /// The loss on the validation data after the epoch, where there are any.
    pub validation: Option<f64>,
}

/// Why a training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// All epochs were run.
    Finished,
    /// The loss got no better for long enough.
    EarlyStop,
    /// The callback asked for it.
    Callback,
}

/// What a training went through.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct History {
    /// The epochs that were run.
    pub epochs: Vec<Epoch>,
    /// Why there are no more.
    pub end: End,
    /// The epoch with the lowest loss (of the validation data where there are any).
    pub best_epoch: Option<usize>,
}

/// A net under training, with its buffers: each step allocates nothing.
#[derive(Debug, Clone)]
pub struct Trainer<T> {
    net: Net<T>,
    training: Training,
    pass: Pass<T>,
    /// For each layer its weights' and its biases' gradient and running means.
    state: Vec<[Parameters<T>; 2]>,
    max_rows: usize,
    n_steps: usize,
}

#[derive(Debug, Clone)]
struct Parameters<T> {
    gradient: Vec<T>,
    m: Vec<T>,
    v: Vec<T>,
}

impl<T: Scalar> Parameters<T> {
    fn new(n: usize, optimiser: Optimiser) -> Self {
        let (m, v) = optimiser.keeps();
        let zeros = |is_kept: bool| vec![T::ZERO; if is_kept { n } else { 0 }];
        Self { gradient: zeros(true), m: zeros(m), v: zeros(v) }
    }

    fn block<'a>(&'a mut self, w: &'a mut [T], is_bias: bool) -> Block<'a, T> {
        Block { w, g: &mut self.gradient, m: &mut self.m, v: &mut self.v, is_bias }
    }
}

impl<T: Scalar> Trainer<T> {
    /// Makes the buffers for batches of up to `max_rows`.
    ///
    /// # Errors
    ///
    /// Where a setting of `training` cannot be used, or `max_rows` is 0.
    pub fn new(net: Net<T>, training: &Training, max_rows: usize) -> Result<Self, Error> {
        training.check()?;
        if max_rows == 0 {
            return Err(Error::input("a batch has at least one record"));
        }
        let state = net.layers().iter().map(|layer| {
            let n_biases = layer.bias().map_or(0, |bias| bias.len());
            [layer.weights().len(), n_biases].map(|n| Parameters::new(n, training.optimiser))
        });
        let (pass, state) = (Pass::new(&net, max_rows), state.collect());
        Ok(Self { net, training: training.clone(), pass, state, max_rows, n_steps: 0 })
    }

    /// One step down on one batch at this share of the training's rate; the loss before it, summed
    /// or averaged. The data's values are not looked at: [`Net::fit`] does that once.
    ///
    /// # Errors
    ///
    /// Where shapes do not fit, the batch is empty, too large or not in row order, or its loss is
    /// not finite; the weights are then as they were.
    pub fn step(&mut self, batch: Data<'_, T>, rate_share: f64) -> Result<T, Error> {
        batch.check_shapes(&self.net)?;
        if batch.x.nrows() > self.max_rows {
            return Err(Error::shape("the batch's records, at most", self.max_rows, batch.x.nrows()));
        }
        let (Some(x), Some(y)) = (batch.x.to_slice(), batch.y.to_slice()) else {
            return Err(Error::input("a batch lies in memory row by row: call `as_standard_layout` first"));
        };
        self.step_rows(x, y, rate_share)
    }

    /// The net as it stands.
    #[must_use]
    pub fn net(&self) -> &Net<T> {
        &self.net
    }

    /// The net, when the training is over.
    #[must_use]
    pub fn into_net(self) -> Net<T> {
        self.net
    }

    /// The gradient of the last step, layer by layer: of the weights, row by row, and of the biases.
    pub fn gradient(&self) -> impl Iterator<Item = (&[T], &[T])> {
        self.state.iter().map(|[weights, biases]| (&weights.gradient[..], &biases.gradient[..]))
    }

    fn step_rows(&mut self, x: &[T], y: &[T], rate_share: f64) -> Result<T, Error> {
        if self.pass.is_parallel() {
            // Into the pool once, so that the forks below need not wake it each time.
            return rayon::scope(|_| self.descend(x, y, rate_share));
        }
        self.descend(x, y, rate_share)
    }

    fn descend(&mut self, x: &[T], y: &[T], rate_share: f64) -> Result<T, Error> {
        let n_rows = T::from_f64((x.len() / self.net.n_inputs()) as f64);
        let scale = if self.training.reduction == Reduction::Mean { T::ONE / n_rows } else { T::ONE };
        let loss = self.pass.forward_and_back(&self.net, x, y, self.training.loss, scale) * scale;
        if !loss.is_finite() {
            return Err(Error::diverged(0, "the loss"));
        }
        self.n_steps += 1;
        let step = Step { training: &self.training, rate: self.training.rate * rate_share, n: self.n_steps };
        let whole_first = matches!(self.training.clip, Some(Clip::Norm(_)));
        for (n, (layer, state)) in self.net.layers_mut().iter_mut().zip(&mut self.state).enumerate() {
            let (dim, [of_weights, of_biases]) = (layer.dim(), state);
            let (weights, biases) = layer.parts_mut();
            let pass = &self.pass;
            let work = |mut block: Block<'_, T>, first_row: usize| {
                pass.weight_gradient(dim, x, n, first_row, block.g);
                if !whole_first {
                    step.take(&mut block, 1.0);
                }
            };
            let block = of_weights.block(weights, false);
            if pass.is_parallel() {
                fork(block, dim, 0, &work);
            } else {
                work(block, 0);
            }
            if let Some(biases) = biases {
                pass.bias_gradient(n, &mut of_biases.gradient);
                if !whole_first {
                    step.take(&mut of_biases.block(biases, true), 1.0);
                }
            }
        }
        if let Some(Clip::Norm(limit)) = self.training.clip {
            let shrink = self.shrink(limit);
            let step =
                Step { training: &self.training, rate: self.training.rate * rate_share, n: self.n_steps };
            for (layer, [of_weights, of_biases]) in self.net.layers_mut().iter_mut().zip(&mut self.state) {
                let (weights, biases) = layer.parts_mut();
                step.take(&mut of_weights.block(weights, false), shrink);
                if let Some(biases) = biases {
                    step.take(&mut of_biases.block(biases, true), shrink);
                }
            }
        }
        Ok(loss)
    }

    /// What the gradient, decay included, must be multiplied by to be no longer than `limit`.
    fn shrink(&self, limit: f64) -> f64 {
        let decay = self.training.weight_decay;
        let mut squares = 0.0;
        for (layer, [of_weights, of_biases]) in self.net.layers().iter().zip(&self.state) {
            let weights = of_weights.gradient.iter().zip(layer.parts().0);
            squares += weights.map(|(g, w)| (g.to_f64() + decay * w.to_f64()).powi(2)).sum::<f64>();
            squares += of_biases.gradient.iter().map(|g| g.to_f64().powi(2)).sum::<f64>();
        }
        (limit / squares.sqrt()).min(1.0)
    }
}

/// One step's settings.
#[derive(Clone, Copy)]
struct Step<'a> {
    training: &'a Training,
    rate: f64,
    n: usize,
}

impl Step<'_> {
    /// Decays, cuts, and moves a block whose gradient is there.
    fn take<T: Scalar>(self, block: &mut Block<'_, T>, shrink: f64) {
        if self.training.weight_decay > 0.0 && !block.is_bias {
            let decay = T::from_f64(self.training.weight_decay);
            block.g.iter_mut().zip(&*block.w).for_each(|(g, w)| *g = *g + decay * *w);
        }
        if shrink < 1.0 {
            let shrink = T::from_f64(shrink);
            block.g.iter_mut().for_each(|g| *g = *g * shrink);
        }
        if let Some(Clip::Value(limit)) = self.training.clip {
            let (low, high) = (T::from_f64(-limit), T::from_f64(limit));
            for g in &mut *block.g {
                *g = if *g > high {
                    high
                } else if *g < low {
                    low
                } else {
                    *g
                };
            }
        }
        self.training.optimiser.update(block.reborrow(), self.rate, self.n);
    }
}

/// Weights under which a block is not split further.
const GRAIN: usize = 1 << 14;

/// Halves a layer's rows until they are few, and works on the parts side by side.
fn fork<T: Scalar>(
    block: Block<'_, T>,
    (n_rows, width): (usize, usize),
    first_row: usize,
    work: &(impl Fn(Block<'_, T>, usize) + Sync),
) {
    let half = (n_rows / 2).next_multiple_of(6);
    if n_rows * width <= GRAIN || half >= n_rows {
        return work(block, first_row);
    }
    let (first, second) = block.split_at(half * width);
    rayon::join(
        || fork(first, (half, width), first_row, work),
        || fork(second, (n_rows - half, width), first_row + half, work),
    );
}

impl<T: Scalar> Net<T> {
    /// Trains on `data`; the history has one entry an epoch.
    ///
    /// # Errors
    ///
    /// Where a setting or the data cannot be used (shapes, values that are not finite, labels out
    /// of the loss's range), or where the training diverges: the error then names the epoch, and
    /// the net keeps its last finite weights.
    ///
    /// # Examples
    ///
    /// ```
    /// use nn_core::{Activation, Data, Init, Net, Training, xor};
    /// let (x, y) = (xor::x(true), xor::y().insert_axis(ndarray::Axis(1)));
    /// let mut net: Net<f64> = Net::with_inputs(3)
    ///     .dense_without_bias(4, Activation::Sigmoid, Init::Uniform(1.0))
    ///     .dense_without_bias(1, Activation::Sigmoid, Init::Uniform(1.0))
    ///     .build(1)?;
    /// let history = net.fit(Data::new(x.view(), y.view()), &Training::posts(10_000))?;
    /// assert!(history.epochs[9_999].loss < xor::SOLVED_UNDER);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn fit(&mut self, data: Data<'_, T>, training: &Training) -> Result<History, Error> {
        self.fit_with(data, None, training, |_, _| ControlFlow::Continue(()))
    }

    /// [`Net::fit`] with validation data and a callback after each epoch, which may stop it.
    ///
    /// # Errors
    ///
    /// As [`Net::fit`], for the validation data as well.
    pub fn fit_with(
        &mut self,
        data: Data<'_, T>,
        validation: Option<Data<'_, T>>,
        training: &Training,
        mut callback: impl FnMut(&Epoch, &Net<T>) -> ControlFlow<()>,
    ) -> Result<History, Error> {
        data.check(self, training.loss)?;
        if let Some(validation) = &validation {
            validation.check(self, training.loss)?;
        }
        let n_records = data.x.nrows();
        let batch = training.batch.unwrap_or(n_records).min(n_records);
        let mut trainer = Trainer::new(self.clone(), training, batch)?;
        let mut order: Vec<usize> = (0..n_records).collect();
        let mut stream = Stream::new(training.seed, 1);
        let (mut x, mut y) = (Vec::new(), Vec::new());
        let mut history = History { epochs: Vec::new(), end: End::Finished, best_epoch: None };
        let (mut best_loss, mut best_net) = (f64::INFINITY, None);
        for epoch in 0..training.n_epochs {
            if training.batch.is_some() {
                stream.shuffle(&mut order);
            }
            let (mut sum, mut rate_share) = (0.0, 1.0);
            for (n, records) in order.chunks(batch).enumerate() {
                gather(&mut x, data.x, records);
                gather(&mut y, data.y, records);
                let moment = epoch as f64 + (n * batch) as f64 / n_records as f64;
                rate_share = training.schedule.share(moment, training.n_epochs);
                let loss = trainer.step_rows(&x, &y, rate_share).and_then(|loss| {
                    let is_finite = trainer.net.layers().iter().all(is_finite);
                    if is_finite { Ok(loss) } else { Err(Error::diverged(0, "a weight")) }
                });
                let weight = if training.reduction == Reduction::Mean { records.len() as f64 } else { 1.0 };
                sum += weight * loss.map_err(|error| error.at_epoch(epoch))?.to_f64();
            }
            let loss = if training.reduction == Reduction::Mean { sum / n_records as f64 } else { sum };
            let validation = validation.as_ref().map(|data| trainer.net.loss(*data, training)).transpose()?;
            let rate = training.rate * rate_share;
            history.epochs.push(Epoch { epoch, loss, rate, validation });
            self.clone_from(&trainer.net);
            let judged = validation.unwrap_or(loss);
            let min_change = training.early_stopping.map_or(0.0, |stopping| stopping.min_change);
            if judged < best_loss - min_change {
                (best_loss, history.best_epoch) = (judged, Some(epoch));
                if training.early_stopping.is_some_and(|stopping| stopping.restore_best) {
                    best_net = Some(trainer.net.clone());
                }
            }
            if callback(&history.epochs[epoch], &trainer.net).is_break() {
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
            *self = best;
        }
        Ok(history)
    }

    /// The loss on `data`, summed or averaged as the training says.
    ///
    /// # Errors
    ///
    /// Where shapes do not fit or there is no record.
    pub fn loss(&self, data: Data<'_, T>, training: &Training) -> Result<f64, Error> {
        data.check_shapes(self)?;
        let predicted = self.predict(data.x)?;
        let mut sum = 0.0;
        for (p, y) in predicted.rows().into_iter().zip(data.y.rows()) {
            let (p, y): (Vec<T>, Vec<T>) = (p.iter().copied().collect(), y.iter().copied().collect());
            sum += training.loss.of_record(&p, &y).to_f64();
        }
        Ok(if training.reduction == Reduction::Mean { sum / data.x.nrows() as f64 } else { sum })
    }
}

fn is_finite<T: Scalar>(layer: &crate::Dense<T>) -> bool {
    let (weights, bias) = layer.parts();
    T::all_finite(weights) && bias.is_none_or(T::all_finite)
}

/// Copies the chosen records, row by row.
fn gather<T: Copy>(to: &mut Vec<T>, from: ArrayView2<'_, T>, records: &[usize]) {
    to.clear();
    for &record in records {
        match from.row(record).to_slice() {
            Some(row) => to.extend_from_slice(row),
            None => to.extend(from.row(record).iter()),
        }
    }
}
