//! The simulated device: its memory, modules, streams and events, behind one lock.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};
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
    streams: HashSet<usize>,
    /// When an event was last recorded.
    events: HashMap<usize, Option<Instant>>,
    next: usize,
    pub(crate) last_error: String,
}

thread_local! {
    /// Thread instructions of all launches that the calling thread made.
    pub(crate) static THREAD_INSTRUCTIONS: Cell<u64> = const { Cell::new(0) };
}

/// What is alive: allocations, modules, streams, events.
pub(crate) type Live = [u64; 4];

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
        [self.memory.live(), self.modules.len(), self.streams.len(), self.events.len()].map(|n| n as u64)
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

    pub(crate) fn create_stream(&mut self) -> usize {
        let handle = self.handle();
        self.streams.insert(handle);
        handle
    }

    pub(crate) fn destroy_stream(&mut self, stream: usize) -> Outcome<()> {
        if self.streams.remove(&stream) { Ok(()) } else { Err(stale("stream")) }
    }

    pub(crate) fn create_event(&mut self) -> usize {
        let handle = self.handle();
        self.events.insert(handle, None);
        handle
    }

    pub(crate) fn record(&mut self, event: usize) -> Outcome<()> {
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
        assert_eq!(state.live(), [0, 1, 0, 0]);
        state.unload(module).unwrap();
        let error = state.launch(function, Launch::new(1, 32), &[]).unwrap_err();
        assert_eq!(error.code, code::INVALID_HANDLE);
        assert_eq!(state.live(), [0; 4]);
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
