//! The generations of an article's page: where the title, the byline, the date and the text stand.

use super::demo::ArticleTruth;
use super::index::escape;
use std::fmt::Write as _;

/// A generation of layout, by the years in which pages had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// About 2010: `div.articleBody`, meta tags `hdl`, `byl`, `dat`.
    ArticleBody,
    /// Blogs of about 2012: `div.entry-content`.
    Blog,
    /// The mobile site of about 2014: `p.p-block`.
    Mobile,
    /// About 2016: a `div[itemprop=articleBody]` without classes of its own.
    Itemprop,
    /// 2014 to 2018: `p.story-body-text`.
    StoryBody,
    /// 2018: `div.StoryBodyCompanionColumn`.
    Companion,
    /// Since 2018: `section[name=articleBody]` and JSON-LD.
    Section,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The page of `article`, with what surrounds an article in the wild: navigation, captions,
/// advertisements, related links, a newsletter box.
pub(super) fn page(layout: Layout, article: &ArticleTruth) -> String {
    let (head, body) = match layout {
        Layout::ArticleBody => article_body(article),
        Layout::Blog => blog(article),
        Layout::Mobile => mobile(article),
        Layout::Itemprop => itemprop(article),
        Layout::StoryBody => story_body(article),
        Layout::Companion => companion(article),
        Layout::Section => section(article),
    };
    let title = escape(&article.title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title} - The New York Times</title>\n\
         <link rel=\"canonical\" href=\"{url}\">\n<meta property=\"og:type\" content=\"article\">\n\
         <meta property=\"og:title\" content=\"{title}\">\n{head}</head>\n<body>\n\
         <nav><ul><li><a href=\"/section/world\">World</a></li><li><a href=\"/section/arts\">Arts</a></li></ul></nav>\n{body}\
         <footer><p>Copyright of a paper that does not exist</p><ul><li><a href=\"/help\">Help</a></li></ul></footer>\n\
         </body>\n</html>\n",
        url = article.url,
    )
}

/// `By A`, `By A and B`, `By A, B and C`.
fn byline(authors: &[String]) -> String {
    match authors {
        [] => String::new(),
        [one] => format!("By {one}"),
        [first @ .., last] => format!("By {} and {last}", first.join(", ")),
    }
}

fn paragraphs(article: &ArticleTruth, open: &str) -> Vec<String> {
    article.paragraphs.iter().map(|text| format!("{open}{}</p>\n", escape(text))).collect()
}

const CAPTION: &str = "<figure><img src=\"/images/x.jpg\" alt=\"\"><figcaption>A caption that is no part of the text. Credit: The generator</figcaption></figure>\n";
const ADVERTISEMENT: &str = "<div class=\"ad\"><p>Advertisement</p></div>\n";

/// Puts `between` into the middle of the paragraphs, where pages interrupt their text.
fn interrupted(mut paragraphs: Vec<String>, between: &str) -> String {
    paragraphs.insert(paragraphs.len().div_ceil(2), between.to_owned());
    paragraphs.concat()
}

fn article_body(article: &ArticleTruth) -> (String, String) {
    let [year, month, day] = date_parts(&article.published);
    let month = MONTHS.get(month as usize - 1).copied().unwrap_or_default();
    let authors = article.authors.iter().map(|name| name.to_uppercase()).collect::<Vec<_>>();
    let title = escape(&article.title);
    let head = format!(
        "<meta name=\"hdl\" content=\"{title}\">\n<meta name=\"byl\" content=\"{byline}\">\n\
         <meta name=\"dat\" content=\"{month} {day}, {year}\">\n<meta name=\"PT\" content=\"Article\">\n\
         <meta name=\"CG\" content=\"{section}\">\n",
        byline = byline(&authors),
        section = article.section.to_lowercase(),
    );
    let related = "<div class=\"articleInline runaroundLeft\"><h3>Related</h3><ul><li><a href=\"/x\">Another article</a></li></ul></div>\n";
    let text = interrupted(paragraphs(article, "<p itemprop=\"articleBody\">"), ADVERTISEMENT);
    let body = format!(
        "<div id=\"article\"><div class=\"columnGroup first\"><h1 itemprop=\"headline\" class=\"articleHeadline\">{title}</h1>\n\
         <h6 class=\"byline\">{}</h6>\n<h6 class=\"dateline\">Published: {month} {day}, {year}</h6>\n\
         {related}<div class=\"articleBody\">\n{text}</div></div></div>\n",
        byline(&authors),
    );
    (head, body)
}

