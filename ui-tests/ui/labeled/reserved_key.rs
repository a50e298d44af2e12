use hooks_runtime::labeled;

#[labeled("pprof::base" = route)]
fn f(route: &str) -> usize {
    route.len()
}

fn main() {}
