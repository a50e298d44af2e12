//! A call is not closed yet.

#[hooks_runtime::labeled(route)]
pub async fn later(route: &str) -> usize {
    let length = usize::max(route.len(), 1;
    length
}
