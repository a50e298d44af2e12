use hooks_runtime::labeled;

#[labeled(rout)]
fn f(route: &str, (tenant, _): (u32, u32)) -> usize {
    route.len() + tenant as usize
}

fn main() {}
