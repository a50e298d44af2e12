use hooks_runtime::at_exit;

#[at_exit(timeout = "2", before = "logs")]
async fn flush(log: String) {
    drop(log);
}

fn main() {}
