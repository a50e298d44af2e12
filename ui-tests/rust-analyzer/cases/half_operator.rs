//! The other side of an operator is about to be written.

#[hooks_runtime::labeled(route)]
pub fn sync(route: &str) -> usize {
    route.len() +
}

#[hooks_runtime::labeled(route)]
pub async fn later(route: &str) -> usize {
    let length = std::future::ready(route.len()).await *;
    length
}

pub fn after() -> u32 {
    "a number"
}
