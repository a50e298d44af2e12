#![deny(warnings)]
//! Arguments that only a label uses.

//@hook labeled(x, y)
pub fn only_labels_use_them(x: u32, mut y: String) {
    y.clear();
}

//@hook labeled(x, y)
pub async fn only_labels_use_them_async(x: u32, mut y: String) {
    y.clear();
}

//@hook labeled(a)
pub async fn pattern((a, _): (u32, u32), [_, ..]: [u32; 2], _: String, _unused: u32) {}
