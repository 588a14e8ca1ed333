//! A page made for every generation of both papers' layouts, with what stands around the text, and its truth.

use corpus_nyt::{Article, Extracted, NotArticle, extract_str};

const PARAGRAPHS: [&str; 4] = [
    "NYACK, N.Y. — The bridge over the river opened on Monday, a year late, and the first cars crossed it before dawn.",
    "“Nobody believed us,” said the engineer, who had counted the days. “Now they do.”",
    "Tolls will rise in spring.",
    "The old bridge comes down next year; its steel will be sold, and part of it kept for a park.",
];

const HEADLINE: &str = "A Bridge Opens, & ‘Nobody Believed’";

/// What a page of one generation is made of.
struct Page<'p> {
    url: &'p str,
    head: &'p str,
    above: &'p str,
    /// Opens and closes the body, and each paragraph; what stands between the second and the third.
    body: [&'p str; 2],
    paragraph: [&'p str; 2],
    between: &'p str,
    below: &'p str,
}

impl Page<'_> {
    fn html(&self) -> String {
        let p = PARAGRAPHS.map(|text| format!("{}{text}{}", self.paragraph[0], self.paragraph[1]));
        format!(
            "<!DOCTYPE html><html lang=\"en\"><head><title>{HEADLINE}</title>\
             <link rel=\"canonical\" href=\"{}\">{}</head><body>\
             <nav><ul><li><a href=\"/\">Home</a><li><a href=\"/world\">World</a></ul></nav>{}\
             {}{}{}{}{}{}{}{}<footer><p>© The paper. All the small print of the paper stands down here.</p></footer></body></html>",
            self.url,
            self.head,
            self.above,
            self.body[0],
            p[0],
            p[1],
            self.between,
            p[2],
            p[3],
            self.body[1],
            self.below
        )
    }

    #[track_caller]
    fn read(&self) -> Article {
        match extract_str(&self.html(), None) {
            Extracted::Article(article) => {
                assert_eq!(article.paragraphs, PARAGRAPHS, "{}", article.parser);
                assert_eq!(article.title.as_deref(), Some(HEADLINE), "{}", article.parser);
                assert_eq!(article.url.as_deref(), Some(self.url));
                *article
            }
            Extracted::NotArticle(kind) => panic!("{}: {kind:?}", self.url),
        }
    }
}

const NYT: &str = "https://www.nytimes.com/2016/07/30/nyregion/bridge.html";

const NYT_META: &str = "<meta name=\"byl\" content=\"By JANE DOE and RICHARD ROE\"><meta name=\"hdl\" content=\"A Bridge\">\
    <meta property=\"article:section\" content=\"N.Y. / Region\"><meta name=\"keywords\" content=\"Bridges,Tolls\">";

#[track_caller]
fn check(article: &Article, parser: &str, published: &str, authors: &[&str]) {
    assert_eq!(article.parser, parser);
    assert_eq!(article.published.as_deref(), Some(published), "{parser}");
    assert_eq!(article.authors, authors, "{parser}");
}

#[test]
fn nyt_article_body_of_2010() {
    let article = Page {
        url: "http://www.nytimes.com/2010/12/22/nyregion/22bridge.html",
        head: &format!("{NYT_META}<meta name=\"pdate\" content=\"20101222\">"),
        above: &format!(
            "<h1 class=\"articleHeadline\">{HEADLINE}</h1><h6 class=\"byline\">By JANE DOE</h6>\
             <h6 class=\"dateline\">Published: December 22, 2010</h6>"
        ),
        body: ["<div class=\"articleBody\">", "<div class=\"articleCorrection\"><p>An earlier version misstated the toll.</p></div></div>"],
        paragraph: ["<p>", "</p>"],
        between: "<div class=\"articleInline runaroundLeft\"><h3>Related</h3><p class=\"caption\">A photograph of it.</p></div>",
        below: "<div class=\"articleFooter\"><p>A version of this article appeared in print.</p></div>",
    }
    .read();
    check(&article, "nyt/article-body-1", "2010-12-22", &["Jane Doe", "Richard Roe"]);
    assert_eq!(article.corrections, ["An earlier version misstated the toll."]);
    assert_eq!(article.keywords, ["Bridges", "Tolls"]);
}

