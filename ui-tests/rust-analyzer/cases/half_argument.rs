//! A label is about to be named: the fn below the faulty attribute stays, and so do the errors in it.

#[hooks_runtime::labeled(rou)] // also true: it is no argument
pub fn no_such_argument(route: &str) -> usize {
    route.lenght()
}

#[hooks_runtime::labeled()] // also true: a label is missing
pub async fn no_argument_yet(route: &str) -> usize {
    let length: u64 = route.len();
    0
}

#[hooks_runtime::labeled(route, tenant = )] // also true: a value is missing
pub fn no_value_yet(route: &str) -> usize {
    route.len()
}

#[hooks_runtime::labeled(route, unit(size = ))] // also true: a value is missing
pub fn no_unit_yet(route: &str) -> usize {
    route.len()
}

#[hooks_runtime::region(rows = )] // also true: a value is missing
pub fn no_region_value_yet(route: &str) -> usize {
    route.lenght()
}

#[hooks_runtime::region("a name", slow)] // also true: it is no argument
pub fn no_duration_yet(route: &str) -> usize {
    route.lenght()
}

#[hooks_runtime::task(na)] // also true: it is no option
pub fn no_task_name_yet(route: &str) -> usize {
    route.lenght()
}

pub fn uses_them() -> usize {
    no_such_argument("/") + no_value_yet("/") + no_unit_yet(1)
}