fn story_body(article: &ArticleTruth) -> (String, String) {
    let (title, published) = (escape(&article.title), &article.published);
    let authors = article.authors.iter().map(|name| name.to_uppercase()).collect::<Vec<_>>();
    let head = format!(
        "<meta property=\"article:published\" itemprop=\"datePublished\" content=\"{published}\">\n\
         <meta property=\"article:section\" itemprop=\"articleSection\" content=\"{}\">\n\
         <meta name=\"byl\" content=\"{}\">\n<meta name=\"hdl\" content=\"{title}\">\n<meta name=\"PT\" content=\"article\">\n",
        article.section,
        byline(&authors),
    );
    let open = "<p class=\"story-body-text story-content\" data-para-count=\"1\">";
    let text = interrupted(paragraphs(article, open), &format!("{ADVERTISEMENT}{CAPTION}"));
    let body = format!(
        "<main id=\"main\"><article id=\"story\" class=\"story theme-main\"><header class=\"story-header\">\
         <h1 itemprop=\"headline\" id=\"headline\" class=\"headline\">{title}</h1>\
         <p class=\"byline-dateline\"><span class=\"byline\">{}</span></p></header>\n\
         <div class=\"story-body-supplemental\"><div class=\"story-body story-body-1\">\n{text}</div></div>\n\
         <footer class=\"story-footer\"><p>Follow the paper everywhere.</p></footer></article></main>\n",
        byline(&article.authors),
    );
    (head, body)
}

fn blog(article: &ArticleTruth) -> (String, String) {
    let share = "<div class=\"shareTools\"><ul><li><a href=\"/share\">Share</a></li></ul></div>\n";
    let body = format!(
        "<div id=\"content\"><article class=\"post\"><header class=\"postHeader\"><h1 class=\"entry-title\">{}</h1>\
         <address class=\"byline author vcard\">{}</address></header>\n<div class=\"entry-content\">\n{}{share}</div>\
         </article></div>\n",
        escape(&article.title),
        byline(&article.authors),
        interrupted(paragraphs(article, "<p>"), ADVERTISEMENT),
    );
    (middle_head(article, "Blogs"), body)
}

fn mobile(article: &ArticleTruth) -> (String, String) {
    let body = format!(
        "<main><article><h1 class=\"headline\">{}</h1><p class=\"byline\">{}</p>\n{}</article></main>\n",
        escape(&article.title),
        byline(&article.authors),
        interrupted(paragraphs(article, "<p class=\"p-block\">"), CAPTION),
    );
    (middle_head(article, "article"), body)
}

fn itemprop(article: &ArticleTruth) -> (String, String) {
    let body = format!(
        "<main><article><header><h1 itemprop=\"headline\">{}</h1></header>\n<div itemprop=\"articleBody\">\n{}</div>\
         </article></main>\n",
        escape(&article.title),
        interrupted(paragraphs(article, "<p>"), &format!("{CAPTION}{NEWSLETTER}")),
    );
    (middle_head(article, "article"), body)
}

/// The meta tags of the years between the paper's own and those of JSON-LD.
fn middle_head(article: &ArticleTruth, kind: &str) -> String {
    format!(
        "<meta property=\"article:published\" content=\"{}\">\n<meta property=\"article:section\" content=\"{}\">\n\
         <meta name=\"byl\" content=\"{}\">\n<meta name=\"hdl\" content=\"{}\">\n<meta name=\"PT\" content=\"{kind}\">\n",
        article.published,
        article.section,
        byline(&article.authors),
        escape(&article.title),
    )
}

fn companion(article: &ArticleTruth) -> (String, String) {
    let text = interrupted(paragraphs(article, "<p class=\"css-1ygdjhk evys1bk0\">"), NEWSLETTER);
    let body = format!(
        "<main id=\"site-content\"><article id=\"story\"><header><h1 itemprop=\"headline\"><span>{}</span></h1>\
         <p itemprop=\"author creator\">{}</p></header>\n\
         <div class=\"css-53u6y8 StoryBodyCompanionColumn\"><div>\n{text}</div></div></article></main>\n",
        escape(&article.title),
        byline(&article.authors),
    );
    (today_head(article), body)
}

