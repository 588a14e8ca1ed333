//! The training steps of `kernels/train.cu`: their buffers on a device, and the three ways to run them.

use cudarc::driver::{CudaGraph, CudaSlice, LaunchConfig};
use nn_core::train::{Clip, Reduction};
use nn_core::{Net, Optimiser, Training};

use crate::device::{Buffer, Device, failed};
use crate::error::{Error, Kind};
use crate::ffi::Argument::{In, InInts, Int, Out, OutInts};
use crate::ffi::{self, Recorded, RecordedLaunch};
use crate::layout::{self, Goal, Layout};

/// The side of a tile, and of a block of threads: a block works on a tile at a time.
const SIDE: usize = 16;
/// Values of a step in the table of rates.
const RATES: usize = 3;

/// How the steps of a training reach the device. All give the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Execution {
    /// All steps of an epoch in one cooperative launch, whose blocks meet at barriers: a block on each multiprocessor,
    /// as far as there is work for them.
    #[default]
    Cooperative,
    /// [`Execution::Cooperative`] with this many blocks.
    CooperativeBlocks(u32),
    /// A step as kernels of their own, recorded once in a CUDA graph and launched as a whole.
    Graph,
    /// A step as kernels of their own, each launched by itself.
    Launches,
}

/// A net's parameters under training on a device, with all that a step reads and writes.
///
/// Its handle has a stream of its own, on which alone these buffers are used.
pub(crate) struct Engine {
    /// First, so that it is dropped before the buffers whose addresses it holds; and the number of records that it is for.
    graph: Option<(usize, CudaGraph)>,
    pub(crate) device: Device,
    layers: Vec<(usize, usize)>,
    batch: usize,
    shape: CudaSlice<i32>,
    settings: Buffer,
    pub(crate) params: Buffer,
    m: Buffer,
    v: Buffer,
    work: Buffer,
    row_losses: Buffer,
    x: Buffer,
    y: Buffer,
    order: CudaSlice<i32>,
    rates: Buffer,
    step_losses: Buffer,
    arrived: CudaSlice<i32>,
    step: CudaSlice<i32>,
}

impl Engine {
    /// Room for `records` records, `steps` steps at a time, and batches of up to `batch` rows.
    ///
    /// `training` was checked by nn-core already.
    pub(crate) fn new(
        device: &Device,
        net: &Net<f32>,
        training: &Training,
        records: usize,
        batch: usize,
        steps: usize,
    ) -> Result<Self, Error> {
        if let Some(Clip::Norm(_)) = training.clip {
            let message =
                "the kernels cut a gradient by value (`Clip::Value`), not by its norm (`Clip::Norm`)";
            return Err(Error::new(Kind::Unsupported, message));
        }
        // The kernels add a batch to a place among the records in 32 bits.
        if records > 1 << 30 {
            let message = format!("{records} records, at most {} fit a device's counters", 1 << 30);
            return Err(Error::new(Kind::Input, message));
        }
        let goal = Goal {
            loss: training.loss,
            optimiser: training.optimiser,
            is_mean: training.reduction == Reduction::Mean,
        };
        let layout = Layout::new(net, goal, batch)?;
        let device = device.fork()?;
        let n = layout.n_parameters;
        let (keeps_m, keeps_v) = keeps(training.optimiser);
        let mean = |is_kept: bool| device.zeros(1, if is_kept { n } else { 1 });
        let settings = settings(training);
        Ok(Self {
            graph: None,
            layers: net.layers().iter().map(nn_core::Dense::dim).collect(),
            batch,
            shape: device.upload_ints(&layout.shape)?,
            settings: device.upload(&settings, 1, settings.len())?,
            params: device.upload(&layout::pack(net), 1, n)?,
            m: mean(keeps_m)?,
            v: mean(keeps_v)?,
            work: device.uninitialised(1, layout.n_work)?,
            row_losses: device.uninitialised(1, batch)?,
            x: device.uninitialised(records, net.n_inputs())?,
            y: device.uninitialised(records, net.n_outputs())?,
            order: device.upload_ints(&vec![0; records])?,
            rates: device.uninitialised(steps, RATES)?,
            step_losses: device.uninitialised(1, steps)?,
            arrived: device.upload_ints(&[0])?,
            step: device.upload_ints(&[0])?,
            device,
        })
    }

    /// Overwrites the first records and their answers, both row by row.
    pub(crate) fn feed(&mut self, x: &[f32], y: &[f32]) -> Result<(), Error> {
        self.device.overwrite(x, &mut self.x)?;
        self.device.overwrite(y, &mut self.y)
    }

