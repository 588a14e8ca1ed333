//! The program `word2vec`: train, ask, judge and convert word vectors.

mod args;
mod ask;
mod commands;
mod printer;
mod training;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse_from(args::with_double_dashes(std::env::args_os()));
    match commands::run(args) {
        Ok(code) => code,
        Err(error) => {
            printer::complain(&format!("error: {error:#}"));
            ExitCode::from(2)
        }
    }
}
