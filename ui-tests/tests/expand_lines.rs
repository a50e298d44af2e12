//! What a reviewer reads: the real compiler's expansion, laid out as `cargo expand` does, counted in lines.

mod scratch;

use scratch::Scratch;
use syn::{File, Item};

/// Lines of an annotated `f(x: u32) -> u32 { x + 1 }`.
const MOST_SYNC: usize = 12;
/// Also where a sync fn has its body on another thread.
const MOST_ELSEWHERE: usize = 21;

/// The modules of a real service, since the site says where the fn is.
const SERVICE: &str = r#"pub mod my_service { pub mod handlers { pub mod orders {
    use hooks_runtime::fault::GuardedMap;
    use hooks_runtime::{cleanup, exit_scope, keep_alive, labeled, lock_os_thread, panic_on_fault};

    #[labeled(x)]
    pub fn number(x: u32) -> u32 { x + 1 }

    #[labeled(route)]
    pub fn text(route: &str, x: u32) -> u32 { x + 1 }

    #[labeled(x)]
    pub async fn async_number(x: u32) -> u32 { x + 1 }

    #[labeled(route)]
    pub async fn async_text(route: &str, x: u32) -> u32 { x + 1 }

    #[cleanup(crate::note(x))]
    pub fn cleaned_up(x: u32) -> u32 { x + 1 }

    #[cleanup(crate::note(x))]
    pub async fn async_cleaned_up(x: u32) -> u32 { x + 1 }

    #[keep_alive(x)]
    pub fn kept(x: u32) -> u32 { x + 1 }

    #[keep_alive(mut x)]
    pub fn kept_mut(mut x: [u32; 2]) -> u32 { x[0] + 1 }

    #[keep_alive(x)]
    pub async fn async_kept(x: u32) -> u32 { x + 1 }

    #[lock_os_thread(reason = "a test")]
    pub fn locked(x: u32) -> u32 { x + 1 }

    #[lock_os_thread(thread = "gl", reason = "a test")]
    pub fn named(x: u32) -> u32 { x + 1 }

    #[lock_os_thread(reason = "a test")]
    pub async fn async_locked(x: u32) -> u32 { x + 1 }

    #[panic_on_fault(map)]
    pub fn guarded(map: &GuardedMap, x: u32) -> u32 { x + 1 }

    #[panic_on_fault(map)]
    pub async fn async_guarded(map: &GuardedMap) -> u32 { 1 }

    #[exit_scope]
    pub fn scoped(x: u32) -> u32 { x + 1 }

    #[exit_scope]
    pub async fn async_scoped(x: u32) -> u32 { x + 1 }
} } }

pub fn note(_: u32) {}
"#;

#[test]
fn a_trivial_fn_stays_short() {
    let functions = functions(expanded());
    assert_eq!(functions.len(), 16);
    let mut longer = Vec::new();
    for function in functions {
        let Item::Fn(parsed) = &function else { panic!("a fn") };
        let name = parsed.sig.ident.to_string();
        let elsewhere = ["async", "named"].iter().any(|start| name.starts_with(start));
        let most = if elsewhere { MOST_ELSEWHERE } else { MOST_SYNC };
        let text = prettyplease::unparse(&one(function));
        let lines = text.lines().count();
        println!("{name}: {lines} lines, at most {most}\n{text}");
        if lines > most {
            longer.push(format!("{name}: {lines} > {most}\n{text}"));
        }
    }
    assert!(longer.is_empty(), "{}", longer.join("\n"));
}

/// Where a panic is the end of the process, an attribute that makes one of a fault would only change the signal.
#[test]
fn without_unwinding_panic_on_fault_is_refused() {
    let guarded = |attribute: &str| {
        let text = format!(
            "{attribute}\npub fn first(map: &hooks_runtime::fault::GuardedMap) -> u8 {{ map.get(0).unwrap() }}\n"
        );
        let crates = Scratch::new("aborting", "2024", &[("lib.rs".into(), text)]);
        crates.append_to_manifest("[profile.dev]\npanic = \"abort\"\n");
        let output = crates.cargo("check").output().expect("cargo runs");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (accepted, said) = guarded("#[hooks_runtime::panic_on_fault(map)]");
    assert!(!accepted && said.contains("with `panic = \"abort\"` a fault cannot become a panic"), "{said}");
    let (accepted, said) = guarded("");
    assert!(accepted, "{said}");
}

fn one(item: Item) -> File {
    File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![item] }
}

fn expanded() -> File {
    let service = Scratch::new("expand", "2024", &[("lib.rs".into(), SERVICE.into())]);
    let mut cargo = service.cargo("rustc");
    cargo.args(["--profile", "check", "--", "-Zunpretty=expanded"]).env("RUSTC_BOOTSTRAP", "1");
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The fns of the innermost module.
fn functions(file: File) -> Vec<Item> {
    let mut items = file.items;
    loop {
        let inner = items.iter().position(|item| matches!(item, Item::Mod(_)));
        let Some(inner) = inner else { break };
        let Item::Mod(inner) = items.swap_remove(inner) else { unreachable!("it is a module") };
        items = inner.content.expect("an inline module").1;
    }
    items.retain(|item| matches!(item, Item::Fn(_)));
    items
}
