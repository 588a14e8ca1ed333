//! The simulated device: its memory, modules, streams, events and graphs, behind one lock.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::Instant;

use ptx_sim::{Error, Launch, MAX_SHARED_BYTES, MAX_SHARED_BYTES_OPT_IN, Memory, Module};

/// CUDA's error codes, as `cuda.h` numbers them.
pub(crate) mod code {
    pub(crate) const SUCCESS: u32 = 0;
    pub(crate) const INVALID_VALUE: u32 = 1;
    pub(crate) const OUT_OF_MEMORY: u32 = 2;
    pub(crate) const INVALID_DEVICE: u32 = 101;
    pub(crate) const NO_BINARY_FOR_GPU: u32 = 209;
    pub(crate) const INVALID_PTX: u32 = 218;
    pub(crate) const UNSUPPORTED_PTX_VERSION: u32 = 222;
    pub(crate) const INVALID_HANDLE: u32 = 400;
    pub(crate) const NOT_FOUND: u32 = 500;
    pub(crate) const ILLEGAL_ADDRESS: u32 = 700;
    pub(crate) const LAUNCH_OUT_OF_RESOURCES: u32 = 701;
    pub(crate) const LAUNCH_TIMEOUT: u32 = 702;
    pub(crate) const MISALIGNED_ADDRESS: u32 = 716;
    pub(crate) const LAUNCH_FAILED: u32 = 719;
    pub(crate) const COOPERATIVE_LAUNCH_TOO_LARGE: u32 = 720;
    pub(crate) const STREAM_CAPTURE_UNSUPPORTED: u32 = 900;
    pub(crate) const STREAM_CAPTURE_INVALIDATED: u32 = 901;
    pub(crate) const STREAM_CAPTURE_ISOLATION: u32 = 905;
    pub(crate) const UNKNOWN: u32 = 999;
}

/// The device's compute capability, major and minor: what `mma.sync` of TF32 needs.
pub(crate) const CAPABILITY: (i32, i32) = (8, 0);
/// The CUDA version that the driver claims, as `cuDriverGetVersion` writes 12.9.
pub(crate) const VERSION: i32 = 12_090;
/// The newest PTX of that version, major and minor.
const NEWEST_PTX: (u32, u32) = (8, 8);

/// What a call that failed leaves behind: the code that CUDA knows, and the text that it has no place for.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: u32,
    pub(crate) text: String,
}

impl Failure {
    pub(crate) fn new(code: u32, text: impl Display) -> Self {
        Self { code, text: text.to_string() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = if error.is_out_of_memory() {
            code::OUT_OF_MEMORY
        } else if error.is_out_of_bounds() {
            code::ILLEGAL_ADDRESS
        } else if error.is_misaligned() {
            code::MISALIGNED_ADDRESS
        } else if error.is_residency() {
            code::COOPERATIVE_LAUNCH_TOO_LARGE
        } else if error.is_launch() {
            code::LAUNCH_OUT_OF_RESOURCES
        } else if error.is_budget() {
            code::LAUNCH_TIMEOUT
        } else if error.is_parse() || error.is_unsupported() {
            code::INVALID_PTX
        } else {
            code::LAUNCH_FAILED
        };
        Self::new(code, error)
    }
}

pub(crate) type Outcome<T> = Result<T, Failure>;

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) memory: Memory,
    modules: HashMap<usize, Module>,
    /// A function is a module, the place of the kernel in it, and the shared memory that it may use.
    functions: HashMap<usize, (usize, usize, u32)>,
    /// Each stream, and what it records where it does.
    streams: HashMap<usize, Option<Capture>>,
    /// When an event was last recorded.
    events: HashMap<usize, Option<Instant>>,
    /// Graphs and their executable forms: here both are the list of what to do.
    graphs: HashMap<usize, Vec<Work>>,
    /// Page-locked host memory by its address.
    pinned: HashMap<usize, Box<[Page]>>,
    next: usize,
    pub(crate) last_error: String,
}