    /// Runs a step for each row of `rates` over the records that `order` names, `batch` at a time; each step's loss.
    pub(crate) fn run(
        &mut self,
        order: &[i32],
        rates: &[[f32; RATES]],
        execution: Execution,
    ) -> Result<Vec<f32>, Error> {
        let records = order.len();
        debug_assert_eq!(rates.len(), records.div_ceil(self.batch), "one epoch at a time");
        self.device.overwrite_ints(order, &mut self.order)?;
        self.device.overwrite(rates.as_flattened(), &mut self.rates)?;
        match execution {
            Execution::Cooperative => self.run_cooperative(records, rates.len(), None)?,
            Execution::CooperativeBlocks(blocks) => {
                self.run_cooperative(records, rates.len(), Some(blocks))?;
            }
            Execution::Graph => self.run_graph(records, rates.len())?,
            Execution::Launches => self.run_launches(records, rates.len())?,
        }
        self.device.download_range(0..rates.len(), &self.step_losses)
    }

    fn run_cooperative(&mut self, records: usize, steps: usize, blocks: Option<u32>) -> Result<(), Error> {
        const NAME: &str = "train_cooperative";
        if !self.device.is_cooperative()? {
            let message =
                format!("`{}` has no cooperative launches: take Execution::Graph", self.device.name());
            return Err(Error::new(Kind::Unsupported, message));
        }
        let (resident, multiprocessors) = self.device.residency(NAME, (SIDE * SIDE) as u32)?;
        let blocks = blocks.unwrap_or_else(|| self.most_tiles().min(multiprocessors).min(resident));
        if blocks == 0 || blocks > resident {
            let message = format!(
                "a cooperative launch of {blocks} blocks: `{}` can hold between 1 and {resident} at a time",
                self.device.name()
            );
            let kind = if blocks == 0 { Kind::Input } else { Kind::Residency };
            return Err(Error::new(kind, message));
        }
        self.device.clear_ints(&mut self.arrived)?;
        let mut arguments = [
            In(&self.x.slice),
            In(&self.y.slice),
            InInts(&self.order),
            In(&self.rates.slice),
            In(&self.settings.slice),
            InInts(&self.shape),
            Out(&mut self.params.slice),
            Out(&mut self.m.slice),
            Out(&mut self.v.slice),
            Out(&mut self.work.slice),
            Out(&mut self.row_losses.slice),
            Out(&mut self.step_losses.slice),
            OutInts(&mut self.arrived),
            Int(records as i32),
            Int(self.batch as i32),
            Int(steps as i32),
        ];
        let side = SIDE as u32;
        self.device.launch_cooperative(NAME, (blocks, 1), (side, side), &mut arguments)
    }

    fn run_graph(&mut self, records: usize, steps: usize) -> Result<(), Error> {
        let launches = self.launches_of_a_step(records)?;
        let n_launches = (launches.len() * steps) as u64;
        let graph = match self.graph.take() {
            Some((of, graph)) if of == records => graph,
            _ => ffi::record(self.device.stream(), &launches)
                .map_err(|error| failed("recording a step into a graph", error))?,
        };
        let (_, graph) = self.graph.insert((records, graph));
        self.device.clear_ints(&mut self.step)?;
        self.device.counted(n_launches, || {
            (0..steps).try_for_each(|_| graph.launch()).map_err(|error| failed("the graph of a step", error))
        })
    }

    fn run_launches(&mut self, records: usize, steps: usize) -> Result<(), Error> {
        let launches = self.launches_of_a_step(records)?;
        self.device.clear_ints(&mut self.step)?;
        self.device.counted((launches.len() * steps) as u64, || {
            (0..steps)
                .flat_map(|_| &launches)
                .try_for_each(|launch| ffi::launch_recorded(self.device.stream(), launch))
                .map_err(|error| failed("a step", error))
        })
    }

    /// A step as kernels of their own, in order; which step it is, they read from the device's memory.
    fn launches_of_a_step(&mut self, records: usize) -> Result<Vec<RecordedLaunch>, Error> {
        let stream = self.device.stream().clone();
        let at = |buffer: &mut Buffer| Recorded::Buffer(ffi::address(&mut buffer.slice, &stream));
        let [x, y, rates, settings] = [&mut self.x, &mut self.y, &mut self.rates, &mut self.settings].map(at);
        let [params, m, v, work] = [&mut self.params, &mut self.m, &mut self.v, &mut self.work].map(at);
        let [row_losses, step_losses] = [&mut self.row_losses, &mut self.step_losses].map(at);
        let [order, shape, step] = [&mut self.order, &mut self.shape, &mut self.step]
            .map(|ints| Recorded::Buffer(ffi::address(ints, &stream)));
        let [records, batch] = [records, self.batch].map(|n| Recorded::Int(n as i32));
        let tiles = |rows: usize, columns: usize| rows.div_ceil(SIDE) * columns.div_ceil(SIDE);

        let mut launches = Vec::new();
        let mut add = |name: &str, blocks: usize, arguments: Vec<Recorded>| {
            let threads = if name == "step_next" { (1, 1, 1) } else { (SIDE as u32, SIDE as u32, 1) };
            let shape =
                LaunchConfig { grid_dim: (blocks as u32, 1, 1), block_dim: threads, shared_mem_bytes: 0 };
            launches.push(RecordedLaunch { function: self.device.function(name)?.clone(), shape, arguments });
            Ok::<_, Error>(())
        };
        for (n, (_, outputs)) in self.layers.iter().enumerate() {
            let arguments =
                vec![x, order, shape, params, work, step, records, batch, Recorded::Int(n as i32)];
            add("step_forward", tiles(self.batch, *outputs), arguments)?;
        }
        add(
            "step_loss",
            self.batch.div_ceil(SIDE * SIDE),
            vec![y, order, shape, work, row_losses, step, records, batch],
        )?;
        for (n, (inputs, _)) in self.layers.iter().enumerate().skip(1).rev() {
            let arguments = vec![order, shape, params, work, step, records, batch, Recorded::Int(n as i32)];
            add("step_back", tiles(self.batch, *inputs), arguments)?;
        }
        for (n, (inputs, outputs)) in self.layers.iter().enumerate() {
            let head = [x, order, rates, settings, shape, params, m, v, work, row_losses, step_losses, step];
            let arguments = [&head[..], &[records, batch, Recorded::Int(n as i32)]].concat();
            add("step_update", tiles(*inputs, *outputs), arguments)?;
        }
        add("step_next", 1, vec![step])?;
        Ok(launches)
    }

