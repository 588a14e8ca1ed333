//! Integration tests: the whole way over loopback, the real pages, mutated pages.

mod mutations;
mod real;
mod whole_way;
