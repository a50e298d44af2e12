use hooks_runtime::keep_alive::KeepAlive;

fn main() {
    let _lease = KeepAlive::new(std::rc::Rc::new(1)).lease();
}
