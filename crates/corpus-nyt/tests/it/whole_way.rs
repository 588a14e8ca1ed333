//! Index to documents, against the generated paper.

use corpus_nyt::papers::NewYorkTimes;
use corpus_nyt::{Error, Job};
use demo_sites::newspaper::{Config, Demo, Guardian, GuardianConfig, PageKind};
use demo_sites::serve;
use jiff::civil::date;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

fn job(dir: &std::path::Path, base: &str) -> Job {
    let mut job = Job::new(&NewYorkTimes, dir, date(1987, 1, 1), date(2026, 11, 23));
    job.played_by = Some(base.to_owned());
    job.pace = Duration::ZERO;
    job
}

#[test]
fn every_article_arrives_as_it_is_and_nothing_is_asked_twice() -> Result<(), Error> {
    let demo = Demo::new(Config { seed: 7, n_per_day: 5, ..Config::default() });
    let server = serve(demo.clone()).expect("loopback");
    let dir = tempfile::tempdir().expect("temporary");
    let mut job = job(dir.path(), &server.base_url());

    // Interrupted after seven pages, then the same job again.
    let found = job.collect()?;
    assert_eq!(found.listed as usize, demo.truth().len());
    job.max_items = Some(7);
    let first = job.download(|_| {})?;
    assert!(!first.done && first.pending > 0, "{first:?}");
    job.max_items = None;
    job.collect()?;
    let report = job.download(|_| {})?;
    assert!(report.done, "{report:?}");

    let n = |kind| demo.truth().iter().filter(|a| a.kind == kind).count() as u64;
    assert_eq!(report.articles, n(PageKind::Article));
    assert_eq!(report.failed.len() as u64, n(PageKind::Dead) + n(PageKind::Forbidden));
    assert_eq!(
        report.not_articles,
        BTreeMap::from([
            ("stub", n(PageKind::Stub)),
            ("video", n(PageKind::Video)),
            ("wall", n(PageKind::Wall))
        ])
    );
    for article in demo.truth() {
        let path = article.url.split_once(".com").expect("host").1;
        let allowed = usize::from(article.kind != PageKind::Forbidden);
        assert_eq!(server.count(path), allowed, "{path}");
    }

    let mut documents = BTreeMap::new();
    job.documents(|d| {
        documents.insert(d.url.clone().unwrap_or_default(), d);
        Ok(())
    })?;
    assert_eq!(documents.len() as u64, n(PageKind::Article));
    for article in demo.truth().iter().filter(|a| a.kind == PageKind::Article) {
        let document = &documents[&article.url];
        assert_eq!(document.title.as_deref(), Some(article.title.as_str()));
        assert_eq!(document.authors, article.authors, "{}", article.url);
        assert_eq!(document.published.as_deref(), Some(article.published.as_str()), "{}", article.url);
        assert_eq!(document.section.as_deref().map(str::to_lowercase), Some(article.section.to_lowercase()));
        assert_eq!(document.text, article.paragraphs.join("\n"), "{}", article.url);
    }

    // A third run has nothing to ask.
    let before = server.requests().len();
    job.collect()?;
    job.download(|_| {})?;
    assert_eq!(server.requests().len(), before);
    assert!(job.verify()?.is_empty());

    // A damaged record is found, and fetched again.
    let file = dir.path().join("raw/1987-02.warc.gz");
    let mut bytes = std::fs::read(&file).expect("raw file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::File::options()
        .write(true)
        .open(&file)
        .and_then(|mut f| std::io::Write::write_all(&mut f, &bytes))
        .expect("damage");
    let broken = job.verify()?;
    assert_eq!(broken.len(), 1, "{broken:?}");
    let mended = job.download(|_| {})?;
    assert_eq!(mended.articles, report.articles);
    assert!(job.verify()?.is_empty());
    Ok(())
}

#[test]
fn every_index_leads_to_the_same_articles() -> Result<(), Error> {
    let demo = Demo::new(Config::default());
    let server = serve(demo.clone()).expect("loopback");
    let dir = tempfile::tempdir().expect("temporary");
    let mut listed = Vec::new();
    for index in ["spiderbites", "sitemap", "xml"] {
        let mut job = job(&dir.path().join(index), &server.base_url());
        job.indexes = vec![index.to_owned()];
        job.to = date(2016, 12, 31);
        job.sections = vec!["world".to_owned(), "Arts".to_owned()];
        let found = job.collect()?;
        assert!(found.index_failed.is_empty(), "{found:?}");
        listed.push(found.listed);
        // A later run for more days reads no old day's page again.
        let n_before = server.requests().len();
        job.to = date(2026, 11, 23);
        job.collect()?;
        let again = server.requests().split_off(n_before);
        let old = |path: &str| {
            let year = |part: &&str| part.len() == 4 && part.parse().is_ok_and(|year: u16| year < 2016);
            path.split(['/', '-', '_']).any(|part| year(&part))
        };
        assert!(again.iter().all(|asked| !old(&asked.path_and_query)), "{again:?}");
    }
    let wanted = demo.truth().iter().filter(|article| {
        let path = article.url.split_once("/ads").map_or(article.url.as_str(), |(_, rest)| rest);
        &article.published[..4] <= "2016" && (path.contains("/world/") || path.contains("/arts/"))
    });
    let n = wanted.count() as u64;
    assert!(n > 0);
    assert_eq!(listed, [n, n, n]);
    let mut wrong = job(dir.path(), &server.base_url());
    wrong.indexes = vec!["atom".to_owned()];
    let error = wrong.collect().expect_err("no such index");
    assert!(error.is_usage() && error.to_string().contains("spiderbites, sitemap, xml"), "{error}");
    Ok(())
}

#[test]
fn the_guardians_lists_give_its_articles_in_files_by_month() -> Result<(), Error> {
    let paper = Guardian::new(GuardianConfig::default());
    let server = serve(paper.clone()).expect("loopback");
    let dir = tempfile::tempdir().expect("temporary");
    let mut job = Job::new(&corpus_nyt::papers::Guardian, dir.path(), date(2012, 3, 5), date(2024, 9, 3));
    job.played_by = Some(server.base_url());
    job.pace = Duration::ZERO;
    let days: BTreeSet<&str> = paper.truth().iter().map(|article| &article.published[..10]).collect();
    for day in days {
        job.from = day.parse().expect("a day");
        job.to = job.from;
        job.collect()?;
    }
    let report = job.download(|_| {})?;
    let wanted = paper.truth().iter().filter(|a| a.kind != PageKind::Video).count() as u64;
    assert_eq!(report.articles, wanted, "{report:?}");
    assert!(dir.path().join("raw/2018-06.warc.gz").exists());
    job.from = date(1999, 1, 1);
    let mut n = 0;
    job.documents(|d| {
        let truth = paper.truth().iter().find(|a| Some(&a.url) == d.url.as_ref()).expect("a true article");
        assert_eq!(d.text, truth.paragraphs.join("\n"), "{}", truth.url);
        assert_eq!(d.authors, truth.authors, "{}", truth.url);
        assert_eq!(d.title.as_deref(), Some(truth.title.as_str()));
        assert_eq!(d.published.as_deref(), Some(truth.published.as_str()));
        n += 1;
        Ok(())
    })?;
    assert_eq!(n, wanted);
    Ok(())
}

#[test]
fn days_are_chosen_and_real_hosts_need_terms() -> Result<(), Error> {
    let demo = Demo::new(Config { seed: 1, n_per_day: 2, ..Config::default() });
    let server = serve(demo).expect("loopback");
    let dir = tempfile::tempdir().expect("temporary");
    let mut job = job(dir.path(), &server.base_url());
    job.from = date(1987, 1, 2);
    job.to = date(1987, 1, 3);
    assert_eq!(job.collect()?.listed, 4);
    job.played_by = None;
    let error = job.download(|_| {}).expect_err("no contact");
    assert!(error.is_terms(), "{error}");
    assert!(error.to_string().contains("--accept-terms"));
    Ok(())
}
