//! The three pictures of `stats`: Zipf's law, Heaps' law, the growth of the catalogue.

use std::fmt::Debug;
use std::ops::Range;

use anyhow::{Result, anyhow};
use corpus_text::counts::PowerLaw;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::prelude::*;

/// A picture's points, and the law that was fitted to them.
pub(crate) struct Picture<'a> {
    pub(crate) title: &'a str,
    pub(crate) x: &'a str,
    pub(crate) y: &'a str,
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) law: Option<PowerLaw>,
    /// Both axes logarithmic, as a power law wants them.
    pub(crate) is_log: bool,
}

impl Picture<'_> {
    /// The picture as SVG.
    pub(crate) fn svg(&self) -> Result<String> {
        let (x, y) = (self.range(|point| point.0), self.range(|point| point.1));
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, (720, 440)).into_drawing_area();
            let drawn = area.fill(&WHITE).map_err(|error| format!("{error:?}")).and_then(|()| {
                if self.is_log {
                    self.draw(&area, x.log_scale(), y.log_scale())
                } else {
                    self.draw(&area, x, y)
                }
            });
            let failed = |error| anyhow!("the picture {}: {error}", self.title);
            drawn.map_err(failed)?;
            area.present().map_err(|error| failed(format!("{error:?}")))?;
        }
        Ok(svg)
    }

    /// From the least to the greatest, with a little air; an axis of logarithms has no zero.
    fn range(&self, of: impl Fn(&(f64, f64)) -> f64) -> Range<f64> {
        let least = self.points.iter().map(&of).fold(f64::INFINITY, f64::min);
        let greatest = self.points.iter().map(&of).fold(f64::NEG_INFINITY, f64::max);
        if self.points.is_empty() {
            1.0..10.0
        } else if self.is_log {
            least.max(1.0) * 0.8..greatest.max(1.0) * 1.6
        } else {
            least - 0.5..greatest.max(least + 1.0) * 1.001
        }
    }

    fn draw<X, Y>(
        &self,
        area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
        x: X,
        y: Y,
    ) -> std::result::Result<(), String>
    where
        X: AsRangedCoord<Value = f64>,
        Y: AsRangedCoord<Value = f64>,
        X::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
        Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let text = |error: &dyn Debug| format!("{error:?}");
        let mut chart = ChartBuilder::on(area)
            .caption(self.title, ("sans-serif", 18))
            .margin(10)
            .margin_right(20)
            .x_label_area_size(44)
            .y_label_area_size(84)
            .build_cartesian_2d(x, y)
            .map_err(|error| text(&error))?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .label_style(("sans-serif", 14))
            .axis_desc_style(("sans-serif", 14))
            .x_desc(self.x)
            .y_desc(self.y)
            .x_labels(8)
            .y_labels(8)
            .x_label_formatter(&|value| format!("{value:.0}"))
            .y_label_formatter(&|value| corpus_fetch::thousands(value.max(0.0) as u64))
            .draw()
            .map_err(|error| text(&error))?;
        if let Some(law) = self.law {
            let on_law = |x: f64| (x, law.factor * x.powf(law.exponent));
            let line = self.points.iter().map(|point| on_law(point.0));
            let name = format!("y = {:.3e} x^{:.3}, R\u{b2} {:.4}", law.factor, law.exponent, law.r_squared);
            chart
                .draw_series(LineSeries::new(line, RED.stroke_width(2)))
                .map_err(|error| text(&error))?
                .label(name)
                .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], RED.stroke_width(2)));
        }
        let dots = self.points.iter().map(|point| Circle::new(*point, 3, BLUE.filled()));
        chart.draw_series(dots).map_err(|error| text(&error))?;
        if self.law.is_some() {
            chart
                .configure_series_labels()
                .position(SeriesLabelPosition::UpperMiddle)
                .label_font(("sans-serif", 14))
                .border_style(TRANSPARENT)
                .draw()
                .map_err(|error| text(&error))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_its_points_its_law_and_its_axes() {
        let law = PowerLaw { factor: 1000.0, exponent: -1.0, r_squared: 1.0 };
        let points: Vec<_> = (1..50).map(|n| (f64::from(n), 1000.0 / f64::from(n))).collect();
        let picture =
            Picture { title: "Zipf's law", x: "rank", y: "count", points, law: Some(law), is_log: true };
        let svg = picture.svg().unwrap();
        assert_eq!(svg.matches("<circle").count(), 49);
        for said in ["<polyline", "rank", "count", "x^-1.000", "Zipf"] {
            assert!(svg.contains(said), "{said}");
        }
        let empty = Picture { points: Vec::new(), law: None, is_log: false, ..picture };
        assert!(empty.svg().unwrap().contains("</svg>"));
    }
}
