//! All that the compiler cannot check: loading a driver's library, and handing arguments to a kernel.
#![expect(
    unsafe_code,
    reason = "a driver's functions are foreign, and a kernel's arguments have no type there"
)]

use std::ffi::{CStr, c_int, c_uint};
use std::path::Path;
use std::sync::OnceLock;

use cudarc::driver::sys::CUresult;
use cudarc::driver::{CudaFunction, CudaSlice, CudaStream, DriverError, LaunchConfig, PushKernelArg};
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

/// The simulator's live allocations, modules, streams and events; `None` on a GPU.
pub(crate) fn live() -> Option<[u64; 4]> {
    let library = SIMULATOR.get()?;
    let mut live = [0; 4];
    // SAFETY: the type is that of the simulator's function, and `live` outlives the call.
    unsafe {
        let get = library.get::<unsafe extern "C" fn(*mut [u64; 4]) -> c_uint>(b"ptxDriverLive\0").ok()?;
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
pub(crate) fn allocate(stream: &std::sync::Arc<CudaStream>, n: usize) -> Result<CudaSlice<f32>, DriverError> {
    // SAFETY: every bit pattern is an f32; what is read before it is written is a value, not undefined, and the
    // simulator reports it.
    unsafe { stream.alloc(n) }
}

/// An argument of a kernel.
pub(crate) enum Argument<'a> {
    In(&'a CudaSlice<f32>),
    Out(&'a mut CudaSlice<f32>),
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
            Argument::Int(value) => builder.arg(&*value),
            Argument::Float(value) => builder.arg(&*value),
        };
    }
    // SAFETY: the arguments have the kernel's number, order and types, and its accesses stay within them (above);
    // what is written is borrowed mutably.
    unsafe { if cooperative { builder.launch_cooperative(shape) } else { builder.launch(shape) } }?;
    Ok(())
}

/// The driver's code for a failure, as `cuda.h` names it.
pub(crate) fn code_of(error: DriverError) -> CUresult {
    error.0
}
