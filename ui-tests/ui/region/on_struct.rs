use hooks_runtime::region;

#[region]
struct Handler {
    route: String,
}

fn main() {}
