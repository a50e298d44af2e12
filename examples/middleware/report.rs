//! The processor time by route, and of what has none, why.

use hooks_service::profile::Profile;
use std::error::Error;

/// Of a hundred.
const MOST_UNLABELLED: f64 = 5.0;

/// Work that is no route's.
struct Reason {
    whose: &'static str,
    /// A part of a function's name on the stack.
    part: &'static str,
    why: &'static str,
    weight: u64,
}

impl Reason {
    const fn new(whose: &'static str, part: &'static str, why: &'static str) -> Self {
        Reason { whose, part, why, weight: 0 }
    }
}

/// The first that fits counts; the last fits all.
const REASONS: [Reason; 7] = [
    Reason::new("the profiler", "hooks_service::", "adds up samples and looks at threads, for all routes"),
    Reason::new(
        "hyper",
        "hyper::",
        "reads and parses before there is a route, writes when there is an answer",
    ),
    Reason::new("axum", "axum::", "accepts, looks for the route, makes ready for the next request"),
    Reason::new("rayon", "rayon_core::", "looks for work, sleeps and wakes"),
    Reason::new("tokio", "tokio::", "looks for work, polls the system, sleeps and wakes"),
    Reason::new("standard library", "std::", "channels, sleep and wake-up of threads"),
    Reason::new("others", "", "is not known to this table"),
];

pub(crate) fn print(profile: &Profile) -> Result<(), Box<dyn Error>> {
    println!("{}", profile.top_by_label("route"));
    let unlabelled = profile.unlabelled("route");
    println!("{unlabelled}");
    let total = profile.total();
    println!("{:<18} {:>7}  why it is no route's", "without a route", "cpu");
    for Reason { whose, weight, why, .. } in by_reason(profile)? {
        println!("{whose:<18} {:>5.2} %  {why}", share(weight, total));
    }
    let chance = 2.0 * share(1, total) * profile.standard_error(unlabelled.weight()).as_secs_f64()
        / profile.period().as_secs_f64();
    let all = share(unlabelled.weight(), total);
    println!("{:<18} {all:>5.2} %  +- {chance:.2} %", "in all");
    if all - chance > MOST_UNLABELLED {
        return Err(format!("{all:.2} % have no route: more than {MOST_UNLABELLED} %").into());
    }
    Ok(())
}

/// What has no route, the most first.
fn by_reason(profile: &Profile) -> Result<Vec<Reason>, Box<dyn Error>> {
    let mut reasons = Vec::from(REASONS);
    let without = profile.group_by("route").into_iter().find(|(route, _)| route.is_none());
    let mut stacks = Vec::new();
    without.map(|(_, without)| without.write_folded(&mut stacks)).transpose()?;
    for line in String::from_utf8(stacks)?.lines() {
        let (stack, weight) = line.rsplit_once(' ').ok_or("a line without a weight")?;
        let fits = reasons.iter_mut().find(|reason| stack.contains(reason.part));
        fits.ok_or("a stack that nothing fits")?.weight += weight.parse::<u64>()?;
    }
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.weight));
    Ok(reasons)
}

#[expect(clippy::cast_precision_loss, reason = "a few digits are printed")]
fn share(weight: u64, total: u64) -> f64 {
    100.0 * weight as f64 / total.max(1) as f64
}
