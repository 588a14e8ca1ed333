//! The pictures of the post `word2vec`.

use crate::report::chart::{Chart, Series, Tint};
use crate::report::figures::figure;
use crate::report::layout::script;
use anyhow::Result;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

const SCRIPT: &str = include_str!("../assets/map.js");
/// The side of the map, in its own units.
const SIDE: f64 = 1000.0;
/// Room for the words at the map's edge.
const MARGIN: f64 = 70.0;

#[derive(Deserialize)]
struct Asked {
    word: String,
    class: Option<String>,
    near: Vec<Near>,
}

#[derive(Deserialize)]
struct Near {
    word: String,
    cosine: f64,
    class: Option<String>,
}

#[derive(Deserialize)]
struct Place {
    word: String,
    x: f64,
    y: f64,
    class: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Period {
    word: String,
    story: String,
    near: Vec<Near>,
    then: Option<f64>,
    now: f64,
    then_words: Vec<String>,
    now_words: Vec<String>,
}

#[derive(Deserialize)]
struct Analogy {
    a: String,
    b: String,
    c: String,
    wanted: String,
    answers: Vec<String>,
}

#[derive(Deserialize)]
struct Section {
    #[serde(rename = "section")]
    name: String,
    right: u64,
    asked: u64,
    questions: u64,
}

/// Neighbours, period senses and analogies where the books are real, the map, the leak test, the curve.
pub(super) fn pictures(data: &Value) -> Result<Markup> {
    let is_real = data.get("periods").is_some();
    Ok(html! {
        h2 { "Nearest neighbours" }
        (neighbours(&figure::<Vec<Asked>>(data, "neighbours")?))
        @if is_real {
            h2 { "Words that have changed their sense" }
            (periods(&figure::<Vec<Period>>(data, "periods")?))
            h2 { "Analogies" }
            (analogies(&figure::<Vec<Analogy>>(data, "analogies")?, &figure::<Vec<Section>>(data, "sections")?))
        }
        h2 { "A map of the words" }
        (map(&figure::<Vec<Place>>(data, "map")?))
        h2 { "The leak test" }
        (leaks(data)?)
        h2 { "The training" }
        (curve(&figure::<Vec<(f64, f64)>>(data, "curve")?)?)
        (script("word2vec-data", &Value::Null, SCRIPT))
    })
}

fn periods(periods: &[Period]) -> Markup {
    html! {
        @if periods.is_empty() { p { "These books have none of the words that are looked at." } }
        div.cards {
            @for period in periods {
                section.card {
                    h3 { (period.word) }
                    p { (period.story) }
                    p { strong { "Near it: " } @for (n, near) in period.near.iter().enumerate() { @if n > 0 { ", " } (near.word) " " span.small { (format!("{:.2}", near.cosine)) } } }
                    p.small {
                        "Mean cosine with its company of then (" (period.then_words.join(", ")) "): "
                        @if let Some(then) = period.then { strong { (format!("{then:.2}")) } } @else { "unknown" }
                        "; of now (" @if period.now_words.is_empty() { "none of these words is in the books" } @else { (period.now_words.join(", ")) } "): "
                        strong { (format!("{:.2}", period.now)) } "."
                    }
                }
            }
        }
    }
}

fn analogies(asked: &[Analogy], sections: &[Section]) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="Analogies" {
            table {
                caption { "Asked by arithmetic: the words nearest to b - a + c. The first answer counts." }
                thead { tr { th scope="col" { "Question" } th scope="col" { "Wanted" } th scope="col" { "Answers" } } }
                tbody {
                    @for one in asked {
                        tr {
                            td { (one.a) " is to " (one.b) " as " (one.c) " is to" }
                            td { (one.wanted) }
                            td { @for (n, answer) in one.answers.iter().enumerate() { @if n > 0 { ", " } @if *answer == one.wanted { strong.good { (answer) } } @else { (answer) } } }
                        }
                    }
                }
            }
        }
        @if !sections.is_empty() {
            div.wide tabindex="0" role="region" aria-label="Analogies by section" {
                table.slim {
                    caption { "Google's list of analogies, of which a few hundred old books know only a part." }
                    thead { tr { th scope="col" { "Section" } th.number scope="col" { "Right" } th.number scope="col" { "Asked" } th.number scope="col" { "In the list" } } }
                    tbody { @for one in sections { tr { th scope="row" { (one.name) } td.number { (format!("{:.0} %", 100.0 * one.right as f64 / one.asked as f64)) } td.number { (one.asked) } td.number { (one.questions) } } } }
                }
            }
        }
    }
}

