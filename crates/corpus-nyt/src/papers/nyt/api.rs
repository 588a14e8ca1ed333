//! The Archive API: a month's articles with all but their text.

use std::time::Duration;

use corpus_fetch::Limit;

use super::index::months;
use crate::api::{Answer, Api, ApiRequest};
use crate::import;

/// What <https://developer.nytimes.com/docs/archive-product/1/overview> and the page of questions beside it say.
pub(super) const ARCHIVE: Api = Api {
    name: "Archive API",
    terms: "The Archive API lists a month's articles since 1851 (address, headline, byline, day, section, keywords, \
            number of words) to a key of your own: 5 requests a minute and 500 a day, for non-commercial use. It has \
            no text: that comes from licensed or saved material (`import`), or from the pages where you have the \
            right to fetch them.",
    keys: "https://developer.nytimes.com/get-started",
    host: "api.nytimes.com",
    parameter: "api-key",
    key_variable: "NYT_API_KEY",
    pace: Duration::from_secs(12),
    limit: Limit { per_minute: Some(5), per_day: Some(500) },
    has_text: false,
    requests: |from, to, _| {
        let request = |month: jiff::civil::Date| ApiRequest {
            url: format!("https://api.nytimes.com/svc/archive/v1/{}/{}.json", month.year(), month.month()),
            from: month,
            to: month.last_of_month(),
        };
        months(from, to).map(request).collect()
    },
    read: |_, text| Ok(Answer { articles: import::archive_articles(text)?, further: Vec::new() }),
};
