//! Counts over months and years as bars, in text and as pictures.

use std::collections::BTreeMap;

use anyhow::Result;
use corpus_fetch::thousands;
use plotters::prelude::*;

/// Width and height of a picture.
const SIZE: (u32, u32) = (960, 400);

/// A bar chart in text, 50 columns for the largest.
pub(crate) fn text_bars(counts: &BTreeMap<String, u64>) -> String {
    let most = counts.values().copied().max().unwrap_or(0).max(1);
    let bar = |(name, &n): (&String, &u64)| {
        format!("{name:>8} {:<50} {}\n", "#".repeat((n * 50).div_ceil(most) as usize), thousands(n))
    };
    counts.iter().map(bar).collect()
}

/// A bar chart as SVG: a place on the axis for each month (`2018-06`) or year (`2018`) from the first to the last,
/// also for those without any; what has no date is left out.
pub(crate) fn bars(title: &str, counts: &BTreeMap<String, u64>) -> Result<String> {
    let dated: Vec<(i64, u64)> = counts.iter().filter_map(|(name, n)| Some((place(name)?, *n))).collect();
    let by_month = counts.keys().any(|name| name.len() == 7);
    let first = dated.iter().map(|(at, _)| *at).min().unwrap_or(0);
    let last = dated.iter().map(|(at, _)| *at).max().unwrap_or(0);
    let most = dated.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .caption(title, ("sans-serif", 20))
            .margin(12)
            .x_label_area_size(36)
            .y_label_area_size(84)
            .build_cartesian_2d(first as f64 - 0.5..last as f64 + 0.5, 0.0..most as f64 * 1.05)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(12)
            .y_labels(6)
            // A tick between two bars, as there are with few bars, has no name of its own.
            .x_label_formatter(&|at| {
                if at.fract() == 0.0 { name_of(*at as i64, by_month) } else { String::new() }
            })
            .y_label_formatter(&|n| thousands(*n as u64))
            .draw()?;
        // A thin gap between bars where there is room for one.
        let gap = if last - first < 200 { 0.1 } else { 0.0 };
        chart.draw_series(dated.iter().map(|(at, n)| {
            let at = *at as f64;
            Rectangle::new(
                [(at - 0.5 + gap, 0.0), (at + 0.5 - gap, *n as f64)],
                RGBColor(38, 84, 124).filled(),
            )
        }))?;
        root.present()?;
    }
    Ok(svg)
}

/// A month's or a year's number on the axis.
fn place(name: &str) -> Option<i64> {
    match name.split_once('-') {
        Some((year, month)) => Some(year.parse::<i64>().ok()? * 12 + month.parse::<i64>().ok()? - 1),
        None => name.parse().ok(),
    }
}

fn name_of(at: i64, by_month: bool) -> String {
    if by_month { format!("{}-{:02}", at.div_euclid(12), at.rem_euclid(12) + 1) } else { at.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &[(&str, u64)]) -> BTreeMap<String, u64> {
        pairs.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect()
    }

    #[test]
    fn every_month_has_its_bar_and_its_name() {
        let svg = bars("Articles & months", &counts(&[("2018-06", 3), ("2018-08", 1), ("undated", 9)]))
            .expect("a picture");
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
        assert!(svg.contains("Articles &amp; months"));
        for name in ["2018-06", "2018-07", "2018-08"] {
            assert_eq!(svg.matches(name).count(), 1, "{name}: {svg}");
        }
        // The background and two bars.
        assert_eq!(svg.matches("<rect").count(), 3, "{svg}");
        assert_eq!(name_of(place("2018-12").expect("a month"), true), "2018-12");
    }

    #[test]
    fn nothing_is_drawn_as_nothing() {
        assert!(bars("None", &BTreeMap::new()).is_ok());
        assert_eq!(text_bars(&counts(&[("1987", 2), ("1988", 1)])).lines().count(), 2);
    }
}
