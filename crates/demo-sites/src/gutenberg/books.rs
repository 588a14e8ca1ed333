//! The text of a generated book: title page, chapters, paragraphs, drawn from a small grammar.

use super::planted::CLASSES;
use rand::seq::IndexedRandom as _;
use rand::{Rng, RngExt as _};

const ADVERBS: &[&str] =
    &["slowly", "quietly", "again", "at last", "once more", "as before", "without hurry", "in silence"];
const TIMES: &[&str] = &[
    "in the morning",
    "before noon",
    "after dark",
    "in early spring",
    "that autumn",
    "on the third day",
    "for a week",
    "until evening",
    "every winter",
    "at dawn",
];
const FILLERS: &[&str] = &[
    "Nobody in the house had expected it",
    "There was little to add and less to explain",
    "We wrote it down and went on to the next page",
    "It was said afterwards that the weather had decided the matter",
    "The account breaks off here and begins again on another sheet",
    "Much the same had been seen in other years",
];
/// Sentences with letters outside of ASCII, for the files in 8 bits and in UTF-8.
const ACCENTED: &[&str] = &[
    "The café by the façade of the old theatre was closed",
    "A naïve reader may take the résumé for the story",
    "The señor paid two écus for the crêpe",
    "Über den Brücken, said the traveller, and no more",
];

/// A generated book before it is framed and encoded: `\n` line ends, no header, no licence.
pub(super) struct Book {
    pub title: String,
    pub author: String,
    pub text: String,
}

/// Writes book `id`; `accented` books have letters that ASCII lacks.
pub(super) fn write(rng: &mut impl Rng, id: u32, n_sentences: usize, accented: bool) -> Book {
    let first = CLASSES.choose(rng).map_or("", |class| class.words[0]);
    let second = CLASSES.choose(rng).map_or("", |class| class.words[1]);
    let title = format!("The {} and the {}: A Demonstration, Number {id}", capital(first), capital(second));
    let given = CLASSES[6].words[rng.random_range(0..12)];
    let family = CLASSES[4].words[rng.random_range(0..12)];
    let author = format!("{} {}", capital(given), capital(family));

    let mut lines =
        vec![title.to_uppercase(), String::new(), format!("By {author}"), String::new(), String::new()];
    let n_chapters = n_sentences.div_ceil(60).max(1);
    lines.push("CONTENTS".to_owned());
    lines.push(String::new());
    lines.extend((1..=n_chapters).map(|chapter| format!("  CHAPTER {chapter}")));
    let mut left = n_sentences;
    for chapter in 1..=n_chapters {
        lines.extend([String::new(), String::new(), format!("CHAPTER {chapter}"), String::new()]);
        let mut in_chapter = left.min(60);
        left -= in_chapter;
        while in_chapter > 0 {
            let n = rng.random_range(3..8).min(in_chapter);
            in_chapter -= n;
            let paragraph = (0..n).map(|_| sentence(rng, accented)).collect::<Vec<_>>().join(" ");
            lines.extend(wrap(&paragraph, 72));
            lines.push(String::new());
        }
    }
    lines.push("THE END".to_owned());
    Book { title, author, text: lines.join("\n") + "\n" }
}

fn sentence(rng: &mut impl Rng, accented: bool) -> String {
    if rng.random_ratio(1, 12) {
        let pool = if accented && rng.random_ratio(1, 2) { ACCENTED } else { FILLERS };
        return pool.choose(rng).map_or_else(String::new, |filler| format!("{filler}."));
    }
    let Some(class) = CLASSES.choose(rng) else { return String::new() };
    let word = class.words.choose(rng).copied().unwrap_or_default();
    let verb = class.verbs.choose(rng).copied().unwrap_or_default();
    let adverb = ADVERBS.choose(rng).copied().unwrap_or_default();
    let time = TIMES.choose(rng).copied().unwrap_or_default();
    match rng.random_range(0..4) {
        0 => format!("The {word} {verb} {adverb} {time}."),
        1 => format!("{}, the {word} {verb} {adverb}.", capital(time)),
        2 => format!("It was the {word} that {verb} {time}."),
        _ => format!("{}, said the old book, the {word} {verb}.", capital(adverb)),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Breaks a paragraph into lines of at most `width` characters.
fn wrap(paragraph: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in paragraph.split(' ') {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// The text as a typist without accents would have keyed it.
pub(super) fn without_accents(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            'é' | 'ê' => 'e',
            'É' => 'E',
            'ç' => 'c',
            'ï' => 'i',
            'ñ' => 'n',
            'Ü' => 'U',
            'ü' => 'u',
            other => other,
        })
        .collect()
}
