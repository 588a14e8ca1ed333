//! All that the compiler cannot check: loading a driver's library, handing arguments to a kernel, recording launches
//! into a graph, and host memory that is not set yet.
#![expect(
    unsafe_code,
    reason = "a driver's functions are foreign, and a kernel's arguments have no type there"
)]

use std::ffi::{CStr, c_int, c_uint};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use cudarc::driver::sys::{CUgraphInstantiate_flags, CUresult, CUstreamCaptureMode};
use cudarc::driver::{
    CudaContext, CudaFunction, CudaGraph, CudaSlice, CudaStream, DevicePtrMut, DeviceRepr, DriverError,
    LaunchConfig, PinnedHostSlice, PushKernelArg, result,
};
use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};

/// The simulator's library, kept open for the life of the process: `cudarc` finds it by its SONAME.
static SIMULATOR: OnceLock<Library> = OnceLock::new();

/// Whether the system has a driver with at least one device; the error says what is missing.
pub(crate) fn probe_system_driver() -> Result<(), String> {
    // SAFETY: opening the system's driver runs its initialisers, which every CUDA program does.
    let library = ["libcuda.so.1", "libcuda.so"].iter().find_map(|name| unsafe { Library::new(*name) }.ok());
    let library = library.ok_or("no driver library (libcuda.so) on this system")?;
    let mut count: c_int = 0;
    // SAFETY: the types are those of `cuInit` and `cuDeviceGetCount` in `cuda.h`; `count` outlives the call.
    let (initialised, counted) = unsafe {
        let init =
            library.get::<unsafe extern "C" fn(c_uint) -> c_uint>(b"cuInit\0").map_err(|e| e.to_string())?;
        let get = library
            .get::<unsafe extern "C" fn(*mut c_int) -> c_uint>(b"cuDeviceGetCount\0")
            .map_err(|e| e.to_string())?;
        (init(0), get(&raw mut count))
    };
    match (initialised, counted, count) {
        (0, 0, 1..) => Ok(()),
        (0, 0, _) | (100, ..) => Err("the driver finds no device".to_owned()),
        (code, ..) => Err(format!("the driver does not start (CUDA error {code})")),
    }
}

/// Opens the simulator's library for the whole process.
pub(crate) fn load_simulator(path: &Path) -> Result<(), String> {
    // SAFETY: the library has no initialisers but those of Rust's standard library.
    let library =
        unsafe { Library::open(Some(path), RTLD_NOW | RTLD_GLOBAL) }.map_err(|error| error.to_string())?;
    // SAFETY: only whether the symbol is there is asked.
    let ours = unsafe { library.get::<unsafe extern "C" fn()>(b"ptxDriverLive\0") }.is_ok();
    if !ours {
        return Err("it is not the simulator (no `ptxDriverLive`)".to_owned());
    }
    SIMULATOR.set(library).map_err(|_| "a simulator is loaded already".to_owned())
}

/// The text that the simulator keeps of its last failure, with kernel, line, block and thread; empty on a GPU.
pub(crate) fn last_error() -> String {
    let mut buffer = vec![0u8; 2048];
    if let Some(library) = SIMULATOR.get() {
        // SAFETY: the type is that of the simulator's function, and the buffer has the length that is told.
        unsafe {
            if let Ok(get) =
                library.get::<unsafe extern "C" fn(*mut u8, usize) -> c_uint>(b"ptxDriverLastError\0")
            {
                get(buffer.as_mut_ptr(), buffer.len());
            }
        }
    }
    CStr::from_bytes_until_nul(&buffer)
        .map_or_else(|_| String::new(), |text| text.to_string_lossy().into_owned())
}

/// The simulator's live allocations, modules, streams, events, graphs and pinned memory; `None` on a GPU.
pub(crate) fn live() -> Option<[u64; 6]> {
    let library = SIMULATOR.get()?;
    let mut live = [0; 6];
    // SAFETY: the type is that of the simulator's function, and `live` outlives the call.
    unsafe {
        let get = library.get::<unsafe extern "C" fn(*mut [u64; 6]) -> c_uint>(b"ptxDriverLive\0").ok()?;
        get(&raw mut live);
    }
    Some(live)
}

/// Thread instructions of all launches that the calling thread made on the simulator; `None` on a GPU.
pub(crate) fn thread_instructions() -> Option<u64> {
    let library = SIMULATOR.get()?;
    let mut count = 0;
    // SAFETY: the type is that of the simulator's function, and `count` outlives the call.
    unsafe {
        let get =
            library.get::<unsafe extern "C" fn(*mut u64) -> c_uint>(b"ptxDriverThreadInstructions\0").ok()?;
        get(&raw mut count);
    }
    Some(count)
}

/// Uninitialised device memory.
pub(crate) fn allocate<T: DeviceRepr>(
    stream: &Arc<CudaStream>,
    n: usize,
) -> Result<CudaSlice<T>, DriverError> {
    // SAFETY: `T` is f32 or i32, of which every bit pattern is a value; what is read before it is written is a value,
    // not undefined, and the simulator reports it.
    unsafe { stream.alloc(n) }
}