#[test]
fn nyt_blog() {
    let article = Page {
        url: "https://cityroom.blogs.nytimes.com/2011/12/01/bridge/",
        head: "<meta name=\"author\" content=\"By JANE DOE\">",
        above: &format!("<h1 class=\"entry-title\">{HEADLINE}</h1><span class=\"timestamp published\">December 1, 2011</span>"),
        body: ["<div class=\"entry-content\">", "</div>"],
        paragraph: ["<p>", "</p>"],
        between: "<div class=\"w480\"><span class=\"credit\">A photographer</span><span class=\"caption\">Cars.</span></div>",
        below: "<div class=\"entry-meta\"><a href=\"/tag\">Bridges</a></div><ol class=\"commentlist\"><li><p>I crossed it on the very first day and I liked it a lot.</p></ol>",
    }
    .read();
    check(&article, "nyt/blog-1", "2011-12-01", &["Jane Doe"]);
}

#[test]
fn nyt_story_body_of_2014() {
    let article = Page {
        url: NYT,
        head: &format!(
            "{NYT_META}<meta property=\"article:published\" itemprop=\"datePublished\" content=\"2016-07-29T16:42:34-04:00\">\
             <meta property=\"article:modified\" content=\"2016-07-30T01:02:03-04:00\">"
        ),
        above: &format!("<article id=\"story\"><h1 itemprop=\"headline\" class=\"headline\">{HEADLINE}</h1>"),
        body: ["<div class=\"story-body story-body-1\">", "</div>"],
        paragraph: ["<p class=\"story-body-text story-content\">", "</p>"],
        between: "<a class=\"visually-hidden\" href=\"#x\">Continue reading the main story</a><figure><figcaption>A picture of cars.</figcaption></figure>\
            <div class=\"newsletter-signup\"><p>Sign up for the newsletter about all of the bridges.</p></div>",
        below: "<footer class=\"story-footer\"><p class=\"story-print-citation\">A version of this article appears in print.</p></footer></article>",
    }
    .read();
    check(&article, "nyt/story-body-1", "2016-07-29T16:42:34-04:00", &["Jane Doe", "Richard Roe"]);
    assert_eq!(article.updated.as_deref(), Some("2016-07-30T01:02:03-04:00"));
    assert_eq!(article.section.as_deref(), Some("N.Y. / Region"));
}

#[test]
fn nyt_companion_column_of_2018() {
    let article = Page {
        url: "https://www.nytimes.com/2018/05/01/nyregion/bridge.html",
        head: &format!("{NYT_META}<meta property=\"article:published\" content=\"2018-05-01T10:00:00-04:00\">"),
        above: &format!("<h1 itemprop=\"headline\">{HEADLINE}</h1>"),
        body: ["<div class=\"css-18sbwfn StoryBodyCompanionColumn\"><div class=\"css-1h6whtw\">", "</div></div>"],
        paragraph: ["<p class=\"css-1i0edl6 e2kc3sl0\">", "</p>"],
        between: "</div></div><div class=\"ad\"><p>Advertisement</p></div><div class=\"css-18sbwfn StoryBodyCompanionColumn\"><div>",
        below: "<div class=\"bottom-of-article\"><p>A version of this article appears in print.</p></div>",
    }
    .read();
    check(&article, "nyt/companion-1", "2018-05-01T10:00:00-04:00", &["Jane Doe", "Richard Roe"]);
}

