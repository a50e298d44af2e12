//! How many distinct values a key may have in sets, for keys of which the program says so.
//!
//! A value has a place as long as a set with it is held: each of its entries holds the place. Places that are given up are
//! found, all at once, when a new value wants one.

use super::Value;
use super::bounds::{MAX_KEY, head};
use crate::hook::Hook;
use crate::mutex::lock_unless_orphaned;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

/// In the place of a value that has none.
const OTHER: &str = "(other)";

/// Whether any key is bounded: all that others pay.
static ANY: AtomicBool = AtomicBool::new(false);
static KEYS: Mutex<BTreeMap<Box<str>, Key>> = Mutex::new(BTreeMap::new());
static HOOK: Hook<Overflow> = Hook::new();

/// How many places were given up, by key; where there are more keys, two have one count.
static GIVEN_UP: [AtomicUsize; 64] = [const { AtomicUsize::new(0) }; 64];

/// A bounded key.
struct Key {
    most: usize,
    places: HashMap<Value, Weak<Held>>,
    /// Which of the counts is its own, and what that was when all places had been looked at.
    count: usize,
    given_up: usize,
    overflowed: u64,
}

/// A value that a set has. Copies of a set, and other sets with the value, have the same.
pub(super) type Place = Arc<Held>;

/// A number and no reference: a set is to have nothing in it that changes, or clippy warns of it as a key of a map.
#[derive(Debug)]
pub(super) struct Held {
    count: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        GIVEN_UP[self.count].fetch_add(1, Ordering::Relaxed);
    }
}

/// More values of a key than [`bound`] allows.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Overflow {
    /// The key.
    pub key: String,
    /// How many values it may have at a time.
    pub most: usize,
    /// How many times a value became `(other)` since the start of the program.
    pub times: u64,
}

/// One line: the key, its bound, and how often.
impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Overflow { key, most, times } = self;
        write!(f, "label `{key}`: more than {most} values at a time, {times} became `{OTHER}`")
    }
}

/// Bounds how many distinct values of `key` there are in [`Labels`](crate::labels::Labels) at a time: one that would
/// be more becomes `(other)`, and the other labels of its set stay what they are.
///
/// For a key whose values come from outside (a tenant, a host), so that no client can fill profiles and dumps with values
/// of its own. A value counts as long as a `Labels` that has it is held, by a task for instance; then its place is free
/// again. What became `(other)` is counted by key in [`overflows`], and the first time told to [`on_overflow`].
///
/// A scope of [`#[labeled]`](macro@crate::labeled) has the value that it was given: nothing is looked up on the way in.
/// What spawn helpers carry from there is bounded.
///
/// ```standalone_crate
/// use hooks_runtime::labels::{self, Labels};
///
/// labels::bound("tenant", 2);
/// let held = ["a", "b", "c"].map(|tenant| hooks_runtime::labels! { "route" => "/pay", "tenant" => tenant });
/// assert_eq!(held[1].to_string(), "route=/pay,tenant=b");
/// assert_eq!(held[2].to_string(), "route=/pay,tenant=(other)");
/// assert_eq!(labels::overflows()[0].to_string(), "label `tenant`: more than 2 values at a time, 1 became `(other)`");
///
/// drop(held);
/// assert_eq!(Labels::none().with("tenant", "c").to_string(), "tenant=c");
/// ```
///
/// Cost: of a set with a bounded key, a lock and a look-up for each such label, some 50 ns; where all places are taken and
/// one was given up since, a look at each. Other sets: a load.
///
/// Go has no such bound.
pub fn bound(key: &str, most: usize) {
    let Some(mut keys) = lock_unless_orphaned(&KEYS) else { return };
    let count = keys.len() % GIVEN_UP.len();
    let new = || Key { most, places: HashMap::new(), count, given_up: 0, overflowed: 0 };
    keys.entry(head(key, MAX_KEY).into()).or_insert_with(new).most = most;
    drop(keys);
    ANY.store(true, Ordering::Release);
}

/// The keys of which a value became `(other)`, and how often; see [`bound`].
///
/// ```
/// for overflow in hooks_runtime::labels::overflows() {
///     println!("{overflow}"); // label `tenant`: more than 1000 values at a time, 5 became `(other)`
/// }
/// ```
///
/// Cost: a lock, and a copy of each key.
pub fn overflows() -> Vec<Overflow> {
    let keys = lock_unless_orphaned(&KEYS);
    let overflowed = keys.iter().flat_map(|keys| keys.iter()).filter(|(_, known)| known.overflowed > 0);
    overflowed.map(|(key, known)| known.overflow(key)).collect()
}

/// Sets what is called the first time that a value of a key becomes `(other)`, once for each key. It takes the place of the
/// hook before it; a panic of the hook ends there. Without one a line goes to standard error.
///
/// ```
/// hooks_runtime::labels::on_overflow(|overflow| eprintln!("{overflow}"));
/// ```
pub fn on_overflow(hook: impl Fn(&Overflow) + Send + Sync + 'static) {
    HOOK.set(hook);
}

/// The value, or what stands for it where its key has as many as it may.
pub(super) fn admit(key: &str, value: Value) -> (Value, Option<Place>) {
    if ANY.load(Ordering::Relaxed) { admit_bounded(key, value) } else { (value, None) }
}

#[cold]
fn admit_bounded(key: &str, value: Value) -> (Value, Option<Place>) {
    let Some(mut keys) = lock_unless_orphaned(&KEYS) else {
        // Nothing is bounded in this process any more, and the next set does not wait.
        ANY.store(false, Ordering::Relaxed);
        return (value, None);
    };
    let Some(known) = keys.get_mut(key) else { return (value, None) };
    if matches!(&value, Value::Text(text) if **text == *OTHER) {
        return (value, None);
    }
    let place = known.place(&value);
    if place.is_some() {
        return (value, place);
    }
    known.overflowed += 1;
    let first = (known.overflowed == 1).then(|| known.overflow(key));
    // Its hook may make sets itself.
    drop(keys);
    if let Some(overflow) = first {
        HOOK.tell(&overflow, true);
    }
    (Value::Text(OTHER.into()), None)
}

impl Key {
    /// The value's place. `None`: others have all of them.
    fn place(&mut self, value: &Value) -> Option<Place> {
        if let Some(place) = self.places.get(value).and_then(Weak::upgrade) {
            return Some(place);
        }
        let given_up = GIVEN_UP[self.count].load(Ordering::Relaxed);
        if self.is_full() && given_up != self.given_up {
            self.given_up = given_up;
            self.places.retain(|_, place| place.strong_count() > 0);
        }
        // One that the value itself gave up is its own again.
        if self.is_full() && !self.places.contains_key(value) {
            return None;
        }
        let place = Arc::new(Held { count: self.count });
        self.places.insert(value.clone(), Arc::downgrade(&place));
        Some(place)
    }

    fn is_full(&self) -> bool {
        self.places.len() >= self.most
    }

    fn overflow(&self, key: &str) -> Overflow {
        Overflow { key: key.into(), most: self.most, times: self.overflowed }
    }
}
