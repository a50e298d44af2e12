use hooks_runtime::labeled;

struct Request {
    ids: Vec<u32>,
}

#[labeled(route, ids = request.ids)]
fn f(route: &str, request: Request) -> usize {
    request.ids.len() + route.len()
}

fn main() {}
