//! What an element says of itself: by its tag, its style, its class and its id.

use crate::html::{Dom, NodeId, Tag};

/// What an element's class and id say of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// Nothing that counts.
    Nothing,
    /// No text.
    Junk,
    /// No text, however much of it there is.
    Beside,
}

pub(super) fn named(dom: &Dom<'_>, node: NodeId) -> Named {
    let tag = dom.tag(node);
    if tag.is_inline() || matches!(tag, Tag::Body | Tag::Html | Tag::Article | Tag::Main) {
        return Named::Nothing;
    }
    let class = dom.attr(node, "class").unwrap_or_default();
    // What is embedded is quoted; a post lists its own subjects among its classes; a builder of pages calls every part
    // a widget.
    let is_post = |token: &str| token == "hentry" || token == "post" || token.starts_with("type-p");
    if class.contains("embed") || class.contains("elementor") || class.split_ascii_whitespace().any(is_post) {
        return Named::Nothing;
    }
    if calls_itself_body(dom, node) {
        return Named::Nothing;
    }
    // A heading's id is made of its own words.
    let is_heading = tag.is_heading() || tag == Tag::Dt;
    let id = dom.attr(node, "id").filter(|_| !is_heading).unwrap_or_default();
    // Names of two letters say nothing among the many that a build makes up.
    let is_soup = class.split_ascii_whitespace().count() > CLASSES_MAX;
    let mut found = Named::Nothing;
    let mut word = String::new();
    for (value, is_soup) in [(class, is_soup), (id, false)] {
        let mut denied = false;
        for part in words(value) {
            // `has-sidebar` and `no-comments` speak of the page, not of the part.
            if std::mem::replace(&mut denied, matches!(part, "has" | "with" | "no" | "not" | "without")) {
                continue;
            }
            if part.len() < 2 || (is_soup && part.len() < 3) {
                continue;
            }
            word.clear();
            word.extend(part.chars().map(|c| c.to_ascii_lowercase()));
            if BESIDE.contains(&word.as_str()) || BESIDE_STEMS.iter().any(|stem| word.starts_with(stem)) {
                return Named::Beside;
            }
            if JUNK.contains(&word.as_str()) || JUNK_STEMS.iter().any(|stem| word.starts_with(stem)) {
                found = Named::Junk;
            }
        }
    }
    found
}

/// A list of more classes than this is made by a program.
const CLASSES_MAX: usize = 5;

pub(super) fn calls_itself_body(dom: &Dom<'_>, id: NodeId) -> bool {
    ["class", "id"].iter().any(|name| dom.attr(id, name).is_some_and(is_body))
}

/// Whether a name says that this is an article's text: `article-body`, `entry-content`, `postText`.
fn is_body(name: &str) -> bool {
    name.split_ascii_whitespace().any(|token| {
        let mut last = "";
        words(token).any(|word| {
            let is_of = ["article", "entry", "post", "story"].iter().any(|of| last.eq_ignore_ascii_case(of));
            last = if word.is_empty() { last } else { word };
            is_of && ["body", "content", "text"].iter().any(|text| word.eq_ignore_ascii_case(text))
        })
    })
}

/// The words of a name: `post-footer`, `post_footer` and `postFooter` have two.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).flat_map(|part| {
        let bytes = part.as_bytes();
        let mut at = 0;
        std::iter::from_fn(move || {
            if at >= bytes.len() {
                return None;
            }
            let from = at;
            at += 1;
            while at < bytes.len() && !(bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase())
            {
                at += 1;
            }
            Some(&part[from..at])
        })
    })
}

/// Elements that never hold the text, and parts that a reader does not see.
pub(super) fn is_outside(dom: &Dom<'_>, id: NodeId) -> bool {
    match dom.tag(id) {
        Tag::Nav
        | Tag::Footer
        | Tag::Aside
        | Tag::Button
        | Tag::Figure
        | Tag::Figcaption
        | Tag::Label
        | Tag::Menu => return true,
        tag if tag.is_inline() => return false,
        _ => {}
    }
    dom.attributes(id).any(|(name, value)| match name {
        "hidden" => true,
        "aria-hidden" => value == "true",
        "role" => matches!(value, "navigation" | "complementary" | "contentinfo" | "dialog" | "search"),
        _ => false,
    })
}

/// Whether the page's own style hides an element.
pub(super) fn is_hidden(dom: &Dom<'_>, id: NodeId) -> bool {
    let says = |style: &str, name: &str, value: &str| {
        style.split(';').any(|rule| {
            rule.split_once(':').is_some_and(|(n, v)| n.trim() == name && v.trim().starts_with(value))
        })
    };
    !dom.tag(id).is_inline()
        && dom
            .attr(id, "style")
            .is_some_and(|style| says(style, "display", "none") || says(style, "visibility", "hidden"))
}

/// Words in a class or an id by which pages name what is not the text.
const JUNK: [&str; 75] = [
    "ad",
    "ads",
    "advert",
    "advertisement",
    "adsense",
    "authorbox",
    "banner",
    "bio",
    "breadcrumb",
    "breadcrumbs",
    "byline",
    "caption",
    "comment",
    "comments",
    "cookie",
    "cookies",
    "consent",
    "copyright",
    "credit",
    "credits",
    "dateline",
    "disclaimer",
    "disqus",
    "donate",
    "follow",
    "footer",
    "footnote",
    "footnotes",
    "gdpr",
    "menu",
    "meta",
    "modal",
    "more",
    "nav",
    "navbar",
    "navigation",
    "newsletter",
    "newsletters",
    "outbrain",
    "pagination",
    "pager",
    "popular",
    "popup",
    "promo",
    "promos",
    "recirc",
    "recommended",
    "recommendations",
    "related",
    "reply",
    "rights",
    "rss",
    "share",
    "sharing",
    "sharedaddy",
    "sidebar",
    "signup",
    "social",
    "sponsor",
    "sponsored",
    "subscribe",
    "subscription",
    "tag",
    "tags",
    "taboola",
    "teaser",
    "timestamp",
    "toolbar",
    "trending",
    "widget",
    "widgets",
    "tooltip",
    "respond",
    "login",
    "outro",
];

/// Words that begin with one of these are names of that kind, too: `relatedPosts`, `sharebar`, `kommentarliste`.
const JUNK_STEMS: [&str; 19] = [
    "addthis",
    "addtoany",
    "advert",
    "anzeige",
    "authorb",
    "breadcrumb",
    "cookie",
    "footer",
    "newsletter",
    "pagination",
    "postmeta",
    "publicidad",
    "publicite",
    "related",
    "sharebar",
    "sharedaddy",
    "sidebar",
    "subscri",
    "werbung",
];

/// What readers wrote and what the site offers beside the text: often longer than the text itself.
const BESIDE: [&str; 12] = [
    "comment",
    "comments",
    "consent",
    "disqus",
    "gdpr",
    "popular",
    "recirc",
    "recommended",
    "respond",
    "sidebar",
    "taboola",
    "trending",
];

/// Words that begin with one of these are names of that kind.
const BESIDE_STEMS: [&str; 11] = [
    "commentaires",
    "commentform",
    "commentlist",
    "comentario",
    "cookie",
    "footer",
    "kommentar",
    "newsletter",
    "outbrain",
    "relatedpost",
    "userpost",
];
