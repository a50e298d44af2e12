use hooks_runtime::cleanup;

#[cleanup(put_back(text))]
fn f(text: String) -> usize {
    text.len()
}

fn put_back(_: String) {}

fn main() {}
