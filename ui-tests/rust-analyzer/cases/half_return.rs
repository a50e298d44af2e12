//! A return without its value, an operator without its right side.

#[hooks_runtime::labeled(route)]
pub fn sync(route: &str) -> usize {
    return
}

#[hooks_runtime::labeled(route)]
pub async fn later(route: &str) -> usize {
    route.len() +
}
