//! Words that the page and the command line share, in English and Simplified Chinese.
//!
//! A text is a function of the locale, so a missing key, a missing language or a parameter that only
//! one language names does not compile. How a number is written is the caller's: see [`Writer`].

pub mod config;
pub mod notices;
mod phrases;
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
            $crate::wording::pick(locale, concat!($en, "\u{1f}", $zh))
        }
    };
    (@one $name:ident ($($param:ident),+) $en:literal $zh:literal) => {
        #[doc = $en]
        pub fn $name(locale: $crate::wording::Locale, $($param: &str),+) -> String {
            // Never run: the compiler checks here that both languages name only what there is.
            if false {
                drop((format!($en), format!($zh)));
            }
            $crate::wording::fill(
                $crate::wording::pick(locale, concat!($en, "\u{1f}", $zh)),
                concat!($(stringify!($param), " "),+),
                &[$($param),+],
            )
        }
    };
}

/// One of the two languages that a text holds, parted by U+001F. There are a thousand texts: a call
/// of this is a third of the code of a `match` in each.
#[doc(hidden)]
pub fn pick(locale: Locale, both: &'static str) -> &'static str {
    let (en, zh) = both.split_once('\u{1f}').unwrap_or((both, both));
    match locale {
        Locale::En => en,
        Locale::Zh => zh,
    }
}

/// A text with its `{parameters}` filled in; braces have no other use. `names` are separated by blanks.
#[doc(hidden)]
pub fn fill(text: &str, names: &str, values: &[&str]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let at = names.split(' ').position(|n| n == name);
        out.push_str(at.and_then(|i| values.get(i)).copied().unwrap_or_default());
        rest = after;
    }
    out.push_str(rest);
    out
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
    /// Bytes of a card's memory, in binary units.
    fn memory(&self, bytes: f64) -> String;
    /// A time given in ms, with a unit.
    fn duration(&self, ms: f64) -> String;
    /// An amount in US dollars.
    fn usd(&self, value: f64) -> String;
    /// The name of an accelerator by its id.
    fn hardware(&self, id: &str) -> String;
    /// The name of a region by its id.
    fn region(&self, id: &str) -> String;
    /// The name of an input by its key in links; `None` = say the key alone.
    fn input(&self, key: &str) -> Option<String>;
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::texts! {
        plain = "Plain", "平常";
        both(count, what) = "{what}: {count} of {count}", "{count} 个 {what}";
    }

    #[test]
    fn texts_in_both_languages() {
        assert_eq!([Locale::En, Locale::Zh].map(plain), ["Plain", "平常"]);
        assert_eq!(both(Locale::En, "3", "cards"), "cards: 3 of 3");
        assert_eq!(both(Locale::Zh, "3", "{count}"), "3 个 {count}");
    }
}
