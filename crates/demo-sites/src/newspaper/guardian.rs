//! A generated paper with The Guardian's shapes: the Open Platform's search, day lists, five generations of
//! pages.
//!
//! One server plays `content.guardianapis.com` (`/search`) and `www.theguardian.com` (all other paths). The search
//! refuses what the real one refuses: a request without its key, pages of more than 200, pages beyond the last or too
//! deep, and requests beyond the day's budget.

use super::demo::{self, ArticleTruth, PageKind, path_of};
use super::index::escape;
use crate::server::{Reply, Request, Site};
use rand::{Rng, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// What is generated, and what the search allows.
#[derive(Clone, Debug)]
pub struct GuardianConfig {
    /// The same seed gives the same paper, byte for byte.
    pub seed: u64,
    /// Articles in each of the paper's eight days of publication.
    pub n_per_day: usize,
    /// The key that the search wants.
    pub key: String,
    /// Results that can be reached by turning pages; what lies deeper is refused.
    pub deepest_result: usize,
    /// Searches that are answered before every further one is status 429.
    pub n_searches_max: u32,
}

impl Default for GuardianConfig {
    /// Ten articles a day and the limits of a developer's key.
    fn default() -> Self {
        Self {
            seed: 42,
            n_per_day: 10,
            key: "demo-key".to_owned(),
            deepest_result: 1000,
            n_searches_max: 500,
        }
    }
}

/// A generated newspaper with The Guardian's interfaces.
pub struct Guardian {
    config: GuardianConfig,
    items: Vec<Item>,
    truth: Vec<ArticleTruth>,
    pages: HashMap<String, String>,
    n_searches: AtomicU32,
}

/// A result of the search and what it is sorted and filtered by.
struct Item {
    date: String,
    published: String,
    section: String,
    result: Value,
    fields: Map<String, Value>,
    tags: Value,
}

/// A generation of the paper's pages.
#[derive(Clone, Copy)]
enum Era {
    /// About 2012: `#article-body-blocks`.
    Blocks,
    /// 2014 to 2020: `itemprop=articleBody`.
    Content,
    /// The fast pages of about 2017: `amp-img` and a body without the paper's own classes.
    Amp,
    /// Live blogs of about 2019: the text in blocks, each with its time.
    Live,
    /// Since 2020: `div.article-body-viewer-selector` and JSON-LD.
    Viewer,
}

/// The days of publication, the English names of their months as the paths have them, and the layout.
const DAYS: [(&str, &str, Era); 8] = [
    ("2012-03-05", "2012/mar/05", Era::Blocks),
    ("2012-03-06", "2012/mar/06", Era::Blocks),
    ("2017-01-20", "2017/jan/20", Era::Amp),
    ("2018-06-04", "2018/jun/04", Era::Content),
    ("2018-06-05", "2018/jun/05", Era::Content),
    ("2019-07-01", "2019/jul/01", Era::Live),
    ("2024-09-02", "2024/sep/02", Era::Viewer),
    ("2024-09-03", "2024/sep/03", Era::Viewer),
];

const ROBOTS: &str = "User-agent: *\nDisallow: /sendarticle/\nDisallow: /email/\nDisallow: /*/print$\n";

/// What the search gives in place of a body that it may not pass on.
const NO_RIGHTS: &str = "<!-- Redistribution rights for this field are unavailable -->";

impl Guardian {
    /// Generates the paper.
    #[must_use]
    pub fn new(config: GuardianConfig) -> Arc<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        let mut paper = Self {
            items: Vec::new(),
            truth: Vec::new(),
            pages: HashMap::new(),
            n_searches: AtomicU32::new(0),
            config,
        };
        for (day_idx, (date, folder, era)) in DAYS.into_iter().enumerate() {
            for n in 0..paper.config.n_per_day {
                // One video, and one article that the search may not pass on.
                let kind = match (day_idx, n) {
                    (1, 3) => PageKind::Video,
                    (3, 3) => PageKind::Stub,
                    _ => PageKind::Article,
                };
                let article = article(&mut rng, date, folder, n, kind);
                paper.add(article, date, era);
            }
        }
        Arc::new(paper)
    }

    /// What is true of each listed page, in the order of publication. A stub's page has the whole text, but the
    /// search must not pass it on.
    #[must_use]
    pub fn truth(&self) -> &[ArticleTruth] {
        &self.truth
    }

    /// How many searches were answered or refused so far.
    #[must_use]
    pub fn n_searches(&self) -> u32 {
        self.n_searches.load(Ordering::Relaxed)
    }

    fn add(&mut self, article: ArticleTruth, date: &str, era: Era) {
        let path = path_of(&article.url).to_owned();
        let page = if article.kind == PageKind::Video { video(&article) } else { page(era, &article) };
        self.items.push(item(&article, &path, date));
        self.pages.insert(path, page);
        self.truth.push(article);
    }

    /// `/search` of the Open Platform.
    fn search(&self, query: &str) -> Reply {
        let parameters: HashMap<&str, String> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name, decode(value)))
            .collect();
        let n_before = self.n_searches.fetch_add(1, Ordering::Relaxed);
        if parameters.get("api-key") != Some(&self.config.key) {
            return json_reply(401, &json!({ "message": "Unauthorized" }));
        }
        if n_before >= self.config.n_searches_max {
            return json_reply(429, &json!({ "message": "API rate limit exceeded" }));
        }
        match self.results(&parameters) {
            Ok(response) => json_reply(200, &json!({ "response": response })),
            Err(message) => {
                json_reply(400, &json!({ "response": { "status": "error", "message": message } }))
            }
        }
    }

    fn results(&self, parameters: &HashMap<&str, String>) -> Result<Value, String> {
        let number = |name: &str, default: usize| {
            parameters.get(name).map_or(Ok(default), |text| {
                text.parse().map_err(|_| format!("{name} must be an integer, not {text}"))
            })
        };
        let (page, page_size) = (number("page", 1)?, number("page-size", 10)?);
        if !(1..=200).contains(&page_size) {
            return Err("page-size must be an integer between 1 and 200".to_owned());
        }
        let within = |item: &&Item| {
            parameters.get("from-date").is_none_or(|from| item.date.as_str() >= day(from))
                && parameters.get("to-date").is_none_or(|to| item.date.as_str() <= day(to))
                && parameters.get("section").is_none_or(|section| *section == item.section)
        };
        let mut found: Vec<&Item> = self.items.iter().filter(within).collect();
        let order = parameters.get("order-by").map_or("newest", String::as_str);
        found.sort_by(|a, b| a.published.cmp(&b.published));
        if order != "oldest" {
            found.reverse();
        }
        let n_pages = found.len().div_ceil(page_size);
        if page == 0 || page > n_pages.max(1) {
            return Err("the requested page lies beyond the last one".to_owned());
        }
        if page * page_size > self.config.deepest_result.max(page_size) {
            return Err("pages as deep as this are not served: ask for fewer days".to_owned());
        }
        let start = (page - 1) * page_size;
        let show = |name: &str| parameters.get(name).map_or("", String::as_str);
        let results: Vec<Value> = found
            .iter()
            .skip(start)
            .take(page_size)
            .map(|item| item.shown(show("show-fields"), show("show-tags")))
            .collect();
        Ok(json!({
            "status": "ok", "userTier": "developer", "total": found.len(), "startIndex": start + 1,
            "pageSize": page_size, "currentPage": page, "pages": n_pages, "orderBy": order, "results": results,
        }))
    }

    /// `/world/2018/jun/04/all`: the links of a section and a day.
    fn day_list(&self, path: &str) -> Option<Reply> {
        let folder = path.strip_suffix("/all")?;
        let mut list = String::new();
        for article in &self.truth {
            if path_of(&article.url).strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')) {
                // Writing to a String cannot fail.
                let _ = writeln!(
                    list,
                    "<div class=\"fc-item__container\"><a href=\"{}\" class=\"fc-item__link\" \
                     data-link-name=\"article\">{}</a></div>",
                    article.url,
                    escape(&article.title)
                );
            }
        }
        let page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><title>All of a day</title></head><body>\n\
             <nav><a href=\"https://www.theguardian.com/world\">World</a></nav>\n<section>\n{list}</section>\n</body></html>\n"
        );
        (!list.is_empty()).then(|| Reply::html(&page))
    }
}

