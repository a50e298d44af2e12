//! A map by address. A dump looks up every frame of every stack, some ten thousands.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

pub(crate) type AddressMap<Value> = HashMap<u64, Value, BuildHasherDefault<AddressHasher>>;

/// Spreads addresses with one multiplication. The default hasher defends against keys chosen by an adversary; addresses
/// of code are not.
#[derive(Default)]
pub(crate) struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        // The high half of the product depends on all bits of the address; the table uses the low bits of the hash.
        let product = u128::from(self.0 ^ number) * 0x9e37_79b9_7f4a_7c15;
        let bytes = product.to_le_bytes();
        let half = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| bytes[at + byte]));
        self.0 = half(0) ^ half(8);
    }
}
