//! Fields of the wrong type, out of bounds, or with what no text may have.

use artipul_common::problem::ProblemCode;
use artipul_tests::{Answer, Document, Operation, on_every_backend};
use serde_json::{Value, json};

use super::{Scene, refused, with_json};

/// What kind of values a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    Time,
    Truth,
    Texts,
}

fn kind(document: &Document, schema: &Value) -> Kind {
    let schema = schema["oneOf"].get(0).unwrap_or(schema);
    let schema = document.resolved(schema);
    let kind = schema["type"].as_array().map_or(&schema["type"], |kinds| &kinds[0]);
    match (kind.as_str().unwrap(), schema["format"].as_str()) {
        ("integer", _) => Kind::Number,
        ("string", Some("date-time")) => Kind::Time,
        ("string", _) => Kind::Text,
        ("boolean", _) => Kind::Truth,
        ("array", _) => Kind::Texts,
        other => panic!("{other:?}"),
    }
}

/// Values, as JSON, that no field of a kind takes.
fn wrong_types(kind: Kind) -> Vec<&'static str> {
    let others = [
        ("1", Kind::Number),
        ("\"a\"", Kind::Text),
        ("true", Kind::Truth),
        ("[\"a\"]", Kind::Texts),
    ];
    let mut values: Vec<_> =
        others.into_iter().filter(|(_, of)| *of != kind).map(|(value, _)| value).collect();
    values.extend(["{}", "{\"a\":1}", "[[]]"]);
    values.extend(match kind {
        Kind::Number => vec![
            "1.5",
            "1e3",
            "1.0",
            "-0.0",
            "\"1000\"",
            "99999999999999999999",
            "-99999999999999999999",
            "1e30",
        ],
        Kind::Time => vec![
            "\"\"",
            "\"yesterday\"",
            "\"2026-13-01T00:00:00Z\"",
            "\"2026-11-22\"",
            "\"2026-11-22T00:00:00\"",
            "\"2026-11-22T24:00:01Z\"",
            "\"99999999-01-01T00:00:00Z\"",
            "1732233600",
        ],
        Kind::Truth => vec!["\"true\"", "0"],
        Kind::Texts => vec!["[1]", "[null]", "[[\"a\"]]", "{\"0\":\"a\"}"],
        Kind::Text => vec!["1.5", "-1"],
    });
    values
}

/// Values of the right type that are refused all the same.
fn out_of_bounds(field: &str, kind: Kind) -> Vec<Value> {
    let long = "x".repeat(10_000);
    let controls =
        ["\0", "a\0b", "a\u{1}b", "a\u{1b}[31m", "a\u{7f}b", "a\u{80}b", "a\u{85}b", "a\u{9f}b"];
    match kind {
        // Any number may name a notification, or one up to which they are read.
        Kind::Number if matches!(field, "up_to" | "only") => {
            vec![json!(0), json!(-1), json!(i64::MIN)]
        }
        Kind::Number => vec![
            json!(0),
            json!(-1),
            json!(-1_000),
            json!(i64::MIN),
            json!(i64::MAX),
            json!(i64::MAX - 807),
        ],
        Kind::Text => controls.into_iter().map(|text| json!(text)).chain([json!(long)]).collect(),
        Kind::Texts => controls
            .into_iter()
            .map(|text| json!([text]))
            .chain([
                json!([long]),
                json!([""]),
                json!([" "]),
                json!(["a", "b", "c", "d"]),
                json!(vec!["a"; 1_000]),
            ])
            .collect(),
        // A start that is over is taken for now.
        Kind::Time if field == "starts_at" => vec![json!("+262142-12-31T23:59:59Z")],
        Kind::Time => [
            "0000-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "+262142-12-31T23:59:59Z",
            "-262143-01-01T00:00:00Z",
        ]
        .map(|time| json!(time))
        .to_vec(),
        Kind::Truth => Vec::new(),
    }
}

/// A body with one field changed; the value is JSON that may not fit into a [`Value`].
fn with_field(scene: &Scene<'_>, operation: &Operation, field: &str, value: &str) -> String {
    let mut body = scene.body(operation);
    body[field] = json!("<here>");
    body.to_string().replace("\"<here>\"", value)
}

on_every_backend! {
    async fn a_field_of_the_wrong_type_is_refused_by_its_name(world: &World) {
        let scene = Scene::set(world).await;
        let mut tried = 0;
        for operation in scene.operations() {
            let path = scene.path(&operation);
            for (field, schema) in scene.document.fields(&operation) {
                for value in wrong_types(kind(&scene.document, &schema)) {
                    // A year may be a number as well.
                    if field == "year" && value.parse::<i32>().is_ok() {
                        continue;
                    }
                    tried += 1;
                    let body = with_field(&scene, &operation, &field, value);
                    let answer = Answer::to(with_json(scene.request(&operation, &path), body)).await;
                    let refusal = refused(&operation, &format!("{field}: {value}"), &answer);
                    assert_eq!(refusal.code, ProblemCode::ValidationFailed, "{} {field}: {value}", operation.name());
                    let [error] = refusal.errors.as_slice() else { panic!("{refusal:?}") };
                    assert!(error.field.starts_with(&field), "{field}: {value}: {error:?}");
                }
            }
        }
        assert!(tried > 400, "{tried}");
        scene.end().await;
    }

    async fn a_value_out_of_bounds_is_refused(world: &World) {
        let scene = Scene::set(world).await;
        for operation in scene.operations() {
            let path = scene.path(&operation);
            for (field, schema) in scene.document.fields(&operation) {
                for value in out_of_bounds(&field, kind(&scene.document, &schema)) {
                    let mut body = scene.body(&operation);
                    body[&field] = value.clone();
                    let answer = Answer::to(scene.request(&operation, &path).json(&body)).await;
                    let what = format!("{field}: {value:.40}");
                    refused(&operation, &what, &answer);
                }
            }
        }
        scene.end().await;
    }
}