    /// The most tiles that one phase of a step has: no more blocks than that find work.
    fn most_tiles(&self) -> u32 {
        let tiles = |rows: usize, columns: usize| rows.div_ceil(SIDE) * columns.div_ceil(SIDE);
        let forward = self.layers.iter().map(|(_, outputs)| tiles(self.batch, *outputs)).max().unwrap_or(1);
        let update: usize = self.layers.iter().map(|(inputs, outputs)| tiles(*inputs, *outputs)).sum();
        u32::try_from(forward.max(update)).unwrap_or(u32::MAX)
    }

    /// Copies of the parameters and the optimiser's means, to go back to.
    pub(crate) fn snapshot(&self) -> Result<[Buffer; 3], Error> {
        let copy = |buffer: &Buffer| {
            let mut copied = self.device.uninitialised(1, buffer.len())?;
            self.device.copy(buffer, &mut copied)?;
            Ok::<_, Error>(copied)
        };
        Ok([copy(&self.params)?, copy(&self.m)?, copy(&self.v)?])
    }

    /// Goes back to a snapshot.
    pub(crate) fn restore(&mut self, [params, m, v]: &[Buffer; 3]) -> Result<(), Error> {
        self.device.copy(params, &mut self.params)?;
        self.device.copy(m, &mut self.m)?;
        self.device.copy(v, &mut self.v)
    }
}

/// Whether the optimiser keeps `m`, and whether it keeps `v`.
fn keeps(optimiser: Optimiser) -> (bool, bool) {
    match optimiser {
        Optimiser::Sgd => (false, false),
        Optimiser::Momentum { .. } | Optimiser::Nesterov { .. } => (true, false),
        Optimiser::RmsProp { .. } => (false, true),
        Optimiser::Adam { .. } | Optimiser::AdamW { .. } => (true, true),
    }
}

/// What stays the same over a training, in the kernels' order.
fn settings(training: &Training) -> [f32; 7] {
    let (beta1, beta2, epsilon) = match training.optimiser {
        Optimiser::Sgd => (0.0, 0.0, 0.0),
        Optimiser::Momentum { beta } | Optimiser::Nesterov { beta } => (beta, 0.0, 0.0),
        Optimiser::RmsProp { beta, epsilon } => (0.0, beta, epsilon),
        Optimiser::Adam { beta1, beta2, epsilon } | Optimiser::AdamW { beta1, beta2, epsilon, .. } => {
            (beta1, beta2, epsilon)
        }
    };
    let cut = if let Some(Clip::Value(limit)) = training.clip { limit } else { 0.0 };
    [training.weight_decay, cut, beta1, 1.0 - beta1, beta2, 1.0 - beta2, epsilon].map(|value| value as f32)
}

/// What the kernels need of one step's rate; `n_step` counts from 1, as in nn-core.
pub(crate) fn rates(training: &Training, rate_share: f64, n_step: usize) -> [f32; RATES] {
    let (rate, n_step) = (training.rate * rate_share, n_step as f64);
    let adam = |beta1: f64, beta2: f64, kept: f64| {
        [rate / (1.0 - beta1.powf(n_step)), 1.0 / (1.0 - beta2.powf(n_step)).sqrt(), kept]
    };
    let values = match training.optimiser {
        Optimiser::Adam { beta1, beta2, .. } => adam(beta1, beta2, 1.0),
        Optimiser::AdamW { beta1, beta2, decay, .. } => adam(beta1, beta2, 1.0 - rate * decay),
        _ => [rate, 1.0, 1.0],
    };
    values.map(|value| value as f32)
}
