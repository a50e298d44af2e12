use hooks_runtime::region;

struct Request {
    id: u32,
}

#[region(n = request)]
async fn f(request: Request) -> u32 {
    request.id
}

fn main() {}
