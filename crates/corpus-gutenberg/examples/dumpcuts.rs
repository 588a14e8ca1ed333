use std::fmt::Write;
fn main() {
    let out = std::env::args().nth(1).unwrap();
    for f in std::env::args().skip(2) {
        let t = String::from_utf8_lossy(&std::fs::read(&f).unwrap()).into_owned();
        let s = corpus_gutenberg::strip::strip(&t);
        let stem = std::path::Path::new(&f).file_stem().unwrap().to_str().unwrap();
        let stem = stem.strip_suffix(".txt").unwrap_or(stem);
        let mut l = String::new();
        let _ = write!(l, "{stem}\t{}\t{}\t{}", s.start_line, s.end_line, s.kept_whole);
        for c in &s.cuts { let _ = write!(l, "\t{}-{} {:?}", c.first_line, c.last_line, c.reason); }
        println!("{l}");
        std::fs::write(format!("{out}/{stem}.txt"), s.text).unwrap();
    }
}
