//! A path that ends in its separator.

#[hooks_runtime::labeled(route)]
pub fn sync(route: &str) -> usize {
    let text = String::
}

#[hooks_runtime::labeled(route)]
pub async fn later(route: &str) -> usize {
    std::mem::
}
