use hooks_runtime::labeled;

#[labeled("http route" = route)]
fn f(route: &str) -> usize {
    route.len()
}

fn main() {}
