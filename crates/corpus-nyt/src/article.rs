//! What a page turns out to be: an article with its facts, or a page of another kind.

use serde::Serialize;

/// An article as read from its page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Article {
    /// The canonical address, where the page states one or the caller knows it.
    pub url: Option<String>,
    /// The headline.
    pub title: Option<String>,
    /// Names, without "By", in the byline's order.
    pub authors: Vec<String>,
    /// RFC 3339 date-time, or `YYYY-MM-DD` where only the day is stated.
    pub published: Option<String>,
    /// When it was last changed, in the same forms.
    pub updated: Option<String>,
    /// The section's name.
    pub section: Option<String>,
    /// The words over the headline ("Opinion", "Op-Docs").
    pub kicker: Option<String>,
    /// Subjects, as the page lists them.
    pub keywords: Vec<String>,
    /// Language tag (`en`, `en-US`).
    pub language: Option<String>,
    /// Corrections printed with the article; they are not part of the text.
    pub corrections: Vec<String>,
    /// The text, paragraph by paragraph.
    pub paragraphs: Vec<String>,
    /// Which parser read it (`nyt/section`, `general`).
    pub parser: String,
}

impl Article {
    /// The text with one paragraph a line.
    #[must_use]
    pub fn text(&self) -> String {
        self.paragraphs.join("\n")
    }
}

/// Why a page is not an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotArticle {
    /// A video's page.
    Video,
    /// An interactive page.
    Interactive,
    /// A slide show or gallery.
    Gallery,
    /// A list of other pages.
    List,
    /// A consent form, a robot check, a refusal.
    Wall,
    /// The beginning of an article whose rest is for subscribers.
    Stub,
    /// Nothing that could be an article.
    Empty,
    /// More elements than any article has (two million): it was not read, so that memory is bounded.
    Oversized,
}

impl NotArticle {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Video,
        Self::Interactive,
        Self::Gallery,
        Self::List,
        Self::Wall,
        Self::Stub,
        Self::Empty,
        Self::Oversized,
    ];

    /// Its name, as it stands in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Interactive => "interactive",
            Self::Gallery => "gallery",
            Self::List => "list",
            Self::Wall => "wall",
            Self::Stub => "stub",
            Self::Empty => "empty",
            Self::Oversized => "oversized",
        }
    }
}

/// What a page turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extracted {
    /// An article.
    Article(Box<Article>),
    /// Another kind of page.
    NotArticle(NotArticle),
}

impl Extracted {
    /// The article, if it is one.
    #[must_use]
    pub fn article(&self) -> Option<&Article> {
        match self {
            Self::Article(article) => Some(article),
            Self::NotArticle(_) => None,
        }
    }
}