#[test]
fn nyt_section_since_2018() {
    let article = Page {
        url: "https://www.nytimes.com/2020/08/16/nyregion/bridge.html",
        head: "<script type=\"application/ld+json\">{\"@context\":\"http://schema.org\",\"@type\":\"NewsArticle\",\
            \"headline\":\"A Bridge Opens\",\"datePublished\":\"2020-08-16T23:40:47.000Z\",\"dateModified\":\"2020-08-17T00:25:54.000Z\",\
            \"articleSection\":\"New York\",\"author\":[{\"@type\":\"Person\",\"name\":\"Jane Doe\"},{\"@type\":\"Person\",\"name\":\"Richard Roe\"}]}</script>",
        above: &format!("<article id=\"story\"><h1 data-testid=\"headline\">{HEADLINE}</h1>"),
        body: ["<section name=\"articleBody\"><div class=\"css-53u6y8 StoryBodyCompanionColumn\">", "</div></section>"],
        paragraph: ["<p class=\"css-158dogj\">", "</p>"],
        between: "<aside aria-label=\"companion column\"></aside></div><div><div id=\"gateway-content\"><p>Log in.</p></div></div><div>",
        below: "<div class=\"bottom-of-article\"><p>Jane Doe covers bridges and other things that cross rivers.</p></div></article>",
    }
    .read();
    check(&article, "nyt/section-1", "2020-08-16T23:40:47.000Z", &["Jane Doe", "Richard Roe"]);
    assert_eq!(article.updated.as_deref(), Some("2020-08-17T00:25:54.000Z"));
    assert_eq!(article.section.as_deref(), Some("New York"));
}

#[test]
fn nyt_mobile() {
    let article = Page {
        url: "https://mobile.nytimes.com/2010/12/22/nyregion/22bridge.html",
        head: "<meta name=\"pdate\" content=\"20101222\">",
        above: &format!("<h1 class=\"headline\">{HEADLINE}</h1><p class=\"byline\">By JANE DOE</p>"),
        body: ["<div class=\"content\">", "</div>"],
        paragraph: ["<p class=\"p-block\">", "</p>"],
        between: "<div class=\"ad\"><p>Advertisement</p></div>",
        below: "",
    }
    .read();
    check(&article, "nyt/mobile-1", "2010-12-22", &["Jane Doe"]);
}

const GUARDIAN: &str = "https://www.theguardian.com/world/2018/jun/04/bridge";

const GUARDIAN_META: &str = "<meta property=\"article:published_time\" content=\"2018-06-04T17:44:00.000Z\">\
    <meta property=\"article:section\" content=\"World news\"><meta name=\"author\" content=\"Jane Doe\">";

#[test]
fn guardian_generations() {
    let above = format!("<h1 itemprop=\"headline\" class=\"content__headline\">{HEADLINE}</h1>");
    let rich = "<aside class=\"element element-rich-link\"><p>Read more</p><a href=\"/x\">Another bridge that opened late</a></aside>";
    let dcr = "<div data-spacefinder-role=\"richLink\"><a href=\"/x\">Another bridge</a></div><figure><figcaption>Cars.</figcaption></figure>";
    for (parser, body, between) in [
        (
            "guardian/blocks-1",
            ["<div id=\"article-body-blocks\">", "</div>"],
            "<div class=\"caption\">Cars.</div>",
        ),
        (
            "guardian/itemprop-1",
            ["<div class=\"content__article-body\" itemprop=\"articleBody\">", "</div>"],
            rich,
        ),
        (
            "guardian/viewer-1",
            [
                "<div id=\"maincontent\"><div class=\"article-body-commercial-selector article-body-viewer-selector dcr-ucgxn1\">",
                "</div></div>",
            ],
            dcr,
        ),
        // The accelerated pages.
        (
            "guardian/content-1",
            ["<div class=\"content__article-body article-body-amp\">", "</div>"],
            "<amp-ad></amp-ad>",
        ),
    ] {
        let below = "<div class=\"submeta\"><a href=\"/world/bridges\">Bridges</a></div>";
        let page = Page {
            url: GUARDIAN,
            head: GUARDIAN_META,
            above: &above,
            body,
            paragraph: ["<p>", "</p>"],
            between,
            below,
        };
        let article = page.read();
        check(&article, parser, "2018-06-04T17:44:00.000Z", &["Jane Doe"]);
        assert_eq!(article.section.as_deref(), Some("World news"));
    }
}

