//! SIGNAL HANDLER, as far as [`kind`] and [`length`].
//!
//! Label values as they lie in a frame: each cell says by its first word what it is and how long.

use super::bounds::{MAX_VALUE, count_truncated, cut, head};
use super::set::Entry;
use std::fmt::{Debug, Display, Write};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::panic::Location;

pub(super) const KIND: u64 = 0x7f << KIND_SHIFT;
pub(super) const KIND_SHIFT: u32 = 56;
// `Text` has the kind 0, so that its first word is the length as it stands.
pub(super) const NUMBER: u64 = 1 << KIND_SHIFT;
pub(super) const COPIED: u64 = 2 << KIND_SHIFT;
/// No value (`None`) in a cell of 16 bytes.
pub(super) const ABSENT: u64 = 3 << KIND_SHIFT;
/// No value in a [`Copied`].
pub(super) const COPIED_ABSENT: u64 = 4 << KIND_SHIFT;
pub(super) const SET: u64 = 5 << KIND_SHIFT;
pub(super) const PLACE: u64 = 6 << KIND_SHIFT;
/// No label, and no number of keys: what [`Nothing`] is, and the kinds above it, which belong to others.
pub(super) const NOTHING: u64 = 7 << KIND_SHIFT;
/// The maps of a fn with `#[panic_on_fault]`.
pub(crate) const MAPS: u64 = 8 << KIND_SHIFT;
/// A scope that `exit_task` ends.
pub(crate) const EXIT: u64 = 9 << KIND_SHIFT;
/// This cell is the first of a future's labels.
const FUTURE: u64 = 1 << 63;
/// In the first cell of a future: its number among those that wait.
const TASK: u64 = 0xff_ffff << TASK_SHIFT;
const TASK_SHIFT: u32 = 32;

/// One value in a frame. `Send` and `Sync`, so that a generic `async fn` with a label of generic type can be spawned.
///
/// # Safety
/// `repr(C)`, aligned to 8, its first word a `u64` with the kind and length of what follows, as [`read`](super::codec::read) knows it.
pub unsafe trait Cell: Copy + Send + Sync {
    /// No value: the label is not there.
    const ABSENT: Self;
}

/// What a frame may hold: a cell, or more of them in a row. Of frames this is promised to whoever reads them.
///
/// # Safety
/// `repr(C)`, aligned to 8, and a cell is what it begins with: its first word is a `u64` that says kind and length, and what
/// that says follows.
#[doc(hidden)]
pub unsafe trait BeginsWithCell: Copy {}

// SAFETY: it is one.
unsafe impl<C: Cell> BeginsWithCell for C {}
// SAFETY: laid out so, with the kind that each `new` gives it.
unsafe impl BeginsWithCell for Set {}
// SAFETY: as above.
unsafe impl BeginsWithCell for Place {}
// SAFETY: as above.
unsafe impl BeginsWithCell for Nothing {}

/// Borrowed text.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub struct Text<'a> {
    length: u64,
    pub(super) start: *const u8,
    borrowed: PhantomData<&'a str>,
}

// SAFETY: a `Text` is a `&str`, which is `Send` and `Sync`.
unsafe impl Send for Text<'_> {}
// SAFETY: as above.
unsafe impl Sync for Text<'_> {}

/// A number.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub struct Number {
    kind: u64,
    pub(super) value: i64,
}

/// A set of labels, which whoever has the cell in force holds: the kind, with how many they are, and where.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub struct Set {
    kind: u64,
    pub(super) entries: *const Entry,
}

// SAFETY: a `Set` is a `&[Entry]`, which is `Send` and `Sync`.
unsafe impl Send for Set {}
// SAFETY: as above.
unsafe impl Sync for Set {}

/// A place in the source: no label, but what dumps show of a future.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub struct Place {
    kind: u64,
    pub(super) place: &'static Location<'static>,
}

/// Not a label, and no number in a row of them.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub struct Nothing {
    kind: u64,
}

/// Text that was copied, at most [`MAX_VALUE`] bytes.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub struct Copied {
    head: u64,
    bytes: [MaybeUninit<u8>; MAX_VALUE],
}

// SAFETY: laid out as the trait asks; the first word is the length (kind 0), or `ABSENT` with the same size.
unsafe impl Cell for Text<'_> {
    const ABSENT: Self = Text { length: ABSENT, start: std::ptr::null(), borrowed: PhantomData };
}
// SAFETY: as above.
unsafe impl Cell for Number {
    const ABSENT: Self = Number { kind: ABSENT, value: 0 };
}
// SAFETY: as above; `COPIED_ABSENT` has the size of `Copied`.
unsafe impl Cell for Copied {
    const ABSENT: Self = Copied { head: COPIED_ABSENT, bytes: [MaybeUninit::uninit(); MAX_VALUE] };
}

impl Set {
    #[inline]
    pub(crate) fn new(set: &super::set::Set) -> Self {
        let entries = set.entries();
        Set { kind: SET | entries.len() as u64, entries: entries.as_ptr() }
    }
}

impl Place {
    pub(crate) fn new(place: &'static Location<'static>) -> Self {
        Place { kind: PLACE, place }
    }
}

impl Nothing {
    pub(crate) const NEW: Nothing = Nothing { kind: NOTHING };
}

impl Number {
    pub(crate) fn new(value: i64) -> Self {
        Number { kind: NUMBER, value }
    }
}

impl Copied {
    #[inline]
    pub(crate) fn new(text: &str) -> Self {
        let mut copied = MaybeUninit::uninit();
        Copied::write(text, &mut copied);
        // SAFETY: `write` has.
        unsafe { copied.assume_init() }
    }

