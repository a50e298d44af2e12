use hooks_runtime::cleanup::{WithCleanups, add_cleanup};
use std::sync::Arc;

fn main() {
    let owner = Arc::new(WithCleanups::new(String::new()));
    let captured = Arc::clone(&owner);
    add_cleanup(&owner, |()| println!("{}", *captured), ());
}
