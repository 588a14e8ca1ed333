//! Damage that changes nothing, and why.

pub(super) struct Equivalent {
    pub(super) kernel: &'static str,
    /// Lines of the PTX, counted from the kernel's `.entry`, which is 0.
    pub(super) lines: &'static [usize],
    /// Why no launch can tell; read by people.
    #[expect(dead_code, reason = "it is there to be read in this file")]
    pub(super) reason: &'static str,
}

const fn row(kernel: &'static str, lines: &'static [usize], reason: &'static str) -> Equivalent {
    Equivalent { kernel, lines, reason }
}

const EMPTY_TILE: &str = "The loop over tiles is not skipped where the sum is empty: the one tile that it then adds holds \
    only zeros, as all of it lies beyond the edge, and the sum begins with +0.";
const NO_LAYERS: &str = "Whether there is a layer at all: with none, the kernel reads the table of layers before its \
    beginning, with the check and without, so that no such launch comes to an end.";
const NO_OUTPUTS: &str = "Whether a softmax has outputs: it has read the first of them before, which with none was never \
    written, so that no such launch comes to an end.";
const PADDED_OUTPUTS: &str = "The activation of a column beyond the layer's width, instead of 0: the next layer multiplies \
    it with a weight that is taken as 0 there, and on the way back its sums are not stored.";
const PADDED_DELTAS: &str = "What goes back through the activation of a column beyond the layer's width, instead of 0: it is \
    a multiple of that column's sum, which is 0, as its weights are taken as 0.";
const PADDED_ROWS: &str = "A factor from the padding of a row, instead of 0: it was written, it is finite, and it goes into a \
    row of the gradient beyond the layer's inputs, which is not stored.";
const WIDER_ZEROS: &str = "Zeros for the last deltas up to a multiple of 8, four at a time, where none are wanted: they go \
    into the columns behind, of which every row has four at least, and which are read by nobody.";
const SEVEN_ZEROS: &str = "At most seven zeros are wanted, three of them were written one by one: a round of four is never \
    followed by another.";
const LOOK_AGAIN: &str = "All blocks have come at the first look, and it sleeps and looks once more.";
const SAME_LOSS: &str =
    "Every thread adds up the step's loss, instead of one: the same sum, written to the same place.";

pub(super) const EQUIVALENT: &[Equivalent] = &[
    row("matmul_tiled", &[29], EMPTY_TILE),
    row(
        "matmul_tf32",
        &[226],
        "The step left over by the unrolled loop is not skipped where none is: its factors lie beyond the inner length \
         and count as 0.",
    ),
    row(
        "fit_warp",
        &[284],
        "Eight lanes instead of one write the prediction: the butterfly gave them all the same sum, and the place is the \
         same.",
    ),
    row("fused_f32", &[181, 2293], NO_LAYERS),
    row("fused_f32", &[1214, 1393], NO_OUTPUTS),
    row("fused_f32", &[503, 602, 698, 795], PADDED_OUTPUTS),
    row("fused_f32", &[2246, 2274], WIDER_ZEROS),
    row("fused_f32", &[2288], SEVEN_ZEROS),
    row("fused_f32", &[2459, 2483, 2514, 2545, 2571, 2598, 2626, 2655], PADDED_ROWS),
    row("fused_f32", &[3069, 3127, 3181, 3233], PADDED_DELTAS),
    row("fused_tf32", &[182, 2136], NO_LAYERS),
    row("fused_tf32", &[1049, 1228], NO_OUTPUTS),
    row("fused_tf32", &[338, 437, 533, 630], PADDED_OUTPUTS),
    row("fused_tf32", &[2081, 2112], WIDER_ZEROS),
    row("fused_tf32", &[2126], SEVEN_ZEROS),
    row("fused_tf32", &[2261, 2284], PADDED_ROWS),
    row("fused_tf32", &[2542, 2598, 2650, 2703], PADDED_DELTAS),
    row("train_cooperative", &[84, 2033], NO_LAYERS),
    row("train_cooperative", &[369, 1702, 1933, 2510], LOOK_AGAIN),
    row("train_cooperative", &[1770, 2090], EMPTY_TILE),
    row("train_cooperative", &[1959], SAME_LOSS),
    row("step_back", &[79], EMPTY_TILE),
    row("step_update", &[70], SAME_LOSS),
    row("step_update", &[218], EMPTY_TILE),
];
