//! The Open Platform: articles with their text, day by day.

use std::time::Duration;

use corpus_fetch::Limit;
use jiff::ToSpan as _;

use crate::api::{Answer, Api, ApiRequest};
use crate::import;

/// What <https://open-platform.theguardian.com/access/> says of a developer's key. Results that lie deep are refused,
/// so a request is for one day; the most articles that one page may have are 200.
pub(super) const OPEN_PLATFORM: Api = Api {
    name: "Open Platform",
    terms: "The Guardian's Open Platform serves full text to a developer key of your own (1 request a second, 500 a \
            day) for non-commercial use. Its terms also say how long content may be kept and what it may not be used \
            for: read them at open-platform.theguardian.com/terms-and-conditions.",
    keys: "https://open-platform.theguardian.com/access/",
    host: "content.guardianapis.com",
    parameter: "api-key",
    key_variable: "GUARDIAN_API_KEY",
    pace: Duration::from_secs(1),
    limit: Limit { per_minute: Some(60), per_day: Some(500) },
    has_text: true,
    requests: |from, to, sections| {
        // Sections between bars mean any of them.
        let sections = match sections {
            [] => String::new(),
            some => format!("&section={}", some.join("%7C")),
        };
        let request = |day: jiff::civil::Date| ApiRequest {
            url: format!(
                "https://content.guardianapis.com/search?from-date={day}&to-date={day}&order-by=oldest&page-size=200\
                 &show-fields=headline,byline,body,lastModified,wordcount,lang&show-tags=contributor,keyword\
                 {sections}&page=1"
            ),
            from: day,
            to: day,
        };
        from.series(1.day()).take_while(|day| *day <= to).map(request).collect()
    },
    read: |url, text| {
        let (articles, pages) = import::open_platform_page(text)?;
        let further = match url.strip_suffix("&page=1") {
            Some(first) => (2..=pages).map(|page| format!("{first}&page={page}")).collect(),
            None => Vec::new(),
        };
        Ok(Answer { articles, further })
    },
};
