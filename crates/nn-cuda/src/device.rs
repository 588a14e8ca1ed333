//! A device with this crate's kernels loaded, and the buffers that live on it.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cudarc::driver::sys::{CUdevice_attribute, CUfunction_attribute_enum, CUresult};
use cudarc::driver::{
    CudaContext, CudaFunction, CudaModule, CudaSlice, CudaStream, DriverError, LaunchConfig,
};
use cudarc::nvrtc::Ptx;

use crate::driver::{self, Driver, Loaded};
use crate::error::{Error, Kind};
use crate::ffi::{self, Argument};
use crate::ptx;

/// A device, opened, with the kernels loaded: a GPU, or the simulator behind the same interface.
///
/// A handle's work goes to one stream, in order, so a download sees all that was launched before it. Handles on other
/// streams come from [`Device::fork`]; what they do with one buffer is put in order by events, which every buffer
/// carries, and [`Device::join`] orders all the rest.
pub struct Device {
    context: Arc<CudaContext>,
    stream: Arc<CudaStream>,
    functions: HashMap<String, CudaFunction>,
    name: String,
    simulated: bool,
    launches: AtomicU64,
    thread_instructions: AtomicU64,
}

/// A matrix of f32 on a device, row-major.
pub struct Buffer {
    pub(crate) slice: CudaSlice<f32>,
    rows: usize,
    columns: usize,
}

impl Buffer {
    /// Rows and columns.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// The number of elements.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a buffer is never empty")]
    pub fn len(&self) -> usize {
        self.rows * self.columns
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} x {})", self.rows, self.columns)
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Device({})", self.name)
    }
}

impl Device {
    /// Opens the first device of `driver` and loads the kernels.
    ///
    /// # Errors
    ///
    /// [`Error::is_unavailable`] when there is no driver, no device, or the driver is too old for the PTX.
    pub fn open(driver: &Driver) -> Result<Self, Error> {
        Self::open_with(driver, &ptx::built_in)
    }

    /// [`Device::open`] with PTX from a directory instead of the one built in: files as in `kernels/ptx/compute_80`
    /// (`compute_70` for devices below 8.0), compiled from this crate's sources, by another compiler or for another target.
    ///
    /// The files are trusted as a library would be: each kernel must take the arguments that its `.cu` file states.
    ///
    /// # Errors
    ///
    /// As [`Device::open`]; [`Error::is_kernel`] when a file is missing, cannot be read, is refused by the driver, or
    /// lacks a kernel.
    pub fn open_kernels(driver: &Driver, directory: &Path) -> Result<Self, Error> {
        Self::open_with(driver, &|capability| ptx::from_directory(directory, capability))
    }

    fn open_with(
        driver: &Driver,
        sources: &dyn Fn((i32, i32)) -> Option<Result<Vec<ptx::Source>, Error>>,
    ) -> Result<Self, Error> {
        let loaded = driver::load(driver)?;
        let context = CudaContext::new(0).map_err(unavailable)?;
        let name = context.name().map_err(unavailable)?;
        let capability = context.compute_capability().map_err(unavailable)?;
        let sources = sources(capability).ok_or_else(|| {
            let (major, minor) = capability;
            Error::new(
                Kind::Unavailable,
                format!("`{name}` has compute capability {major}.{minor}, 7.0 is needed"),
            )
        })??;
        let mut device = Self {
            stream: context.default_stream(),
            context,
            functions: HashMap::new(),
            name,
            simulated: loaded == Loaded::Simulator,
            launches: AtomicU64::new(0),
            thread_instructions: AtomicU64::new(0),
        };
        for source in &sources {
            device.load(source)?;
        }
        Ok(device)
    }

    /// The same device with counters of its own, which start at zero and see only what is launched through it.
    #[must_use]
    pub fn session(&self) -> Self {
        Self {
            context: Arc::clone(&self.context),
            stream: Arc::clone(&self.stream),
            functions: self.functions.clone(),
            name: self.name.clone(),
            simulated: self.simulated,
            launches: AtomicU64::new(0),
            thread_instructions: AtomicU64::new(0),
        }
    }

