use hooks_runtime::keep_alive::KeepAlive;

fn main() {
    let buf = KeepAlive::new(vec![0_u8; 4]);
    let _lease = buf.lease();
    let _moved: Vec<u8> = *buf;
}
