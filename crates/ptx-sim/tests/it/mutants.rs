//! Mutation proof: the committed PTX, broken one place at a time, must be caught by a check or by a value.
//!
//! Three kinds of damage: a barrier removed, an address moved by one element, a check dropped (a conditional branch never
//! taken, which is what guards an access, ends a loop, or skips an empty one). What no check and no value shows is
//! *equivalent*, and stands in [`EQUIVALENT`] with its reason; the test fails when one is missing there, and when one
//! that stands there is caught after all.

mod equivalent;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use equivalent::EQUIVALENT;
use ptx_sim::{Error, Launch, Module};

use crate::launches::{Case, Outcome, cases, committed, run};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Damage {
    Barrier,
    Address,
    Check,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    /// The simulator stopped it.
    ByCheck,
    /// A number came out otherwise.
    ByValue,
    Survived,
    /// No launch runs the line, or takes the branch.
    Unreached,
}

/// A kernel's launches with what they should give, cheapest first.
struct Subject<'a> {
    case: &'a Case,
    /// The file without its other kernels; line for line.
    lines: Vec<&'a str>,
    /// The line of the kernel's `.entry`, counted from 0.
    start: usize,
    wanted: Vec<Wanted<'a>>,
}

struct Wanted<'a> {
    launch: Launch,
    inputs: &'a [crate::launches::Input],
    outcome: Outcome,
    /// How many threads ran each line.
    reached: BTreeMap<u32, u64>,
    cost: u64,
}

impl<'a> Subject<'a> {
    fn new(case: &'a Case, source: &'a str) -> Self {
        let (start, lines) = alone(source, case.kernel);
        let text = lines.join("\n");
        let module = Module::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", case.file));
        let kernel = module.kernel(case.kernel).unwrap();
        let mut wanted: Vec<Wanted<'_>> = case
            .launches
            .iter()
            .enumerate()
            .map(|(n, (launch, inputs))| {
                let (outcome, stats) = run(kernel, launch, inputs)
                    .unwrap_or_else(|error| panic!("{}, launch {n}: {error}", case.kernel));
                // A mutant that runs on and on is stopped before it takes long.
                let cost = stats.thread_instructions;
                let launch = Launch { budget: 8 * cost + 20_000, ..*launch };
                Wanted { launch, inputs, outcome, reached: stats.by_line.into_iter().collect(), cost }
            })
            .collect();
        wanted.sort_by_key(|wanted| wanted.cost);
        Self { case, lines, start, wanted }
    }

    /// The places that can be damaged: their lines, counted from 0.
    fn places(&self) -> Vec<usize> {
        (self.start..self.lines.len()).filter(|at| mutate(self.lines[*at]).is_some()).collect()
    }

    fn judge(&self, at: usize) -> Verdict {
        let Some((_, broken)) = mutate(self.lines[at]) else { return Verdict::Unreached };
        let reached = |wanted: &&Wanted<'_>| wanted.reached.get(&(at as u32 + 1)).is_some_and(|n| *n > 0);
        let mut wanted = self.wanted.iter().filter(reached).peekable();
        if wanted.peek().is_none() {
            return Verdict::Unreached;
        }
        let mut lines = self.lines.clone();
        lines[at] = &broken;
        let module = Module::parse(&lines.join("\n")).expect("the mutant is a program");
        let kernel = module.kernel(self.case.kernel).expect("the mutant");
        for wanted in wanted {
            match run(kernel, &wanted.launch, wanted.inputs) {
                Err(error) => return by_check(&error),
                Ok((outcome, _)) if outcome != wanted.outcome => return Verdict::ByValue,
                Ok(_) => {}
            }
        }
        Verdict::Survived
    }
}

fn by_check(error: &Error) -> Verdict {
    assert!(!error.is_parse() && !error.is_unsupported() && !error.is_launch(), "{error}");
    Verdict::ByCheck
}

/// The line of a kernel's `.entry`, and its file's lines with those of the other kernels left empty.
fn alone<'a>(source: &'a str, kernel: &str) -> (usize, Vec<&'a str>) {
    let mut lines: Vec<&str> = source.lines().collect();
    let (mut start, mut other) = (0, false);
    for (at, line) in lines.iter_mut().enumerate() {
        if line.contains(&format!(".entry {kernel}(")) {
            start = at;
        } else if line.contains(".entry ") {
            other = true;
        }
        if other {
            other = *line != "}";
            *line = "";
        }
    }
    (start, lines)
}

/// What can be done to one line: the damage and the line in its place.
fn mutate(line: &str) -> Option<(Damage, String)> {
    let text = line.trim();
    if text.starts_with("bar.sync") {
        return Some((Damage::Barrier, String::new()));
    }
    let accesses = ["ld.global", "ld.shared", "ld.volatile", "st.", "atom.", "red."];
    if accesses.iter().any(|access| text.starts_with(access)) {
        return Some((Damage::Address, moved(text)?));
    }
    if text.starts_with('@') && text.contains("bra") {
        return Some((Damage::Check, String::new()));
    }
    None
}

