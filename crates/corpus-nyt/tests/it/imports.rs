//! Saved material becomes the same store as fetched pages, without a request.

use std::io::Write as _;
use std::path::Path;

use corpus_nyt::papers::NewYorkTimes;
use corpus_nyt::{Error, Job, warc};
use demo_sites::newspaper::{Config, Demo, PageKind};
use demo_sites::{Request, Site};
use jiff::civil::Date;

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
    std::fs::File::create(path).and_then(|mut file| file.write_all(bytes)).expect("file");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(bytes).expect("memory");
    packed.finish().expect("memory")
}

#[test]
fn folders_warcs_and_answers_are_imported_once_and_exported() -> Result<(), Error> {
    let demo = Demo::new(Config::default());
    let get = |path: &str, query: Option<&str>| {
        demo.reply(&Request { path: path.to_owned(), query: query.map(str::to_owned), ..Request::default() })
    };
    let saved = tempfile::tempdir().expect("temporary");
    let articles: Vec<_> = demo.truth().iter().filter(|a| a.kind == PageKind::Article).collect();
    let page = |n: usize| get(articles[n].url.split_once(".com").expect("host").1, None).body;
    write(&saved.path().join("pages/a.html"), &page(0));
    write(&saved.path().join("pages/deeper/b.html.gz"), &gzip(&page(1)));
    write(&saved.path().join("pages/.hidden.html"), b"not looked at");
    let record = |n: usize| {
        let page = warc::RawPage {
            url: &articles[n].url,
            date: "2026-01-01T00:00:00Z",
            status: 200,
            headers: &[("Content-Type".to_owned(), "text/html".to_owned())],
            body: &page(n),
        };
        warc::response_member(&page).expect("memory")
    };
    // A third page, the first again, and a record that breaks off.
    let mut file = [record(2), record(0), record(3)].concat();
    file.truncate(file.len() - 40);
    write(&saved.path().join("old.warc.gz"), &file);
    write(
        &saved.path().join("1987-1.json"),
        &get("/svc/archive/v1/1987/1.json", Some("api-key=demo-key")).body,
    );
    write(&saved.path().join("other.json"), b"{\"a\": 1}");

    let dir = tempfile::tempdir().expect("temporary");
    let job = Job::new(&NewYorkTimes, dir.path(), Date::MIN, Date::MAX);
    let done = job.import(&[saved.path().to_owned(), saved.path().join("nothing.html")])?;
    assert_eq!((done.pages, done.answers, done.known), (3, 1, 1), "{done:?}");
    let failed: Vec<String> = done
        .failed
        .iter()
        .map(|(file, _)| file.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(failed, ["old.warc.gz", "other.json", "nothing.html"], "{done:?}");

    let mut texts = Vec::new();
    job.documents(|d| {
        texts.push((d.url.unwrap_or_default(), d.text));
        Ok(())
    })?;
    texts.sort();
    let mut wanted: Vec<_> = articles[..3].iter().map(|a| (a.url.clone(), a.paragraphs.join("\n"))).collect();
    wanted.sort();
    assert_eq!(texts, wanted);
    let mut listed = 0;
    job.listed(|_| {
        listed += 1;
        Ok(())
    })?;
    assert_eq!(listed, 30);
    assert!(job.verify()?.is_empty());

    // Again: all is known, and nothing is stored twice.
    let again = job.import(&[saved.path().to_owned()])?;
    assert_eq!((again.pages, again.answers, again.known), (0, 0, 5), "{again:?}");
    let n = warc::records(&dir.path().join("raw/1987-01.warc.gz"))?.count();
    assert_eq!(n, 1 + 3);
    Ok(())
}

/// A licensed article; every word in it is invented.
fn licensed(n: u32, address: &str, text: &str) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE nitf SYSTEM \"nitf-3-3.dtd\">\n<nitf><head><title>Bridge {n}</title>\
         <pubdata date.publication=\"198702{n:02}T000000\"{address}/></head><body><body.head><hedline><hl1>A BRIDGE, NO. {n}</hl1>\
         </hedline><byline class=\"print_byline\">By JANE DOE</byline></body.head><body.content><block class=\"full_text\">{text}\
         </block></body.content></body></nitf>\n"
    )
    .into_bytes()
}

