//! Words that the page and the command line share, in English and Simplified Chinese.
//!
//! A text is a function of the locale, so a missing key, a missing language or a parameter that only
//! one language names does not compile. How a number is written is the caller's: see [`Writer`].

pub mod notices;
mod plain;

pub use plain::Plain;

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
        pub fn $name(locale: $crate::wording::Locale) -> &'static str {
            match locale {
                $crate::wording::Locale::En => $en,
                $crate::wording::Locale::Zh => $zh,
            }
        }
    };
    (@one $name:ident ($($param:ident),+) $en:literal $zh:literal) => {
        #[doc = $en]
        pub fn $name(locale: $crate::wording::Locale, $($param: &str),+) -> String {
            match locale {
                $crate::wording::Locale::En => format!($en),
                $crate::wording::Locale::Zh => format!($zh),
            }
        }
    };
}

/// Writes the values that a text names, as its reader expects them.
pub trait Writer {
    /// The language.
    fn locale(&self) -> Locale;
    /// Three significant digits.
    fn number(&self, value: f64) -> String;
    /// A whole number.
    fn count(&self, value: f64) -> String;
    /// Bytes with a unit.
    fn bytes(&self, bytes: f64) -> String;
    /// A time given in ms, with a unit.
    fn duration(&self, ms: f64) -> String;
    /// An amount in US dollars.
    fn usd(&self, value: f64) -> String;
    /// The name of an accelerator by its id.
    fn hardware(&self, id: &str) -> String;
    /// The name of an input by its key in links; `None` = say the key alone.
    fn input(&self, key: &str) -> Option<String>;
}