/// Work of a stream: done at once, or recorded for a graph.
#[derive(Debug, Clone)]
pub(crate) enum Work {
    Launch { function: usize, launch: Launch, params: Vec<u8> },
    Fill { to: u64, value: u8, n: usize },
    Copy { to: u64, from: u64, n: u64 },
}

/// What a stream has recorded since its capture began.
#[derive(Debug)]
struct Capture {
    work: Vec<Work>,
    /// The thread that began it, where only that thread's other calls are restricted; all threads' otherwise.
    thread: Option<ThreadId>,
    is_relaxed: bool,
    /// A call that cannot be recorded was made, so that nothing comes of it.
    is_broken: bool,
}

/// A page of host memory: pinned memory is handed out in whole ones.
#[derive(Debug, Clone)]
#[repr(align(4096))]
struct Page(#[expect(dead_code, reason = "read and written through the address only")] [u8; 4096]);

thread_local! {
    /// Thread instructions of all launches that the calling thread made.
    pub(crate) static THREAD_INSTRUCTIONS: Cell<u64> = const { Cell::new(0) };
}

/// What is alive: allocations, modules, streams, events, graphs, pieces of pinned host memory.
pub(crate) type Live = [u64; 6];

/// The one device of the process.
pub(crate) fn lock() -> MutexGuard<'static, Option<State>> {
    static STATE: Mutex<Option<State>> = Mutex::new(None);
    // A panic was answered with an error code already; what it left is still the device's state.
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn handle(&mut self) -> usize {
        // Handles are never used twice, so a stale one is always found out; they look like aligned pointers.
        self.next += 1;
        0x1000 + self.next * 16
    }

    pub(crate) fn live(&self) -> Live {
        let [modules, streams, events] = [self.modules.len(), self.streams.len(), self.events.len()];
        [self.memory.live(), modules, streams, events, self.graphs.len(), self.pinned.len()].map(|n| n as u64)
    }

    pub(crate) fn load(&mut self, source: &str) -> Outcome<usize> {
        let module = Module::parse(source)?;
        let version = module.version();
        let number = version.split_once('.').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        let number: (u32, u32) =
            number.ok_or_else(|| Failure::new(code::INVALID_PTX, format!("PTX version `{version}`")))?;
        if number > NEWEST_PTX {
            let text = format!("PTX {version} is newer than this driver's {}.{}", NEWEST_PTX.0, NEWEST_PTX.1);
            return Err(Failure::new(code::UNSUPPORTED_PTX_VERSION, text));
        }
        let target = module.target();
        let capability = target.strip_prefix("sm_").and_then(|digits| digits.parse::<i32>().ok());
        if capability.is_none_or(|capability| capability > CAPABILITY.0 * 10 + CAPABILITY.1) {
            let text = format!("PTX for `{target}`, the device is sm_{}{}", CAPABILITY.0, CAPABILITY.1);
            return Err(Failure::new(code::NO_BINARY_FOR_GPU, text));
        }
        let handle = self.handle();
        self.modules.insert(handle, module);
        Ok(handle)
    }

    pub(crate) fn unload(&mut self, module: usize) -> Outcome<()> {
        self.modules.remove(&module).ok_or_else(|| stale("module"))?;
        self.functions.retain(|_, (of, ..)| *of != module);
        Ok(())
    }

    pub(crate) fn function(&mut self, module: usize, name: &str) -> Outcome<usize> {
        let kernels = self.modules.get(&module).ok_or_else(|| stale("module"))?;
        let found = kernels.kernels().iter().position(|kernel| kernel.name() == name);
        let Some(at) = found else {
            let error = kernels.kernel(name).err().map_or_else(String::new, |error| error.to_string());
            return Err(Failure::new(code::NOT_FOUND, error));
        };
        let handle = self.handle();
        self.functions.insert(handle, (module, at, MAX_SHARED_BYTES));
        Ok(handle)
    }

    fn kernel(&self, function: usize) -> Outcome<(&ptx_sim::Kernel, u32)> {
        let (module, at, shared) = self.functions.get(&function).ok_or_else(|| stale("function"))?;
        let kernel = self.modules.get(module).and_then(|module| module.kernels().get(*at));
        kernel.map(|kernel| (kernel, *shared)).ok_or_else(|| stale("function"))
    }

    /// Offset and size of each parameter.
    pub(crate) fn params(&self, function: usize) -> Outcome<Vec<(u32, u32)>> {
        Ok(self.kernel(function)?.0.params().to_vec())
    }

    /// `CUfunction_attribute`: 0 threads a block, 1 static shared bytes, 8 dynamic shared bytes; others are 0.
    pub(crate) fn function_attribute(&self, function: usize, attribute: u32) -> Outcome<i32> {
        let (kernel, shared) = self.kernel(function)?;
        Ok(match attribute {
            0 => kernel.max_threads() as i32,
            1 => kernel.static_shared() as i32,
            8 => (shared - kernel.static_shared().min(shared)) as i32,
            _ => 0,
        })
    }

    pub(crate) fn allow_shared(&mut self, function: usize, dynamic_bytes: i32) -> Outcome<()> {
        let fixed = self.kernel(function)?.0.static_shared();
        let wanted = u32::try_from(dynamic_bytes).ok().and_then(|bytes| bytes.checked_add(fixed));
        let wanted = wanted.filter(|bytes| *bytes <= MAX_SHARED_BYTES_OPT_IN).ok_or_else(|| {
            let text =
                format!("{dynamic_bytes} bytes of shared memory, the device has {MAX_SHARED_BYTES_OPT_IN}");
            Failure::new(code::INVALID_VALUE, text)
        })?;
        if let Some((.., shared)) = self.functions.get_mut(&function) {
            *shared = (*shared).max(wanted);
        }
        Ok(())
    }

    pub(crate) fn launch(&mut self, function: usize, mut launch: Launch, params: &[u8]) -> Outcome<()> {
        let (module, at, shared) = *self.functions.get(&function).ok_or_else(|| stale("function"))?;
        let kernel = self.modules.get(&module).and_then(|module| module.kernels().get(at));
        let kernel = kernel.ok_or_else(|| stale("function"))?;
        launch.max_shared_bytes = shared;
        let stats = kernel.run_raw(&launch, params, &mut self.memory)?;
        THREAD_INSTRUCTIONS.set(THREAD_INSTRUCTIONS.get() + stats.thread_instructions);
        Ok(())
    }

    /// Blocks of the function that a multiprocessor can hold at a time.
    pub(crate) fn resident_blocks(&self, function: usize, threads: i32, shared_bytes: usize) -> Outcome<i32> {
        let (kernel, _) = self.kernel(function)?;
        let (Ok(threads), Ok(shared)) = (u32::try_from(threads), u32::try_from(shared_bytes)) else {
            return Err(Failure::new(code::INVALID_VALUE, format!("a block of {threads} threads")));
        };
        Ok(kernel.resident_blocks(threads, shared) as i32)
    }

    /// Does the work, or records it where the stream captures.
    pub(crate) fn submit(&mut self, stream: usize, work: Work) -> Outcome<()> {
        self.check_stream(stream)?;
        if let Some(Some(capture)) = self.streams.get_mut(&stream) {
            if let Work::Launch { function, .. } = work {
                self.functions.get(&function).ok_or_else(|| stale("function"))?;
            }
            capture.work.push(work);
            return Ok(());
        }
        self.run(&work)
    }

    fn run(&mut self, work: &Work) -> Outcome<()> {
        match work {
            Work::Launch { function, launch, params } => self.launch(*function, *launch, params),
            Work::Fill { to, value, n } => Ok(self.memory.write(*to, &vec![*value; *n])?),
            Work::Copy { to, from, n } => Ok(self.memory.copy(*to, *from, *n)?),
        }
    }

    /// Whether `stream` is one: the null stream and the two that stand for it always are.
    fn check_stream(&self, stream: usize) -> Outcome<()> {
        if stream <= 2 || self.streams.contains_key(&stream) { Ok(()) } else { Err(stale("stream")) }
    }

    /// Refuses a call on a stream that captures, and spoils the capture, as CUDA does.
    pub(crate) fn refuse_in_capture(&mut self, stream: usize, call: &str) -> Outcome<()> {
        self.check_stream(stream)?;
        let Some(Some(capture)) = self.streams.get_mut(&stream) else { return Ok(()) };
        capture.is_broken = true;
        let text = format!("{call} on a stream that is being captured cannot be recorded here");
        Err(Failure::new(code::STREAM_CAPTURE_UNSUPPORTED, text))
    }

    /// Refuses a call for the whole device while a stream captures, unless the capture allows it.
    pub(crate) fn refuse_in_any_capture(&mut self, call: &str) -> Outcome<()> {
        let me = std::thread::current().id();
        let forbids =
            |capture: &&mut Capture| !capture.is_relaxed && capture.thread.is_none_or(|thread| thread == me);
        match self.streams.values_mut().flatten().find(forbids) {
            None => Ok(()),
            Some(capture) => {
                capture.is_broken = true;
                let text = format!("{call} while a stream is being captured");
                Err(Failure::new(code::STREAM_CAPTURE_UNSUPPORTED, text))
            }
        }
    }

    /// `mode` is a `CUstreamCaptureMode`: 0 global, 1 of this thread, 2 relaxed.
    pub(crate) fn begin_capture(&mut self, stream: usize, mode: u32) -> Outcome<()> {
        let refuse = |text: &str| Err(Failure::new(code::STREAM_CAPTURE_UNSUPPORTED, text));
        match self.streams.get_mut(&stream) {
            None if stream <= 2 => refuse("the default stream cannot be captured"),
            None => Err(stale("stream")),
            Some(Some(_)) => Err(Failure::new(code::INVALID_VALUE, "the stream is being captured already")),
            Some(capture) => {
                let thread = (mode == 1).then(|| std::thread::current().id());
                *capture =
                    Some(Capture { work: Vec::new(), thread, is_relaxed: mode == 2, is_broken: false });
                Ok(())
            }
        }
    }

    pub(crate) fn end_capture(&mut self, stream: usize) -> Outcome<usize> {
        let capture = self.streams.get_mut(&stream).ok_or_else(|| stale("stream"))?.take();
        let capture =
            capture.ok_or_else(|| Failure::new(code::INVALID_VALUE, "the stream is not being captured"))?;
        if capture.is_broken {
            let text = "the capture was spoiled by a call that cannot be recorded";
            return Err(Failure::new(code::STREAM_CAPTURE_INVALIDATED, text));
        }
        Ok(self.create_graph(capture.work))
    }

    /// 0: no; 1: yes; 2: yes, but spoiled.
    pub(crate) fn capture_status(&self, stream: usize) -> Outcome<u32> {
        self.check_stream(stream)?;
        Ok(match self.streams.get(&stream) {
            Some(Some(capture)) => 1 + u32::from(capture.is_broken),
            _ => 0,
        })
    }

    fn create_graph(&mut self, work: Vec<Work>) -> usize {
        let handle = self.handle();
        self.graphs.insert(handle, work);
        handle
    }

    pub(crate) fn instantiate(&mut self, graph: usize) -> Outcome<usize> {
        let work = self.graphs.get(&graph).ok_or_else(|| stale("graph"))?.clone();
        Ok(self.create_graph(work))
    }

    pub(crate) fn launch_graph(&mut self, graph: usize, stream: usize) -> Outcome<()> {
        self.refuse_in_capture(stream, "a graph's launch")?;
        let work = self.graphs.get(&graph).ok_or_else(|| stale("graph"))?.clone();
        work.iter().try_for_each(|work| self.run(work))
    }

    pub(crate) fn check_graph(&self, graph: usize) -> Outcome<()> {
        self.graphs.get(&graph).map(|_| ()).ok_or_else(|| stale("graph"))
    }

    pub(crate) fn destroy_graph(&mut self, graph: usize) -> Outcome<()> {
        self.graphs.remove(&graph).map(|_| ()).ok_or_else(|| stale("graph"))
    }

    pub(crate) fn create_stream(&mut self) -> usize {
        let handle = self.handle();
        self.streams.insert(handle, None);
        handle
    }

    pub(crate) fn destroy_stream(&mut self, stream: usize) -> Outcome<()> {
        self.streams.remove(&stream).map(|_| ()).ok_or_else(|| stale("stream"))
    }

    /// An event of this implementation is never part of a graph, so a stream that captures cannot wait for it.
    pub(crate) fn wait_event(&mut self, stream: usize, event: usize) -> Outcome<()> {
        self.check_event(event)?;
        self.check_stream(stream)?;
        match self.streams.get_mut(&stream) {
            Some(Some(capture)) => {
                capture.is_broken = true;
                let text = "a stream that is being captured waits for an event from outside";
                Err(Failure::new(code::STREAM_CAPTURE_ISOLATION, text))
            }
            _ => Ok(()),
        }
    }

    /// `n` bytes of zeros in host memory; the address.
    pub(crate) fn allocate_pinned(&mut self, n: usize) -> Outcome<usize> {
        if n == 0 {
            return Err(Failure::new(code::INVALID_VALUE, "no bytes of host memory are asked for"));
        }
        let pages = n.div_ceil(4096);
        let mut memory = Vec::new();
        memory.try_reserve_exact(pages).map_err(|error| Failure::new(code::OUT_OF_MEMORY, error))?;
        memory.resize(pages, Page([0; 4096]));
        let memory = memory.into_boxed_slice();
        let address = memory.as_ptr().addr();
        self.pinned.insert(address, memory);
        Ok(address)
    }

    pub(crate) fn free_pinned(&mut self, address: usize) -> Outcome<()> {
        let text = "no pinned memory begins there";
        self.pinned.remove(&address).map(|_| ()).ok_or_else(|| Failure::new(code::INVALID_VALUE, text))
    }

    pub(crate) fn create_event(&mut self) -> usize {
        let handle = self.handle();
        self.events.insert(handle, None);
        handle
    }

    pub(crate) fn record(&mut self, event: usize, stream: usize) -> Outcome<()> {
        self.refuse_in_capture(stream, "an event's record")?;
        *self.events.get_mut(&event).ok_or_else(|| stale("event"))? = Some(Instant::now());
        Ok(())
    }

    pub(crate) fn check_event(&self, event: usize) -> Outcome<()> {
        self.events.get(&event).map(|_| ()).ok_or_else(|| stale("event"))
    }

    pub(crate) fn elapsed_ms(&self, start: usize, end: usize) -> Outcome<f32> {
        let time = |event| match self.events.get(&event) {
            Some(Some(time)) => Ok(*time),
            _ => Err(stale("recorded event")),
        };
        Ok(time(end)?.duration_since(time(start)?).as_secs_f32() * 1000.0)
    }

    pub(crate) fn destroy_event(&mut self, event: usize) -> Outcome<()> {
        self.events.remove(&event).map(|_| ()).ok_or_else(|| stale("event"))
    }
}

