//! A key is sent, and stands nowhere else: not on the disk, packed or not, and not in what the program says.

use std::io::Read as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use demo_sites::newspaper::{Guardian, GuardianConfig};
use demo_sites::{Reply, Request, Site, serve};

const KEY: &str = "s3cr3t-k3y-0f-n0b0dy";

/// Hands the key back: in a header, in a body, in a redirection, in an error.
struct Telltale(Arc<Guardian>);

impl Site for Telltale {
    fn reply(&self, request: &Request) -> Reply {
        let query = request.query.clone().unwrap_or_default();
        let mut reply = self.0.reply(request);
        reply.headers.push(("X-Asked".to_owned(), query.clone()));
        if query.contains("from-date=2018-06-04") {
            let text = String::from_utf8_lossy(&reply.body)
                .replace("\"status\":\"ok\"", &format!("\"status\":\"ok\",\"asked\":\"{query}\""));
            reply.body = text.into_bytes();
        } else if query.contains("from-date=2018-06-05") && !query.contains("moved") {
            return Reply::redirect(302, &format!("/search?{query}&moved=1"));
        } else if query.contains("from-date=2018-06-06") {
            return Reply { body: query.into_bytes(), ..Reply::error(403) };
        }
        reply
    }
}

fn run(arguments: &[&str], key: Option<&str>) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_corpus-nyt"));
    command.args(arguments).env_remove("GUARDIAN_API_KEY");
    if let Some(key) = key {
        command.env("GUARDIAN_API_KEY", key);
    }
    let output = command.output().expect("the program");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// Every byte below a directory, also of what is packed.
fn bytes_below(dir: &Path, found: &mut Vec<u8>) {
    for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            bytes_below(&path, found);
            continue;
        }
        let bytes = std::fs::read(&path).expect("a file");
        if bytes.starts_with(&[0x1f, 0x8b]) {
            flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(found).expect("gzip");
        }
        found.extend(bytes);
    }
}

fn has(text: &[u8], what: &str) -> bool {
    text.windows(what.len()).any(|part| part == what.as_bytes())
}

#[test]
fn a_key_stands_nowhere() {
    let config = GuardianConfig { key: KEY.to_owned(), ..GuardianConfig::default() };
    let site = Arc::new(Telltale(Guardian::new(config)));
    let server = serve(site).expect("loopback");
    let dir = tempfile::tempdir().expect("temporary");
    let data = dir.path().join("data");
    let (data_text, base) = (data.to_str().expect("a name"), server.base_url());
    let arguments = [
        "download",
        "--paper",
        "guardian",
        "--dir",
        data_text,
        "--from",
        "2018-06-03",
        "--to",
        "2018-06-06",
        "--played-by",
        &base,
        "--pace",
        "0",
    ];
    let (code, said) = run(&arguments, Some(KEY));
    assert_eq!(code, Some(1), "the day that is refused is to come: {said}");
    assert!(said.contains("from-date=2018-06-06"), "{said}");

    // From a file, too; outside of the data, as it is the user's own.
    let file = dir.path().join("key.txt");
    std::io::Write::write_all(
        &mut std::fs::File::create(&file).expect("file"),
        format!("{KEY}\n").as_bytes(),
    )
    .expect("file");
    let from_file = [&arguments[..], &["--api-key-file", file.to_str().expect("a name"), "--json"]].concat();
    let (_, said_from_file) = run(&from_file, None);
    let (_, said_with_wrong) = run(&arguments, Some(&format!("{KEY}x")));
    let (_, exported) = run(
        &[
            "export",
            "--paper",
            "guardian",
            "--dir",
            data_text,
            "--output",
            data.join("all.jsonl").to_str().expect("a name"),
        ],
        None,
    );
    assert!(exported.contains("articles"), "{exported}");

    let mut disk = Vec::new();
    bytes_below(&data, &mut disk);
    assert!(has(&disk, "from-date=2018-06-04"), "the answers are there");
    assert!(has(&disk, "api-key=hidden"), "and what handed the key back was cleaned");
    assert!(!has(&disk, KEY), "the key is on the disk");
    for text in [said, said_from_file, said_with_wrong, exported] {
        assert!(!has(text.as_bytes(), KEY), "{text}");
    }
    let (code, said) = run(&["verify", "--paper", "guardian", "--dir", data_text], None);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn without_a_key_or_a_contact_nothing_is_asked() {
    let dir = tempfile::tempdir().expect("temporary");
    let data = dir.path().to_str().expect("a name");
    let days = ["--paper", "guardian", "--dir", data, "--from", "2018-06-03", "--to", "2018-06-06"];
    for (more, wanted) in [
        (&[][..], "--accept-terms"),
        (&["--live"][..], "--accept-terms"),
        (&["--contact", "you@example.org", "--accept-terms"][..], "--live"),
        (&["--live", "--contact", "you@example.org", "--accept-terms"][..], "GUARDIAN_API_KEY"),
        (&["--pages"][..], "robots.txt"),
    ] {
        let (code, said) = run(&[&["download"], &days[..], more].concat(), None);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(wanted), "{said}");
    }
}
