//! The posts' nets on the stack: sizes known to the compiler, no allocation in the loop.

mod iris;
mod xor;

pub use iris::Iris;
pub use xor::Xor;