impl Site for Guardian {
    fn reply(&self, request: &Request) -> Reply {
        match request.path.as_str() {
            "/robots.txt" => Reply::text(ROBOTS),
            "/search" => self.search(request.query.as_deref().unwrap_or_default()),
            path => match self.pages.get(path) {
                Some(page) => Reply::html(page).with_etag(request),
                None => self.day_list(path).unwrap_or_else(Reply::not_found),
            },
        }
    }
}

impl Item {
    /// The result with the fields that were asked for: names between commas, or `all`.
    fn shown(&self, fields: &str, tags: &str) -> Value {
        let mut result = self.result.clone();
        let asked = |name: &str| fields.split(',').any(|field| field == "all" || field == name);
        let shown: Map<String, Value> =
            self.fields.iter().filter(|(name, _)| asked(name)).map(|(k, v)| (k.clone(), v.clone())).collect();
        if !shown.is_empty() {
            result["fields"] = Value::Object(shown);
        }
        if !tags.is_empty() {
            result["tags"] = self.tags.clone();
        }
        result
    }
}

fn article(rng: &mut impl Rng, date: &str, folder: &str, n: usize, kind: PageKind) -> ArticleTruth {
    let drawn = demo::content(rng);
    // The paper's own names for two of the sections.
    let section = match drawn.section.as_str() {
        "Arts" => "culture".to_owned(),
        "Sports" => "sport".to_owned(),
        other => other.to_lowercase(),
    };
    let slug = drawn.title.to_lowercase().replace(' ', "-");
    ArticleTruth {
        url: format!("https://www.theguardian.com/{section}/{folder}/{slug}-{n}"),
        kind,
        title: drawn.title,
        authors: drawn.authors,
        published: format!("{date}T{:02}:{:02}:{:02}Z", 6 + n % 16, n / 16 % 60, rng.random_range(0..60)),
        section: drawn.section,
        paragraphs: drawn.paragraphs,
    }
}

