//! What the vectors of real books say: words whose sense has changed, analogies, and the leak test.

use super::Findings;
use anyhow::Result;
use nn_word2vec::Vectors;
use serde_json::{Value, json};

/// Words of the library's licence and headers, and of the makers of its files: none has any business near
/// a machine of the nineteenth century.
pub(super) const LICENCE_WORDS: [&str; 24] = [
    "trademark",
    "redistribute",
    "redistribution",
    "redistributing",
    "infringement",
    "donations",
    "disclaimer",
    "disclaimers",
    "viruses",
    "virus",
    "users",
    "user",
    "codes",
    "transcription",
    "etext",
    "etexts",
    "ebook",
    "ebooks",
    "gutenberg",
    "tm",
    "copyright",
    "royalties",
    "proofreading",
    "warranties",
];
/// The words that the licence uses and few books do.
pub(super) const LEAK_ASKED: [&str; 2] = ["computer", "electronic"];
const N_LEAK: usize = 20;

/// A word whose sense has changed: words of its sense then, and of its sense now.
struct Period {
    word: &'static str,
    then: &'static [&'static str],
    now: &'static [&'static str],
    story: &'static str,
}

const PERIODS: [Period; 3] = [
    Period {
        word: "gay",
        then: &["merry", "cheerful", "lively", "joyous"],
        now: &["lesbian", "homosexual", "sexual", "marriage"],
        story: "Merry and bright; of a person's love only since the twentieth century.",
    },
    Period {
        word: "awful",
        then: &["solemn", "dreadful", "majestic", "terrible"],
        now: &["bad", "poor", "silly", "nasty"],
        story: "Filling with awe, before it wore down to very bad.",
    },
    Period {
        word: "broadcast",
        then: &["scattered", "sown", "seed", "sowing"],
        now: &["radio", "television", "news", "wireless"],
        story: "What a sower does with seed, before there was radio.",
    },
];

const ANALOGIES: [[&str; 4]; 12] = [
    ["man", "woman", "king", "queen"],
    ["man", "woman", "brother", "sister"],
    ["man", "woman", "husband", "wife"],
    ["he", "she", "his", "her"],
    ["boy", "girl", "son", "daughter"],
    ["london", "england", "paris", "france"],
    ["england", "english", "france", "french"],
    ["good", "better", "bad", "worse"],
    ["great", "greater", "small", "smaller"],
    ["go", "went", "come", "came"],
    ["walking", "walked", "looking", "looked"],
    ["day", "days", "year", "years"],
];

/// Measures the period senses: of each word, how much nearer its old companions are than its new ones.
pub(super) fn periods(vectors: &Vectors, found: &mut Findings) -> Result<Vec<Value>> {
    let mut shown = Vec::new();
    for period in &PERIODS {
        let id = format!("word2vec.period.{}", period.word);
        if vectors.get(period.word).is_none() {
            found.skip(&id, format!("{} is too rare in these books", period.word));
            continue;
        }
        let then = mean_cosine(vectors, period.word, period.then);
        // A new companion that the books do not know at all is as far away as a word can be.
        let now = mean_cosine(vectors, period.word, period.now).unwrap_or(0.0);
        match then {
            Some(then) => found.measure(id, then > now),
            None => found.skip(&id, "none of its old companions is in these books"),
        }
        let near: Vec<Value> = vectors
            .similar(period.word, 8)?
            .iter()
            .map(|near| json!({"word": near.word, "cosine": near.cosine}))
            .collect();
        shown
            .push(json!({"word": period.word, "story": period.story, "near": near, "then": then, "now": now,
            "thenWords": known(vectors, period.then), "nowWords": known(vectors, period.now)}));
    }
    Ok(shown)
}

fn known<'w>(vectors: &Vectors, words: &[&'w str]) -> Vec<&'w str> {
    words.iter().copied().filter(|word| vectors.get(word).is_some()).collect()
}

fn mean_cosine(vectors: &Vectors, word: &str, others: &[&str]) -> Option<f64> {
    let cosines: Vec<f64> =
        others.iter().filter_map(|other| vectors.similarity(word, other)).map(f64::from).collect();
    (!cosines.is_empty()).then(|| cosines.iter().sum::<f64>() / cosines.len() as f64)
}

/// The three best answers to well-known questions whose four words the books have.
pub(super) fn analogies(vectors: &Vectors) -> Result<Vec<Value>> {
    let mut shown = Vec::new();
    for [a, b, c, d] in ANALOGIES {
        if known(vectors, &[a, b, c, d]).len() < 4 {
            continue;
        }
        let answers = vectors.analogy(a, b, c, 3)?;
        let answers: Vec<&str> = answers.iter().map(|near| near.word.as_str()).collect();
        shown.push(json!({"a": a, "b": b, "c": c, "wanted": d, "answers": answers}));
    }
    Ok(shown)
}

/// The licence words among the nearest neighbours of `asked`, with the word they stand near to; `None` where
/// the books have none of these.
pub(super) fn leaks(vectors: &Vectors, asked: &[&str]) -> Result<Option<Vec<(String, String)>>> {
    let asked = known(vectors, asked);
    if asked.is_empty() {
        return Ok(None);
    }
    let mut leaks = Vec::new();
    for word in asked {
        for near in vectors.similar(word, N_LEAK)? {
            if LICENCE_WORDS.contains(&near.word.as_str()) {
                leaks.push((word.to_owned(), near.word));
            }
        }
    }
    Ok(Some(leaks))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors(words: &[&str], data: &[[f32; 2]]) -> Vectors {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Vectors::new(words, 2, data.concat()).unwrap()
    }

    #[test]
    fn a_licence_word_beside_a_computer_is_a_leak() {
        let vectors = vectors(&["computer", "trademark", "engine"], &[[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]]);
        let leaks = leaks(&vectors, &LEAK_ASKED).unwrap().unwrap();
        assert_eq!(leaks, [("computer".to_owned(), "trademark".to_owned())]);
    }

    #[test]
    fn a_sense_is_that_of_the_nearer_company() {
        let of = |gay: [f32; 2]| {
            let vectors = vectors(&["gay", "merry", "marriage"], &[gay, [1.0, 0.0], [0.0, 1.0]]);
            let mut found = Findings::default();
            periods(&vectors, &mut found).unwrap();
            found.measured["word2vec.period.gay"].clone()
        };
        assert_eq!(of([1.0, 0.2]), true.into());
        assert_eq!(of([0.2, 1.0]), false.into());
    }
}
