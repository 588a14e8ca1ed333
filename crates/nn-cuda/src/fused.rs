//! A net forward and backward in one launch, for widths of up to 128: outputs, losses, and the gradient.

use nn_core::train::Reduction;
use nn_core::{Data, Loss, Optimiser};

use crate::error::{Error, Kind};
use crate::ffi::Argument::{Float, In, InInts, Int, Out};
use crate::layout::{self, Goal, Layout};
use crate::net::{CudaNet, check_data};

/// The widest layer that the fused kernels take.
const WIDEST: usize = 128;
/// Records of a block, and its threads.
const ROWS: usize = 16;
const THREADS: u32 = 128;
/// Threads of a block of `sum_partials`.
const SUM_THREADS: usize = 128;
/// Shared memory that every kernel may use without asking.
const GRANTED: usize = 48 * 1024;

/// How the fused kernels multiply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// In f32.
    F32,
    /// On tensor cores, the factors rounded to TF32's ten bits of fraction, the sums in f32; from compute capability
    /// 8.0 on.
    Tf32,
}

/// What a pass forward and back over one batch gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient {
    /// The loss, summed or averaged over the records.
    pub loss: f32,
    /// The outputs `(records, n_outputs)`, row by row.
    pub outputs: Vec<f32>,
    /// For each layer the gradient of its weights, row by row, and of its biases (empty where it has none).
    pub layers: Vec<(Vec<f32>, Vec<f32>)>,
}

impl CudaNet<'_> {
    /// The gradient of `data`'s loss, in one launch for all layers both ways and one that adds up the blocks' parts.
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`] and [`Error::is_input`] where the data cannot be used, [`Error::is_unsupported`] for a layer
    /// wider than 128 or an activation that the kernels have not, [`Error::is_input`] for more layers than a block's
    /// shared memory holds, [`Error::is_kernel`] for TF32 on devices below compute capability 8.0.
    pub fn gradient(
        &self,
        data: Data<'_, f32>,
        loss: Loss,
        reduction: Reduction,
        precision: Precision,
    ) -> Result<Gradient, Error> {
        check_data(self.net(), data, loss)?;
        let (net, device, rows) = (self.net(), self.device(), data.x.nrows());
        let name = if precision == Precision::F32 { "fused_f32" } else { "fused_tf32" };
        let is_mean = reduction == Reduction::Mean;
        let goal = Goal { loss, optimiser: Optimiser::Sgd, is_mean };
        let layout = Layout::new(net, goal, ROWS)?;
        let wide = self.widest()?;
        let bytes = self.shared_bytes(wide);
        let limit = device.shared_limit()?;
        if bytes > limit {
            let message = format!(
                "{name}: {} layers of up to {wide} need {bytes} bytes of shared memory, a block of `{}` has {limit}",
                net.layers().len(),
                device.name()
            );
            return Err(Error::new(Kind::Input, message));
        }
        if bytes > GRANTED {
            device.grant_shared(name, bytes)?;
        }
        let blocks = rows.div_ceil(ROWS);
        let values = |view: ndarray::ArrayView2<'_, f32>| view.iter().copied().collect::<Vec<f32>>();
        let x = device.upload(&values(data.x), rows, net.n_inputs())?;
        let y = device.upload(&values(data.y), rows, net.n_outputs())?;
        let shape = device.upload_ints(&layout.shape)?;
        let mut out = device.uninitialised(rows, net.n_outputs())?;
        let mut losses = device.uninitialised(1, rows)?;
        let mut partial = device.uninitialised(blocks, layout.n_parameters)?;
        let mut gradient = device.uninitialised(1, layout.n_parameters)?;
        let scale = if is_mean { 1.0 / rows as f32 } else { 1.0 };
        let mut arguments = [
            In(&x.slice),
            In(&y.slice),
            InInts(&shape),
            In(&self.params().slice),
            Out(&mut out.slice),
            Out(&mut losses.slice),
            Out(&mut partial.slice),
            Int(rows as i32),
            Int(layout.n_parameters as i32),
            Int(wide as i32),
            Float(scale),
            Int(1),
        ];
        device.launch(name, (blocks as u32, 1), (THREADS, 1), bytes as u32, &mut arguments)?;
        let mut arguments = [
            In(&partial.slice),
            Out(&mut gradient.slice),
            Int(layout.n_parameters as i32),
            Int(blocks as i32),
        ];
        let sum_blocks = layout.n_parameters.div_ceil(SUM_THREADS) as u32;
        device.launch("sum_partials", (sum_blocks, 1), (SUM_THREADS as u32, 1), 0, &mut arguments)?;
        let losses = device.download(&losses)?;
        Ok(Gradient {
            loss: losses.iter().sum::<f32>() * scale,
            outputs: device.download(&out)?,
            layers: layout::split(net, &device.download(&gradient)?),
        })
    }

    /// The widest layer, inputs included.
    fn widest(&self) -> Result<usize, Error> {
        let net = self.net();
        let mut widest = net.n_inputs();
        for (n, layer) in net.layers().iter().enumerate() {
            widest = widest.max(layer.dim().1);
            if widest > WIDEST {
                let message = format!(
                    "layer {n} is {} x {}: the fused kernels take widths of up to {WIDEST}; CudaNet::fit takes any",
                    layer.dim().0,
                    layer.dim().1
                );
                return Err(Error::new(Kind::Unsupported, message));
            }
        }
        Ok(widest)
    }

    /// Dynamic shared memory of a block, as `kernels/fused.cu` lays it out.
    fn shared_bytes(&self, wide: usize) -> usize {
        let stride = |width: usize| width.next_multiple_of(8) + 4;
        let net = self.net();
        let outputs: usize = net.layers().iter().map(|layer| stride(layer.dim().1)).sum();
        4 * ROWS * (stride(net.n_inputs()) + outputs + 2 * stride(wide))
    }
}
