//! A loop without a block.

#[hooks_runtime::labeled(route)]
pub fn sync(route: &str) -> usize {
    for letter in route.chars()
}

#[hooks_runtime::labeled(route)]
pub async fn later(route: &str) -> usize {
    for letter in // also true: rust-analyzer does not compare the value of a plain async fn with its type
}