/// A load or store of 4 bytes whose address is one element further on.
fn moved(line: &str) -> Option<String> {
    let (before, after) = line.split_once(']')?;
    let address = match before.rsplit_once('+') {
        Some((address, offset)) => format!("{address}+{}", offset.parse::<i64>().ok()? + 4),
        None => format!("{before}+4"),
    };
    Some(format!("{address}]{after}"))
}

/// A kernel's text with names of labels that do not tell which kernel of the file it is.
fn nameless(source: &str, kernel: &str) -> Option<String> {
    let (start, lines) = alone(source, kernel);
    if !lines[start].contains(kernel) {
        return None;
    }
    let end = lines[start..].iter().position(|line| *line == "}")? + start;
    let mut text = lines[start..=end].join("\n");
    for number in 0..20 {
        text = text.replace(&format!("$L__BB{number}_"), "$L_");
    }
    Some(text)
}

#[test]
fn broken_kernels_are_caught() {
    let cases = cases();
    let read = |case: &Case, architecture: &str| std::fs::read_to_string(committed(case.file, architecture));
    let sources: Vec<String> = cases.iter().map(|case| read(case, "compute_80").expect("the PTX")).collect();
    let mut texts: Vec<(&Case, &str, &str)> = Vec::new();
    let older: Vec<Option<String>> = cases.iter().map(|case| read(case, "compute_70").ok()).collect();
    for ((case, source), older) in cases.iter().zip(&sources).zip(&older) {
        texts.push((case, "compute_80", source));
        // One text stands for both targets where it is the same for both.
        if let Some(older) = older
            && let Some(text) = nameless(older, case.kernel)
            && Some(text) != nameless(source, case.kernel)
        {
            texts.push((case, "compute_70", older));
        }
    }
    let subjects: Vec<_> =
        texts.iter().map(|(case, target, text)| (Subject::new(case, text), target)).collect();
    let places = |(n, (subject, _)): (usize, &(Subject<'_>, _))| -> Vec<(usize, usize)> {
        subject.places().into_iter().map(|at| (n, at)).collect()
    };
    let work: Vec<(usize, usize)> = subjects.iter().enumerate().flat_map(places).collect();
    let next = AtomicUsize::new(0);
    let judge = || {
        let mut done = Vec::new();
        while let Some(&(n, at)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push((n, at, subjects[n].0.judge(at)));
        }
        done
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut verdicts: Vec<(usize, usize, Verdict)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(judge)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a judge")).collect()
    });
    verdicts.sort_unstable();
    report(&subjects, &verdicts);
}

fn report(subjects: &[(Subject<'_>, &&str)], verdicts: &[(usize, usize, Verdict)]) {
    let mut counts: BTreeMap<Damage, [usize; 4]> = BTreeMap::new();
    let mut by_kernel: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut faults = Vec::new();
    for &(n, at, verdict) in verdicts {
        let (subject, target) = &subjects[n];
        let Some((damage, _)) = mutate(subject.lines[at]) else { continue };
        counts.entry(damage).or_default()[verdict as usize] += 1;
        by_kernel.entry(subject.case.kernel).or_default()[verdict as usize] += 1;
        let line = at - subject.start;
        let reason =
            EQUIVALENT.iter().find(|row| row.kernel == subject.case.kernel && row.lines.contains(&line));
        let survived = verdict >= Verdict::Survived;
        if survived != reason.is_some() {
            let what = if survived { "has no reason" } else { "stands in the table, but is caught" };
            faults.push(format!(
                "{target}/{}.ptx, line {} (`{}` + {line}), {damage:?}, {verdict:?}: {what}: {}",
                subject.case.file,
                at + 1,
                subject.case.kernel,
                subject.lines[at].trim()
            ));
        }
    }
    let tell = |name: &str, [check, value, survived, unreached]: [usize; 4]| {
        eprintln!(
            "{name:>20}: {check:4} caught by a check, {value:4} by a value, {:3} equivalent",
            survived + unreached
        );
    };
    for (damage, counts) in &counts {
        tell(&format!("{damage:?}"), *counts);
    }
    for (kernel, counts) in &by_kernel {
        tell(kernel, *counts);
    }
    // A row about a line that is no place for damage.
    for row in EQUIVALENT {
        let subject = subjects.iter().find(|(subject, _)| subject.case.kernel == row.kernel);
        let places =
            subject.map(|(subject, _)| subject.places().iter().map(|at| at - subject.start).collect());
        let places: Vec<usize> = places.unwrap_or_default();
        for line in row.lines.iter().filter(|line| !places.contains(line)) {
            faults.push(format!("`{}` + {line} stands in the table, but is no place to damage", row.kernel));
        }
    }
    eprintln!("{} mutants", verdicts.len());
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
