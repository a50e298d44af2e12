use hooks_runtime::labeled;

struct Request {
    tenant: u32,
}

#[labeled(request.tenant)]
fn f(request: &Request) -> u32 {
    request.tenant
}

fn main() {}
