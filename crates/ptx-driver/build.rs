//! Gives the library the name that CUDA programs ask the loader for.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A loader that has this library open already answers a request for `libcuda.so` with it.
    if std::env::var_os("CARGO_CFG_TARGET_OS").is_some_and(|os| os == "linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libcuda.so");
    }
}
