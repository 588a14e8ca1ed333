//! Damage that changes nothing, and why.

pub(super) struct Equivalent {
    pub(super) kernel: &'static str,
    /// Lines of the PTX, counted from the kernel's `.entry`, which is 0.
    pub(super) lines: &'static [usize],
    /// Why no launch can tell; read by people.
    #[expect(dead_code, reason = "it is there to be read in this file")]
    pub(super) reason: &'static str,
}

pub(super) const EQUIVALENT: &[Equivalent] = &[];
