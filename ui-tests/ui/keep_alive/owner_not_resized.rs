use hooks_runtime::keep_alive::KeepAlive;

fn main() {
    let mut buf = KeepAlive::new(vec![0_u8; 4]);
    let _lease = buf.lease();
    buf.push(1);
}
