//! One safe function for each kernel: it checks the shapes, then launches. Sizes and layouts are those of the `.cu`
//! files' heads.

use crate::device::{Buffer, Device};
use crate::error::{Error, Kind};
use crate::ffi::Argument::{Float, In, Int, Out};

/// Threads of a block of the kernels that give each thread one element.
const BLOCK: u32 = 128;
/// The side of a tile of the tiled matrix product.
const TILE: u32 = 16;
/// The most threads of a block of `fit`, which it was compiled for.
const FIT_BLOCK: usize = 256;
/// Shared memory that every device grants a block.
const SHARED_BYTES: usize = 48 * 1024;

/// What `fit` trains, besides the numbers: how long and how fast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitConfig {
    /// Full-batch epochs; at least 1.
    pub epochs: usize,
    /// The learning rate.
    pub rate: f32,
}

impl Device {
    /// `out = a * b`, element by element; all of one shape.
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`], [`Error::is_launch`].
    pub fn multiply(&self, a: &Buffer, b: &Buffer, out: &mut Buffer) -> Result<(), Error> {
        self.binary("multiply", a, b, out)
    }

    /// `out = a - b`, element by element; all of one shape.
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`], [`Error::is_launch`].
    pub fn subtract(&self, a: &Buffer, b: &Buffer, out: &mut Buffer) -> Result<(), Error> {
        self.binary("subtract", a, b, out)
    }

    /// `out = 1 / (1 + e^-a)`, element by element; both of one shape.
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`], [`Error::is_launch`].
    pub fn sigmoid(&self, a: &Buffer, out: &mut Buffer) -> Result<(), Error> {
        self.unary("sigmoid", a, out)
    }

    /// `out = a * (1 - a)`, the sigmoid's derivative where `a` holds the sigmoid's values; both of one shape.
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`], [`Error::is_launch`].
    pub fn sigmoid_derivative(&self, a: &Buffer, out: &mut Buffer) -> Result<(), Error> {
        self.unary("sigmoid_derivative", a, out)
    }

    /// `out = a * b`: `(m, k)` times `(k, n)` gives `(m, n)`.
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`], [`Error::is_launch`].
    pub fn dot(&self, a: &Buffer, b: &Buffer, out: &mut Buffer) -> Result<(), Error> {
        let ((m, k), (bk, n)) = (a.shape(), b.shape());
        same("dot: columns of a, rows of b", k, bk)?;
        shape("dot: out", out, (m, n))?;
        let mut arguments =
            [In(&a.slice), In(&b.slice), Out(&mut out.slice), Int(m as i32), Int(k as i32), Int(n as i32)];
        self.launch("dot", blocks(m * n), (BLOCK, 1), 0, &mut arguments)
    }

    /// `out = a * bt`: `(m, k)` times the transpose of `(n, k)` gives `(m, n)`.
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`], [`Error::is_launch`].
    pub fn dot_bt(&self, a: &Buffer, b: &Buffer, out: &mut Buffer) -> Result<(), Error> {
        let ((m, k), (n, bk)) = (a.shape(), b.shape());
        same("dot_bt: columns of a, columns of b", k, bk)?;
        shape("dot_bt: out", out, (m, n))?;
        let mut arguments =
            [In(&a.slice), In(&b.slice), Out(&mut out.slice), Int(m as i32), Int(k as i32), Int(n as i32)];
        self.launch("dot_bt", blocks(m * n), (BLOCK, 1), 0, &mut arguments)
    }

    /// `out += at * b`: the transpose of `(m, k)` times `(m, n)` is added to `(k, n)`.
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`], [`Error::is_launch`].
    pub fn dot_at_add(&self, a: &Buffer, b: &Buffer, out: &mut Buffer) -> Result<(), Error> {
        let ((m, k), (bm, n)) = (a.shape(), b.shape());
        same("dot_at_add: rows of a, rows of b", m, bm)?;
        shape("dot_at_add: out", out, (k, n))?;
        let mut arguments =
            [In(&a.slice), In(&b.slice), Out(&mut out.slice), Int(m as i32), Int(k as i32), Int(n as i32)];
        self.launch("dot_at_add", blocks(k * n), (BLOCK, 1), 0, &mut arguments)
    }

    /// `out = a * b` through tiles in shared memory; shapes as [`Device::dot`].
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`], [`Error::is_launch`].
    pub fn matmul_tiled(&self, a: &Buffer, b: &Buffer, out: &mut Buffer) -> Result<(), Error> {
        let ((m, k), (bk, n)) = (a.shape(), b.shape());
        same("matmul_tiled: columns of a, rows of b", k, bk)?;
        shape("matmul_tiled: out", out, (m, n))?;
        let grid = ((n as u32).div_ceil(TILE), (m as u32).div_ceil(TILE));
        let mut arguments =
            [In(&a.slice), In(&b.slice), Out(&mut out.slice), Int(m as i32), Int(k as i32), Int(n as i32)];
        self.launch("matmul_tiled", grid, (TILE, TILE), 0, &mut arguments)
    }

    /// `out = a * b` on tensor cores, the factors rounded to TF32; shapes as [`Device::dot`].
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`], [`Error::is_launch`], [`Error::is_kernel`] on devices below compute capability 8.0.
    pub fn matmul_tf32(&self, a: &Buffer, b: &Buffer, out: &mut Buffer) -> Result<(), Error> {
        let ((m, k), (bk, n)) = (a.shape(), b.shape());
        same("matmul_tf32: columns of a, rows of b", k, bk)?;
        shape("matmul_tf32: out", out, (m, n))?;
        let grid = ((n as u32).div_ceil(8), (m as u32).div_ceil(16));
        let mut arguments =
            [In(&a.slice), In(&b.slice), Out(&mut out.slice), Int(m as i32), Int(k as i32), Int(n as i32)];
        self.launch("matmul_tf32", grid, (32, 1), 0, &mut arguments)
    }

    /// Trains one net in one launch: `x (rows, inputs)`, `y (rows, 1)`, `w0 (inputs, hidden)`, `w1 (hidden, 1)`;
    /// `pred (rows, 1)` is overwritten with the last epoch's predictions.
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`], [`Error::is_input`] when `epochs` is 0 or the rate is not finite, or the net does not fit
    /// a block's shared memory, [`Error::is_launch`].
    pub fn fit(
        &self,
        x: &Buffer,
        y: &Buffer,
        w0: &mut Buffer,
        w1: &mut Buffer,
        pred: &mut Buffer,
        config: FitConfig,
    ) -> Result<(), Error> {
        self.fit_grid("fit", 1, x, y, w0, w1, pred, config)
    }

    /// Trains `nets` nets of one shape on the same samples in one launch, a block each: `w0 (nets * inputs, hidden)`,
    /// `w1 (nets * hidden, 1)`, `pred (nets * rows, 1)`; the rest as [`Device::fit`].
    ///
    /// # Errors
    ///
    /// As [`Device::fit`].
    pub fn fit_many(
        &self,
        nets: usize,
        x: &Buffer,
        y: &Buffer,
        w0: &mut Buffer,
        w1: &mut Buffer,
        pred: &mut Buffer,
        config: FitConfig,
    ) -> Result<(), Error> {
        self.fit_grid("fit_many", nets, x, y, w0, w1, pred, config)
    }

    /// Trains `nets` nets as [`Device::fit_many`] does, a warp each, for 4 rows, at most 4 inputs and 8 hidden neurons.
    ///
    /// # Errors
    ///
    /// As [`Device::fit`]; [`Error::is_input`] for other sizes.
    pub fn fit_warp(
        &self,
        nets: usize,
        x: &Buffer,
        y: &Buffer,
        w0: &mut Buffer,
        w1: &mut Buffer,
        pred: &mut Buffer,
        config: FitConfig,
    ) -> Result<(), Error> {
        let (rows, inputs, hidden) = check_fit("fit_warp", nets, x, y, w0, w1, pred, config)?;
        if rows != 4 || inputs > 4 || hidden > 8 {
            let message = format!(
                "fit_warp: {rows} rows, {inputs} inputs, {hidden} hidden; it wants 4 rows, at most 4 inputs, 8 hidden"
            );
            return Err(Error::new(Kind::Input, message));
        }
        let mut arguments = [
            In(&x.slice),
            In(&y.slice),
            Out(&mut w0.slice),
            Out(&mut w1.slice),
            Out(&mut pred.slice),
            Int(nets as i32),
            Int(inputs as i32),
            Int(hidden as i32),
            Int(config.epochs as i32),
            Float(config.rate),
        ];
        self.launch("fit_warp", ((nets as u32).div_ceil(4), 1), (BLOCK, 1), 0, &mut arguments)
    }

    fn fit_grid(
        &self,
        name: &str,
        nets: usize,
        x: &Buffer,
        y: &Buffer,
        w0: &mut Buffer,
        w1: &mut Buffer,
        pred: &mut Buffer,
        config: FitConfig,
    ) -> Result<(), Error> {
        let (rows, inputs, hidden) = check_fit(name, nets, x, y, w0, w1, pred, config)?;
        let floats = rows * inputs + inputs * hidden + hidden + 2 * rows * hidden + 2 * rows;
        if floats * 4 > SHARED_BYTES {
            let message = format!(
                "{name}: {rows} rows, {inputs} inputs and {hidden} hidden need {} bytes of shared memory, \
                 a block has {SHARED_BYTES}",
                floats * 4
            );
            return Err(Error::new(Kind::Input, message));
        }
        let threads = (rows * hidden).max(inputs * hidden).next_multiple_of(32).min(FIT_BLOCK);
        let mut arguments = [
            In(&x.slice),
            In(&y.slice),
            Out(&mut w0.slice),
            Out(&mut w1.slice),
            Out(&mut pred.slice),
            Int(rows as i32),
            Int(inputs as i32),
            Int(hidden as i32),
            Int(config.epochs as i32),
            Float(config.rate),
        ];
        self.launch(name, (nets as u32, 1), (threads as u32, 1), floats as u32 * 4, &mut arguments)
    }

    fn binary(&self, name: &str, a: &Buffer, b: &Buffer, out: &mut Buffer) -> Result<(), Error> {
        shape(&format!("{name}: b"), b, a.shape())?;
        shape(&format!("{name}: out"), out, a.shape())?;
        let n = a.len();
        let mut arguments = [In(&a.slice), In(&b.slice), Out(&mut out.slice), Int(n as i32)];
        self.launch(name, blocks(n), (BLOCK, 1), 0, &mut arguments)
    }

    fn unary(&self, name: &str, a: &Buffer, out: &mut Buffer) -> Result<(), Error> {
        shape(&format!("{name}: out"), out, a.shape())?;
        let n = a.len();
        self.launch(name, blocks(n), (BLOCK, 1), 0, &mut [In(&a.slice), Out(&mut out.slice), Int(n as i32)])
    }
}

