use hooks_runtime::keep_alive::KeepAlive;

fn main() {
    let lease = KeepAlive::new(1).lease();
    lease.release();
    lease.release();
}
