use hooks_runtime::at_exit;

#[at_exit]
fn flush(log: &str) {
    let _ = log;
}

fn main() {}