/// `A`, `A and B`, `A, B and C`.
fn byline(authors: &[String]) -> String {
    match authors {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn item(article: &ArticleTruth, path: &str, date: &str) -> Item {
    let id = path.trim_start_matches('/');
    let section = article.section.to_lowercase();
    let is_video = article.kind == PageKind::Video;
    let words = article.paragraphs.iter().map(|text| text.split_whitespace().count()).sum::<usize>();
    let result = json!({
        "id": id, "type": if is_video { "video" } else { "article" }, "sectionId": section,
        "sectionName": article.section, "webPublicationDate": article.published, "webTitle": article.title,
        "webUrl": article.url, "apiUrl": format!("https://content.guardianapis.com/{id}"), "isHosted": false,
        "pillarId": "pillar/news", "pillarName": "News",
    });
    let (body, body_text) = match article.kind {
        PageKind::Video => (String::new(), String::new()),
        PageKind::Article => (api_body(article), article.paragraphs.join(" ")),
        _ => (NO_RIGHTS.to_owned(), String::new()),
    };
    let mut fields = Map::new();
    let mut set = |name: &str, value: String| fields.insert(name.to_owned(), Value::from(value));
    set("headline", article.title.clone());
    set("trailText", format!("<p>{}</p>", escape(article.paragraphs.first().map_or("", String::as_str))));
    set("body", body);
    set("bodyText", body_text);
    set("wordcount", words.to_string());
    set("lastModified", article.published.clone());
    set("publication", "theguardian.com".to_owned());
    set("lang", "en".to_owned());
    if !article.authors.is_empty() {
        set("byline", byline(&article.authors));
    }
    let tags: Vec<Value> = article
        .authors
        .iter()
        .map(|name| json!({ "id": format!("profile/{}", slug(name)), "type": "contributor", "webTitle": name }))
        .collect();
    Item {
        date: date.to_owned(),
        published: article.published.clone(),
        section,
        result,
        fields,
        tags: Value::Array(tags),
    }
}

/// The body as the search has it: HTML, with a picture and a related link within.
fn api_body(article: &ArticleTruth) -> String {
    with_elements(article, "<p>")
}

/// The paragraphs, and between them what is no part of the text.
fn with_elements(article: &ArticleTruth, open: &str) -> String {
    let mut parts: Vec<String> =
        article.paragraphs.iter().map(|text| format!("{open}{}</p>", escape(text))).collect();
    let middle = parts.len().div_ceil(2);
    parts.insert(
        middle,
        "<aside class=\"element element-rich-link element--thumbnail\"><p><span>Related: </span>\
         <a href=\"https://www.theguardian.com/world/another\">Another article</a></p></aside>"
            .to_owned(),
    );
    parts.insert(
        1,
        "<figure class=\"element element-image\"><img src=\"https://media.guim.co.uk/x.jpg\" alt=\"\">\
         <figcaption><span class=\"element-image__caption\">What a picture shows.</span> \
         <span class=\"element-image__credit\">Photograph: The generator</span></figcaption></figure>"
            .to_owned(),
    );
    parts.join("\n")
}

fn page(era: Era, article: &ArticleTruth) -> String {
    let title = escape(&article.title);
    let names = |open: &str, close: &str| {
        let names: Vec<String> =
            article.authors.iter().map(|name| format!("{open}{}{close}", escape(name))).collect();
        names.join(" and ")
    };
    let published = &article.published;
    let (head, body) = match era {
        Era::Blocks => (
            format!("<meta property=\"article:author\" content=\"{}\">\n", byline(&article.authors)),
            format!(
                "<div id=\"main-article-info\"><h1>{title}</h1><p id=\"stand-first\">What the article is about</p></div>\n\
                 <ul class=\"article-attributes\"><li class=\"byline\"><div class=\"contributor-full\">{}</div></li>\n\
                 <li class=\"publication\"><time datetime=\"{published}\" pubdate>A day</time></li></ul>\n\
                 <div id=\"article-body-blocks\">\n{}\n</div>\n",
                names("<a class=\"contributor\" rel=\"author\" href=\"/profile/x\">", "</a>"),
                with_elements(article, "<p>"),
            ),
        ),
        Era::Content => (
            String::new(),
            format!(
                "<article itemprop=\"mainContentOfPage\" itemscope itemtype=\"http://schema.org/NewsArticle\">\
                 <header class=\"content__head\"><h1 class=\"content__headline\" itemprop=\"headline\">{title}</h1></header>\n\
                 <p class=\"byline\">{}</p><p class=\"content__dateline\"><time itemprop=\"datePublished\" \
                 datetime=\"{published}\" class=\"content__dateline-wpd\">A day</time></p>\n\
                 <div class=\"content__article-body from-content-api js-article__body\" itemprop=\"articleBody\">\n{}\n\
                 <div class=\"submeta\"><ul><li><a href=\"/world\">World</a></li></ul></div></div></article>\n",
                names(
                    "<span itemprop=\"author\" itemscope><a rel=\"author\" href=\"/profile/x\"><span itemprop=\"name\">",
                    "</span></a></span>"
                ),
                with_elements(article, "<p>"),
            ),
        ),
        Era::Amp => (
            format!("<meta name=\"author\" content=\"{}\">\n", byline(&article.authors)),
            format!(
                "<amp-sidebar id=\"menu\"><ul><li><a href=\"/world\">World</a></li></ul></amp-sidebar>\n<main><article>\
                 <h1 itemprop=\"headline\">{title}</h1>\n<div class=\"article__body\" itemprop=\"articleBody\">\n{}\n\
                 <amp-ad width=\"300\" height=\"250\"></amp-ad></div></article></main>\n",
                with_elements(article, "<p>"),
            ),
        ),
        Era::Live => (
            format!("<meta name=\"author\" content=\"{}\">\n", byline(&article.authors)),
            format!(
                "<article itemscope itemtype=\"http://schema.org/LiveBlogPosting\"><h1 itemprop=\"headline\">{title}</h1>\n\
                 <div class=\"js-liveblog-body\">\n{}</div></article>\n",
                blocks(article),
            ),
        ),
        Era::Viewer => {
            let authors: Vec<Value> =
                article.authors.iter().map(|name| json!({ "@type": "Person", "name": name })).collect();
            let linked = json!([{ "@context": "https://schema.org", "@type": "NewsArticle", "headline": article.title,
                "datePublished": published, "author": authors, "mainEntityOfPage": article.url }]);
            (
                format!("<script type=\"application/ld+json\">{linked}</script>\n"),
                format!(
                    "<main><article class=\"dcr-1a2b3c\"><div data-gu-name=\"headline\"><h1 class=\"dcr-4d5e6f\">{title}</h1></div>\n\
                     <aside data-gu-name=\"meta\"><address aria-label=\"Contributor info\">{}</address></aside>\n\
                     <div id=\"maincontent\" class=\"dcr-7a8b9c\"><div class=\"article-body-commercial-selector \
                     article-body-viewer-selector dcr-0d1e2f\">\n{}\n<div class=\"ad-slot ad-slot--inline\">Advertisement</div>\n\
                     </div></div></article></main>\n",
                    names("<a rel=\"author\" href=\"/profile/x\">", "</a>"),
                    with_elements(article, "<p class=\"dcr-3a4b5c\">"),
                ),
            )
        }
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title} | {section} | The Guardian</title>\n\
         <link rel=\"canonical\" href=\"{url}\">\n<meta property=\"og:type\" content=\"article\">\n\
         <meta property=\"og:title\" content=\"{title}\">\n<meta property=\"article:published_time\" content=\"{published}\">\n\
         <meta property=\"article:section\" content=\"{section}\">\n{head}</head>\n<body>\n\
         <nav><ul><li><a href=\"/world\">World</a></li><li><a href=\"/sport\">Sport</a></li></ul></nav>\n{body}\
         <footer><ul><li><a href=\"/help\">Help</a></li></ul></footer>\n</body>\n</html>\n",
        section = article.section,
        url = article.url,
    )
}

/// A live blog's blocks of up to three paragraphs.
fn blocks(article: &ArticleTruth) -> String {
    let block = |texts: &[String]| {
        let text = texts.iter().map(|text| format!("<p>{}</p>\n", escape(text))).collect::<Vec<_>>().concat();
        format!(
            "<div class=\"block\" itemprop=\"liveBlogUpdate\"><p class=\"block-time published-time\">\
             <time datetime=\"{}\">12.00pm</time></p>\n<div class=\"block-elements\" itemprop=\"articleBody\">\n{text}</div>\
             <div class=\"block-share\"><a href=\"/share\">Share</a></div></div>\n",
            article.published
        )
    };
    article.paragraphs.chunks(3).map(block).collect::<Vec<_>>().concat()
}

fn video(article: &ArticleTruth) -> String {
    let title = escape(&article.title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>{title} - video</title><link rel=\"canonical\" href=\"{}\">\n\
         <meta property=\"og:type\" content=\"video\"></head>\n<body><main><h1>{title}</h1>\
         <video controls src=\"/x.mp4\"></video><p>Two minutes.</p></main></body></html>\n",
        article.url
    )
}

fn slug(name: &str) -> String {
    name.to_lowercase().replace(' ', "")
}

/// The day of a date or a date-time.
fn day(text: &str) -> &str {
    text.get(..10).unwrap_or(text)
}

fn json_reply(status: u16, value: &Value) -> Reply {
    Reply { status, ..Reply::bytes("application/json", value.to_string().into_bytes()) }
}

/// A query's value without its percent signs and plus signs; what is not well formed stays as it is.
fn decode(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = (first == b'%').then(|| after.get(..2)).flatten();
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(if first == b'+' { b' ' } else { first });
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(paper: &Guardian, path_and_query: &str) -> (u16, Value) {
        let (path, query) = path_and_query.split_once('?').expect("a query");
        let reply = paper.reply(&Request {
            path: path.to_owned(),
            query: Some(query.to_owned()),
            ..Request::default()
        });
        (reply.status, serde_json::from_slice(&reply.body).expect("JSON"))
    }

    fn paper() -> Arc<Guardian> {
        Guardian::new(GuardianConfig::default())
    }

    #[test]
    fn days_and_pages_lead_to_every_article_once() {
        let paper = paper();
        let mut urls = Vec::new();
        for (date, _, _) in DAYS {
            for page in 1.. {
                let query = format!(
                    "/search?api-key=demo-key&from-date={date}&to-date={date}&order-by=oldest&page-size=4\
                     &page={page}&show-fields=headline%2Cbody,byline&show-tags=contributor"
                );
                let (status, answer) = ask(&paper, &query);
                assert_eq!(status, 200, "{answer}");
                let response = &answer["response"];
                urls.extend(response["results"].as_array().expect("results").iter().cloned());
                if response["pages"] == json!(page) {
                    break;
                }
            }
        }
        assert_eq!(urls.len(), paper.truth().len());
        for (result, article) in urls.iter().zip(paper.truth()) {
            assert_eq!(result["webUrl"], json!(article.url));
            assert_eq!(result["fields"]["headline"], json!(article.title));
            assert_eq!(result["fields"]["wordcount"], Value::Null);
            assert_eq!(result["tags"].as_array().map(Vec::len), Some(article.authors.len()));
            let body = result["fields"]["body"].as_str().expect("a body");
            let whole = article.paragraphs.iter().all(|text| body.contains(&escape(text)));
            assert_eq!(whole, article.kind == PageKind::Article, "{}", article.url);
        }
    }

    #[test]
    fn the_search_refuses_what_the_real_one_refuses() {
        let paper = Guardian::new(GuardianConfig {
            deepest_result: 20,
            n_searches_max: 6,
            ..GuardianConfig::default()
        });
        let status = |query: &str| ask(&paper, &format!("/search?{query}")).0;
        assert_eq!(status("page=1"), 401);
        assert_eq!(status("api-key=wrong"), 401);
        assert_eq!(status("api-key=demo-key&page-size=201"), 400);
        assert_eq!(status("api-key=demo-key&page=7"), 400);
        assert_eq!(status("api-key=demo-key&page=3"), 400);
        assert_eq!(status("api-key=demo-key&page=2"), 200);
        assert_eq!(status("api-key=demo-key&page=2"), 429);
        assert_eq!(paper.n_searches(), 7);
    }

    #[test]
    fn pages_and_day_lists_stand_under_their_addresses() {
        let paper = paper();
        for article in paper.truth() {
            let path = path_of(&article.url);
            let page = paper.reply(&Request { path: path.to_owned(), ..Request::default() });
            assert_eq!(page.status, 200);
            let html = String::from_utf8(page.body).expect("UTF-8");
            let whole = article.paragraphs.iter().all(|text| html.contains(&escape(text)));
            assert_eq!(whole, article.kind != PageKind::Video, "{}", article.url);
            let folder = path.rsplit_once('/').expect("a folder").0;
            let list = paper.reply(&Request { path: format!("{folder}/all"), ..Request::default() });
            assert!(String::from_utf8(list.body).expect("UTF-8").contains(&article.url));
        }
    }

    #[test]
    fn one_seed_one_paper() {
        let all = |paper: &Guardian| ask(paper, "/search?api-key=demo-key&page-size=200&show-fields=all").1;
        assert_eq!(all(&paper()), all(&paper()));
        let other = Guardian::new(GuardianConfig { seed: 7, ..GuardianConfig::default() });
        assert_ne!(all(&paper()), all(&other));
    }
}
