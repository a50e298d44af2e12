use hooks_runtime::region;

struct Request {
    id: u32,
}

#[region(request)]
fn f(request: &Request) -> u32 {
    request.id
}

fn main() {}
