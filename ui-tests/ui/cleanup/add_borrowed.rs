use hooks_runtime::cleanup::{WithCleanups, add_cleanup};

fn show(name: &str) {
    println!("{name}");
}

fn main() {
    let owner = WithCleanups::new(String::new());
    add_cleanup(&owner, show, owner.as_str());
}
