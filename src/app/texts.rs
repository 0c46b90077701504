//! Every word on the screen, in English and Simplified Chinese.
//!
//! A text is a function of the locale, so a missing key, a missing language or a parameter that only
//! one language names does not compile. Each room keeps its own table beside its code; this file
//! holds the macro and the words that several views share.

/// A language of the product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

impl Locale {
    /// The language tag of the page and of `Intl`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-Hans",
        }
    }

    /// The other language: there are two, so one button switches.
    pub const fn other(self) -> Self {
        match self {
            Self::En => Self::Zh,
            Self::Zh => Self::En,
        }
    }

    /// The locale that fits a language tag of the browser.
    pub fn from_tag(tag: &str) -> Self {
        if tag.to_ascii_lowercase().starts_with("zh") {
            Self::Zh
        } else {
            Self::En
        }
    }
}

/// A text without parameters, as tables hold it.
pub type Text = fn(Locale) -> &'static str;

/// Declares texts: `name = "English", "中文";` or, with named parameters,
/// `name(count) = "{count} cards", "{count} 张卡";`. The first makes a [`Text`], the second a
/// function that takes `&str` values and returns a `String`.
#[macro_export]
macro_rules! texts {
    ($($name:ident $(( $($param:ident),+ ))? = $en:literal, $zh:literal;)*) => {
        $($crate::texts!(@one $name $(( $($param),+ ))? $en $zh);)*
    };
    (@one $name:ident $en:literal $zh:literal) => {
        #[doc = $en]
        pub fn $name(locale: $crate::texts::Locale) -> &'static str {
            match locale {
                $crate::texts::Locale::En => $en,
                $crate::texts::Locale::Zh => $zh,
            }
        }
    };
    (@one $name:ident ($($param:ident),+) $en:literal $zh:literal) => {
        #[doc = $en]
        pub fn $name(locale: $crate::texts::Locale, $($param: &str),+) -> String {
            match locale {
                $crate::texts::Locale::En => format!($en),
                $crate::texts::Locale::Zh => format!($zh),
            }
        }
    };
}

texts! {
    app_name = "Token Factory Planner", "Token 工厂规划";
    view_plan = "Plan", "规划";
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
