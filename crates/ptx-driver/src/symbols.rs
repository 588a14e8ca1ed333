//! The exported functions: they turn pointers into values, call `state`, and turn failures into codes.
#![expect(unsafe_code, reason = "C functions with pointers, exported by name: that is what a CUDA driver is")]

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use ptx_sim::{
    DEFAULT_BUDGET, DEFAULT_TURN, Launch, MAX_SHARED_BYTES, MAX_SHARED_BYTES_OPT_IN, MULTIPROCESSORS,
};

use crate::state::{
    CAPABILITY, Failure, Live, Outcome, State, THREAD_INSTRUCTIONS, VERSION, Work, code, lock,
};

type Handle = usize;
type Pointer = u64;

/// The primary context's handle.
const CONTEXT: Handle = 0xc0de;

thread_local! {
    static CURRENT: Cell<Handle> = const { Cell::new(0) };
}

/// Runs `body` on the device's state; no panic leaves a C function.
fn call(body: impl FnOnce(&mut State) -> Outcome<()>) -> c_uint {
    let mut guard = lock();
    let state = guard.get_or_insert_with(State::default);
    let outcome = catch_unwind(AssertUnwindSafe(|| body(&mut *state)))
        .unwrap_or_else(|_| Err(Failure::new(code::UNKNOWN, "the simulator panicked")));
    match outcome {
        Ok(()) => code::SUCCESS,
        Err(failure) => {
            state.last_error = failure.text;
            failure.code
        }
    }
}

fn null(what: &str) -> Failure {
    Failure::new(code::INVALID_VALUE, format!("{what} is a null pointer"))
}

/// Writes a result where the caller wants it.
fn put<T>(to: *mut T, value: T) -> Outcome<()> {
    if to.is_null() {
        return Err(null("the result's place"));
    }
    // SAFETY: not null; CUDA's contract is that it points to a writable place of that type.
    unsafe { to.write(value) };
    Ok(())
}

fn bytes<'a>(from: *const c_void, n: usize) -> Outcome<&'a [u8]> {
    if n == 0 {
        return Ok(&[]);
    }
    if from.is_null() {
        return Err(null("the source"));
    }
    // SAFETY: not null; CUDA's contract is that `n` bytes can be read there until the call returns.
    Ok(unsafe { std::slice::from_raw_parts(from.cast(), n) })
}

fn bytes_mut<'a>(to: *mut c_void, n: usize) -> Outcome<&'a mut [u8]> {
    if n == 0 {
        return Ok(&mut []);
    }
    if to.is_null() {
        return Err(null("the destination"));
    }
    // SAFETY: not null; CUDA's contract is that `n` bytes can be written there until the call returns.
    Ok(unsafe { std::slice::from_raw_parts_mut(to.cast(), n) })
}

fn text<'a>(from: *const c_char) -> Outcome<&'a str> {
    if from.is_null() {
        return Err(null("the text"));
    }
    // SAFETY: not null; CUDA's contract is a text that ends with a zero byte.
    let text = unsafe { CStr::from_ptr(from) };
    text.to_str().map_err(|_| Failure::new(code::INVALID_PTX, "the text is not UTF-8"))
}

/// Copies `source`, cut to fit, with a zero byte at the end.
fn put_text(to: *mut c_char, n: usize, source: &str) -> Outcome<()> {
    let target = bytes_mut(to.cast(), n)?;
    let Some(room) = n.checked_sub(1) else { return Ok(()) };
    let m = source.len().min(room);
    target[..m].copy_from_slice(&source.as_bytes()[..m]);
    target[m] = 0;
    Ok(())
}

