use hooks_runtime::at_exit;

#[at_exit]
fn flush<T: Default>() {
    T::default();
}

fn main() {}
