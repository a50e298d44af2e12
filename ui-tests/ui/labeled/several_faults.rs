use hooks_runtime::labeled;

#[labeled(rout, %tenant, size = , crate = facade, unit(bytes = 3), limit(5))]
const fn f(route: &str, tenant: u32, size: u32) -> usize {
    route.len() + tenant as usize + size as usize
}

fn main() {}
