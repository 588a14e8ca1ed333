//! The generated paper: its articles, its pages that are no articles, and the truth about each.

use super::archive::Archive;
use super::index::{Entry, Index};
use super::layout::{self, Layout};
use crate::server::{Reply, Request, Site};
use rand::seq::IndexedRandom as _;
use rand::{Rng, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;
use std::sync::Arc;

/// What is generated.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// The same seed gives the same paper, byte for byte.
    pub seed: u64,
    /// Articles in each of the paper's fifteen days of publication.
    pub n_per_day: usize,
    /// The key that the Archive API wants.
    pub key: &'static str,
    /// Requests that the Archive API answers before every further one is status 429.
    pub n_archive_max: u32,
}

impl Default for Config {
    /// Ten articles a day and a key's budget of a day.
    fn default() -> Self {
        Self { seed: 42, n_per_day: 10, key: "demo-key", n_archive_max: 500 }
    }
}

/// What stands behind a listed address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// An article with its whole text.
    Article,
    /// A video's page.
    Video,
    /// The beginning of an article that subscribers can read.
    Stub,
    /// A robot check in an article's place, under status 200.
    Wall,
    /// An article under a path that robots.txt forbids.
    Forbidden,
    /// Nothing: status 404.
    Dead,
}

/// What is true of one listed page.
#[derive(Clone, Debug)]
pub struct ArticleTruth {
    /// Its address on the real host.
    pub url: String,
    /// What stands there.
    pub kind: PageKind,
    /// The headline.
    pub title: String,
    /// The authors' names as they are written, in the byline's order.
    pub authors: Vec<String>,
    /// The date where the layout states no time, else the date and time with its zone.
    pub published: String,
    /// The section's name.
    pub section: String,
    /// The article's paragraphs.
    pub paragraphs: Vec<String>,
}

/// A generated newspaper with The New York Times' indexes and layouts.
pub struct Demo {
    index: Index,
    archive: Archive,
    pages: HashMap<String, String>,
    truth: Vec<ArticleTruth>,
}

/// The days of publication and the layout in which that day's pages are served.
const DAYS: [((u16, u8, u8), Layout); 15] = [
    ((1987, 1, 1), Layout::ArticleBody),
    ((1987, 1, 2), Layout::ArticleBody),
    ((1987, 1, 3), Layout::ArticleBody),
    ((1987, 2, 14), Layout::ArticleBody),
    ((1999, 12, 31), Layout::ArticleBody),
    ((2012, 5, 7), Layout::Blog),
    ((2014, 2, 3), Layout::Mobile),
    ((2015, 6, 1), Layout::StoryBody),
    ((2015, 6, 2), Layout::StoryBody),
    ((2016, 9, 1), Layout::Itemprop),
    ((2018, 3, 9), Layout::Companion),
    ((2018, 3, 10), Layout::Companion),
    ((2026, 10, 30), Layout::Section),
    ((2026, 10, 31), Layout::Section),
    ((2026, 11, 1), Layout::Section),
];

/// The last year of the old index.
const OLD_UNTIL: u16 = 2016;

const SECTIONS: [&str; 5] = ["World", "Arts", "Business", "Science", "Sports"];
const GIVEN: [&str; 8] = ["Ada", "Bruno", "Clara", "Dmitri", "Elena", "Felix", "Greta", "Hugo"];
const FAMILY: [&str; 8] = ["Quill", "Inkwell", "Margin", "Column", "Galley", "Folio", "Stylus", "Serif"];

const SUBJECTS: [&str; 8] = [
    "the harbour board",
    "a city council",
    "the river authority",
    "an orchestra",
    "the weather office",
    "a museum",
    "the ferry company",
    "a school district",
];
const ACTIONS: [&str; 8] = [
    "postponed its decision",
    "published a long report",
    "elected a new chair",
    "opened its archive",
    "asked for more time",
    "withdrew the proposal",
    "met behind closed doors",
    "counted the votes again",
];
const REASONS: [&str; 6] = [
    "after weeks of discussion",
    "because the figures did not add up",
    "although few had asked for it",
    "as the season came to its end",
    "despite a warning from the auditors",
    "to the surprise of those who had waited outside",
];
const REMARKS: [&str; 5] = [
    "“We will look at it again,” a spokesman said.",
    "Nobody who was asked would give a date.",
    "The cost was put at \u{a3}3 million & rising.",
    "A second meeting is to follow within the month.",
    "Observers called the outcome “neither good nor bad.”",
];

