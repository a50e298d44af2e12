//! Types that any bytes are a value of.

use std::num::Wrapping;

/// Plain old data: whatever bytes are in the map, they are a value of this type.
///
/// # Safety
/// Every pattern of bits is a valid value, so there is no `bool`, `char`, reference or enum in it; it has no padding,
/// no pointer and no interior mutability. A struct of such fields is `#[repr(C)]`.
///
/// ```
/// use hooks_runtime::fault::{GuardedMap, PlainData};
///
/// #[derive(Clone, Copy, PartialEq, Debug)]
/// #[repr(C)]
/// struct Entry {
///     key: u64,
///     place: [u32; 2],
/// }
///
/// // SAFETY: integers one after the other, without padding.
/// unsafe impl PlainData for Entry {}
///
/// let map = GuardedMap::map_anon(4096)?;
/// let entry = Entry { key: 7, place: [1, 2] };
/// map.set(100, entry)?;
/// assert_eq!(map.get::<Entry>(100)?, entry);
/// # Ok::<(), std::io::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "not every pattern of bits is known to be a `{Self}`",
    label = "not `PlainData`",
    note = "read an integer, a float or an array of them, and convert it with a check; or argue for an `unsafe impl PlainData`"
)]
pub unsafe trait PlainData: Copy + 'static {}

macro_rules! plain {
    ($($type:ty)*) => {
        // SAFETY: every pattern of bits is a number.
        $(unsafe impl PlainData for $type {})*
    };
}

plain!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64);

// SAFETY: one after the other, without padding.
unsafe impl<T: PlainData, const N: usize> PlainData for [T; N] {}
// SAFETY: laid out as `T`.
unsafe impl<T: PlainData> PlainData for Wrapping<T> {}
