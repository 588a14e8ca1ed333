//! A plane as a picture: SVG, or a page around it that can be moved and searched.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use crate::error::Error;
use crate::files::write_whole;
use crate::plane::Plane;

/// The picture's side.
const SIDE: f64 = 1000.0;
/// What is left free at its edges, for words that stick out.
const EDGE: f64 = 60.0;
/// Height of a letter, and about its width.
const LETTER: (f64, f64) = (11.0, 6.2);

impl Plane {
    /// Writes the picture: a page for `.html`, `word x y` between tabs for `.tsv`, otherwise SVG. A word is written
    /// beside its point where no earlier word is in the way; all are shown under the pointer.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn save(&self, path: &Path, title: &str) -> Result<(), Error> {
        let text = match path.extension().and_then(|e| e.to_str()) {
            Some("html" | "htm") => self.page(title),
            Some("tsv") => {
                let mut table = String::new();
                for (word, [x, y]) in self.words.iter().zip(&self.places) {
                    let _ = writeln!(table, "{word}\t{x}\t{y}");
                }
                table
            }
            _ => self.svg(title),
        };
        write_whole(path, |out| out.write_all(text.as_bytes()))
    }

    fn svg(&self, title: &str) -> String {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {SIDE} {SIDE}\" font-family=\"sans-serif\" \
             font-size=\"{}\" role=\"img\">\n<title>{}</title>\n<rect width=\"{SIDE}\" height=\"{SIDE}\" \
             fill=\"#fff\"/>\n",
            LETTER.0,
            escaped(title)
        );
        let spots = self.spots();
        let mut labels: Vec<[f64; 4]> = Vec::new();
        for (word, &[x, y]) in self.words.iter().zip(&spots) {
            let shown = escaped(word);
            let _ = write!(
                svg,
                "<g><title>{shown}</title><circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\" fill=\"#1f5fa8\"/>"
            );
            let width = LETTER.1 * word.chars().count() as f64;
            // To the left of the point where the word would leave the picture on the right.
            let left = if x + 4.0 + width > SIDE { x - 4.0 - width } else { x + 4.0 };
            let label = [left, y - LETTER.0 / 2.0, left + width, y + LETTER.0 / 2.0];
            let meets = |other: &[f64; 4]| {
                label[0] < other[2] && other[0] < label[2] && label[1] < other[3] && other[1] < label[3]
            };
            if !labels.iter().any(meets) {
                labels.push(label);
                let _ =
                    write!(svg, "<text x=\"{left:.1}\" y=\"{:.1}\" fill=\"#222\">{shown}</text>", y + 4.0);
            }
            svg.push_str("</g>\n");
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn page(&self, title: &str) -> String {
        let axes = match self.shares {
            Some([x, y]) => format!(
                "Principal components: the axes show {:.1} % and {:.1} % of the variance.",
                100.0 * x,
                100.0 * y
            ),
            None => "t-SNE: near words are alike; directions and far distances mean nothing.".to_owned(),
        };
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>{STYLE}\
             </style>\n<h1>{title}</h1>\n<p>{} words. {axes} Scroll to zoom, drag to move. \
             <label>Find: <input id=\"find\" type=\"search\"></label></p>\n{}<script>{SCRIPT}</script>\n</html>\n",
            self.words.len(),
            self.svg(title),
            title = escaped(title),
        )
    }

    /// Places in the picture: both axes in one scale, so that distances stay what they are.
    fn spots(&self) -> Vec<[f64; 2]> {
        let range = |axis: usize| {
            let along = self.places.iter().map(|place| place[axis]);
            along.fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)))
        };
        let ((left, right), (bottom, top)) = (range(0), range(1));
        let scale = (SIDE - 2.0 * EDGE) / (right - left).max(top - bottom).max(f64::MIN_POSITIVE);
        let spot = |&[x, y]: &[f64; 2]| {
            let (from_middle_x, from_middle_y) =
                (x - f64::midpoint(left, right), y - f64::midpoint(bottom, top));
            [SIDE / 2.0 + from_middle_x * scale, SIDE / 2.0 - from_middle_y * scale]
        };
        self.places.iter().map(spot).collect()
    }
}

const STYLE: &str = "body{font:16px sans-serif;margin:1em auto;max-width:62em;padding:0 1em}\
    svg{width:100%;height:auto;border:1px solid #ccc;cursor:grab}.found circle{fill:#c22;r:6}\
    .found text{fill:#c22;font-weight:bold}";

const SCRIPT: &str = "
const svg = document.querySelector('svg'), view = svg.viewBox.baseVal;
svg.addEventListener('wheel', e => {
  e.preventDefault();
  const box = svg.getBoundingClientRect(), by = e.deltaY > 0 ? 1.2 : 1 / 1.2;
  view.x += view.width * (1 - by) * (e.clientX - box.left) / box.width;
  view.y += view.height * (1 - by) * (e.clientY - box.top) / box.height;
  view.width *= by; view.height *= by;
}, {passive: false});
svg.addEventListener('pointermove', e => {
  if (!e.buttons) return;
  const by = view.width / svg.getBoundingClientRect().width;
  view.x -= e.movementX * by; view.y -= e.movementY * by;
});
document.getElementById('find').addEventListener('input', e => {
  const wanted = e.target.value;
  for (const g of svg.querySelectorAll('g'))
    g.classList.toggle('found', wanted !== '' && g.querySelector('title').textContent === wanted);
});
";

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // XML has no place for other control characters.
            control if control.is_control() => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane() -> Plane {
        let words = ["king", "queen", "<b>&", "far"].map(str::to_owned).to_vec();
        let places = vec![[0.0, 0.0], [0.01, 0.0], [-1.0, 2.0], [3.0, -1.0]];
        Plane { words, places, shares: Some([0.5, 0.25]) }
    }

    #[test]
    fn points_stay_inside_and_words_do_not_cover_each_other() {
        let svg = plane().svg("a & b");
        assert_eq!(svg.matches("<circle").count(), 4);
        // `queen` would cover `king`, which came first.
        assert_eq!(svg.matches("<text").count(), 3);
        assert!(svg.contains("<title>a &amp; b</title>") && svg.contains("<text") && !svg.contains("<b>"));
        for spot in plane().spots() {
            assert!(spot.iter().all(|x| (EDGE - 1e-6..=SIDE - EDGE + 1e-6).contains(x)), "{spot:?}");
        }
    }

    #[test]
    fn the_name_says_what_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let read = |name: &str| {
            plane().save(&dir.path().join(name), "map").unwrap();
            std::fs::read_to_string(dir.path().join(name)).unwrap()
        };
        assert!(read("m.svg").starts_with("<svg"));
        assert!(read("m.html").contains("50.0 % and 25.0 %"));
        assert_eq!(read("m.tsv").lines().nth(3), Some("far\t3\t-1"));
    }
}
