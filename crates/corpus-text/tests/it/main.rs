//! Properties of what reads foreign bytes and text, and the round trip from bytes to corpus files.

mod properties;
mod real;
