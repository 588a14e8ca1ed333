//! Line charts as SVG, by `plotters`, in colours that the style sheet replaces for light and dark.

use anyhow::{Result, anyhow};
use maud::{Markup, PreEscaped, html};
use plotters::coord::ranged1d::{Ranged, ValueFormatter};
use plotters::prelude::*;
use std::fmt::Debug;
use std::ops::Range;

/// A colour by its role; `style.css` maps each of these values to one of its variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tint {
    Red,
    Blue,
    Green,
    Amber,
}

impl Tint {
    /// Colours that no other part of a chart uses, so that the style sheet can name them.
    fn colour(self) -> RGBColor {
        match self {
            Self::Red => RGBColor(200, 1, 1),
            Self::Blue => RGBColor(1, 1, 200),
            Self::Green => RGBColor(1, 120, 1),
            Self::Amber => RGBColor(180, 100, 1),
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Blue => "blue",
            Self::Green => "green",
            Self::Amber => "amber",
        }
    }
}

/// A chart that has the column to itself, and one of two that share it.
const WHOLE: (u32, u32) = (540, 330);
const HALF: (u32, u32) = (400, 300);
const INK: RGBColor = RGBColor(1, 1, 1);
const GRID: RGBColor = RGBColor(220, 221, 222);

/// One line of a chart, or its points, or its columns.
#[derive(Debug, Clone)]
pub(super) struct Series {
    name: String,
    tint: Tint,
    points: Vec<(f64, f64)>,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Line,
    Dots,
    /// A column from zero to each point, of this width.
    Columns(f64),
}

impl Series {
    pub(super) fn line(name: &str, tint: Tint, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.to_owned(), tint, points, form: Form::Line }
    }

    pub(super) fn dots(name: &str, tint: Tint, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.to_owned(), tint, points, form: Form::Dots }
    }

    pub(super) fn columns(name: &str, tint: Tint, points: Vec<(f64, f64)>, width: f64) -> Self {
        Self { name: name.to_owned(), tint, points, form: Form::Columns(width) }
    }
}

/// A chart of numbers against numbers.
#[derive(Debug, Clone)]
pub(super) struct Chart {
    /// What a reader who cannot see it is told.
    pub(super) label: String,
    pub(super) x: (String, Range<f64>),
    pub(super) y: (String, Range<f64>),
    /// Logarithmic axes, x and y.
    pub(super) is_log: (bool, bool),
    pub(super) series: Vec<Series>,
}

impl Chart {
    /// The chart with its legend and `caption` below.
    pub(super) fn figure(&self, caption: &str) -> Result<Markup> {
        self.figure_named(tick, caption)
    }

    /// As [`figure`](Self::figure), with names of its own along the x axis; an empty one is left out.
    pub(super) fn figure_named(&self, x_name: fn(f64) -> String, caption: &str) -> Result<Markup> {
        self.drawn(WHOLE, x_name, caption)
    }

    /// As [`figure`](Self::figure), for one of two side by side: letters are as large as in a whole one.
    pub(super) fn half(&self, caption: &str) -> Result<Markup> {
        self.drawn(HALF, tick, caption)
    }

    /// As [`half`](Self::half), with names of its own along the x axis.
    pub(super) fn half_named(&self, x_name: fn(f64) -> String, caption: &str) -> Result<Markup> {
        self.drawn(HALF, x_name, caption)
    }

    fn drawn(&self, size: (u32, u32), x_name: fn(f64) -> String, caption: &str) -> Result<Markup> {
        let svg = self.svg(size, x_name)?;
        let named = || self.series.iter().filter(|series| !series.name.is_empty());
        Ok(html! {
            figure {
                div.chart.whole[size == WHOLE] role="img" aria-label=(self.label) { (PreEscaped(svg)) }
                @if named().count() > 1 { p.legend { @for series in named() { span { span class={ "swatch " (series.tint.class()) } {} (series.name) } " " } } }
                figcaption { (caption) }
            }
        })
    }

