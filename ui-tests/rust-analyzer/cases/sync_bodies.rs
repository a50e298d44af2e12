//! Complete bodies with one mistake each: errors and lints keep their place.

pub struct Order {
    pub lines: Vec<u32>,
}

#[hooks_runtime::labeled(route)]
pub fn without_a_fault(route: &str) -> usize {
    route.len()
}

#[hooks_runtime::labeled(route)]
pub fn unknown_method(route: &str) -> usize {
    route.lenght()
}

#[hooks_runtime::labeled(route)]
pub fn unknown_field(route: &str, order: &Order) -> usize {
    order.line.len() + route.len()
}

#[hooks_runtime::labeled(route)]
pub fn unknown_name(route: &str) -> usize {
    rout.len()
}

#[hooks_runtime::labeled(route)]
pub fn wrong_return_type(route: &str) -> usize {
    route
}

#[hooks_runtime::labeled(route)]
pub fn wrong_argument(route: &str) -> String {
    route.replace(1, "x")
}

#[hooks_runtime::labeled(route)]
pub fn wrong_number_of_arguments(route: &str) -> usize {
    without_a_fault(route, 1)
}

#[hooks_runtime::labeled(route)]
pub fn missing_match_arm(route: &str, size: Option<u32>) -> usize {
    match size {
        Some(_) => route.len(),
    }
}

#[hooks_runtime::labeled(route)]
pub fn missing_mut(route: &str) -> String {
    let text = String::new();
    text.push_str(route);
    text
}

#[hooks_runtime::labeled(route)]
pub fn needless_mut(route: &str) -> usize {
    let mut length = route.len();
    length
}

#[hooks_runtime::labeled(route)]
pub fn unused_variable(route: &str) -> usize {
    let length = route.len();
    0
}

#[hooks_runtime::labeled(route)]
pub fn unsafe_call_without_unsafe(route: &str) -> usize {
    danger(route)
}

/// # Safety
/// None needed.
pub unsafe fn danger(text: &str) -> usize {
    text.len()
}

#[hooks_runtime::region("a name", rows = order.lines.len(), slow = "50ms")]
pub fn region_without_a_fault(order: &Order) -> usize {
    order.lines.len()
}

#[hooks_runtime::region(rows = order.lines.len())]
pub fn wrong_type_in_a_region(order: &Order) -> u32 {
    order.lines.len()
}

#[hooks_runtime::task]
pub fn unknown_field_in_a_task(order: &Order) -> usize {
    order.line.len()
}
