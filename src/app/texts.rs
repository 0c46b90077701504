//! Every word on the screen, in English and Simplified Chinese.
//!
//! Each room keeps its own table beside its code; this file holds the macro's entry and the words
//! that several views share. The mechanism is the library's (`token_factory::wording`).

pub use token_factory::wording::{Locale, Text};

/// Declares texts: see `token_factory::texts!`.
#[macro_export]
macro_rules! texts {
    ($($t:tt)*) => { token_factory::texts! { $($t)* } };
}

texts! {
    app_name = "Token Factory Planner", "Token 工厂规划";
    view_plan = "Plan", "规划";
    view_compare = "Compare", "对比";
    view_explore = "Explore", "探索";
    view_price = "Price", "定价";
    view_live = "Live", "实况";
    view_evidence = "Evidence", "依据";
    views = "Views", "视图";
    inputs = "Inputs", "参数";
    results = "Results", "结果";
    undo = "Undo", "撤销";
    redo = "Redo", "重做";
    share = "Share", "分享";
    theme = "Theme", "主题";
    close = "Close", "关闭";
    unknown = "unknown", "未知";
}