/// Where no meta tag tells the time, the line under the headline does, for programs or for people.
#[test]
fn guardian_datelines() {
    let at = |dateline: &str| {
        let page = Page {
            url: GUARDIAN,
            head: "<meta name=\"author\" content=\"Jane Doe\">",
            above: &format!("<h1>{HEADLINE}</h1>{dateline}"),
            body: ["<div id=\"article-body-blocks\">", "</div>"],
            paragraph: ["<p>", "</p>"],
            between: "",
            below: "",
        };
        page.read().published
    };
    for (dateline, published) in [
        (
            "<p class=content__dateline><time itemprop=datePublished datetime=2018-06-22T12:00:00+0100>Fri 22 Jun</time></p>",
            Some("2018-06-22T12:00:00+01:00"),
        ),
        ("<p class=content__dateline>Fri 22 Jun 2018 12.00 BST</p>", Some("2018-06-22T12:00:00+01:00")),
        (
            "<li class=publication><time pubdate datetime=2012-03-05T17:44GMT>Monday 5 March 2012</time></li>",
            Some("2012-03-05T17:44:00Z"),
        ),
        (
            "<div data-gu-name=dateline><span>Mon 7 Nov 2016 17.44 GMT</span></div>",
            Some("2016-11-07T17:44:00Z"),
        ),
        ("", None),
    ] {
        assert_eq!(at(dateline).as_deref(), published, "{dateline}");
    }
}

#[test]
fn guardian_live_blog() {
    let block = |text: &str| {
        format!(
            "<div class=\"block\" id=\"block-1\"><p class=\"block-time\"><a href=\"#\">17:44</a></p><div class=\"block-elements\"><p>{text}</p></div><div class=\"block-share\"><a href=\"#\">Facebook</a></div></div>"
        )
    };
    let html = format!(
        "<html><head><title>{HEADLINE}</title><link rel=\"canonical\" href=\"https://www.theguardian.com/world/live/2018/jun/04/bridge\">{GUARDIAN_META}</head>\
         <body><h1 class=\"content__headline\">{HEADLINE}</h1><div itemprop=\"articleBody\" class=\"js-liveblog-body\">{}</div></body></html>",
        PARAGRAPHS.map(block).concat()
    );
    let Extracted::Article(article) = extract_str(&html, None) else { panic!("an article") };
    assert_eq!(article.paragraphs, PARAGRAPHS);
    assert_eq!(article.parser, "guardian/live-blog-1");
}

#[test]
fn pages_that_are_no_articles() {
    let page = |url: &str, head: &str, body: &str| {
        extract_str(
            &format!(
                "<html><head><title>T</title><link rel=\"canonical\" href=\"{url}\">{head}</head><body>{body}</body></html>"
            ),
            None,
        )
    };
    let entry = "<li><a href=\"/2020/01/02/x.html\"><h2>One more article of that day</h2></a><p>What it tells, in a line that is not short at all.</p></li>";
    for (expected, url, head, body) in [
        (
            NotArticle::Video,
            "https://www.nytimes.com/video/world/1/x.html",
            "<meta property=og:type content=video>",
            "<p>A film of two minutes.</p>".to_owned(),
        ),
        (
            NotArticle::Interactive,
            "https://www.nytimes.com/interactive/2020/01/02/x.html",
            "",
            "<p>Draw a line.</p>".to_owned(),
        ),
        (
            NotArticle::Gallery,
            "https://www.theguardian.com/world/gallery/2018/jun/04/x",
            "",
            "<p>Ten pictures.</p>".to_owned(),
        ),
        (
            NotArticle::Wall,
            "https://www.nytimes.com/2020/01/02/x.html",
            "",
            "<h1>Please verify: are you a robot?</h1><p>Tick the box.</p>".to_owned(),
        ),
        (
            NotArticle::Stub,
            "https://www.nytimes.com/2020/01/02/x.html",
            "",
            "<section name=articleBody><p>It began.</p></section><div>Subscribe to continue reading</div>"
                .to_owned(),
        ),
        (
            NotArticle::List,
            "https://www.nytimes.com/section/world",
            "<meta property=og:type content=website>",
            format!("<ul>{}</ul>", entry.repeat(40)),
        ),
        (
            NotArticle::List,
            "https://www.theguardian.com/uk/culture",
            "<meta property=og:type content=website>",
            format!("<ul>{}</ul>", entry.repeat(40)),
        ),
        (NotArticle::Empty, "https://www.nytimes.com/2020/01/02/x.html", "", String::new()),
    ] {
        assert_eq!(page(url, head, &body), Extracted::NotArticle(expected), "{url}");
    }
}
