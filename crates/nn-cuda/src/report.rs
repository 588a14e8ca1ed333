//! The kernels' figures as their compiler gives them: the table of `kernels/REPORT.md`, parsed.

/// What one kernel takes on one generation of GPUs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelFigures {
    /// The kernel's name.
    pub kernel: String,
    /// The architecture, such as `sm_80`.
    pub architecture: String,
    /// Registers a thread.
    pub registers: u32,
    /// Bytes of registers spilled to memory (stores and loads).
    pub spilled_bytes: u32,
    /// Static shared memory of a block, in bytes.
    pub shared_bytes: u32,
    /// Instructions in the PTX text.
    pub instructions: u32,
    /// Warps that can be resident at a time, of the most the architecture allows, in per cent.
    pub occupancy_percent: u32,
}

/// All rows of the report, which `cargo xtask kernels` writes and checks.
#[must_use]
pub fn kernels() -> Vec<KernelFigures> {
    include_str!("../kernels/REPORT.md").lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<KernelFigures> {
    let cells: Vec<&str> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
    let [kernel, architecture, registers, spilled, shared, instructions, occupancy] = cells[..] else {
        return None;
    };
    Some(KernelFigures {
        kernel: kernel.trim_matches('`').to_owned(),
        architecture: architecture.to_owned(),
        registers: registers.parse().ok()?,
        spilled_bytes: spilled.parse().ok()?,
        shared_bytes: shared.parse().ok()?,
        instructions: instructions.parse().ok()?,
        occupancy_percent: occupancy.strip_suffix('%')?.trim().parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fit_fits_its_registers_and_spills_nothing() {
        let rows = kernels();
        assert!(rows.len() >= 3 * 11, "{} rows", rows.len());
        for row in rows {
            assert_eq!(row.spilled_bytes, 0, "{row:?}");
            match row.kernel.as_str() {
                "fit" => assert!(row.registers <= 40, "{row:?}"),
                "fit_warp" => assert!(row.registers <= 32 && row.shared_bytes == 0, "{row:?}"),
                _ => {}
            }
        }
    }
}
