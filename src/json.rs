//! Reads typed values from JSON and writes them: one small path for everything that the page does so.
//!
//! The code that serde derives for a struct comes in two forms: from a map (look at every key,
//! remember which were seen) and from a sequence (one field after the other). `serde_json` takes the
//! first, which is several times the code of the second. Here the fields are looked up by name and
//! handed over as a sequence, so that only the second is ever compiled into the page.
//!
//! Stricter than `serde_json`: a field that the type does not have is always an error. An enum is
//! read from its name, from `{name: content}`, or from an object that has its name in `kind`.

use std::{fmt, slice};

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, map};

/// Why a value cannot be read. (`serde_json`'s own error writes numbers with a table of 8 kB.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<str>);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string().into())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::custom(error)
    }
}

/// A value as JSON on one line; "" where it has keys that are no text.
pub fn text<T: Serialize + ?Sized>(value: &T) -> String {
    written(value, None)
}

/// A value as JSON with a field to a line, indented by two blanks.
pub fn pretty<T: Serialize + ?Sized>(value: &T) -> String {
    written(value, Some(0))
}

fn written<T: Serialize + ?Sized>(value: &T, indent: Option<usize>) -> String {
    let mut out = String::new();
    if let Ok(value) = serde_json::to_value(value) {
        write(&mut out, &value, indent);
    }
    out
}

/// Appends a value; on lines of its own, indented deeper than `indent`, if it has parts.
fn write(out: &mut String, value: &Value, indent: Option<usize>) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => match (n.as_u64(), n.as_i64(), n.as_f64()) {
            (Some(n), ..) => out.push_str(&n.to_string()),
            (_, Some(n), _) => out.push_str(&n.to_string()),
            (.., x) => out.push_str(&x.unwrap_or_default().to_string()),
        },
        Value::String(s) => quoted(out, s),
        Value::Array(items) => {
            let items = items.iter().map(|item| (None, item));
            parts(out, ['[', ']'], items, indent);
        }
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, field)| (Some(key.as_str()), field));
            parts(out, ['{', '}'], fields, indent);
        }
    }
}

fn parts<'a>(
    out: &mut String,
    [open, close]: [char; 2],
    parts: impl ExactSizeIterator<Item = (Option<&'a str>, &'a Value)>,
    indent: Option<usize>,
) {
    let (empty, deeper) = (parts.len() == 0, indent.map(|n| n + 1));
    let line = |out: &mut String, depth: Option<usize>| {
        if let (Some(depth), false) = (depth, empty) {
            out.push('\n');
            (0..depth).for_each(|_| out.push_str("  "));
        }
    };
    out.push(open);
    for (i, (key, part)) in parts.enumerate() {
        if i > 0 {
            out.push(',');
        }
        line(out, deeper);
        if let Some(key) = key {
            quoted(out, key);
            out.push_str(if indent.is_some() { ": " } else { ":" });
        }
        write(out, part, deeper);
    }
    line(out, indent);
    out.push(close);
}

/// Appends a text in quotes, escaped (RFC 8259, section 7).
fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Reads a value from JSON text.
///
/// # Errors
/// Not JSON, or not of the type: what was found, what was expected.
pub fn from_str<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, Error> {
    from_value(&serde_json::from_str::<Value>(text)?)
}

/// Reads a value from parsed JSON.
///
/// # Errors
/// Not of the type: what was found, what was expected.
pub fn from_value<'a, T: Deserialize<'a>>(value: &'a Value) -> Result<T, Error> {
    T::deserialize(Node {
        value,
        tagged: false,
    })
}

/// A value to be read. `tagged`: its field `kind` named the variant and has been used.
#[derive(Clone, Copy)]
struct Node<'a> {
    value: &'a Value,
    tagged: bool,
}

impl<'a> Node<'a> {
    fn of(value: &'a Value) -> Self {
        Self {
            value,
            tagged: false,
        }
    }

    /// The error for a value of another kind than expected.
    fn unexpected(self, expected: &dyn serde::de::Expected) -> Error {
        let found = match self.value {
            Value::Null => Unexpected::Unit,
            Value::Bool(b) => Unexpected::Bool(*b),
            Value::Number(n) => match (n.as_u64(), n.as_i64(), n.as_f64()) {
                (Some(n), ..) => Unexpected::Unsigned(n),
                (_, Some(n), _) => Unexpected::Signed(n),
                (.., x) => Unexpected::Float(x.unwrap_or_default()),
            },
            Value::String(text) => Unexpected::Str(text),
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
        };
        Error::invalid_type(found, expected)
    }

    fn number<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        let Value::Number(n) = self.value else {
            return Err(self.unexpected(&visitor));
        };
        if let Some(n) = n.as_u64() {
            visitor.visit_u64(n)
        } else if let Some(n) = n.as_i64() {
            visitor.visit_i64(n)
        } else {
            visitor.visit_f64(n.as_f64().unwrap_or_default())
        }
    }

    fn text<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::String(text) => visitor.visit_str(text),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn list<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        let Value::Array(items) = self.value else {
            return Err(self.unexpected(&visitor));
        };
        let mut rest = Items(items.iter());
        let read = visitor.visit_seq(&mut rest)?;
        match rest.0.len() {
            0 => Ok(read),
            _ => Err(Error::invalid_length(
                items.len(),
                &"fewer elements in array",
            )),
        }
    }

    fn fields<V: Visitor<'a>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let Value::Object(object) = self.value else {
            return Err(self.unexpected(&visitor));
        };
        let mut fields = Fields {
            object,
            names: names.iter(),
            found: usize::from(self.tagged),
            absent: None,
        };
        match visitor.visit_seq(&mut fields) {
            // The reader gave up when it was told of no such field.
            Err(error) => Err(fields.absent.map_or(error, Error::missing_field)),
            Ok(_) if fields.found != object.len() => Err(unknown(object, names, self.tagged)),
            Ok(read) => Ok(read),
        }
    }
}

