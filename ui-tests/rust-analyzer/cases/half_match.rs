//! A match without arms, an arm without a value.

#[hooks_runtime::labeled(route)]
pub fn sync(route: &str) -> usize {
    match route.len() {
        0 =>
    }
}

#[hooks_runtime::labeled(route)]
pub async fn later(route: &str) -> usize {
    match route.len()
}
