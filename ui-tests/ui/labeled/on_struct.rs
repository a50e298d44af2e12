use hooks_runtime::labeled;

#[labeled(route)]
struct Handler {
    route: String,
}

fn main() {}
