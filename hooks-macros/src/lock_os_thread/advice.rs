//! What the user reads when the arguments of `#[lock_os_thread(..)]` or the fn's own are wrong.

use quote::ToTokens;
use syn::Type;

pub(super) const USAGE: &str = "options are `reason = \"..\"`, `restore(signal_mask, ..)`, `check = \"full\"`, `token = name`, \
     `thread = \"name\"`, `thread = \"main\"`, `cpu = number`, `future`, `call`, `crate = ::path`";
pub(super) const RESTORE: &str = "name what the fn changes and is to be put back: `restore(..)` takes `signal_mask`, \
                                  `affinity`, `nice`, `timer_slack`, `locale`, `fp_env`, `name`";
pub(super) const NOT_RESTORED: &str = "this cannot be put back on a thread that goes on: `check = \"full\"` watches it, and an `async fn` has a thread \
     of its own that is ended when it has changed";
pub(super) const CHECK: &str =
    "`check` takes `\"full\"`: namespaces, privileges, ids and `CLONE_FS` are watched too";
pub(super) const TOKEN: &str =
    "`token` takes the name that the body knows the `&LockedThread` by: `token = thread`";
pub(super) const TOKEN_TAKEN: &str = "an argument has this name: give the token another one";
pub(super) const THREAD: &str =
    "`thread` takes the thread's name: `thread = \"gl\"`, or `thread = \"main\"` for the main thread";
pub(super) const CPU: &str = "`cpu` takes the number of a CPU, from 0: `cpu = 2`";
pub(super) const REASON: &str =
    "`reason` takes the sentence that a reviewer will look for: why does this fn need its thread?";
pub(super) const STRICT: &str =
    "`strict::lock_os_thread` wants a reason for each locked thread: add `reason = \"..\"`";
pub(super) const BORROWED_SELF: &str = "an async body runs on a thread of its own and may outlive what it borrows: \
                                        write `self: Arc<Self>`, or `self`";

/// What to take in place of `&str`, `&T` and others.
pub(super) fn borrowed_argument(ty: &Type) -> String {
    let instead = match ty {
        Type::Reference(reference) => instead_of(&reference.elem),
        _ => "an owned value".to_owned(),
    };
    format!("an async body runs on a thread of its own and may outlive what it borrows: take {instead}")
}

fn instead_of(ty: &Type) -> String {
    match ty {
        Type::Path(path) if path.path.is_ident("str") => "a `String`".to_owned(),
        Type::Slice(slice) => format!("a `Vec<{}>`", spelled(&slice.elem)),
        other => format!("`{0}` by value, or `Arc<{0}>`", spelled(other)),
    }
}

/// The tokens as a person writes them, near enough for a message.
fn spelled(ty: &Type) -> String {
    let text = ty.to_token_stream().to_string();
    text.replace(" < ", "<").replace(" >", ">").replace(" :: ", "::").replace(" ,", ",")
}
