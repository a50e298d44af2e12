//! A map of the crate that the case is compiled in.

use super::{Attribute, Shape};

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    over_x: Some("*map(x)"),
    most_tokens: [134, 187],
    instead: &[],
    shapes: &[],
    in_a_service: &[
        "#[panic_on_fault(map)] pub fn guarded(map: &GuardedMap, x: u32) -> u32 { x + 1 }",
        "#[panic_on_fault(map)] pub async fn async_guarded(map: &GuardedMap) -> u32 { 1 }",
    ],
    stacked: &["panic_on_fault: #[hooks_runtime::panic_on_fault(*crate::map())] \"\" lends;"],
    twin: |shape: &Shape| Some(format!("panic_on_fault(*crate::map(){})", shape.coverage)),
    least_twins: 150,
    lints: &[super::ROUND_A_BODY],
    lints_in_2021: &[],
};
