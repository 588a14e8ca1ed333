//! The CUDA driver's interface over [`ptx_sim`]: the functions of `libcuda.so` that `cudarc` calls, with one simulated
//! device behind them.
//!
//! A program opens this library by its path before it asks for `libcuda.so`; its SONAME is that name, so the loader
//! hands it out and the program runs as on a GPU. Launches run at once, in the calling thread; an error of a kernel is
//! returned by the launch itself, and the context goes on living after it. A stream that captures records launches,
//! fills and copies within the device, and a graph repeats them; anything else spoils the capture with CUDA's own code.
//!
//! Three functions stand beside CUDA's own: `ptxDriverLastError` gives the text of the last error, with the kernel, the
//! line, the block and the thread, `ptxDriverLive` the number of live allocations, modules, streams, events, graphs
//! and pieces of pinned host memory, and `ptxDriverThreadInstructions` the thread instructions of all launches that the calling thread made.

mod state;
mod symbols;
