//! Other systems than Linux: nothing is read.

use crate::os_thread::piece::Piece;

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Privileges;

#[allow(clippy::unused_self)]
impl Privileges {
    pub(super) fn read(_reference: i32) -> Privileges {
        Privileges
    }

    pub(super) fn may_change_namespaces(&self) -> bool {
        false
    }

    pub(super) fn differs(&self, _other: &Privileges, _piece: Piece) -> bool {
        false
    }

    pub(super) fn describe(&self, _piece: Piece) -> String {
        String::new()
    }
}
