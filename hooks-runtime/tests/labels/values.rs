//! What may be the value of a label, and what it becomes.

use hooks_runtime::labels::{LabelValue, Labels, ValueRef};
use hooks_runtime::{labeled, labels};
use std::borrow::Cow;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;

fn shown(value: impl LabelValue) -> String {
    labels! { "k" => value }.to_string()
}

#[test]
fn text_in_all_its_types() {
    assert_eq!(shown("a"), "k=a");
    assert_eq!(shown(String::from("a")), "k=a");
    assert_eq!(labels! { "k" => &&String::from("a") }.to_string(), "k=a");
    assert_eq!(labels! { "k" => &mut String::from("a") }.to_string(), "k=a");
    assert_eq!(shown(Box::<str>::from("a")), "k=a");
    assert_eq!(shown(Rc::<str>::from("a")), "k=a");
    assert_eq!(shown(Arc::<str>::from("a")), "k=a");
    assert_eq!(shown(Cow::Borrowed("a")), "k=a");
    assert_eq!(shown(Cow::<str>::Owned("a".into())), "k=a");
    assert_eq!(shown('é'), "k=é");
    assert_eq!(shown(true), "k=true");
    assert_eq!(shown(false), "k=false");
    assert_eq!(shown(1.5_f32), "k=1.5");
    assert_eq!(shown(f64::NAN), "k=NaN");
    assert_eq!(shown(format_args!("{}-{}", 1, 2)), "k=1-2");
    assert_eq!(shown(""), "k=");
}

#[test]
fn whole_numbers_are_numeric_labels() {
    fn number(value: impl LabelValue) -> Option<i64> {
        labels! { "k" => value }.get("k")?.as_number()
    }
    assert_eq!(number(255_u8), Some(255));
    assert_eq!(number(-7_i16), Some(-7));
    assert_eq!(number(7_usize), Some(7));
    assert_eq!(number(i64::MIN), Some(i64::MIN));
    assert_eq!(number(-1_i128), Some(-1));
    assert_eq!(number(NonZero::new(9_u64).unwrap()), Some(9));
    assert_eq!(number("3"), None);
}

#[test]
fn none_is_no_label() {
    assert_eq!(shown(None::<&str>), "");
    assert_eq!(shown(None::<u8>), "");
    assert_eq!(shown(Some(3_u8)), "k=3");
    assert_eq!(shown(Some(&String::from("a"))), "k=a");
    assert_eq!(labels! { "k" => 1 }.with("k", None::<bool>).to_string(), "k=1");
}

#[test]
fn absent_values_of_both_sizes_leave_the_labels_after_them_alone() {
    #[labeled(copied, number, flag, last)]
    fn handle(copied: Option<String>, number: Option<u8>, flag: Option<bool>, last: &str) -> String {
        drop(copied);
        Labels::current().to_string()
    }
    assert_eq!(handle(None, None, None, "z"), "last=z");
    assert_eq!(handle(Some("c".into()), None, Some(true), "z"), "copied=c,flag=true,last=z");
    assert_eq!(handle(None, Some(3), None, "z"), "last=z,number=3");
}

#[test]
fn display_and_debug_take_what_is_not_a_value_itself() {
    #[labeled(address = %address, path = ?path, both = %path.display())]
    fn handle(address: std::net::IpAddr, path: std::path::PathBuf) -> String {
        drop(path);
        Labels::current().to_string()
    }
    let seen = handle([127, 0, 0, 1].into(), "/tmp".into());
    assert_eq!(seen, "address=127.0.0.1,both=/tmp,path=\"/tmp\"");
}

#[test]
fn a_number_keeps_its_unit() {
    #[labeled(size, plain = size, unit(size = "bytes"))]
    fn read(size: u64) -> Labels {
        Labels::current()
    }
    let seen = read(4096);
    assert_eq!(seen.get("size"), Some(ValueRef::Number { value: 4096, unit: "bytes" }));
    assert_eq!(seen.get("plain"), Some(ValueRef::Number { value: 4096, unit: "" }));
    assert_eq!(Labels::none().with_unit("size", 4096, "bytes").get("size"), seen.get("size"));
}

#[test]
fn the_body_may_move_overwrite_and_drop_what_its_labels_show() {
    #[labeled(owned, borrowed)]
    fn handle(mut owned: String, mut borrowed: &str) -> String {
        owned.replace_range(.., "overwritten");
        borrowed = "overwritten";
        assert_eq!(owned, borrowed);
        drop(owned);
        Labels::current().to_string()
    }
    assert_eq!(handle("o".into(), "b"), "borrowed=b,owned=o");
}

#[test]
fn a_value_whose_display_fails_shows_what_it_wrote() {
    struct Failing;
    impl std::fmt::Display for Failing {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("half")?;
            Err(std::fmt::Error)
        }
    }
    #[labeled(k = %value)]
    fn handle(value: &Failing) -> String {
        Labels::current().to_string()
    }
    assert_eq!(handle(&Failing), "k=half");
}
