//! The posts' nets on the stack, at the machine's speed and without an allocation.
//!
//! [`Iris`] keeps the post's printed recipe to the last bit; [`Xor`] is 3-4-1 in `f32` with fused
//! steps, which agrees with the reading copy to a tolerance. Both are written over arrays of lanes
//! whose operations are element-wise, so the vector width that the machine offers changes the time
//! and not the result; the code is compiled for AVX-512, for AVX2 with FMA, and plainly, and chosen
//! at run time.

mod iris;
mod xor;

pub use iris::Iris;
pub use xor::Xor;
