macro_rules! body {
    ($name:ident, $body:block) => {
        //@hook labeled(k = "v")
        pub fn $name(x: u32) -> u32 $body
    };
}

body!(constant, { 1 });
body!(with_statement, {
    let y = 1;
    2
});

macro_rules! whole {
    ($($function:item)*) => { $($function)* };
}

whole! {
    //@hook labeled(x)
    pub fn inside(x: u32, y: u32) -> u32 {
        let z = x;
        x
    }

    //@hook labeled(x)
    pub async fn inside_async(x: u32, y: u32) -> u32 {
        let z = x;
        std::future::ready(x).await
    }
}

macro_rules! of_type {
    ($name:ident, $argument:ident: $ty:ty => $result:ty) => {
        //@hook labeled(k = "v")
        pub fn $name($argument: $ty) -> $result {
            let unused = 1;
            <$result>::from($argument)
        }
    };
}

of_type!(widen, x: u32 => u64);
of_type!(text, x: &str => String);

macro_rules! of_bounds {
    ($name:ident, $result:ty) => {
        //@hook labeled(k = "v")
        pub fn $name() -> $result {
            [1_u8].into_iter()
        }
    };
}

of_bounds!(sum_of_bounds, impl Iterator<Item = u8> + Clone);