    fn load(&mut self, source: &ptx::Source) -> Result<(), Error> {
        if source.text.contains('\0') {
            return Err(Error::new(Kind::Kernel, format!("{}: a zero byte in the PTX", source.name)));
        }
        let refused = |error: DriverError| {
            // PTX that is newer than the driver or the device is no fault of the file.
            let kind = match ffi::code_of(error) {
                CUresult::CUDA_ERROR_UNSUPPORTED_PTX_VERSION | CUresult::CUDA_ERROR_NO_BINARY_FOR_GPU => {
                    Kind::Unavailable
                }
                _ => Kind::Kernel,
            };
            Error::new(kind, format!("{}: the driver refuses it: {}", source.name, explain(error)))
        };
        let module: Arc<CudaModule> =
            self.context.load_module(Ptx::from_src(&*source.text)).map_err(refused)?;
        for name in &source.kernels {
            let function = module.load_function(name).map_err(|error| {
                let message = format!("{}: no kernel `{name}`: {}", source.name, explain(error));
                Error::new(Kind::Kernel, message)
            })?;
            self.functions.insert(name.clone(), function);
        }
        Ok(())
    }

    /// A handle on a stream of its own, whose work begins after all that was launched through this one so far and then
    /// runs beside it; its counters start at zero.
    ///
    /// # Errors
    ///
    /// [`Error::is_launch`] when the driver refuses another stream.
    pub fn fork(&self) -> Result<Self, Error> {
        let stream = self.stream.fork().map_err(|error| failed("a new stream", error))?;
        Ok(Self { stream, ..self.session() })
    }

    /// Lets what is launched here from now on wait for all that was launched through `other` so far. The host does not
    /// wait.
    ///
    /// # Errors
    ///
    /// [`Error::is_launch`] when the driver refuses.
    pub fn join(&self, other: &Self) -> Result<(), Error> {
        self.stream.join(&other.stream).map_err(|error| failed("joining two streams", error))
    }

    pub(crate) fn context(&self) -> &Arc<CudaContext> {
        &self.context
    }

    pub(crate) fn stream(&self) -> &Arc<CudaStream> {
        &self.stream
    }

    /// How many blocks of `threads` threads of the kernel `name`, without dynamic shared memory, the device can hold at
    /// a time, and on how many multiprocessors. Only as many can take part in a cooperative launch.
    ///
    /// # Errors
    ///
    /// [`Error::is_kernel`] when there is no such kernel.
    pub(crate) fn residency(&self, name: &str, threads: u32) -> Result<(u32, u32), Error> {
        let function = self.function(name)?;
        let each = function
            .occupancy_max_active_blocks_per_multiprocessor(threads, 0, None)
            .map_err(|error| failed(&format!("kernel `{name}`"), error))?;
        let n = self.attribute(CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?;
        Ok((each * n, n))
    }

    /// Whether blocks of one launch can wait for each other.
    pub(crate) fn is_cooperative(&self) -> Result<bool, Error> {
        Ok(self.attribute(CUdevice_attribute::CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH)? != 0)
    }

    /// The most dynamic shared memory that a block can be granted, in bytes.
    pub(crate) fn shared_limit(&self) -> Result<usize, Error> {
        let attribute = CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN;
        Ok(self.attribute(attribute)? as usize)
    }

    /// Grants the kernel `name` that much dynamic shared memory.
    pub(crate) fn grant_shared(&self, name: &str, bytes: usize) -> Result<(), Error> {
        let attribute = CUfunction_attribute_enum::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
        self.function(name)?
            .set_attribute(attribute, bytes as i32)
            .map_err(|error| failed(&format!("kernel `{name}`"), error))
    }

    fn attribute(&self, attribute: CUdevice_attribute) -> Result<u32, Error> {
        let value = self.context.attribute(attribute).map_err(|error| failed("the device", error))?;
        Ok(value.unsigned_abs())
    }

    pub(crate) fn function(&self, name: &str) -> Result<&CudaFunction, Error> {
        self.functions
            .get(name)
            .ok_or_else(|| Error::new(Kind::Kernel, format!("no kernel `{name}` is loaded on {}", self.name)))
    }

    /// The GPU's name, or `simulated`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the simulator runs the kernels.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.simulated
    }

    /// Kernels launched through this handle so far.
    #[must_use]
    pub fn launches(&self) -> u64 {
        self.launches.load(Ordering::Relaxed)
    }

    /// All thread instructions that the simulator ran for this handle; `None` on a GPU.
    #[must_use]
    pub fn thread_instructions(&self) -> Option<u64> {
        self.simulated.then(|| self.thread_instructions.load(Ordering::Relaxed))
    }

    /// What is alive in the simulator in this process: allocations, modules, streams, events, graphs, and pieces of
    /// pinned host memory; `None` on a GPU.
    #[must_use]
    pub fn live(&self) -> Option<[u64; 6]> {
        if self.simulated { ffi::live() } else { None }
    }