/// Page-locked host memory, all zeros.
pub(crate) fn allocate_pinned(
    context: &Arc<CudaContext>,
    n: usize,
) -> Result<PinnedHostSlice<f32>, DriverError> {
    // No flags: memory that writes combine would be slow to read back.
    // SAFETY: the values are not set yet; they are, just below, before anybody can read them.
    let mut memory = unsafe { context.alloc_pinned_with_flags::<f32>(n, 0) }?;
    let start = memory.as_mut_ptr()?;
    // SAFETY: the driver gave `n` values there, aligned, and nobody else knows of them yet.
    unsafe { start.write_bytes(0, n) };
    Ok(memory)
}

/// An argument of a kernel.
pub(crate) enum Argument<'a> {
    In(&'a CudaSlice<f32>),
    Out(&'a mut CudaSlice<f32>),
    InInts(&'a CudaSlice<i32>),
    OutInts(&'a mut CudaSlice<i32>),
    Int(i32),
    Float(f32),
}

/// Launches one of this crate's kernels; `kernels` calls it with the arguments in the order of the `.cu` file, after
/// the shape checks that make each access of the kernel lie within its buffer.
pub(crate) fn launch(
    stream: &CudaStream,
    function: &CudaFunction,
    shape: LaunchConfig,
    arguments: &mut [Argument<'_>],
    cooperative: bool,
) -> Result<(), DriverError> {
    let mut builder = stream.launch_builder(function);
    for argument in arguments {
        match argument {
            Argument::In(slice) => builder.arg(&**slice),
            Argument::Out(slice) => builder.arg(&mut **slice),
            Argument::InInts(slice) => builder.arg(&**slice),
            Argument::OutInts(slice) => builder.arg(&mut **slice),
            Argument::Int(value) => builder.arg(&*value),
            Argument::Float(value) => builder.arg(&*value),
        };
    }
    // SAFETY: the arguments have the kernel's number, order and types, and its accesses stay within them (above);
    // what is written is borrowed mutably.
    unsafe { if cooperative { builder.launch_cooperative(shape) } else { builder.launch(shape) } }?;
    Ok(())
}

/// An argument of a recorded launch: like [`Argument`], but by the buffer's address.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Recorded {
    Buffer(u64),
    Int(i32),
}

/// The address of a buffer, for [`record`]; `stream` waits for what other streams still do with it.
pub(crate) fn address<T>(slice: &mut CudaSlice<T>, stream: &CudaStream) -> u64 {
    slice.device_ptr_mut(stream).0
}

/// A launch of one of this crate's kernels, its arguments by address.
pub(crate) struct RecordedLaunch {
    pub(crate) function: CudaFunction,
    pub(crate) shape: LaunchConfig,
    pub(crate) arguments: Vec<Recorded>,
}

/// Launches, or records where the stream captures.
///
/// The arguments are as for [`launch`], and the caller keeps their buffers alive and for this stream alone until the
/// work is done: `cudarc`'s own launch would wait for events, which a capture forbids.
pub(crate) fn launch_recorded(stream: &CudaStream, launch: &RecordedLaunch) -> Result<(), DriverError> {
    let RecordedLaunch { function, shape, arguments } = launch;
    let mut pointers: Vec<_> = arguments
        .iter()
        .map(|argument| match argument {
            Recorded::Buffer(address) => std::ptr::from_ref(address).cast_mut().cast(),
            Recorded::Int(value) => std::ptr::from_ref(value).cast_mut().cast(),
        })
        .collect();
    // SAFETY: function and stream are alive, each pointer leads to a value of its parameter's type, and the driver
    // copies the values before it returns; that the kernels stay within the buffers is checked by the caller.
    unsafe {
        result::launch_kernel(
            function.cu_function(),
            shape.grid_dim,
            shape.block_dim,
            shape.shared_mem_bytes,
            stream.cu_stream(),
            &mut pointers,
        )
    }
}

/// Records launches into a graph, without running them.
///
/// The graph keeps the addresses, not the buffers: `engine` holds both, and drops the graph first.
pub(crate) fn record(
    stream: &Arc<CudaStream>,
    launches: &[RecordedLaunch],
) -> Result<CudaGraph, DriverError> {
    stream.context().bind_to_thread()?;
    stream.begin_capture(CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL)?;
    let recorded = launches.iter().try_for_each(|launch| launch_recorded(stream, launch));
    // The capture must end, whatever came of it.
    let graph = stream.end_capture(CUgraphInstantiate_flags(0));
    recorded?;
    graph?.ok_or(DriverError(CUresult::CUDA_ERROR_STREAM_CAPTURE_INVALIDATED))
}

/// The driver's code for a failure, as `cuda.h` names it.
pub(crate) fn code_of(error: DriverError) -> CUresult {
    error.0
}
