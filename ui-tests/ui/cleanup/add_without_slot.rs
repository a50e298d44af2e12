use hooks_runtime::cleanup::add_cleanup;
use std::sync::Arc;

fn main() {
    add_cleanup(&Arc::new(5), drop::<u32>, 5);
}
