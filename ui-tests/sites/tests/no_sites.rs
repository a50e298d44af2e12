//! A program without any site links, and says so.

#[test]
fn there_are_none() {
    assert!(hooks_runtime::sites().is_empty());
}