fn leaks(data: &Value) -> Result<Markup> {
    let words: Vec<String> = figure(data, "licenceWords")?;
    let leaks: Option<Vec<(String, String)>> = figure(data, "leaks")?;
    Ok(html! {
        p { "The books come with a licence, and the licence speaks of computers and electronic works in nearly every paragraph. Where it is not cut off, it colours the vectors of exactly these words. So their twenty nearest neighbours are searched for: " em { (words.join(", ")) } "." }
        @match leaks {
            None => p { "These books have the words asked for too seldom, so the test could not be made." },
            Some(leaks) if leaks.is_empty() => p { strong { "None was found." } },
            Some(leaks) => ul { @for (asked, leak) in &leaks { li { strong { (leak) } " near " (asked) } } },
        }
    })
}

fn neighbours(asked: &[Asked]) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="Nearest neighbours" {
            table {
                caption { "Ten nearest by cosine, nearest first." }
                thead { tr { th scope="col" { "Word" } th scope="col" { "Neighbours" } } }
                tbody {
                    @for word in asked {
                        tr {
                            th scope="row" { (word.word) @if let Some(class) = &word.class { br; span.small { (class) } } }
                            td {
                                @for (n, near) in word.near.iter().enumerate() {
                                    @if n > 0 { ", " }
                                    @if near.class.is_some() && near.class == word.class { strong { (near.word) } } @else { (near.word) }
                                    " " span.small { (format!("{:.2}", near.cosine)) }
                                }
                            }
                        }
                    }
                }
            }
        }
        @if asked.iter().any(|word| word.class.is_some()) { p.small { "Bold: of the word's own planted class." } }
    }
}

/// A word's place on the map and half of its width.
struct Label {
    x: f64,
    y: f64,
    half_width: f64,
}

/// The mean width of a letter and the height of a line at the map's size of type.
const LETTER_WIDTH: f64 = 8.4;
const LINE_HEIGHT: f64 = 15.0;
/// Rounds of parting; the words of a few hundred are settled long before.
const N_ROUNDS: usize = 1000;
/// What two labels may still share when they count as parted.
const SHARED: f64 = 0.25;

/// Moves labels that cover each other apart, each by half of what they share, along the shorter way.
fn part(labels: &mut [Label]) {
    for _ in 0..N_ROUNDS {
        let mut is_settled = true;
        for a in 0..labels.len() {
            for b in a + 1..labels.len() {
                let (dx, dy) = (labels[b].x - labels[a].x, labels[b].y - labels[a].y);
                let shared_x = labels[a].half_width + labels[b].half_width + 4.0 - dx.abs();
                let shared_y = LINE_HEIGHT - dy.abs();
                if shared_x <= SHARED || shared_y <= SHARED {
                    continue;
                }
                is_settled = false;
                if shared_y <= shared_x {
                    let step = shared_y / 2.0 * if dy < 0.0 { -1.0 } else { 1.0 };
                    labels[a].y -= step;
                    labels[b].y += step;
                } else {
                    let step = shared_x / 2.0 * if dx < 0.0 { -1.0 } else { 1.0 };
                    labels[a].x -= step;
                    labels[b].x += step;
                }
            }
        }
        for label in labels.iter_mut() {
            label.x = label.x.clamp(label.half_width + 4.0, SIDE - label.half_width - 4.0);
            label.y = label.y.clamp(LINE_HEIGHT, SIDE - 4.0);
        }
        if is_settled {
            break;
        }
    }
}