/// The grid of a kernel with one thread for each of `n` elements.
fn blocks(n: usize) -> (u32, u32) {
    ((n as u32).div_ceil(BLOCK), 1)
}

fn check_fit(
    name: &str,
    nets: usize,
    x: &Buffer,
    y: &Buffer,
    w0: &Buffer,
    w1: &Buffer,
    pred: &Buffer,
    config: FitConfig,
) -> Result<(usize, usize, usize), Error> {
    let ((rows, inputs), (_, hidden)) = (x.shape(), w0.shape());
    shape(&format!("{name}: y"), y, (rows, 1))?;
    shape(&format!("{name}: w0"), w0, (nets.saturating_mul(inputs), hidden))?;
    shape(&format!("{name}: w1"), w1, (nets.saturating_mul(hidden), 1))?;
    shape(&format!("{name}: pred"), pred, (nets.saturating_mul(rows), 1))?;
    if config.epochs == 0 || i32::try_from(config.epochs).is_err() {
        let message = format!("{name}: {} epochs, between 1 and {} are wanted", config.epochs, i32::MAX);
        return Err(Error::new(Kind::Input, message));
    }
    if !config.rate.is_finite() {
        return Err(Error::new(Kind::Input, format!("{name}: a learning rate of {}", config.rate)));
    }
    Ok((rows, inputs, hidden))
}

fn same(what: &str, left: usize, right: usize) -> Result<(), Error> {
    if left == right { Ok(()) } else { Err(Error::new(Kind::Shape, format!("{what}: {left} and {right}"))) }
}

fn shape(what: &str, buffer: &Buffer, wanted: (usize, usize)) -> Result<(), Error> {
    if buffer.shape() == wanted {
        return Ok(());
    }
    let (rows, columns) = buffer.shape();
    Err(Error::new(
        Kind::Shape,
        format!("{what} is {rows} x {columns}, {} x {} is wanted", wanted.0, wanted.1),
    ))
}