#[test]
fn licensed_articles_are_imported_from_folders_and_warcs() -> Result<(), Error> {
    let saved = tempfile::tempdir().expect("temporary");
    let address = |n: u32| format!(" ex-ref=\"https://query.nytimes.com/gst/fullpage.html?res={n}\"");
    let text = |n: u32| {
        format!("<p>LEAD: The bridge &mdash; number {n} &#8212; opened.</p><p>Tolls rise &amp; rise.</p>")
    };
    write(&saved.path().join("1987/02/01/0000001.xml"), &licensed(1, &address(1), &text(1)));
    write(&saved.path().join("1987/02/02/0000002.xml.gz"), &gzip(&licensed(2, &address(2), &text(2))));
    // Without an address of their own, two files of one name are two articles.
    write(&saved.path().join("a/1.xml"), &licensed(3, "", &text(3)));
    write(&saved.path().join("b/1.xml"), &licensed(4, "", &text(4)));
    // No text, and one that breaks off.
    write(&saved.path().join("c/none.xml"), &licensed(5, &address(5), ""));
    let whole = licensed(6, &address(6), &text(6));
    write(&saved.path().join("c/torn.xml"), &whole[..whole.len() - 40]);
    let record = |body: &[u8], url: &str| {
        warc::response_member(&warc::RawPage {
            url,
            date: "2026-01-01T00:00:00Z",
            status: 200,
            headers: &[("Content-Type".to_owned(), "application/xml".to_owned())],
            body,
        })
        .expect("memory")
    };
    // In a WARC, a feed beside an article.
    let members = [
        record(&licensed(7, "", &text(7)), "https://archive.example/7.xml"),
        record(
            b"<?xml version=\"1.0\"?><rss><channel><title>News</title></channel></rss>",
            "https://archive.example/rss",
        ),
    ];
    write(&saved.path().join("d.warc.gz"), &members.concat());

    let dir = tempfile::tempdir().expect("temporary");
    let job = Job::new(&NewYorkTimes, dir.path(), Date::MIN, Date::MAX);
    let done = job.import(&[saved.path().to_owned()])?;
    assert_eq!((done.pages, done.answers, done.known), (6, 0, 0), "{done:?}");
    let [(file, reason)] = &done.failed[..] else { panic!("{done:?}") };
    assert!(file.ends_with("c/torn.xml") && reason.contains("NITF"), "{done:?}");

    let mut articles = Vec::new();
    job.articles(|article, origin| {
        assert_eq!(article.parser, "nyt/nitf-1");
        assert_eq!(article.authors, ["Jane Doe"]);
        let text = article.text();
        articles.push((article.published, article.title, text, origin.url.clone()));
        Ok(())
    })?;
    articles.sort();
    let wanted = |n: u32| {
        (
            Some(format!("1987-02-{n:02}")),
            Some(format!("A BRIDGE, NO. {n}")),
            format!("The bridge — number {n} — opened.\nTolls rise & rise."),
        )
    };
    let got: Vec<_> =
        articles.iter().map(|(day, title, text, _)| (day.clone(), title.clone(), text.clone())).collect();
    assert_eq!(got, [1, 2, 3, 4, 7].map(wanted));
    assert_eq!(articles[0].3, "https://query.nytimes.com/gst/fullpage.html?res=1");
    assert!(articles[2].3.ends_with("/1.xml") && articles[2].3 != articles[3].3, "{articles:?}");
    assert_eq!(articles[4].3, "https://archive.example/7.xml");
    assert!(job.verify()?.is_empty());

    // A period, and once more.
    let mut n = 0;
    let days = Job::new(
        &NewYorkTimes,
        dir.path(),
        "1987-02-02".parse().expect("a day"),
        "1987-02-03".parse().expect("a day"),
    );
    days.documents(|_| {
        n += 1;
        Ok(())
    })?;
    assert_eq!(n, 2);
    let again = job.import(&[saved.path().to_owned()])?;
    assert_eq!((again.pages, again.known, again.failed.len()), (0, 6, 1), "{again:?}");
    Ok(())
}
