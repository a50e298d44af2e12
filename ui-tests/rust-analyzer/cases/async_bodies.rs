//! The same in async functions.

#[hooks_runtime::labeled(route)]
pub async fn without_a_fault(route: &str) -> usize {
    route.len()
}

#[hooks_runtime::labeled(route)]
pub async fn awaits_another(route: &str) -> usize {
    without_a_fault(route).await
}

#[hooks_runtime::labeled(route)]
pub async fn unknown_method(route: &str) -> usize {
    without_a_fault(route).await.lenght()
}

#[hooks_runtime::labeled(route)]
pub async fn forgotten_await(route: &str) -> usize {
    without_a_fault(route) // also true: rust-analyzer does not compare the value of a plain async fn with its type
}

#[hooks_runtime::labeled(route)]
pub async fn await_on_a_number(route: &str) -> usize {
    route.len().await
}

#[hooks_runtime::labeled(route)]
pub async fn wrong_return_type(route: &str) -> usize {
    route // also true: rust-analyzer does not compare the value of a plain async fn with its type
}

#[hooks_runtime::labeled(route)]
pub async fn unused_variable(route: &str) -> usize {
    let length = route.len();
    0
}

#[hooks_runtime::labeled(route)]
pub async fn early_return(route: &str) -> Result<usize, String> {
    if route.is_empty() {
        return Err("empty"); // also true: rust-analyzer does not compare the value of a plain async fn with its type
    }
    Ok(route.len())
}

#[hooks_runtime::region(route)]
pub async fn wrong_type_in_a_region(route: &str) -> u64 {
    route.len() // also true: rust-analyzer does not compare the value of a plain async fn with its type
}

#[hooks_runtime::task("a name")]
pub async fn unknown_method_in_a_task(route: &str) -> usize {
    route.lenght()
}
