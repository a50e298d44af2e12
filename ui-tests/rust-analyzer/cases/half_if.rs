//! A condition without a block.

#[hooks_runtime::labeled(route)]
pub fn sync(route: &str) -> usize {
    if 1
}

#[hooks_runtime::labeled(route)]
pub async fn later(route: &str) -> usize {
    if route.is_empty() // also true: rust-analyzer does not compare the value of a plain async fn with its type
}