/// Defines exported functions whose bodies run on the state.
macro_rules! export {
    ($($(#[$doc:meta])* fn $name:ident($state:pat $(, $argument:ident: $ty:ty)*) $body:block)*) => {
        $(
            $(#[$doc])*
            // SAFETY: the name belongs to the interface that this library stands in for.
            #[unsafe(no_mangle)]
            extern "C" fn $name($($argument: $ty),*) -> c_uint {
                call(|$state| $body)
            }
        )*
    };
}

export! {
    fn cuInit(_, _flags: c_uint) { Ok(()) }
    fn cuDriverGetVersion(_, version: *mut c_int) { put(version, VERSION) }
    fn cuDeviceGetCount(_, count: *mut c_int) { put(count, 1) }
    fn cuDeviceGet(_, device: *mut c_int, ordinal: c_int) {
        if ordinal != 0 {
            return Err(Failure::new(code::INVALID_DEVICE, format!("device {ordinal}, there is only 0")));
        }
        put(device, 0)
    }
    fn cuDeviceGetName(_, name: *mut c_char, n: c_int, _device: c_int) {
        put_text(name, usize::try_from(n).unwrap_or(0), "simulated")
    }
    fn cuDeviceTotalMem_v2(state, total: *mut usize, _device: c_int) {
        put(total, state.memory.capacity() as usize)
    }
    fn cuDeviceGetAttribute(_, value: *mut c_int, attribute: c_int, _device: c_int) {
        put(value, match attribute {
            1..=3 => 1024,
            4 => 64,
            5 => i32::MAX,
            6 | 7 => 65_535,
            8 => MAX_SHARED_BYTES as i32,
            10 => 32,
            12 | 82 => 65_536,
            16 => MULTIPROCESSORS as i32,
            75 => CAPABILITY.0,
            76 => CAPABILITY.1,
            81 | 97 => MAX_SHARED_BYTES_OPT_IN as i32,
            41 | 95 | 115 => 1,
            _ => 0,
        })
    }
    fn cuDeviceGetUuid_v2(_, uuid: *mut [u8; 16], _device: c_int) { put(uuid, *b"ptx-sim device 0") }
    fn cuDevicePrimaryCtxRetain(_, context: *mut Handle, _device: c_int) { put(context, CONTEXT) }
    fn cuDevicePrimaryCtxRelease_v2(_, _device: c_int) { Ok(()) }
    fn cuCtxGetCurrent(_, context: *mut Handle) { put(context, CURRENT.get()) }
    fn cuCtxSetCurrent(_, context: Handle) {
        CURRENT.set(context);
        Ok(())
    }
    fn cuCtxSynchronize(state) { state.refuse_in_any_capture("a wait for the device") }
    fn cuCtxSetFlags(_, _flags: c_uint) { Ok(()) }

    fn cuModuleLoadData(state, module: *mut Handle, image: *const c_void) {
        let handle = state.load(text(image.cast())?)?;
        put(module, handle)
    }
    fn cuModuleUnload(state, module: Handle) { state.unload(module) }
    fn cuModuleGetFunction(state, function: *mut Handle, module: Handle, name: *const c_char) {
        let handle = state.function(module, text(name)?)?;
        put(function, handle)
    }
    fn cuFuncGetAttribute(state, value: *mut c_int, attribute: c_uint, function: Handle) {
        put(value, state.function_attribute(function, attribute)?)
    }
    fn cuFuncSetAttribute(state, function: Handle, attribute: c_uint, value: c_int) {
        // 8 is the dynamic shared memory that the function may use; the others steer caches.
        if attribute == 8 { state.allow_shared(function, value) } else { Ok(()) }
    }

    fn cuMemGetInfo_v2(state, free: *mut usize, total: *mut usize) {
        put(free, (state.memory.capacity() - state.memory.used()) as usize)?;
        put(total, state.memory.capacity() as usize)
    }
    fn cuMemAlloc_v2(state, pointer: *mut Pointer, n: usize) {
        state.refuse_in_any_capture("an allocation")?;
        let address = state.memory.allocate(n as u64)?;
        put(pointer, address)
    }
    fn cuMemAllocAsync(state, pointer: *mut Pointer, n: usize, stream: Handle) {
        state.refuse_in_capture(stream, "an allocation")?;
        let address = state.memory.allocate(n as u64)?;
        put(pointer, address)
    }
    fn cuMemFree_v2(state, pointer: Pointer) { Ok(state.memory.free(pointer)?) }
    fn cuMemFreeAsync(state, pointer: Pointer, stream: Handle) {
        state.refuse_in_capture(stream, "a release of memory")?;
        Ok(state.memory.free(pointer)?)
    }
    /// Zeroed, which CUDA does not promise: what is handed out must not leak what was there.
    fn cuMemHostAlloc(state, pointer: *mut *mut c_void, n: usize, _flags: c_uint) {
        let address = state.allocate_pinned(n)?;
        put(pointer, std::ptr::with_exposed_provenance_mut(address))
    }
    fn cuMemFreeHost(state, pointer: *mut c_void) { state.free_pinned(pointer.addr()) }
    fn cuMemcpyHtoD_v2(state, to: Pointer, from: *const c_void, n: usize) {
        state.refuse_in_any_capture("a copy")?;
        Ok(state.memory.write(to, bytes(from, n)?)?)
    }
    fn cuMemcpyHtoDAsync_v2(state, to: Pointer, from: *const c_void, n: usize, stream: Handle) {
        state.refuse_in_capture(stream, "a copy from or to the host")?;
        Ok(state.memory.write(to, bytes(from, n)?)?)
    }
    fn cuMemcpyDtoH_v2(state, to: *mut c_void, from: Pointer, n: usize) {
        state.refuse_in_any_capture("a copy")?;
        Ok(state.memory.read(from, bytes_mut(to, n)?)?)
    }
    fn cuMemcpyDtoHAsync_v2(state, to: *mut c_void, from: Pointer, n: usize, stream: Handle) {
        state.refuse_in_capture(stream, "a copy from or to the host")?;
        Ok(state.memory.read(from, bytes_mut(to, n)?)?)
    }
    fn cuMemcpyDtoD_v2(state, to: Pointer, from: Pointer, n: usize) { Ok(state.memory.copy(to, from, n as u64)?) }
    fn cuMemcpyDtoDAsync_v2(state, to: Pointer, from: Pointer, n: usize, stream: Handle) {
        state.submit(stream, Work::Copy { to, from, n: n as u64 })
    }
    fn cuMemsetD8_v2(state, to: Pointer, value: u8, n: usize) { Ok(state.memory.write(to, &vec![value; n])?) }
    fn cuMemsetD8Async(state, to: Pointer, value: u8, n: usize, stream: Handle) {
        state.submit(stream, Work::Fill { to, value, n })
    }

    fn cuStreamCreate(state, stream: *mut Handle, _flags: c_uint) {
        let handle = state.create_stream();
        put(stream, handle)
    }
    fn cuStreamDestroy_v2(state, stream: Handle) { state.destroy_stream(stream) }
    fn cuStreamSynchronize(state, stream: Handle) { state.refuse_in_capture(stream, "a wait") }
    fn cuStreamWaitEvent(state, stream: Handle, event: Handle, _flags: c_uint) { state.wait_event(stream, event) }
    fn cuStreamBeginCapture_v2(state, stream: Handle, mode: c_uint) { state.begin_capture(stream, mode) }
    fn cuStreamEndCapture(state, stream: Handle, graph: *mut Handle) {
        let handle = state.end_capture(stream)?;
        put(graph, handle)
    }
    fn cuStreamIsCapturing(state, stream: Handle, status: *mut c_uint) {
        put(status, state.capture_status(stream)?)
    }
    fn cuGraphInstantiateWithFlags(state, ready: *mut Handle, graph: Handle, _flags: u64) {
        let handle = state.instantiate(graph)?;
        put(ready, handle)
    }
    fn cuGraphLaunch(state, ready: Handle, stream: Handle) { state.launch_graph(ready, stream) }
    fn cuGraphUpload(state, ready: Handle, _stream: Handle) { state.check_graph(ready) }
    fn cuGraphExecDestroy(state, ready: Handle) { state.destroy_graph(ready) }
    fn cuGraphDestroy(state, graph: Handle) { state.destroy_graph(graph) }
    fn cuEventCreate(state, event: *mut Handle, _flags: c_uint) {
        let handle = state.create_event();
        put(event, handle)
    }
    fn cuEventRecord(state, event: Handle, stream: Handle) { state.record(event, stream) }
    fn cuEventSynchronize(state, event: Handle) { state.check_event(event) }
    fn cuEventQuery(state, event: Handle) { state.check_event(event) }
    fn cuEventElapsedTime(state, milliseconds: *mut f32, start: Handle, end: Handle) {
        put(milliseconds, state.elapsed_ms(start, end)?)
    }
    fn cuEventElapsedTime_v2(state, milliseconds: *mut f32, start: Handle, end: Handle) {
        put(milliseconds, state.elapsed_ms(start, end)?)
    }
    fn cuEventDestroy_v2(state, event: Handle) { state.destroy_event(event) }

    fn cuLaunchKernel(
        state, function: Handle, gx: c_uint, gy: c_uint, gz: c_uint, bx: c_uint, by: c_uint, bz: c_uint,
        shared: c_uint, stream: Handle, params: *const *const c_void, _extra: *const *const c_void
    ) {
        launch(state, stream, function, [gx, gy, gz], [bx, by, bz], shared, params, false)
    }
    fn cuLaunchCooperativeKernel(
        state, function: Handle, gx: c_uint, gy: c_uint, gz: c_uint, bx: c_uint, by: c_uint, bz: c_uint,
        shared: c_uint, stream: Handle, params: *const *const c_void
    ) {
        launch(state, stream, function, [gx, gy, gz], [bx, by, bz], shared, params, true)
    }
    fn cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
        state, blocks: *mut c_int, function: Handle, threads: c_int, shared: usize, _flags: c_uint
    ) {
        put(blocks, state.resident_blocks(function, threads, shared)?)
    }

    /// The number of live allocations, modules, streams, events, graphs and pieces of pinned host memory.
    fn ptxDriverLive(state, live: *mut Live) { put(live, state.live()) }
    /// Thread instructions of all launches that the calling thread made.
    fn ptxDriverThreadInstructions(_, count: *mut u64) { put(count, THREAD_INSTRUCTIONS.get()) }
    /// The last failure's text, cut to `n` bytes with a zero byte at the end.
    fn ptxDriverLastError(state, to: *mut c_char, n: usize) {
        let text = std::mem::take(&mut state.last_error);
        put_text(to, n, &text)
    }
}

/// Gathers the arguments, each of which stands behind its own pointer.
fn launch(
    state: &mut State,
    stream: Handle,
    function: Handle,
    grid: [u32; 3],
    block: [u32; 3],
    shared_bytes: u32,
    arguments: *const *const c_void,
    cooperative: bool,
) -> Outcome<()> {
    let places = state.params(function)?;
    let mut params = vec![0; places.last().map_or(0, |(start, size)| (start + size) as usize)];
    if arguments.is_null() && !places.is_empty() {
        return Err(null("the list of arguments"));
    }
    for (i, (start, size)) in places.iter().map(|(start, size)| (*start as usize, *size as usize)).enumerate()
    {
        // SAFETY: not null; CUDA's contract is one pointer for each parameter of the kernel.
        let argument = unsafe { *arguments.add(i) };
        params[start..start + size].copy_from_slice(bytes(argument, size)?);
    }
    let launch = Launch {
        grid,
        block,
        shared_bytes,
        max_shared_bytes: 0,
        cooperative,
        budget: DEFAULT_BUDGET,
        turn: DEFAULT_TURN,
        turn_seed: None,
    };
    state.submit(stream, Work::Launch { function, launch, params })
}

/// Name and meaning of the codes that `state` gives.
fn describe(error: c_uint) -> (&'static CStr, &'static CStr) {
    match error {
        code::SUCCESS => (c"CUDA_SUCCESS", c"no error"),
        code::INVALID_VALUE => (c"CUDA_ERROR_INVALID_VALUE", c"invalid argument"),
        code::OUT_OF_MEMORY => (c"CUDA_ERROR_OUT_OF_MEMORY", c"out of memory"),
        code::INVALID_DEVICE => (c"CUDA_ERROR_INVALID_DEVICE", c"invalid device ordinal"),
        code::NO_BINARY_FOR_GPU => (c"CUDA_ERROR_NO_BINARY_FOR_GPU", c"the PTX is for a newer device"),
        code::INVALID_PTX => (c"CUDA_ERROR_INVALID_PTX", c"the PTX cannot be read"),
        code::UNSUPPORTED_PTX_VERSION => {
            (c"CUDA_ERROR_UNSUPPORTED_PTX_VERSION", c"the PTX is newer than the driver")
        }
        code::INVALID_HANDLE => (c"CUDA_ERROR_INVALID_HANDLE", c"invalid resource handle"),
        code::NOT_FOUND => (c"CUDA_ERROR_NOT_FOUND", c"named symbol not found"),
        code::ILLEGAL_ADDRESS => (c"CUDA_ERROR_ILLEGAL_ADDRESS", c"an access outside every allocation"),
        code::LAUNCH_OUT_OF_RESOURCES => {
            (c"CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", c"the launch exceeds what the kernel or device allows")
        }
        code::LAUNCH_TIMEOUT => (c"CUDA_ERROR_LAUNCH_TIMEOUT", c"the instruction budget is used up"),
        code::MISALIGNED_ADDRESS => (c"CUDA_ERROR_MISALIGNED_ADDRESS", c"misaligned address"),
        code::COOPERATIVE_LAUNCH_TOO_LARGE => {
            (c"CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE", c"more blocks than can be resident together")
        }
        code::STREAM_CAPTURE_UNSUPPORTED => {
            (c"CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", c"not permitted while a stream is being captured")
        }
        code::STREAM_CAPTURE_INVALIDATED => {
            (c"CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", c"an earlier error spoiled the capture")
        }
        code::STREAM_CAPTURE_ISOLATION => {
            (c"CUDA_ERROR_STREAM_CAPTURE_ISOLATION", c"a dependency on work outside the capture")
        }
        code::LAUNCH_FAILED => (c"CUDA_ERROR_LAUNCH_FAILED", c"the kernel broke a rule"),
        _ => (c"CUDA_ERROR_UNKNOWN", c"unknown error"),
    }
}

// SAFETY: the name belongs to the interface that this library stands in for.
#[unsafe(no_mangle)]
extern "C" fn cuGetErrorName(error: c_uint, name: *mut *const c_char) -> c_uint {
    put(name, describe(error).0.as_ptr()).map_or(code::INVALID_VALUE, |()| code::SUCCESS)
}

// SAFETY: the name belongs to the interface that this library stands in for.
#[unsafe(no_mangle)]
extern "C" fn cuGetErrorString(error: c_uint, text: *mut *const c_char) -> c_uint {
    put(text, describe(error).1.as_ptr()).map_or(code::INVALID_VALUE, |()| code::SUCCESS)
}