impl Demo {
    /// Generates the paper.
    #[must_use]
    pub fn new(config: Config) -> Arc<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        let mut demo = Self {
            index: Index { entries: Vec::new(), old_until: OLD_UNTIL },
            archive: Archive::new(config.key, config.n_archive_max),
            pages: HashMap::new(),
            truth: Vec::new(),
        };
        for (day, layout) in DAYS {
            for n in 0..config.n_per_day {
                let kind = kind_of(day.0, n);
                demo.add(article(&mut rng, day, layout, n, kind), day, layout);
            }
        }
        Arc::new(demo)
    }

    /// What is true of each listed page, in the order of publication.
    #[must_use]
    pub fn truth(&self) -> &[ArticleTruth] {
        &self.truth
    }

    /// How many requests the Archive API answered or refused so far.
    #[must_use]
    pub fn n_archive(&self) -> u32 {
        self.archive.n_requests()
    }

    fn add(&mut self, article: ArticleTruth, day: (u16, u8, u8), layout: Layout) {
        let page = match article.kind {
            PageKind::Article | PageKind::Forbidden => Some(layout::page(layout, &article)),
            PageKind::Wall => Some(layout::wall()),
            PageKind::Video => Some(layout::video(&article)),
            PageKind::Stub => Some(layout::stub(&article)),
            PageKind::Dead => None,
        };
        if let Some(page) = page {
            self.pages.insert(path_of(&article.url).to_owned(), page);
        }
        self.index.entries.push(Entry { url: article.url.clone(), title: article.title.clone(), day });
        self.truth.push(article);
    }
}

impl Site for Demo {
    fn reply(&self, request: &Request) -> Reply {
        if let Some(page) = self.index.page(request) {
            return page;
        }
        if let Some(answer) = self.archive.answer(request, &self.truth) {
            return answer;
        }
        self.pages
            .get(&request.path)
            .map_or_else(Reply::not_found, |page| Reply::html(page).with_etag(request))
    }
}

/// Most pages are articles; one a day in some years is something else.
fn kind_of(year: u16, n: usize) -> PageKind {
    match (year, n) {
        (1999, 4) => PageKind::Wall,
        (2012, 4) => PageKind::Forbidden,
        (2015, 4) => PageKind::Dead,
        (2018, 4) => PageKind::Video,
        (2026, 4) => PageKind::Stub,
        _ => PageKind::Article,
    }
}

/// What an article is made of, whatever paper it stands in.
pub(super) struct Content {
    pub section: String,
    pub title: String,
    pub authors: Vec<String>,
    pub paragraphs: Vec<String>,
}

/// Draws an article.
pub(super) fn content(rng: &mut impl Rng) -> Content {
    let section = pick(rng, &SECTIONS).to_owned();
    let (subject, action) = (pick(rng, &SUBJECTS), pick(rng, &ACTIONS));
    let title = title_case(&format!("{subject} {action}"));
    let n_authors = [0, 1, 1, 1, 2, 3][rng.random_range(0..6)];
    let first = rng.random_range(0..8);
    let authors = (0..n_authors)
        .map(|k| format!("{} {}", GIVEN[(first + k) % 8], FAMILY[(first + 3 * k) % 8]))
        .collect();
    let n_paragraphs = rng.random_range(5..14);
    let paragraphs = (0..n_paragraphs).map(|_| paragraph(rng)).collect();
    Content { section, title, authors, paragraphs }
}

fn article(rng: &mut impl Rng, day: (u16, u8, u8), layout: Layout, n: usize, kind: PageKind) -> ArticleTruth {
    let (year, month, date) = day;
    let Content { section, title, authors, paragraphs } = content(rng);
    let published = match layout {
        Layout::ArticleBody => format!("{year}-{month:02}-{date:02}"),
        _ => format!("{year}-{month:02}-{date:02}T{:02}:{:02}:00-05:00", 6 + n % 12, n % 60),
    };
    let scheme = if layout == Layout::ArticleBody { "http" } else { "https" };
    let slug = title.to_lowercase().replace(' ', "-");
    let folder = if kind == PageKind::Forbidden { "ads/" } else { "" };
    let url = format!(
        "{scheme}://www.nytimes.com/{folder}{year}/{month:02}/{date:02}/{}/{slug}-{n}.html",
        section.to_lowercase()
    );
    ArticleTruth { url, kind, title, authors, published, section, paragraphs }
}

fn paragraph(rng: &mut impl Rng) -> String {
    let mut sentences = Vec::new();
    for _ in 0..rng.random_range(2..5) {
        let sentence = format!("{} {} {}.", pick(rng, &SUBJECTS), pick(rng, &ACTIONS), pick(rng, &REASONS));
        sentences.push(capital(&sentence));
    }
    if rng.random_ratio(1, 3) {
        sentences.push(pick(rng, &REMARKS).to_owned());
    }
    sentences.join(" ")
}