    /// Copies `text` to where the cell lies.
    #[inline]
    pub(crate) fn write(text: &str, cell: &mut MaybeUninit<Self>) {
        let text = cut(text);
        let cell = cell.as_mut_ptr();
        // SAFETY: the fields of `cell`, which is borrowed for this; `cut` leaves at most MAX_VALUE bytes, and source
        // and target are distinct objects.
        unsafe {
            (&raw mut (*cell).head).write(COPIED | text.len() as u64);
            copy(text.as_ptr(), (&raw mut (*cell).bytes).cast(), text.len());
        }
    }

    fn format(arguments: std::fmt::Arguments<'_>) -> Self {
        let mut writer = Writer { copied: Copied { head: COPIED, ..Copied::ABSENT }, full: false };
        // The writer refuses nothing, so an error is the value's own: what it wrote so far is the label.
        let _ = writer.write_fmt(arguments);
        writer.copied
    }

    fn len(&self) -> usize {
        length(self.head)
    }
}

/// `memcpy` for at most [`MAX_VALUE`] bytes: two blocks that overlap, of the size that fits. A call of the real one
/// costs more than the rest of a scope.
///
/// # Safety
/// As `copy_nonoverlapping`, and `length` is at most 64.
#[inline]
unsafe fn copy(from: *const u8, to: *mut u8, length: usize) {
    // SAFETY: each block ends within `length` bytes of both.
    unsafe {
        match length {
            33.. => copy_ends::<[u8; 32]>(from, to, length),
            17.. => copy_ends::<[u8; 16]>(from, to, length),
            8.. => copy_ends::<[u8; 8]>(from, to, length),
            4.. => copy_ends::<[u8; 4]>(from, to, length),
            2.. => copy_ends::<[u8; 2]>(from, to, length),
            1 => copy_ends::<[u8; 1]>(from, to, length),
            0 => {}
        }
    }
}

/// # Safety
/// As `copy_nonoverlapping`, and a `Block` is not longer than `length`.
#[inline]
unsafe fn copy_ends<Block: Copy>(from: *const u8, to: *mut u8, length: usize) {
    let last = length - size_of::<Block>();
    // SAFETY: by the contract of this function.
    unsafe {
        let (head, tail) =
            (from.cast::<Block>().read_unaligned(), from.add(last).cast::<Block>().read_unaligned());
        to.cast::<Block>().write_unaligned(head);
        to.add(last).cast::<Block>().write_unaligned(tail);
    }
}

struct Writer {
    copied: Copied,
    full: bool,
}

impl Write for Writer {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        if self.full {
            return Ok(());
        }
        let at = self.copied.len();
        let fits = head(text, MAX_VALUE - at);
        if fits.len() < text.len() {
            self.full = true;
            count_truncated(1);
        }
        for (byte, slot) in fits.bytes().zip(&mut self.copied.bytes[at..]) {
            slot.write(byte);
        }
        self.copied.head += fits.len() as u64;
        Ok(())
    }
}

/// Borrowed text: what expansions emit for an argument declared `&str`.
#[inline]
pub fn text(text: &str) -> Text<'_> {
    // Counted here, once, and cut by whoever reads it: a call to cut it here would cost every scope its registers.
    if text.len() > MAX_VALUE {
        count_truncated(1);
    }
    Text { length: text.len() as u64, start: text.as_ptr(), borrowed: PhantomData }
}

/// `%expr`.
pub fn display<V: Display + ?Sized>(value: &V) -> Copied {
    Copied::format(format_args!("{value}"))
}

/// `?expr`.
pub fn debug<V: Debug + ?Sized>(value: &V) -> Copied {
    Copied::format(format_args!("{value:?}"))
}

/// The kind of a cell by its first word, which is that of a cell of another part of this crate.
pub(crate) fn kind(first: u64) -> u64 {
    first & KIND
}

pub(crate) fn length(first: u64) -> usize {
    let mask = if first & FUTURE == 0 { !KIND } else { u64::from(u32::MAX) };
    usize::try_from(first & mask).unwrap_or(0)
}

/// Marks the first cell of a future. Borrowed text is cut here, so that its length leaves room for the number.
///
/// # Safety
/// `cell` points to a live value of a type that [begins with a cell](BeginsWithCell), which nobody else refers to.
#[inline]
pub(crate) unsafe fn mark_future(cell: *mut u64) {
    // SAFETY: every cell starts with its head; a `Text`, which alone has the kind 0 and such a length, is valid.
    unsafe {
        let first = *cell;
        let long = first & KIND == 0 && first > MAX_VALUE as u64;
        let first = if long { cut_length(&*cell.cast::<Text<'_>>()) } else { first };
        *cell = first | FUTURE;
    }
}

#[cold]
fn cut_length(text: &Text<'_>) -> u64 {
    // SAFETY: the text of a label, which it borrows.
    head(unsafe { str_at(text.start, length(text.length)) }, MAX_VALUE).len() as u64
}

/// The number of a future among those that wait, 0: none. `first` is that of a future.
#[inline]
pub(crate) fn task(first: u64) -> u32 {
    ((first & TASK) >> TASK_SHIFT) as u32
}

/// The same with a number.
pub(crate) fn with_task(first: u64, number: u32) -> u64 {
    first & !TASK | u64::from(number) << TASK_SHIFT & TASK
}

/// # Safety
/// `start` and `length` are those of a `str` that lives for `'a`.
pub(super) unsafe fn str_at<'a>(start: *const u8, length: usize) -> &'a str {
    // SAFETY: by the contract of this function.
    unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(start, length)) }
}
