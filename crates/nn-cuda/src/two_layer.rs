//! [`CudaTwoLayer`]: a net with one hidden layer that lives on a device, with the interface of [`nn_core::TwoLayer`].
#![expect(clippy::needless_pass_by_value, reason = "views of arrays travel by value, as slices do")]

use ndarray::{Array2, ArrayView2};
use nn_core::TwoLayer;

use crate::device::{Buffer, Device};
use crate::error::{Error, Kind};
use crate::kernels::FitConfig;

/// A net on a device: sigmoid on both layers, one output, no biases, full batch, half the summed squared error.
#[derive(Debug)]
pub struct CudaTwoLayer<'d> {
    device: &'d Device,
    w0: Buffer,
    w1: Buffer,
    rate: f32,
}

impl<'d> CudaTwoLayer<'d> {
    /// Copies a net's weights to the device.
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`] when it has more than one output or its layers do not meet, [`Error::is_input`] when a
    /// weight or the rate is not finite, and what [`Device::upload`] gives.
    pub fn new(device: &'d Device, net: &TwoLayer<f32>) -> Result<Self, Error> {
        if net.w1.ncols() != 1 || net.w1.nrows() != net.w0.ncols() {
            let message = format!(
                "w0 is {:?} and w1 {:?}, (inputs, h) and (h, 1) are wanted",
                net.w0.dim(),
                net.w1.dim()
            );
            return Err(Error::new(Kind::Shape, message));
        }
        if !net.rate.is_finite() {
            return Err(Error::new(Kind::Input, format!("a learning rate of {}", net.rate)));
        }
        let (w0, w1) = (upload(device, "w0", net.w0.view())?, upload(device, "w1", net.w1.view())?);
        Ok(Self { device, w0, w1, rate: net.rate })
    }

    /// The net as it is now, copied back.
    ///
    /// # Errors
    ///
    /// [`Error::is_launch`] when something that ran before failed.
    pub fn net(&self) -> Result<TwoLayer<f32>, Error> {
        Ok(TwoLayer {
            w0: download(self.device, &self.w0)?,
            w1: download(self.device, &self.w1)?,
            rate: self.rate,
        })
    }

    /// The outputs `(rows, 1)` for `x (rows, inputs)`, by four launches.
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`] when `x` does not fit the net, [`Error::is_input`] when it is empty or a value is not finite.
    pub fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>, Error> {
        let x = upload(self.device, "x", x)?;
        let (_, pred) = self.forward(&x)?;
        download(self.device, &pred)
    }

    /// One epoch, kernel by kernel as the post does it; returns the predictions made before the update.
    ///
    /// # Errors
    ///
    /// As [`CudaTwoLayer::predict`], with `y (rows, 1)`.
    pub fn step(&mut self, x: ArrayView2<'_, f32>, y: ArrayView2<'_, f32>) -> Result<Array2<f32>, Error> {
        self.check_samples(x, y)?;
        let (x, y) = (upload(self.device, "x", x)?, upload(self.device, "y", y)?);
        let pred = self.step_on_device(&x, &y)?;
        download(self.device, &pred)
    }

    /// `epochs` epochs in one launch; returns the predictions of the last, made before its update.
    ///
    /// # Errors
    ///
    /// As [`CudaTwoLayer::step`], and [`Error::is_input`] when `epochs` is 0.
    pub fn fit(
        &mut self,
        x: ArrayView2<'_, f32>,
        y: ArrayView2<'_, f32>,
        epochs: usize,
    ) -> Result<Array2<f32>, Error> {
        self.check_samples(x, y)?;
        let (x, y) = (upload(self.device, "x", x)?, upload(self.device, "y", y)?);
        let mut pred = self.device.uninitialised(x.shape().0, 1)?;
        let config = FitConfig { epochs, rate: self.rate };
        self.device.fit(&x, &y, &mut self.w0, &mut self.w1, &mut pred, config)?;
        download(self.device, &pred)
    }

    /// One epoch of 12 launches on samples that are on the device already.
    pub(crate) fn step_on_device(&mut self, x: &Buffer, y: &Buffer) -> Result<Buffer, Error> {
        let device = self.device;
        let like = |buffer: &Buffer| device.uninitialised(buffer.shape().0, buffer.shape().1);
        let (l1, pred) = self.forward(x)?;
        let (mut error, mut slope, mut d2) = (like(&pred)?, like(&pred)?, like(&pred)?);
        device.subtract(y, &pred, &mut error)?;
        device.sigmoid_derivative(&pred, &mut slope)?;
        device.multiply(&error, &slope, &mut d2)?;
        // The hidden layer's delta needs w1 before its update.
        let (mut back, mut slope, mut d1) = (like(&l1)?, like(&l1)?, like(&l1)?);
        device.dot_bt(&d2, &self.w1, &mut back)?;
        device.sigmoid_derivative(&l1, &mut slope)?;
        device.multiply(&back, &slope, &mut d1)?;
        if self.rate.to_bits() == 1.0_f32.to_bits() {
            device.dot_at_add(&l1, &d2, &mut self.w1)?;
            device.dot_at_add(x, &d1, &mut self.w0)?;
        } else {
            // The post's kernels know no rate, so the deltas carry it.
            let (d1, d2) = (self.scaled(&d1)?, self.scaled(&d2)?);
            device.dot_at_add(&l1, &d2, &mut self.w1)?;
            device.dot_at_add(x, &d1, &mut self.w0)?;
        }
        Ok(pred)
    }

    fn scaled(&self, delta: &Buffer) -> Result<Buffer, Error> {
        let (rows, columns) = delta.shape();
        let rates = self.device.upload(&vec![self.rate; rows * columns], rows, columns)?;
        let mut scaled = self.device.uninitialised(rows, columns)?;
        self.device.multiply(delta, &rates, &mut scaled)?;
        Ok(scaled)
    }

    fn forward(&self, x: &Buffer) -> Result<(Buffer, Buffer), Error> {
        let (rows, hidden) = (x.shape().0, self.w0.shape().1);
        let (mut sums, mut l1) =
            (self.device.uninitialised(rows, hidden)?, self.device.uninitialised(rows, hidden)?);
        self.device.dot(x, &self.w0, &mut sums)?;
        self.device.sigmoid(&sums, &mut l1)?;
        let (mut sums, mut pred) = (self.device.uninitialised(rows, 1)?, self.device.uninitialised(rows, 1)?);
        self.device.dot(&l1, &self.w1, &mut sums)?;
        self.device.sigmoid(&sums, &mut pred)?;
        Ok((l1, pred))
    }

    fn check_samples(&self, x: ArrayView2<'_, f32>, y: ArrayView2<'_, f32>) -> Result<(), Error> {
        if x.ncols() != self.w0.shape().0 || y.dim() != (x.nrows(), 1) {
            let message = format!(
                "x is {:?} and y {:?}, (rows, {}) and (rows, 1) are wanted",
                x.dim(),
                y.dim(),
                self.w0.shape().0
            );
            return Err(Error::new(Kind::Shape, message));
        }
        Ok(())
    }
}

/// Row-major, whatever the layout of `values`; numbers that are not finite are refused.
pub(crate) fn upload(device: &Device, name: &str, values: ArrayView2<'_, f32>) -> Result<Buffer, Error> {
    if let Some(((row, column), value)) = values.indexed_iter().find(|(_, value)| !value.is_finite()) {
        return Err(Error::new(Kind::Input, format!("{name} at row {row}, column {column} is {value}")));
    }
    let flat: Vec<f32> = values.iter().copied().collect();
    device.upload(&flat, values.nrows(), values.ncols())
}

fn download(device: &Device, buffer: &Buffer) -> Result<Array2<f32>, Error> {
    let values = device.download(buffer)?;
    Array2::from_shape_vec(buffer.shape(), values).map_err(|error| Error::new(Kind::Shape, error.to_string()))
}
