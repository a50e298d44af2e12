//! Stacks deeper than a profile keeps are cut at the root and say so; how deep is the user's choice.

use super::load;
use hooks_service::profile::{CpuProfile, Error, SamplerError};
use std::hint::black_box;
use std::time::Duration;

#[inline(never)]
fn bottom(levels: u32) -> Duration {
    level(levels) + black_box(Duration::from_nanos(1))
}

#[inline(never)]
fn level(levels: u32) -> Duration {
    let time = if levels == 0 { load::burn(Duration::from_millis(400)) } else { level(levels - 1) };
    time + black_box(Duration::from_nanos(1))
}

#[test]
fn stacks_are_as_deep_as_was_asked_for_and_those_that_are_cut_are_marked() {
    let short = CpuProfile::builder().start().unwrap();
    let long = CpuProfile::builder().most_frames(1_024).start().unwrap();
    bottom(500);
    let (short, long) = (short.stop().unwrap(), long.stop().unwrap());
    for profile in [&short, &long] {
        load::assert_nothing_uncounted(profile);
    }
    let cut: u64 = short.filter("stack_truncated", "128").total();
    assert!(cut > 0 && cut == short.stats().unwrap().truncated, "{:?}", short.comments());
    assert_eq!(load::weight(&short, "bottom"), 0);
    assert!(load::weight(&short, "level") >= cut);
    assert_eq!(long.stats().unwrap().truncated, 0);
    assert!(load::weight(&long, "bottom") > 0 && long.samples().iter().any(|s| s.stack().len() > 500));
}

#[test]
fn a_depth_out_of_range_is_refused() {
    for asked in [0, 1_025] {
        let error = CpuProfile::builder().most_frames(asked).start().unwrap_err();
        assert!(
            matches!(error, Error::Sampler(SamplerError::Frames { frames }) if frames == asked),
            "{error}"
        );
    }
}
