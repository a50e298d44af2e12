//! Long chains of annotated async fns that await each other, under the compiler's default limits.

use hooks_runtime::labeled;
use hooks_runtime::labels::Labels;

macro_rules! chain {
    ($($name:ident awaits $next:ident,)*) => {$(
        #[labeled(level = stringify!($name), route)]
        async fn $name(route: &str, depth: u32) -> u32 {
            $next(route, depth + 1).await
        }
    )*};
}

async fn level_0(route: &str, depth: u32) -> u32 {
    tokio::task::yield_now().await;
    assert_eq!(Labels::current().to_string(), format!("level=level_1,route={route}"));
    depth
}

chain! {
    level_1 awaits level_0,
    level_2 awaits level_1,
    level_3 awaits level_2,
    level_4 awaits level_3,
    level_5 awaits level_4,
    level_6 awaits level_5,
    level_7 awaits level_6,
    level_8 awaits level_7,
    level_9 awaits level_8,
    level_10 awaits level_9,
    level_11 awaits level_10,
    level_12 awaits level_11,
    level_13 awaits level_12,
    level_14 awaits level_13,
    level_15 awaits level_14,
    level_16 awaits level_15,
    level_17 awaits level_16,
    level_18 awaits level_17,
    level_19 awaits level_18,
    level_20 awaits level_19,
    level_21 awaits level_20,
    level_22 awaits level_21,
    level_23 awaits level_22,
    level_24 awaits level_23,
    level_25 awaits level_24,
    level_26 awaits level_25,
    level_27 awaits level_26,
    level_28 awaits level_27,
    level_29 awaits level_28,
    level_30 awaits level_29,
    level_31 awaits level_30,
    level_32 awaits level_31,
    level_33 awaits level_32,
    level_34 awaits level_33,
    level_35 awaits level_34,
    level_36 awaits level_35,
    level_37 awaits level_36,
    level_38 awaits level_37,
    level_39 awaits level_38,
    level_40 awaits level_39,
    level_41 awaits level_40,
    level_42 awaits level_41,
    level_43 awaits level_42,
    level_44 awaits level_43,
    level_45 awaits level_44,
    level_46 awaits level_45,
    level_47 awaits level_46,
    level_48 awaits level_47,
    level_49 awaits level_48,
    level_50 awaits level_49,
    level_51 awaits level_50,
    level_52 awaits level_51,
    level_53 awaits level_52,
    level_54 awaits level_53,
    level_55 awaits level_54,
    level_56 awaits level_55,
    level_57 awaits level_56,
    level_58 awaits level_57,
    level_59 awaits level_58,
    level_60 awaits level_59,
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

#[test]
fn sixty_levels_compile_and_run() {
    assert_eq!(runtime().block_on(level_60("/here", 0)), 60);
}

// That a future is `Send` the compiler finds by recursion, three steps for each async fn and one more for each
// annotated one: over a `Ready` the limit of 128 lets it spawn 41 plain levels and 31 annotated ones, and
// `yield_now` takes more of it.
#[test]
fn twenty_eight_levels_can_be_spawned() {
    let boxed: std::pin::Pin<Box<dyn Future<Output = u32> + Send>> = Box::pin(level_28("/boxed", 0));
    runtime().block_on(async {
        assert_eq!(tokio::spawn(level_28("/spawned", 0)).await.unwrap(), 28);
        assert_eq!(tokio::spawn(boxed).await.unwrap(), 28);
    });
}