    /// [`Device::live`] as a function that outlives the device: what it says after the last handle is dropped was left
    /// behind.
    pub fn live_watch(&self) -> impl Fn() -> Option<[u64; 6]> + use<> {
        let simulated = self.simulated;
        move || if simulated { ffi::live() } else { None }
    }

    /// Bytes of device memory in use.
    ///
    /// # Errors
    ///
    /// [`Error::is_launch`] when the driver does not tell.
    pub fn used_bytes(&self) -> Result<usize, Error> {
        let (free, total) = self.context.mem_get_info().map_err(|error| failed("memory", error))?;
        Ok(total - free)
    }

    /// Copies `values`, `rows * columns` of them, to the device.
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`], [`Error::is_input`] for a size of zero, [`Error::is_out_of_memory`].
    pub fn upload(&self, values: &[f32], rows: usize, columns: usize) -> Result<Buffer, Error> {
        if rows.checked_mul(columns) != Some(values.len()) {
            let message = format!("{} values for a matrix of {rows} x {columns}", values.len());
            return Err(Error::new(Kind::Shape, message));
        }
        let mut buffer = self.uninitialised(rows, columns)?;
        self.stream.memcpy_htod(values, &mut buffer.slice).map_err(|error| failed("upload", error))?;
        Ok(buffer)
    }

    /// A matrix of zeros on the device.
    ///
    /// # Errors
    ///
    /// As [`Device::upload`].
    pub fn zeros(&self, rows: usize, columns: usize) -> Result<Buffer, Error> {
        let mut buffer = self.uninitialised(rows, columns)?;
        self.stream.memset_zeros(&mut buffer.slice).map_err(|error| failed("memset", error))?;
        Ok(buffer)
    }

    /// A matrix on the device whose values a kernel must write before anything reads them.
    ///
    /// # Errors
    ///
    /// As [`Device::upload`].
    pub fn uninitialised(&self, rows: usize, columns: usize) -> Result<Buffer, Error> {
        // Kernels count elements in 32 bits.
        let n =
            rows.checked_mul(columns).filter(|n| *n > 0 && i32::try_from(*n).is_ok()).ok_or_else(|| {
                let message =
                    format!("a matrix of {rows} x {columns}: its size must be between 1 and {}", i32::MAX);
                Error::new(Kind::Input, message)
            })?;
        let slice = ffi::allocate(&self.stream, n).map_err(|error| failed("allocation", error))?;
        Ok(Buffer { slice, rows, columns })
    }

    /// Copies a matrix to the host, row-major, after all that was launched before.
    ///
    /// # Errors
    ///
    /// [`Error::is_launch`] when something that ran before failed, or the simulator finds a value never written.
    pub fn download(&self, buffer: &Buffer) -> Result<Vec<f32>, Error> {
        let values = self.stream.clone_dtoh(&buffer.slice).map_err(|error| failed("download", error))?;
        self.synchronize()?;
        Ok(values)
    }

    /// Waits until all that was launched is done.
    ///
    /// # Errors
    ///
    /// [`Error::is_launch`] when something of it failed.
    pub fn synchronize(&self) -> Result<(), Error> {
        self.stream.synchronize().map_err(|error| failed("the device", error))
    }

    /// Ints on the device.
    pub(crate) fn upload_ints(&self, values: &[i32]) -> Result<CudaSlice<i32>, Error> {
        let mut slice =
            ffi::allocate(&self.stream, values.len()).map_err(|error| failed("allocation", error))?;
        self.stream.memcpy_htod(values, &mut slice).map_err(|error| failed("upload", error))?;
        Ok(slice)
    }

    /// Overwrites the first of some ints.
    pub(crate) fn overwrite_ints(&self, values: &[i32], slice: &mut CudaSlice<i32>) -> Result<(), Error> {
        if values.len() > slice.len() {
            let message = format!("{} ints for a buffer of {}", values.len(), slice.len());
            return Err(Error::new(Kind::Shape, message));
        }
        self.stream.memcpy_htod(values, slice).map_err(|error| failed("upload", error))
    }

    /// Sets ints to zero.
    pub(crate) fn clear_ints(&self, slice: &mut CudaSlice<i32>) -> Result<(), Error> {
        self.stream.memset_zeros(slice).map_err(|error| failed("memset", error))
    }

    /// Copies a buffer within the device.
    pub(crate) fn copy(&self, from: &Buffer, to: &mut Buffer) -> Result<(), Error> {
        self.stream.memcpy_dtod(&from.slice, &mut to.slice).map_err(|error| failed("copy", error))
    }

    /// Some values of a buffer, after all that was launched before.
    pub(crate) fn download_range(&self, range: Range<usize>, buffer: &Buffer) -> Result<Vec<f32>, Error> {
        let part = buffer.slice.try_slice(range.clone()).ok_or_else(|| {
            Error::new(Kind::Shape, format!("values {range:?} of a buffer of {}", buffer.len()))
        })?;
        let values = self.stream.clone_dtoh(&part).map_err(|error| failed("download", error))?;
        self.synchronize()?;
        Ok(values)
    }

    /// Counts what was launched through `other` as launched here.
    pub(crate) fn absorb(&self, other: &Self) {
        self.launches.fetch_add(other.launches.swap(0, Ordering::Relaxed), Ordering::Relaxed);
        let instructions = other.thread_instructions.swap(0, Ordering::Relaxed);
        self.thread_instructions.fetch_add(instructions, Ordering::Relaxed);
    }

    /// Overwrites the first values of a buffer.
    pub(crate) fn overwrite(&self, values: &[f32], buffer: &mut Buffer) -> Result<(), Error> {
        if values.len() > buffer.len() {
            let message = format!("{} values for a buffer of {}", values.len(), buffer.len());
            return Err(Error::new(Kind::Shape, message));
        }
        self.stream.memcpy_htod(values, &mut buffer.slice).map_err(|error| failed("upload", error))
    }

    /// Launches the kernel `name`; `shared_bytes` is its dynamic shared memory.
    pub(crate) fn launch(
        &self,
        name: &str,
        grid: (u32, u32),
        block: (u32, u32),
        shared_bytes: u32,
        arguments: &mut [Argument<'_>],
    ) -> Result<(), Error> {
        self.launch_as(false, name, grid, block, shared_bytes, arguments)
    }

    /// [`Device::launch`] of blocks that may wait for each other.
    pub(crate) fn launch_cooperative(
        &self,
        name: &str,
        grid: (u32, u32),
        block: (u32, u32),
        arguments: &mut [Argument<'_>],
    ) -> Result<(), Error> {
        self.launch_as(true, name, grid, block, 0, arguments)
    }

    fn launch_as(
        &self,
        cooperative: bool,
        name: &str,
        grid: (u32, u32),
        block: (u32, u32),
        shared_bytes: u32,
        arguments: &mut [Argument<'_>],
    ) -> Result<(), Error> {
        let function = self.function(name)?;
        let shape = LaunchConfig {
            grid_dim: (grid.0, grid.1, 1),
            block_dim: (block.0, block.1, 1),
            shared_mem_bytes: shared_bytes,
        };
        self.counted(1, || {
            ffi::launch(&self.stream, function, shape, arguments, cooperative)
                .map_err(|error| failed(&format!("kernel `{name}`"), error))
        })
    }

    /// Counts what `run` launches, `launches` of them.
    pub(crate) fn counted(
        &self,
        launches: u64,
        run: impl FnOnce() -> Result<(), Error>,
    ) -> Result<(), Error> {
        // The simulator runs a launch at once and counts for the calling thread, so the difference is this launch's.
        let before = if self.simulated { ffi::thread_instructions() } else { None };
        run()?;
        self.launches.fetch_add(launches, Ordering::Relaxed);
        if let (Some(before), Some(after)) = (before, ffi::thread_instructions()) {
            self.thread_instructions.fetch_add(after - before, Ordering::Relaxed);
        }
        Ok(())
    }
}

fn explain(error: DriverError) -> String {
    let code = ffi::code_of(error);
    match ffi::last_error() {
        text if text.is_empty() => format!("{code:?}"),
        text => format!("{text} [{code:?}]"),
    }
}

fn unavailable(error: DriverError) -> Error {
    Error::new(Kind::Unavailable, format!("the device cannot be opened: {}", explain(error)))
}

pub(crate) fn failed(what: &str, error: DriverError) -> Error {
    let kind = match ffi::code_of(error) {
        CUresult::CUDA_ERROR_OUT_OF_MEMORY => Kind::OutOfMemory,
        CUresult::CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE => Kind::Residency,
        _ => Kind::Launch,
    };
    Error::new(kind, format!("{what}: {}", explain(error)))
}