fn pick<'a>(rng: &mut impl Rng, pool: &[&'a str]) -> &'a str {
    pool.choose(rng).copied().unwrap_or_default()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn title_case(text: &str) -> String {
    text.split(' ').map(capital).collect::<Vec<_>>().join(" ")
}

/// The path of an address, with its leading slash.
pub(super) fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("/", |slash| &rest[slash..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::io::Read as _;

    fn get(demo: &Demo, path: &str) -> Reply {
        demo.reply(&Request { path: path.to_owned(), ..Request::default() })
    }

    fn links(page: &Reply) -> Vec<String> {
        let html = String::from_utf8(page.body.clone()).expect("UTF-8");
        html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
    }

    #[test]
    fn the_sitemap_leads_to_every_page_once() {
        let demo = Demo::new(Config::default());
        let mut found = Vec::new();
        let mut queue = vec!["https://www.nytimes.com/sitemap/".to_owned()];
        while let Some(url) = queue.pop() {
            let page = get(&demo, path_of(&url));
            assert_eq!(page.status, 200, "{url}");
            for link in links(&page) {
                if link.contains("/sitemap/") {
                    queue.push(link);
                } else if link.contains(".html") {
                    found.push(link);
                }
            }
        }
        let listed: BTreeSet<_> = found.iter().cloned().collect();
        assert_eq!(listed.len(), found.len());
        assert_eq!(listed, demo.truth().iter().map(|article| article.url.clone()).collect());
    }

    #[test]
    fn the_xml_sitemaps_lead_to_every_page_once() {
        let demo = Demo::new(Config::default());
        let unpack = |path: &str| {
            let page = get(&demo, path);
            assert_eq!(page.status, 200, "{path}");
            let mut xml = String::new();
            flate2::read::GzDecoder::new(&page.body[..]).read_to_string(&mut xml).expect("gzip");
            let locations = xml.split("<loc>").skip(1).filter_map(|rest| rest.split("</loc>").next());
            locations.map(|url| url.replace("&amp;", "&")).collect::<Vec<_>>()
        };
        let months = unpack("/sitemaps/new/sitemap.xml.gz");
        let found: Vec<String> = months.iter().flat_map(|url| unpack(path_of(url))).collect();
        let listed: BTreeSet<_> = found.iter().cloned().collect();
        assert_eq!(listed.len(), found.len());
        assert_eq!(listed, demo.truth().iter().map(|article| article.url.clone()).collect());
    }

    #[test]
    fn the_archive_wants_its_key_and_keeps_its_budget() {
        let demo = Demo::new(Config { n_archive_max: 3, ..Config::default() });
        let ask = |query: &str| {
            let path = "/svc/archive/v1/1987/1.json".to_owned();
            demo.reply(&Request { path, query: Some(query.to_owned()), ..Request::default() })
        };
        assert_eq!(ask("api-key=wrong").status, 401);
        let answer = ask("api-key=demo-key");
        let answer: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        let docs = answer["response"]["docs"].as_array().expect("documents");
        assert_eq!(docs.len(), 30);
        assert_eq!(answer["response"]["meta"]["hits"], 30);
        assert_eq!(ask("api-key=demo-key").status, 200);
        assert_eq!(ask("api-key=demo-key").status, 429);
        assert_eq!(demo.n_archive(), 4);
    }

    #[test]
    fn the_old_index_has_the_months_of_its_years() {
        let demo = Demo::new(Config::default());
        let months = links(&get(&demo, "/free_1987/index.html"));
        let mut found = Vec::new();
        for url in &months {
            assert!(url.starts_with("http://spiderbites.nytimes.com/free_1987/articles_1987_"));
            found.extend(links(&get(&demo, path_of(url))));
        }
        let of_1987 = demo.truth().iter().filter(|article| article.published.starts_with("1987")).count();
        assert_eq!(found.len(), of_1987);
        assert_eq!(get(&demo, "/free_2026/index.html").status, 404);
    }

    #[test]
    fn an_article_page_holds_its_paragraphs_and_a_dead_link_nothing() {
        let demo = Demo::new(Config::default());
        for article in demo.truth() {
            let page = get(&demo, path_of(&article.url));
            match article.kind {
                PageKind::Dead => assert_eq!(page.status, 404),
                PageKind::Article | PageKind::Forbidden => {
                    let html = String::from_utf8(page.body).expect("UTF-8");
                    for paragraph in &article.paragraphs {
                        assert!(html.contains(&super::super::index::escape(paragraph)), "{}", article.url);
                    }
                }
                PageKind::Video | PageKind::Stub | PageKind::Wall => assert_eq!(page.status, 200),
            }
        }
    }
}
