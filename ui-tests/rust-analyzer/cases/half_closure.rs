//! A closure without a body.

#[hooks_runtime::labeled(route)]
pub fn sync(route: &str) -> usize {
    let add = |x|
    route.len()
}