const NEWSLETTER: &str = "<aside><h2>Sign up for a newsletter</h2><p>Get the best of what we made up, in your inbox.</p></aside>\n";

fn section(article: &ArticleTruth) -> (String, String) {
    let authors = article.authors.iter().map(|name| format!("{{\"@type\":\"Person\",\"name\":\"{name}\"}}"));
    let json_ld = format!(
        "<script type=\"application/ld+json\">{{\"@context\":\"https://schema.org\",\"@type\":\"NewsArticle\",\
         \"headline\":{headline},\"datePublished\":\"{published}\",\"articleSection\":\"{section}\",\
         \"author\":[{authors}],\"inLanguage\":\"en\",\"url\":\"{url}\"}}</script>\n",
        headline = serde_json::Value::from(article.title.as_str()),
        published = article.published,
        section = article.section,
        authors = authors.collect::<Vec<_>>().join(","),
        url = article.url,
    );
    let text = interrupted(
        paragraphs(article, "<p class=\"css-at9mc1 evys1bk0\">"),
        &format!("{CAPTION}{NEWSLETTER}"),
    );
    let body = format!(
        "<main id=\"site-content\"><article id=\"story\"><header><h1 data-testid=\"headline\">{}</h1></header>\n\
         <section name=\"articleBody\" itemprop=\"articleBody\"><div class=\"css-s99gbd StoryBodyCompanionColumn\"><div>\n\
         {text}</div></div></section>\n<div class=\"bottom-of-article\"><p>A note on how this page was made.</p></div>\
         </article></main>\n",
        escape(&article.title),
    );
    (today_head(article) + &json_ld, body)
}

fn today_head(article: &ArticleTruth) -> String {
    let mut head = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        head,
        "<meta data-rh=\"true\" property=\"article:published\" content=\"{}\">\n\
         <meta data-rh=\"true\" property=\"article:section\" content=\"{}\">\n\
         <meta data-rh=\"true\" name=\"byl\" content=\"{}\">\n<meta data-rh=\"true\" name=\"PT\" content=\"article\">\n",
        article.published,
        article.section,
        byline(&article.authors),
    );
    head
}

/// A page with a player and a line of text in the article's place.
pub(super) fn video(article: &ArticleTruth) -> String {
    let title = escape(&article.title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>{title} - Video</title><link rel=\"canonical\" href=\"{}\">\n\
         <meta property=\"og:type\" content=\"video\"><meta name=\"PT\" content=\"Video\"></head>\n\
         <body><main><h1>{title}</h1><video controls src=\"/x.mp4\"></video><p>Two minutes.</p></main></body></html>\n",
        article.url,
    )
}

/// A check for robots, in any article's place.
pub(super) fn wall() -> String {
    "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Are you a robot?</title></head><body><main>\
     <h1>Are you a robot?</h1><p>Please confirm that you are a person before you read on.</p></main></body></html>\n"
        .to_owned()
}

/// The first lines of an article, and a request to subscribe.
pub(super) fn stub(article: &ArticleTruth) -> String {
    let title = escape(&article.title);
    let first = article.paragraphs.first().map_or("", String::as_str);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>{title}</title><link rel=\"canonical\" href=\"{}\">\n{}\
         <script type=\"application/ld+json\">{{\"@type\":\"NewsArticle\",\"isAccessibleForFree\":false}}</script></head>\n\
         <body><main><article id=\"story\"><h1>{title}</h1><section name=\"articleBody\"><p>{}</p></section>\
         <div id=\"gateway-content\"><h2>Subscribe to continue reading</h2><p>Log in or create an account.</p></div>\
         </article></main></body></html>\n",
        article.url,
        today_head(article),
        escape(first),
    )
}

/// Year, month and day of `2018-03-04T05:06:07-05:00`.
fn date_parts(published: &str) -> [u16; 3] {
    let mut numbers = published.split(['-', 'T']).map(|part| part.parse().unwrap_or(1));
    [numbers.next().unwrap_or(1), numbers.next().unwrap_or(1), numbers.next().unwrap_or(1)]
}
