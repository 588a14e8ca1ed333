//! The real pages of `../shared/real`, scored as the public benchmark scores, and the papers' own interfaces.

use corpus_nyt::{extract, extract_str, import};
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;

/// The directory, or a loud note that it is not here.
fn real(part: &str) -> Option<PathBuf> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/real/news").join(part);
    if !dir.is_dir() {
        eprintln!("NOT HERE: {}; its test did not run", dir.display());
        return None;
    }
    Some(dir)
}

fn json(path: &std::path::Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("file")).expect("JSON")
}

fn shingles(text: &str) -> HashMap<Vec<&str>, usize> {
    let mut words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
    while !words.is_empty() && words.len() < 4 {
        words.push("");
    }
    let mut counts = HashMap::new();
    for w in words.windows(4) {
        *counts.entry(w.to_vec()).or_default() += 1;
    }
    counts
}

/// Precision and recall of one page.
fn score(text: &str, truth: &str) -> (f64, f64) {
    let (a, b) = (shingles(text), shingles(truth));
    let both: usize = a.iter().map(|(k, n)| *n.min(b.get(k).unwrap_or(&0))).sum();
    let share = |total: usize| if total == 0 { 0.0 } else { both as f64 / total as f64 };
    (share(a.values().sum()), share(b.values().sum()))
}

/// F1 of the mean precision and recall, and the worst page's F1.
fn scores(dir: &std::path::Path) -> (f64, f64) {
    let truth = json(&dir.join("ground-truth.json"));
    let (mut p, mut r, mut worst, mut n) = (0.0, 0.0, 1.0_f64, 0.0);
    for (key, truth) in truth.as_object().expect("object") {
        let path = dir.join(format!("{key}.html.gz"));
        let bytes = corpus_nyt::warc::unpacked(&path, std::fs::read(&path).expect("page")).expect("gzip");
        let page = extract(&bytes, None, None);
        let text = page.article().map(corpus_nyt::Article::text).unwrap_or_default();
        let (precision, recall) = score(&text, truth["articleBody"].as_str().unwrap_or_default());
        (p, r, n) = (p + precision, r + recall, n + 1.0);
        let f1 = 2.0 * precision * recall / (precision + recall).max(1e-9);
        worst = worst.min(f1);
    }
    (2.0 * p * r / (p + r) / n, worst)
}

#[test]
fn papers_pages() {
    let Some(dir) = real("papers") else { return };
    let (f1, worst) = scores(&dir);
    assert!(f1 >= 0.995 && worst >= 0.97, "F1 {f1:.4}, worst {worst:.3}");
}

#[test]
fn pages_of_many_sites() {
    let Some(dir) = real("general") else { return };
    let (f1, _) = scores(&dir);
    assert!(f1 >= 0.98, "F1 {f1:.4}");
}

#[test]
fn open_platform_articles_equal_the_interface_s_own_fields() {
    let Some(dir) = real("apis") else { return };
    let text = std::fs::read_to_string(dir.join("guardian-search-2012.json")).expect("file");
    let items = import::open_platform(&text).expect("answers");
    let root: Value = serde_json::from_str(&text).expect("JSON");
    // An article that was corrected between two answers is in both, each time with its own text.
    let mut own: HashMap<&str, Vec<&Value>> = HashMap::new();
    let answers = root.as_object().expect("object").values();
    for result in answers.flat_map(|answer| answer["response"]["results"].as_array().expect("results")) {
        own.entry(result["id"].as_str().expect("id")).or_default().push(result);
    }
    assert!(items.len() >= 150);
    for item in &items {
        // The text must hold every word of the field, tags aside, in order.
        let got: String = item.article.text().split_whitespace().collect();
        let is_own = |own: &&Value| {
            item.article.title.as_deref().map(without_space)
                == own["fields"]["headline"].as_str().map(corpus_text_of)
                && item.article.authors == authors_of(own)
                && item.article.url.as_deref() == own["webUrl"].as_str()
                && item.article.published.as_deref() == own["webPublicationDate"].as_str()
                && got == corpus_text_of(own["fields"]["body"].as_str().unwrap_or_default())
        };
        assert!(own[item.id.as_str()].iter().any(is_own), "{}", item.id);
    }
}

/// The names that the interface's own tags give, or the byline of an item without such tags, which then is one name.
fn authors_of(item: &Value) -> Vec<String> {
    let tags = item["tags"].as_array().expect("tags");
    let named = tags.iter().filter(|tag| tag["type"] == "contributor");
    let names: Vec<String> = named.map(|tag| tag["webTitle"].as_str().expect("name").to_owned()).collect();
    let byline = item["fields"]["byline"].as_str().filter(|_| names.is_empty());
    names.into_iter().chain(byline.map(str::to_owned)).collect()
}

fn without_space(text: &str) -> String {
    text.split_whitespace().collect()
}

/// The words of simple HTML without white space, by another way than the crate's: tags cut out by hand.
fn corpus_text_of(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let end = if rest[at..].starts_with("<!--") {
            rest[at..].find("-->").map(|e| e + 2)
        } else {
            rest[at..].find('>')
        };
        rest = end.map_or("", |end| &rest[at + end + 1..]);
    }
    out.push_str(rest);
    for (name, c) in
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    {
        out = out.replace(name, c);
    }
    out.split_whitespace().collect()
}

#[test]
fn archive_and_search_answers() {
    let Some(dir) = real("apis") else { return };
    let answer = std::fs::read_to_string(dir.join("nyt-articlesearch-2016-08.json")).expect("file");
    let articles = import::archive(&answer).expect("answer");
    assert_eq!(articles.len(), 10);
    assert!(articles.iter().all(|a| a.url.is_some() && a.title.is_some() && a.published.is_some()));
    assert_eq!(articles[0].authors, ["Ben Steinbauer"]);
}

#[test]
fn cut_off_real_pages_do_not_break_it() {
    let Some(dir) = real("papers") else { return };
    for entry in std::fs::read_dir(dir)
        .expect("directory")
        .flatten()
        .filter(|e| e.path().extension().is_some_and(|x| x == "gz"))
    {
        let bytes = corpus_nyt::warc::unpacked(&entry.path(), std::fs::read(entry.path()).expect("page"))
            .expect("gzip");
        let text = String::from_utf8_lossy(&bytes);
        for share in 1..8 {
            let mut cut = text.len() * share / 8;
            while !text.is_char_boundary(cut) {
                cut -= 1;
            }
            let _ = extract_str(&text[..cut], None);
        }
    }
}