/// The error for a field that the type does not have.
fn unknown(object: &Map<String, Value>, names: &'static [&'static str], tagged: bool) -> Error {
    let known = |key: &str| names.contains(&key) || (tagged && key == "kind");
    let key = object
        .keys()
        .find(|key| !known(key))
        .map_or("", String::as_str);
    Error::unknown_field(key, names)
}

macro_rules! numbers {
    ($($name:ident)+) => {
        $(fn $name<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
            self.number(visitor)
        })+
    };
}

impl<'a> Deserializer<'a> for Node<'a> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(b) => visitor.visit_bool(*b),
            Value::Number(_) => self.number(visitor),
            Value::String(_) => self.text(visitor),
            Value::Array(_) => self.list(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::Bool(b) => visitor.visit_bool(*b),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        self.text(visitor)
    }

    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        self.text(visitor)
    }

    fn deserialize_identifier<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        self.text(visitor)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        self.list(visitor)
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.list(visitor)
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::Object(object) => visitor.visit_map(Entries {
                entries: object.iter(),
                value: self.value,
            }),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.fields(names, visitor)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let variant = match self.value {
            Value::String(name) => Variant {
                name,
                content: None,
            },
            Value::Object(object) => match (object.get("kind"), object.iter().next()) {
                (Some(Value::String(name)), _) => Variant {
                    name,
                    content: Some(Node {
                        tagged: true,
                        ..self
                    }),
                },
                (None, Some((name, content))) if object.len() == 1 => Variant {
                    name,
                    content: Some(Node::of(content)),
                },
                _ => return Err(self.unexpected(&"a name, or an object with one field or a kind")),
            },
            _ => return Err(self.unexpected(&visitor)),
        };
        visitor.visit_enum(variant)
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { <W: Visitor<'a>> char bytes byte_buf unit unit_struct tuple_struct }
}

/// Elements of a list.
struct Items<'a>(slice::Iter<'a, Value>);

impl<'a> SeqAccess<'a> for Items<'a> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        match self.0.next() {
            Some(value) => seed.deserialize(Node::of(value)).map(Some),
            None => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// Fields of a struct, in its own order.
struct Fields<'a> {
    object: &'a Map<String, Value>,
    names: slice::Iter<'static, &'static str>,
    found: usize,
    /// The field asked for last, if the object does not have it.
    absent: Option<&'static str>,
}

impl<'a> SeqAccess<'a> for Fields<'a> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        let name = self.names.next().copied();
        self.absent = None;
        match name.and_then(|name| self.object.get(name)) {
            Some(value) => {
                self.found += 1;
                seed.deserialize(Node::of(value)).map(Some)
            }
            None => {
                self.absent = name;
                // An option is none then; anything else has a default or is missing, and the
                // derived code knows which.
                Ok(seed.deserialize(Absent).ok())
            }
        }
    }
}

/// Entries of a map.
struct Entries<'a> {
    entries: map::Iter<'a>,
    /// Of the entry whose key was read last.
    value: &'a Value,
}

impl<'a> MapAccess<'a> for Entries<'a> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = value;
        seed.deserialize(StrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(Node::of(self.value))
    }
}

/// A variant of an enum.
struct Variant<'a> {
    name: &'a str,
    content: Option<Node<'a>>,
}

impl<'a> EnumAccess<'a> for Variant<'a> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let name = seed.deserialize(StrDeserializer::<Error>::new(self.name))?;
        Ok((name, self))
    }
}

impl<'a> Variant<'a> {
    fn content(self) -> Result<Node<'a>, Error> {
        self.content
            .ok_or_else(|| Error::invalid_type(Unexpected::UnitVariant, &"a variant with content"))
    }
}

impl<'a> VariantAccess<'a> for Variant<'a> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.content {
            None => Ok(()),
            Some(node) => Err(node.unexpected(&"the variant's name alone")),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self.content()?)
    }

    fn tuple_variant<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.content()?.list(visitor)
    }

    fn struct_variant<V: Visitor<'a>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.content()?.fields(names, visitor)
    }
}

/// A field that is not there: an option reads as none, nothing else can be read.
struct Absent;

/// Why nothing can be read of [`Absent`]; never shown.
#[derive(Debug)]
struct NotThere;

impl fmt::Display for NotThere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not there")
    }
}

impl std::error::Error for NotThere {}

impl serde::de::Error for NotThere {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl<'a> Deserializer<'a> for Absent {
    type Error = NotThere;

    fn deserialize_any<V: Visitor<'a>>(self, _: V) -> Result<V::Value, NotThere> {
        Err(NotThere)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, NotThere> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        <W: Visitor<'a>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// An enum that is written with its variant's name in the field `kind`. Derived reading of such an
/// enum buffers its content in a form of serde's own; [`from_value`] needs only the plain derived
/// code, which a private twin of the enum carries.
macro_rules! by_kind {
    ($twin:ident of $path:literal: $(#[$meta:meta])* pub enum $name:ident { $($body:tt)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        #[serde(tag = "kind", rename_all = "lowercase")]
        pub enum $name { $($body)* }

        #[allow(dead_code)]
        #[derive(serde::Deserialize)]
        #[serde(remote = $path, rename_all = "lowercase")]
        enum $twin { $($body)* }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $twin::deserialize(from)
            }
        }
    };
}
pub(crate) use by_kind;

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
