//! A call whose parenthesis is open.

#[hooks_runtime::labeled(route)]
pub fn sync(route: &str) -> usize {
    drop(route
}
