use hooks_runtime::keep_alive;

#[keep_alive(file)]
fn read(file: std::fs::File) {
    std::thread::spawn(move || drop(file));
    panic!("an exit too");
}

fn main() {}
