//! The papers' interfaces over loopback: every article once, within budgets that neither a restart nor time forgets.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use corpus_fetch::Limit;
use corpus_fetch::simulation::World;
use corpus_nyt::papers::{self, Newspaper};
use corpus_nyt::{Error, Job};
use demo_sites::newspaper::{Config, Demo, Guardian, GuardianConfig, PageKind};
use demo_sites::{Server, Site, serve};
use jiff::civil::{Date, date};

fn job(paper: &'static dyn Newspaper, server: &Server, dir: &std::path::Path, from: Date, to: Date) -> Job {
    let mut job = Job::new(paper, dir, from, to);
    job.played_by = Some(server.base_url());
    job.api_key = Some("demo-key".to_owned());
    job.api_pace = Duration::ZERO;
    job.api_limit = Limit::default();
    job
}

fn start(site: Arc<impl Site>) -> Server {
    serve(site).expect("loopback")
}

#[test]
fn the_open_platform_gives_every_article_its_text_once() -> Result<(), Error> {
    // More than one page a day.
    let config = GuardianConfig { n_per_day: 230, n_searches_max: 5000, ..GuardianConfig::default() };
    let paper = Guardian::new(config);
    let server = start(paper.clone());
    let dir = tempfile::tempdir().expect("temporary");
    let mut job = job(&papers::Guardian, &server, dir.path(), date(2018, 6, 1), date(2018, 6, 8));
    job.max_items = Some(5);
    assert!(!job.answers(|_| {})?.done);
    job.max_items = None;
    let answers = job.answers(|_| {})?;
    assert!(answers.done && answers.failed.is_empty(), "{answers:?}");
    let wanted: Vec<_> = paper.truth().iter().filter(|a| a.published.starts_with("2018")).collect();
    assert_eq!(answers.articles, wanted.len() as u64);
    // Eight days, and a second page for two of them.
    assert_eq!((answers.answers, paper.n_searches()), (10, 10));
    let mut documents = BTreeMap::new();
    job.documents(|d| {
        assert!(documents.insert(d.url.clone().unwrap_or_default(), d).is_none());
        Ok(())
    })?;
    for article in &wanted {
        if article.kind == PageKind::Article {
            let document = &documents[&article.url];
            assert_eq!(document.text, article.paragraphs.join("\n"));
            assert_eq!(document.title.as_deref(), Some(article.title.as_str()));
            assert_eq!(document.authors, article.authors);
            assert_eq!(document.published.as_deref(), Some(article.published.as_str()));
        } else {
            assert!(!documents.contains_key(&article.url), "{}", article.url);
        }
    }
    // Nothing is asked again, and nothing stored is broken.
    assert_eq!(job.answers(|_| {})?.requests, 0);
    assert!(job.verify()?.is_empty());
    // One section alone is another list.
    job.sections = vec!["world".to_owned()];
    job.from = date(2018, 6, 4);
    job.to = job.from;
    let plan = job.plan_answers()?;
    assert_eq!((plan.requests, plan.done), (1, 0));
    assert_eq!(job.answers(|_| {})?.requests, 1);
    Ok(())
}

#[test]
fn the_archive_lists_and_pages_or_imports_fill_the_list() -> Result<(), Error> {
    let demo = Demo::new(Config::default());
    let server = start(demo.clone());
    let dir = tempfile::tempdir().expect("temporary");
    let mut job = job(&papers::NewYorkTimes, &server, dir.path(), date(1987, 1, 1), date(2018, 12, 31));
    job.pace = Duration::ZERO;
    let plan = job.plan_answers()?;
    assert_eq!((plan.requests, plan.done, plan.at_least), (32 * 12, 0, false));
    let answers = job.answers(|_| {})?;
    assert_eq!((answers.answers, answers.texts), (32 * 12, 0));
    assert_eq!(demo.n_archive(), 32 * 12);
    let wanted: Vec<_> = demo.truth().iter().filter(|a| &a.published[..4] <= "2018").collect();
    let mut words = 0;
    let mut listed = 0;
    job.listed(|article| {
        listed += 1;
        words += article.words.unwrap_or(0);
        Ok(())
    })?;
    assert_eq!(listed, wanted.len());
    let count = |text: &String| text.split_whitespace().count() as u64;
    assert_eq!(words, wanted.iter().flat_map(|a| &a.paragraphs).map(count).sum::<u64>());
    job.documents(|d| panic!("a document without text: {d:?}"))?;

    // The list as an index of pages, some days of it.
    job.from = date(1987, 1, 2);
    job.to = date(1987, 1, 3);
    assert_eq!(job.collect_from_answers()?.listed, 20);
    let report = job.download(|_| {})?;
    assert_eq!(report.articles, 20);
    let mut n = 0;
    job.documents(|_| {
        n += 1;
        Ok(())
    })?;
    assert_eq!(n, 20);
    Ok(())
}

