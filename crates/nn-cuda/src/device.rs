//! A device with this crate's kernels loaded, and the buffers that live on it.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cudarc::driver::sys::CUresult;
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
/// Work goes to one stream in order, so a download sees all that was launched before it.
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
        let loaded = driver::load(driver)?;
        let context = CudaContext::new(0).map_err(unavailable)?;
        let name = context.name().map_err(unavailable)?;
        let capability = context.compute_capability().map_err(unavailable)?;
        let sources = ptx::for_capability(capability).ok_or_else(|| {
            let (major, minor) = capability;
            Error::new(
                Kind::Unavailable,
                format!("`{name}` has compute capability {major}.{minor}, 7.0 is needed"),
            )
        })?;
        let mut device = Self {
            stream: context.default_stream(),
            context,
            functions: HashMap::new(),
            name,
            simulated: loaded == Loaded::Simulator,
            launches: AtomicU64::new(0),
            thread_instructions: AtomicU64::new(0),
        };
        for (file, source) in sources {
            device.load(file, source).map_err(|error| {
                Error::new(
                    Kind::Unavailable,
                    format!("the driver refuses the kernels of {file}.ptx: {error}"),
                )
            })?;
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

    /// Loads the kernels of a PTX text; one of a name that is there already takes its place.
    ///
    /// The text's kernels are trusted: they must take the arguments that [`crate::kernels`] hands to that name.
    ///
    /// # Errors
    ///
    /// [`Error::is_kernel`] when the driver cannot read it, or it declares no kernel.
    pub(crate) fn load(&mut self, file: &str, source: &str) -> Result<(), Error> {
        if source.contains('\0') {
            return Err(Error::new(Kind::Kernel, format!("{file}: a zero byte in the PTX")));
        }
        let module: Arc<CudaModule> = self
            .context
            .load_module(Ptx::from_src(source))
            .map_err(|error| Error::new(Kind::Kernel, format!("{file}: {}", explain(error))))?;
        let names = ptx::entries(source);
        if names.is_empty() {
            return Err(Error::new(Kind::Kernel, format!("{file}: the PTX declares no kernel")));
        }
        for name in names {
            let function = module
                .load_function(name)
                .map_err(|error| Error::new(Kind::Kernel, format!("{file}: `{name}`: {}", explain(error))))?;
            self.functions.insert(name.to_owned(), function);
        }
        Ok(())
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

    /// What is alive in the simulator in this process: allocations, modules, streams, events; `None` on a GPU.
    #[must_use]
    pub fn live(&self) -> Option<[u64; 4]> {
        if self.simulated { ffi::live() } else { None }
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

    /// Launches the kernel `name`; `shared_bytes` is its dynamic shared memory.
    pub(crate) fn launch(
        &self,
        name: &str,
        grid: (u32, u32),
        block: (u32, u32),
        shared_bytes: u32,
        arguments: &mut [Argument<'_>],
    ) -> Result<(), Error> {
        let function = self
            .functions
            .get(name)
            .ok_or_else(|| Error::new(Kind::Kernel, format!("no kernel `{name}` is loaded")))?;
        let shape = LaunchConfig {
            grid_dim: (grid.0, grid.1, 1),
            block_dim: (block.0, block.1, 1),
            shared_mem_bytes: shared_bytes,
        };
        // The simulator runs a launch at once and counts for the calling thread, so the difference is this launch's.
        let before = if self.simulated { ffi::thread_instructions() } else { None };
        ffi::launch(&self.stream, function, shape, arguments, false)
            .map_err(|error| failed(&format!("kernel `{name}`"), error))?;
        self.launches.fetch_add(1, Ordering::Relaxed);
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

fn failed(what: &str, error: DriverError) -> Error {
    let kind = match ffi::code_of(error) {
        CUresult::CUDA_ERROR_OUT_OF_MEMORY => Kind::OutOfMemory,
        _ => Kind::Launch,
    };
    Error::new(kind, format!("{what}: {}", explain(error)))
}
