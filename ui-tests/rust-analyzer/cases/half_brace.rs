//! The closing brace is missing.

#[hooks_runtime::labeled(route)]
pub fn sync(route: &str) -> usize {
    let length = route.len();
    if length > 1 {
        length
}
