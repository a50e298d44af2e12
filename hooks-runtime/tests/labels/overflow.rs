//! The bound of the table of sets. In a process of its own: the table is the process's, and this test fills it.

use hooks_runtime::labels;
use hooks_runtime::labels::{Labels, MOST_SETS, observe, overflowed};

#[test]
fn sets_beyond_the_bound_become_one_that_says_so_and_are_counted() {
    let kept = labels! { "a" => 1, "b" => 2, "c" => 3 };
    // One so far: the macro keeps no set for each step.
    for number in 1..MOST_SETS {
        assert_eq!(labels! { "n" => number }.get("n").unwrap().as_number(), i64::try_from(number).ok());
    }
    assert_eq!(overflowed(), 0);

    let overflow = labels! { "n" => MOST_SETS };
    assert_eq!((overflow.to_string().as_str(), overflowed()), ("labels=(overflow)", 1));
    assert_eq!((labels! { "n" => MOST_SETS }, overflowed()), (overflow, 2));
    assert_eq!((overflow.with("more", 1), overflowed()), (overflow, 3));

    assert_eq!(labels! { "c" => 3, "b" => 2, "a" => 1 }, kept);
    assert_eq!(labels! { "n" => 1 }.to_string(), "n=1");
    assert_eq!((Labels::none().len(), overflowed()), (0, 3));

    // Scopes need no set; only what is carried over does.
    let seen = kept.scope(|| {
        let mut seen = Vec::new();
        overflow.scope(|| observe::visit(&mut |key, value| seen.push(format!("{key}={value}"))));
        seen
    });
    assert_eq!(seen, ["labels=(overflow)", "a=1", "b=2", "c=3"]);
    assert_eq!(kept.scope(|| overflow.scope(Labels::current)), overflow);
}