#[test]
fn a_spent_budget_ends_the_run_and_says_when_to_come_back() -> Result<(), Error> {
    let paper = Guardian::new(GuardianConfig::default());
    let server = start(paper.clone());
    let dir = tempfile::tempdir().expect("temporary");
    let world = World::new(0);
    let new_job = || {
        // Each time a new process, as far as the ledger is concerned.
        let mut job = job(&papers::Guardian, &server, dir.path(), date(2012, 3, 1), date(2012, 3, 20));
        job.seams.clock = Arc::new(world.clone());
        job.api_limit = Limit { per_minute: Some(3), per_day: Some(7) };
        job
    };
    let mut n_made = Vec::new();
    for day in 0..3 {
        let answers = new_job().answers(|_| {})?;
        n_made.push(answers.requests);
        assert_eq!(answers.done, day == 2, "{answers:?}");
        if day == 2 {
            break;
        }
        let why = answers.why.expect("a reason");
        let at = answers.again_at.expect("a time");
        assert!(why.contains("7 requests a day") && why.contains(&at), "{why}");
        let plan = new_job().plan_answers()?;
        assert_eq!((plan.left_today, plan.done), (Some(0), 7 * (day + 1)));
        // Too early, by a minute and by a restart.
        assert_eq!(new_job().answers(|_| {})?.requests, 0);
        let again: jiff::Timestamp = at.parse().expect("RFC 3339");
        let now = jiff::Timestamp::try_from(corpus_fetch::Clock::now(&world)).expect("a time");
        let wait = Duration::try_from(again.duration_since(now)).expect("later");
        assert!(wait > Duration::from_hours(23), "{wait:?}");
        corpus_fetch::Clock::sleep(&world, wait.saturating_sub(Duration::from_mins(30)));
        assert_eq!(new_job().answers(|_| {})?.requests, 0, "half an hour too early");
        corpus_fetch::Clock::sleep(&world, Duration::from_mins(30));
    }
    assert_eq!(n_made, [7, 7, 6]);
    assert_eq!(paper.n_searches(), 20);
    Ok(())
}

#[test]
fn who_waits_needs_one_run_and_no_more_than_the_budget() -> Result<(), Error> {
    let paper = Guardian::new(GuardianConfig::default());
    let server = start(paper.clone());
    let dir = tempfile::tempdir().expect("temporary");
    let world = World::new(0);
    let mut job = job(&papers::Guardian, &server, dir.path(), date(2012, 3, 1), date(2012, 3, 20));
    job.seams.clock = Arc::new(world.clone());
    job.api_limit = Limit { per_minute: Some(3), per_day: Some(7) };
    job.wait = true;
    let answers = job.answers(|_| {})?;
    assert!(answers.done && answers.answers == 20, "{answers:?}");
    let elapsed = corpus_fetch::Clock::elapsed(&world);
    assert!(elapsed > Duration::from_hours(48) && elapsed < Duration::from_hours(49), "{elapsed:?}");
    Ok(())
}

#[test]
fn an_answer_that_came_before_its_day_was_over_is_asked_for_again() -> Result<(), Error> {
    let paper = Guardian::new(GuardianConfig::default());
    let server = start(paper);
    let dir = tempfile::tempdir().expect("temporary");
    let world = World::new(0);
    let now = jiff::Timestamp::try_from(corpus_fetch::Clock::now(&world)).expect("a time");
    let day: Date = now.to_string()[..10].parse().expect("a day");
    let mut job = job(&papers::Guardian, &server, dir.path(), day.yesterday().expect("a day"), day);
    job.seams.clock = Arc::new(world.clone());
    assert_eq!(job.answers(|_| {})?.requests, 2);
    assert_eq!(job.answers(|_| {})?.requests, 0);
    corpus_fetch::Clock::sleep(&world, Duration::from_hours(24));
    assert_eq!(job.answers(|_| {})?.requests, 1);
    corpus_fetch::Clock::sleep(&world, Duration::from_hours(24));
    assert_eq!(job.answers(|_| {})?.requests, 0);
    Ok(())
}

#[test]
fn a_refused_key_is_refused_once() -> Result<(), Error> {
    let paper = Guardian::new(GuardianConfig::default());
    let server = start(paper.clone());
    let dir = tempfile::tempdir().expect("temporary");
    let mut job = job(&papers::Guardian, &server, dir.path(), date(2018, 6, 1), date(2018, 6, 20));
    job.api_key = Some("wrong".to_owned());
    let answers = job.answers(|_| {})?;
    assert!(!answers.done && answers.failed.len() == 1, "{answers:?}");
    assert_eq!(paper.n_searches(), 1, "401 is not asked again");
    // The right key takes it all up again.
    job.api_key = Some("demo-key".to_owned());
    let answers = job.answers(|_| {})?;
    assert!(answers.done && answers.failed.is_empty(), "{answers:?}");
    job.api_key = None;
    let error = job.answers(|_| {}).expect_err("no key");
    assert!(error.is_usage() && error.to_string().contains("GUARDIAN_API_KEY"), "{error}");
    job.played_by = None;
    let error = job.answers(|_| {}).expect_err("no terms");
    assert!(error.is_terms() && error.to_string().contains("Open Platform"), "{error}");
    Ok(())
}
