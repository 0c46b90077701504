//! Codes of the library in words, with numbers as the page writes them.

use token_factory::evaluation::Notice;
use token_factory::scenario::file::FileError;
use token_factory::scenario::link::LinkNotice;
use token_factory::wording::{Writer, notices};

pub use token_factory::wording::notices::{bound, limit, mode, op_class, phase};

use crate::format::Fmt;
use crate::texts::Locale;
use crate::{fields, names};

impl Writer for Fmt {
    fn locale(&self) -> Locale {
        self.locale
    }
    fn number(&self, value: f64) -> String {
        Fmt::number(*self, value)
    }
    fn count(&self, value: f64) -> String {
        Fmt::count(*self, value)
    }
    fn bytes(&self, bytes: f64) -> String {
        Fmt::bytes(*self, bytes)
    }
    fn memory(&self, bytes: f64) -> String {
        Fmt::memory(*self, bytes)
    }
    fn duration(&self, ms: f64) -> String {
        Fmt::duration(*self, ms)
    }
    fn usd(&self, value: f64) -> String {
        let dollars = Fmt {
            currency: token_factory::scenario::Currency::Usd,
            ..*self
        };
        dollars.money_value(value)
    }
    fn hardware(&self, id: &str) -> String {
        names::hardware(id, self.locale)
    }
    fn region(&self, id: &str) -> String {
        names::region(id, self.locale)
    }
    fn input(&self, key: &str) -> Option<String> {
        Some(fields::label(key)(self.locale).to_owned())
    }
}

/// A notice in words.
pub fn notice(fmt: Fmt, notice: &Notice) -> String {
    notices::notice(&fmt, notice)
}

/// A part of a link that was not taken over.
pub fn link_notice(fmt: Fmt, notice: &LinkNotice) -> String {
    notices::link_notice(&fmt, notice)
}

/// Why a scenario file cannot be read.
pub fn file_error(fmt: Fmt, error: &FileError) -> String {
    notices::file_error(&fmt, error)
}

/// Why a value is not taken.
pub fn wrong(fmt: Fmt, why: &token_factory::scenario::wrong::Wrong) -> String {
    notices::wrong(&fmt, why)
}