    fn svg(&self, size: (u32, u32), x_name: fn(f64) -> String) -> Result<String> {
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            let (x, y) = (self.x.1.clone(), self.y.1.clone());
            let failed = |error: String| anyhow!("the chart {}: {error}", self.label);
            match self.is_log {
                (false, false) => self.draw(&area, x, y, x_name),
                (false, true) => self.draw(&area, x, y.log_scale(), x_name),
                (true, false) => self.draw(&area, x.log_scale(), y, x_name),
                (true, true) => self.draw(&area, x.log_scale(), y.log_scale(), x_name),
            }
            .map_err(failed)?;
            area.present().map_err(|error| failed(error.to_string()))?;
        }
        // The page says how large it is; the view box keeps its shape.
        let sized = format!("width=\"{}\" height=\"{}\"", size.0, size.1);
        Ok(svg.replacen(&sized, "aria-hidden=\"true\"", 1))
    }

    fn draw<X, Y>(
        &self,
        area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
        x: X,
        y: Y,
        x_name: fn(f64) -> String,
    ) -> Result<(), String>
    where
        X: plotters::coord::ranged1d::AsRangedCoord<Value = f64>,
        Y: plotters::coord::ranged1d::AsRangedCoord<Value = f64>,
        X::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
        Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let text = |error: &dyn Debug| format!("{error:?}");
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_right(34)
            .x_label_area_size(46)
            .y_label_area_size(72)
            .build_cartesian_2d(x, y)
            .map_err(|error| text(&error))?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(INK)
            .label_style(("sans-serif", 16).into_font().color(&INK))
            .axis_desc_style(("sans-serif", 16).into_font().color(&INK))
            .x_desc(&self.x.0)
            .y_desc(&self.y.0)
            .x_labels(6)
            .y_labels(6)
            .x_label_formatter(&|value| x_name(*value))
            .y_label_formatter(&|value| tick(*value))
            .draw()
            .map_err(|error| text(&error))?;
        for series in &self.series {
            let colour = series.tint.colour();
            let drawn = match series.form {
                Form::Dots => {
                    let dots = series.points.iter().map(|point| Circle::new(*point, 4, colour.filled()));
                    chart.draw_series(dots).map(|_| ())
                }
                Form::Line => {
                    let line = LineSeries::new(series.points.iter().copied(), colour.stroke_width(2));
                    chart.draw_series(line).map(|_| ())
                }
                Form::Columns(width) => {
                    let column = |(x, y): &(f64, f64)| {
                        Rectangle::new([(x - width / 2.0, 0.0), (x + width / 2.0, *y)], colour.filled())
                    };
                    chart.draw_series(series.points.iter().map(column)).map(|_| ())
                }
            };
            drawn.map_err(|error| text(&error))?;
        }
        Ok(())
    }
}

/// An axis label: without the last bits of its computation, large counts in groups, and powers of ten far from
/// one as such.
fn tick(value: f64) -> String {
    let value: f64 = format!("{value:.6e}").parse().unwrap_or(value);
    let power = value.abs().log10();
    if value > 0.0 && (power - power.round()).abs() < 1e-9 && !(-3.5..6.5).contains(&power) {
        return format!("10{}", superscript(power.round() as i32));
    }
    if value.fract() == 0.0 && value >= 10_000.0 {
        return super::show::grouped(value as u64);
    }
    super::show::digits(value)
}

/// A year as an axis label; nothing between two years.
pub(super) fn whole_year(year: f64) -> String {
    if year.fract() == 0.0 { format!("{year:.0}") } else { String::new() }
}

fn superscript(power: i32) -> String {
    let raised = |letter| match letter {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit as u32 - '0' as u32).unwrap_or(digit),
    };
    power.to_string().chars().map(raised).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_as_people_write_them() {
        let ticks = [0.25, 10_000.0, 1e-8, 1e9, 0.001, 0.300_000_000_000_04].map(tick);
        assert_eq!(ticks, ["0.25", "10,000", "10⁻⁸", "10⁹", "0.001", "0.3"]);
    }

    #[test]
    fn a_chart_uses_only_the_colours_that_the_style_sheet_names() {
        let chart = Chart {
            label: "a test".to_owned(),
            x: ("x".to_owned(), 0.0..1.0),
            y: ("y".to_owned(), 1e-3..1.0),
            is_log: (false, true),
            series: vec![
                Series::line("line", Tint::Red, vec![(0.0, 0.1), (1.0, 1.0)]),
                Series::dots("dots", Tint::Blue, vec![(0.5, 0.5)]),
                Series::columns("columns", Tint::Green, vec![(0.5, 0.5)], 0.1),
            ],
        };
        let svg = chart.svg(WHOLE, tick).unwrap();
        let style = include_str!("assets/style.css");
        for attribute in ["fill=\"#", "stroke=\"#"] {
            for found in svg.split(attribute).skip(1) {
                let colour = &found[..6];
                assert!(style.contains(&format!("\"#{colour}\"")), "style.css has no rule for #{colour}");
            }
        }
        assert!(svg.contains("<polyline") && svg.contains("<circle"));
    }
}
