fn main() {
    let id = 1;
    let _ = hooks_runtime::labels! { "id" => %id };
}
