//! Heat maps as tables: readable by any reader, coloured by their share.

use maud::{Markup, html};
use serde::Deserialize;

/// One cell: a share of successes with its interval.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Cell {
    share: f64,
    low: f64,
    high: f64,
}

/// A map of shares over two axes.
#[derive(Debug)]
pub(super) struct Heat<'a> {
    pub(super) title: &'a str,
    pub(super) row_axis: &'a str,
    pub(super) column_axis: &'a str,
    pub(super) rows: &'a [String],
    pub(super) columns: &'a [String],
    /// Row by row.
    pub(super) cells: &'a [Cell],
}

impl Heat<'_> {
    /// The table with `caption` below.
    pub(super) fn figure(&self, caption: &str) -> Markup {
        html! {
            figure.broad {
                h3 { (self.title) }
                div.wide tabindex="0" role="region" aria-label=(self.title) {
                    table.heat {
                        thead {
                            tr { td {} th.axis scope="colgroup" colspan=(self.columns.len()) { (self.column_axis) } }
                            tr { th scope="col" { (self.row_axis) } @for column in self.columns { th scope="col" { (column) } } }
                        }
                        tbody {
                            @for (row, cells) in self.rows.iter().zip(self.cells.chunks(self.columns.len().max(1))) {
                                tr {
                                    th scope="row" { (row) }
                                    @for cell in cells { (cell.markup()) }
                                }
                            }
                        }
                    }
                }
                figcaption { (caption) }
            }
        }
    }
}

impl Cell {
    fn markup(&self) -> Markup {
        html! {
            td style=(background(self.share)) {
                (percent(self.share))
                span.interval { (percent(self.low)) "–" (percent(self.high)) }
            }
        }
    }
}

/// A cell's background for a share between 0 and 1, on which the page's ink stays readable.
pub(super) fn background(share: f64) -> String {
    format!("background:color-mix(in srgb, var(--heat) {:.0}%, transparent)", 100.0 * share)
}

/// Per cent; with a digit after the point near both ends, where it matters.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let is_inner = (2.0..98.0).contains(&percent) || !(0.05..=99.95).contains(&percent);
    if is_inner { format!("{percent:.0}") } else { format!("{percent:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_near_the_ends_have_a_digit_more() {
        let shown = [0.0, 0.0049, 0.5, 0.996, 1.0].map(percent);
        assert_eq!(shown, ["0", "0.5", "50", "99.6", "100"]);
    }
}