fn stale(what: &str) -> Failure {
    Failure::new(code::INVALID_HANDLE, format!("no such {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PTX: &str = ".version 8.0\n.target sm_70\n.address_size 64\n.visible .entry nothing() { ret; }";

    #[test]
    fn modules_functions_and_what_is_left_of_them() {
        let mut state = State::default();
        let module = state.load(PTX).unwrap();
        let function = state.function(module, "nothing").unwrap();
        state.launch(function, Launch::new(1, 32), &[]).unwrap();
        assert_eq!(state.function(module, "other").unwrap_err().code, code::NOT_FOUND);
        assert_eq!(state.allow_shared(function, 1 << 20).unwrap_err().code, code::INVALID_VALUE);
        assert_eq!(state.live(), [0, 1, 0, 0, 0, 0]);
        state.unload(module).unwrap();
        let error = state.launch(function, Launch::new(1, 32), &[]).unwrap_err();
        assert_eq!(error.code, code::INVALID_HANDLE);
        assert_eq!(state.live(), [0; 6]);
    }

    #[test]
    fn a_capture_records_and_a_graph_repeats() {
        let mut state = State::default();
        let (stream, memory) = (state.create_stream(), state.memory.allocate(8).unwrap());
        let read = |state: &mut State| {
            let mut bytes = [0; 4];
            state.memory.read(memory + 4, &mut bytes).map(|()| bytes)
        };
        assert_eq!(state.begin_capture(0, 1).unwrap_err().code, code::STREAM_CAPTURE_UNSUPPORTED);
        state.begin_capture(stream, 1).unwrap();
        assert_eq!(state.capture_status(stream).unwrap(), 1);
        state.submit(stream, Work::Fill { to: memory, value: 7, n: 4 }).unwrap();
        state.submit(stream, Work::Copy { to: memory + 4, from: memory, n: 4 }).unwrap();
        let graph = state.end_capture(stream).unwrap();
        let ready = state.instantiate(graph).unwrap();
        state.destroy_graph(graph).unwrap();
        assert!(read(&mut state).is_err(), "nothing has run yet");
        state.launch_graph(ready, stream).unwrap();
        assert_eq!(read(&mut state).unwrap(), [7; 4]);
        state.submit(stream, Work::Fill { to: memory, value: 9, n: 8 }).unwrap();
        state.launch_graph(ready, stream).unwrap();
        assert_eq!(read(&mut state).unwrap(), [7; 4]);
        state.destroy_graph(ready).unwrap();
        assert_eq!(state.launch_graph(ready, stream).unwrap_err().code, code::INVALID_HANDLE);

        // What cannot be recorded spoils the capture, and leaves the stream usable.
        for spoil in [
            |state: &mut State, stream| state.refuse_in_capture(stream, "a wait").unwrap_err().code,
            |state: &mut State, _| state.refuse_in_any_capture("an allocation").unwrap_err().code,
        ] {
            state.begin_capture(stream, 0).unwrap();
            assert_eq!(spoil(&mut state, stream), code::STREAM_CAPTURE_UNSUPPORTED);
            assert_eq!(state.end_capture(stream).unwrap_err().code, code::STREAM_CAPTURE_INVALIDATED);
        }
        state.begin_capture(stream, 2).unwrap();
        state.refuse_in_any_capture("an allocation").unwrap();
        let graph = state.end_capture(stream).unwrap();
        state.destroy_graph(graph).unwrap();
        state.destroy_stream(stream).unwrap();
        state.memory.free(memory).unwrap();
        let pinned = state.allocate_pinned(5000).unwrap();
        assert_eq!((pinned % 4096, state.live()), (0, [0, 0, 0, 0, 0, 1]));
        state.free_pinned(pinned).unwrap();
        assert!(state.free_pinned(pinned).is_err());
        assert_eq!(state.live(), [0; 6]);
    }

    #[test]
    fn what_a_driver_would_refuse() {
        let mut state = State::default();
        let load =
            |state: &mut State, from: &str, to: &str| state.load(&PTX.replace(from, to)).unwrap_err().code;
        assert_eq!(load(&mut state, "8.0", "9.9"), code::UNSUPPORTED_PTX_VERSION);
        assert_eq!(load(&mut state, "sm_70", "sm_90"), code::NO_BINARY_FOR_GPU);
        assert_eq!(load(&mut state, "ret;", "frobnicate;"), code::INVALID_PTX);
    }
}
