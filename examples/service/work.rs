//! What the routes burn CPU on.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write;
use std::hint::black_box;

/// One line of an order book.
#[derive(Serialize, Deserialize)]
pub(crate) struct Order {
    id: u64,
    customer: String,
    items: Vec<String>,
    total_cents: u64,
}

/// Writes `count` orders as JSON and reads them back.
pub(crate) fn orders(count: u64) -> Vec<Order> {
    let orders: Vec<_> = (0..count).map(order).collect();
    let text = serde_json::to_string(&orders).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn order(id: u64) -> Order {
    let items = (0..8).map(|item| format!("item {item} of order {id}")).collect();
    Order { id, customer: format!("customer {}", id % 17), items, total_cents: 1999 * (id % 7 + 1) }
}

/// The SHA-256 of `length` bytes, in hex.
pub(crate) fn hash(length: usize) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(black_box(vec![7_u8; length])) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Sorts `count` scattered numbers and gives the middle one.
pub(crate) fn sort(count: u64) -> u64 {
    let mut numbers: Vec<_> = (0..count).map(scatter).collect();
    numbers.sort_unstable();
    numbers[numbers.len() / 2]
}

fn scatter(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

/// Counts the distinct words of a text of `length` words.
pub(crate) fn count_words(length: u64) -> usize {
    let mut counts: HashMap<u64, u32> = HashMap::new();
    for position in 0..length {
        *counts.entry(scatter(position) % 5_000).or_default() += 1;
    }
    counts.len()
}

/// Halves a grey picture with sides of `side` pixels until one pixel is left.
pub(crate) fn shrink(mut side: usize) -> u8 {
    let mut pixels: Vec<u8> = (0..side * side).map(|at| scatter(at as u64).to_le_bytes()[0]).collect();
    while side > 1 {
        pixels = halve(&pixels, side);
        side /= 2;
    }
    pixels[0]
}

fn halve(pixels: &[u8], side: usize) -> Vec<u8> {
    let half = side / 2;
    let mean = |at: usize| {
        let corner = at / half * 2 * side + at % half * 2;
        let pair = |at: usize| pixels[at].midpoint(pixels[at + 1]);
        pair(corner).midpoint(pair(corner + side))
    };
    (0..half * half).map(mean).collect()
}
