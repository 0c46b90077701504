//! What is read and refused, what is written.

use serde_json::json;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
struct Row {
    id: String,
    share: f64,
    count: u32,
    note: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(rename = "k", default = "seven")]
    seven: i32,
    kind: Option<Kind>,
}

fn seven() -> i32 {
    7
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Plain,
    Pair(u8, u8),
    Named { a: u32, b: Option<bool> },
    Inner(Inner),
}

#[derive(Debug, PartialEq, Deserialize)]
struct Inner {
    n: u32,
}

fn wrong<T: for<'a> Deserialize<'a> + fmt::Debug>(value: Value) -> String {
    from_value::<T>(&value).unwrap_err().to_string()
}

proptest::proptest! {
    /// What is written is read again, and by `serde_json`, too.
    #[test]
    fn what_is_written_can_be_read(text in ".{0,12}", x in proptest::num::f64::NORMAL, n in i64::MIN.., list in proptest::collection::vec(0u32.., 0..4)) {
        let value = json!({ "text": text, text.clone(): [x, n, null, true, {}], "list": list, "more": [[], { "a": x }] });
        for written in [super::text(&value), pretty(&value)] {
            let read: Value = serde_json::from_str(&written).unwrap();
            assert_eq!(read["text"], value["text"]);
            assert_eq!(read["list"], value["list"]);
            // `serde_json` reads to the last digit but one.
            let back = read["more"][1]["a"].as_f64().unwrap();
            assert!((back / x - 1.0).abs() < 1e-15, "{written}");
        }
        assert_eq!(super::text(&value).lines().count(), 1);
    }
}

#[test]
fn written_as_others_write_it() {
    let value = json!({ "a": [1, -2, 0.5], "b": { "c": "x\"\n\u{1}", "d": [] }, "e": null });
    assert_eq!(super::text(&value), serde_json::to_string(&value).unwrap());
    assert_eq!(
        pretty(&value),
        serde_json::to_string_pretty(&value).unwrap()
    );
}

#[test]
fn fields_are_found_by_name_and_have_their_defaults() {
    let row: Row = from_str(r#"{"count":3,"share":1,"id":"x"}"#).unwrap();
    let want = Row {
        id: "x".into(),
        share: 1.0,
        count: 3,
        note: None,
        tags: vec![],
        seven: 7,
        kind: None,
    };
    assert_eq!(row, want);
    let row: Row = from_value(&json!({
        "k": -2, "tags": ["a", "b"], "id": "y", "note": "n", "count": 0, "share": 0.5,
        "kind": "plain",
    }))
    .unwrap();
    assert_eq!((row.seven, row.tags.len()), (-2, 2));
    assert_eq!(row.kind, Some(Kind::Plain));
}

#[test]
fn the_three_forms_of_an_enum() {
    let read = |value| from_value::<Kind>(&value).unwrap();
    assert_eq!(read(json!({"pair": [1, 2]})), Kind::Pair(1, 2));
    let named = Kind::Named { a: 1, b: None };
    assert_eq!(read(json!({"named": {"a": 1}})), named);
    assert_eq!(read(json!({"kind": "named", "a": 1})), named);
    assert_eq!(
        read(json!({"n": 5, "kind": "inner"})),
        Kind::Inner(Inner { n: 5 })
    );
}

#[test]
fn errors_are_those_of_serde() {
    for (value, want) in [
        (json!({"share": 1, "count": 1}), "missing field `id`"),
        (
            json!({"id": 1, "share": 1, "count": 1}),
            "invalid type: integer `1`, expected a string",
        ),
        (
            json!({"id": "x", "share": "much", "count": 1}),
            "invalid type: string \"much\", expected f64",
        ),
        (
            json!({"id": "x", "share": 1, "count": -1}),
            "invalid value: integer `-1`, expected u32",
        ),
        (
            json!({"id": "x", "share": 1, "count": 1, "more": 1}),
            "unknown field `more`, expected one of `id`, `share`, `count`, `note`, `tags`, `k`, `kind`",
        ),
        (
            json!({"id": "x", "share": 1, "count": 1, "kind": "odd"}),
            "unknown variant `odd`, expected one of `plain`, `pair`, `named`, `inner`",
        ),
        (json!([]), "invalid type: sequence, expected struct Row"),
    ] {
        assert_eq!(wrong::<Row>(value.clone()), want, "{value}");
    }
    let kind = json!({"kind": "inner", "n": 1, "m": 2});
    assert_eq!(wrong::<Kind>(kind), "unknown field `m`, expected `n`");
    assert!(wrong::<Kind>(json!({"plain": 1})).starts_with("invalid type: integer"));
    assert!(wrong::<Kind>(json!("inner")).starts_with("invalid type: unit variant"));
    assert!(wrong::<Kind>(json!({"a": 1, "b": 2})).starts_with("invalid type: map"));
    assert!(wrong::<(u8, u8)>(json!([1, 2, 3])).starts_with("invalid length 3"));
    assert!(wrong::<(u8, u8)>(json!([1])).starts_with("invalid length 1"));
    assert!(
        from_str::<Row>("{")
            .unwrap_err()
            .to_string()
            .contains("EOF")
    );
}

#[test]
fn agrees_with_serde_json() {
    let value = json!({"a": [1, -2, 0.5, null, true, "t"], "b": {"c": {}}});
    assert_eq!(from_value::<Value>(&value).unwrap(), value);
    let text = json!({"x": 1.5, "y": 2});
    let map: std::collections::BTreeMap<String, f64> = from_value(&text).unwrap();
    assert_eq!(map["x"] + map["y"], 3.5);
}
