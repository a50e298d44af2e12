use hooks_runtime::labeled;

#[labeled(route = reqest.route)]
fn f(request: Request) -> String {
    request.route
}

struct Request {
    route: String,
}

fn main() {}
