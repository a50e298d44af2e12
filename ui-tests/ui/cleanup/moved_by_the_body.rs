use hooks_runtime::cleanup;

#[cleanup(look(&text))]
fn f(text: String) -> String {
    text
}

fn look(_: &str) {}

fn main() {}
