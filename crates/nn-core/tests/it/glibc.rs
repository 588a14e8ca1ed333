//! The stream against the C library of this machine.

use nn_core::GlibcRand;
use std::process::Command;

const PROGRAM: &str = r#"#include <stdio.h>
#include <stdlib.h>
int main(void) { unsigned seeds[] = {1, 42, 2147483647u}; for (int s = 0; s < 3; s++) { srand(seeds[s]); for (int n = 0; n < 1000; n++) printf("%d\n", rand()); } }
"#;

#[test]
fn the_first_thousand_values_are_those_of_the_c_library() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (source, program) = (folder.join("rand.c"), folder.join("rand"));
    #[expect(clippy::disallowed_methods, reason = "a test's own file")]
    std::fs::write(&source, PROGRAM).unwrap();
    let compiled = Command::new("cc").arg("-o").arg(&program).arg(&source).status();
    if !compiled.is_ok_and(|status| status.success()) || !cfg!(target_env = "gnu") {
        eprintln!("NOT TESTED: no C compiler with the GNU C library here");
        return;
    }
    let printed = String::from_utf8(Command::new(&program).output().unwrap().stdout).unwrap();
    let expected: Vec<i64> = printed.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(expected.len(), 3_000);
    let ours = [1, 42, i32::MAX as u32].into_iter().flat_map(|seed| {
        let mut rand = GlibcRand::new(seed);
        (0..1_000).map(move |_| i64::from(rand.next_value()))
    });
    assert!(ours.eq(expected));
}
