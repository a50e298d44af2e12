use hooks_runtime::labeled;

#[labeled(%request.id)]
fn f(request: &Request) -> u32 {
    request.id
}

struct Request {
    id: u32,
}

fn main() {}
