use hooks_runtime::labeled;


fn main() {
    let handle = #[labeled(route)]
    |route: &str| route.len();
    handle("/");
}
