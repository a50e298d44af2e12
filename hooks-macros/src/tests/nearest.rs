use super::{distance, nearest};

#[test]
fn the_distance_is_that_of_letters() {
    for (from, to, letters) in [
        ("", "", 0),
        ("", "call", 4),
        ("futur", "future", 1),
        ("futures", "future", 1),
        ("fvture", "future", 1),
        ("kitten", "sitting", 3),
        ("größe", "große", 1),
    ] {
        assert_eq!(distance(from, to), letters, "{from} {to}");
        assert_eq!(distance(to, from), letters, "{to} {from}");
    }
}

#[test]
fn the_nearest_word_is_found_and_a_far_one_is_not() {
    let options = ["unit", "future", "call", "crate"];
    for (word, meant) in [
        ("futur", Some("future")),
        ("units", Some("unit")),
        ("cal", Some("call")),
        ("carte", None),
        ("route", None),
        ("x", None),
        ("x1", None),
    ] {
        assert_eq!(nearest(word, &options), meant, "{word}");
    }
    assert_eq!(nearest("y", &["x"]), None);
    assert_eq!(nearest("tests", &["best", "test"]), Some("test"));
}