fn map(places: &[Place]) -> Markup {
    let range = |of: fn(&Place) -> f64| {
        let low = places.iter().map(of).fold(f64::INFINITY, f64::min);
        let high = places.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        (low, (high - low).max(f64::MIN_POSITIVE))
    };
    let (left, width) = range(|place| place.x);
    let (bottom, height) = range(|place| place.y);
    let along = |value: f64, low: f64, span: f64| MARGIN + (value - low) / span * (SIDE - 2.0 * MARGIN);
    let mut labels: Vec<Label> = places
        .iter()
        .map(|place| Label {
            x: along(place.x, left, width),
            y: SIDE - along(place.y, bottom, height),
            half_width: LETTER_WIDTH * place.word.chars().count() as f64 / 2.0,
        })
        .collect();
    part(&mut labels);
    let mut classes: Vec<&str> = places.iter().filter_map(|place| place.class.as_deref()).collect();
    classes.dedup();
    let tint = |place: &Place| {
        let class = place.class.as_deref().and_then(|class| classes.iter().position(|name| *name == class));
        class.map_or("plain", |class| ["blue", "red", "green", "amber"][class % 4])
    };
    html! {
        figure id="word-map" {
            div.control hidden {
                label for="map-word" { "Find" }
                input id="map-word" type="search" data-example=(places.first().map_or("", |place| &place.word)) autocomplete="off";
                label for="map-zoom" { "Zoom" }
                input id="map-zoom" type="range" min="1" max="8" step="0.5" value="1";
                output for="map-word" aria-live="polite" {}
            }
            svg.drawing viewBox=(format!("0 0 {SIDE} {SIDE}")) role="img" aria-label="The words on a plane; words that are used alike lie close together" {
                @for (place, label) in places.iter().zip(&labels) {
                    text.(tint(place)) x=(format!("{:.1}", label.x)) y=(format!("{:.1}", label.y)) text-anchor="middle" {
                        (place.word)
                        @if let Some(class) = &place.class { title { (place.word) ": " (class) } }
                    }
                }
            }
            figcaption {
                "Words that are used alike lie close together. These are the two directions along which the vectors differ most; all the others are folded away, so near on the map is a hint and not a measure. Words that would cover each other are moved apart. Find a word, zoom, and drag the map."
                @if !classes.is_empty() { " The colours go with the planted classes, four colours for all of them." }
            }
        }
    }
}

fn curve(samples: &[(f64, f64)]) -> Result<Markup> {
    // A single sample says little: each point of the curve is the mean of a hundredth of them.
    let n_together = samples.len().div_ceil(100).max(1);
    let mean = |chunk: &[(f64, f64)]| {
        let n = chunk.len() as f64;
        let sum = chunk.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
        (sum.0 / n, sum.1 / n)
    };
    let points: Vec<(f64, f64)> = samples.chunks(n_together).map(mean).collect();
    let high = points.iter().map(|point| point.1).fold(0.0, f64::max);
    let end = points.last().map_or(1.0, |point| point.0);
    Chart {
        label: "Mean loss of a word with its context over the training: falls quickly, then slowly"
            .to_owned(),
        x: ("words trained on".to_owned(), 0.0..end),
        y: ("loss".to_owned(), 0.0..high * 1.1),
        is_log: (false, false),
        series: vec![Series::line("loss", Tint::Red, points)],
    }
    .figure("The loss of a word with its company, sampled at fixed places of the corpus, so it is the same curve on every machine. Each point is the mean of neighbouring samples.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_label_covers_another() {
        let mut labels: Vec<Label> =
            (0..30).map(|n| Label { x: 500.0 + f64::from(n % 7), y: 500.0, half_width: 25.0 }).collect();
        part(&mut labels);
        for a in 0..labels.len() {
            for b in a + 1..labels.len() {
                let (a, b) = (&labels[a], &labels[b]);
                let is_apart = (a.x - b.x).abs() > a.half_width + b.half_width - 1.0
                    || (a.y - b.y).abs() > LINE_HEIGHT - 1.0;
                assert!(is_apart, "{:?} {:?}", (a.x, a.y), (b.x, b.y));
            }
        }
    }
}
