use hooks_runtime::labeled;

struct Request {
    id: u32,
}

#[labeled(request)]
fn f(request: Request) -> u32 {
    request.id
}

fn main() {}
