use hooks_runtime::task;

#[task]
struct Handler {
    route: String,
}

fn main() {}
