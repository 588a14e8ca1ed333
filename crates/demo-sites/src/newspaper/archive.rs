//! The Archive API: a month's articles with all but their text, for a key and within its budget.

use super::demo::ArticleTruth;
use crate::server::{Reply, Request};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

/// The interface's state.
pub(super) struct Archive {
    key: &'static str,
    n_max: u32,
    n_requests: AtomicU32,
}

impl Archive {
    pub(super) fn new(key: &'static str, n_max: u32) -> Self {
        Self { key, n_max, n_requests: AtomicU32::new(0) }
    }

    pub(super) fn n_requests(&self) -> u32 {
        self.n_requests.load(Ordering::Relaxed)
    }

    /// `/svc/archive/v1/1987/1.json?api-key=KEY`; nothing for other paths.
    pub(super) fn answer(&self, request: &Request, articles: &[ArticleTruth]) -> Option<Reply> {
        let (year, file) = request.path.strip_prefix("/svc/archive/v1/")?.split_once('/')?;
        let n_before = self.n_requests.fetch_add(1, Ordering::Relaxed);
        let query = request.query.as_deref().unwrap_or_default();
        if query.split('&').all(|pair| pair.strip_prefix("api-key=") != Some(self.key)) {
            let fault = json!({"fault": {"faultstring": "Invalid ApiKey", "detail": {"errorcode": "oauth.v2.InvalidApiKey"}}});
            return Some(json_reply(401, &fault));
        }
        if n_before >= self.n_max {
            let fault = json!({"fault": {"faultstring": "Rate limit quota violation", "detail": {"errorcode": "policies.ratelimit.QuotaViolation"}}});
            return Some(json_reply(429, &fault));
        }
        let (Ok(year), Some(Ok(month))) =
            (year.parse::<u16>(), file.strip_suffix(".json").map(str::parse::<u8>))
        else {
            return Some(Reply::not_found());
        };
        let month = format!("{year:04}-{month:02}-");
        let docs: Vec<Value> =
            articles.iter().filter(|article| article.published.starts_with(&month)).map(document).collect();
        Some(json_reply(
            200,
            &json!({"copyright": "Copyright of a paper that does not exist",
                "response": {"docs": docs, "meta": {"hits": docs.len()}}}),
        ))
    }
}

fn document(article: &ArticleTruth) -> Value {
    let published = if article.published.len() == 10 {
        format!("{}T05:00:00+0000", article.published)
    } else {
        article.published.clone()
    };
    let words = article.paragraphs.iter().map(|text| text.split_whitespace().count()).sum::<usize>();
    let byline = match article.authors.as_slice() {
        [] => Value::Null,
        [one] => Value::from(format!("By {one}")),
        [first @ .., last] => Value::from(format!("By {} and {last}", first.join(", "))),
    };
    json!({"web_url": article.url, "snippet": article.paragraphs.first(), "source": "The New York Times",
        "headline": {"main": article.title, "kicker": null}, "keywords": [], "pub_date": published,
        "document_type": "article", "section_name": article.section, "byline": {"original": byline},
        "type_of_material": "News", "word_count": words, "uri": format!("nyt://article/{}", article.url.len())})
}

fn json_reply(status: u16, value: &Value) -> Reply {
    Reply { status, ..Reply::bytes("application/json", value.to_string().into_bytes()) }
}
