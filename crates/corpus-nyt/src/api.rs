//! A paper's interface for programs: asked with the user's own key, within budgets a minute and a day.

use std::time::Duration;

use corpus_fetch::Limit;
use jiff::civil::Date;

use crate::article::Article;
use crate::{Error, NotArticle};

/// What is known of such an interface, and how its answers are read.
#[derive(Clone, Copy, Debug)]
pub struct Api {
    /// Its name: `Archive API`.
    pub name: &'static str,
    /// What it gives, and the facts of its terms that matter.
    pub terms: &'static str,
    /// Where a key is to be had.
    pub keys: &'static str,
    /// The host that it alone lies on.
    pub host: &'static str,
    /// The query parameter that holds the key.
    pub parameter: &'static str,
    /// The environment variable that programs take the key from.
    pub key_variable: &'static str,
    /// Mean time between requests.
    pub pace: Duration,
    /// Requests that a key may make.
    pub limit: Limit,
    /// Whether the answers hold the articles' text, or are a list only.
    pub has_text: bool,
    /// The requests that cover these days and sections (none: all), none with the key in it.
    pub requests: fn(from: Date, to: Date, sections: &[String]) -> Vec<ApiRequest>,
    /// Reads the answer to the request of this address.
    ///
    /// # Errors
    ///
    /// When it is no answer of this interface, or is cut off.
    pub read: fn(url: &str, text: &str) -> Result<Answer, Error>,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiRequest {
    /// Its address, without the key.
    pub url: String,
    /// The first of the days that it covers.
    pub from: Date,
    /// The last.
    pub to: Date,
}

/// What an answer says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The articles in it.
    pub articles: Vec<ApiArticle>,
    /// Further requests for the same days: the other pages of a long list.
    pub further: Vec<String>,
}

/// An article as an interface gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiArticle {
    /// What is known; without paragraphs where the interface has no text.
    pub article: Article,
    /// Words, where the interface counts them.
    pub words: Option<u64>,
    /// Why there is no text, where the interface has texts.
    pub missing: Option<NotArticle>,
}
