//! A binding without a value.

#[hooks_runtime::labeled(route)]
pub fn sync(route: &str) -> usize {
    let y =
}

#[hooks_runtime::labeled(route)]
pub async fn later(route: &str) -> usize {
    let y = ;
    route.len()
}
