//! Holds values against the schemas of an OpenAPI document.

use chrono::DateTime;
use serde_json::{Map, Value};

use crate::Document;

/// What an unknown keyword would be: every other one is checked, or says nothing about values.
const KEYWORDS: [&str; 17] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "default",
    "description",
    "enum",
    "example",
    "format",
    "items",
    "maximum",
    "minimum",
    "oneOf",
    "properties",
    "required",
    "title",
    "type",
];

impl Document {
    /// What is wrong with a value that a schema describes, one sentence each. A field that the
    /// schema does not name is wrong unless the schema allows others.
    ///
    /// # Panics
    /// The schema has a keyword that is not known here, or a reference that leads nowhere.
    pub fn faults(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(schema, value, "$", &mut faults);
        faults
    }

    fn is_so(&self, schema: &Value, value: &Value) -> bool {
        self.faults(schema, value).is_empty()
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let Some(said) = schema.as_object() else { panic!("{at}: {schema} is no schema") };
        for keyword in said.keys() {
            assert!(KEYWORDS.contains(&keyword.as_str()), "{at}: {keyword} is not known here");
        }
        if said.contains_key("$ref") {
            self.check(self.resolved(schema), value, at, faults);
        }
        if said.contains_key("allOf") {
            let mut merged = Map::new();
            self.merge(said, &mut merged);
            return self.check(&Value::Object(merged), value, at, faults);
        }
        for (keyword, expected) in [("oneOf", 1..=1), ("anyOf", 1..=usize::MAX)] {
            let choices = parts(said, keyword);
            let fitting = choices.iter().filter(|choice| self.is_so(choice, value)).count();
            if !choices.is_empty() && !expected.contains(&fitting) {
                faults.push(format!("{at}: {value} is {fitting} of {keyword} {choices:?}"));
            }
        }
        if let Some(words) = said.get("enum").and_then(Value::as_array)
            && !words.contains(value)
        {
            faults.push(format!("{at}: {value} is none of {words:?}"));
        }
        let kinds: Vec<&str> = match &said.get("type") {
            None => Vec::new(),
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            Some(kind) => kind.as_str().into_iter().collect(),
        };
        if !kinds.is_empty() && !kinds.iter().any(|kind| is_of_kind(value, kind)) {
            faults.push(format!("{at}: {value} is no {kinds:?}"));
        }
        match value {
            Value::Object(fields) => self.check_fields(said, fields, at, faults),
            Value::Array(items) => {
                if let Some(schema) = said.get("items") {
                    for (index, item) in items.iter().enumerate() {
                        self.check(schema, item, &format!("{at}[{index}]"), faults);
                    }
                }
            }
            Value::Number(_) => check_bounds(said, value, at, faults),
            Value::String(text) => {
                let is_time = said.get("format").is_some_and(|format| format == "date-time");
                let is_utc = text.ends_with('Z') && DateTime::parse_from_rfc3339(text).is_ok();
                if is_time && !is_utc {
                    faults.push(format!("{at}: {text:?} is no time in UTC"));
                }
            }
            _ => {}
        }
    }

    /// The fields of all parts of an object, as one schema.
    fn merge(&self, said: &Map<String, Value>, merged: &mut Map<String, Value>) {
        for part in parts(said, "allOf") {
            self.merge(self.resolved(part).as_object().unwrap(), merged);
        }
        for (keyword, value) in said {
            let known = merged.get_mut(keyword);
            match (known, value) {
                (Some(Value::Object(known)), Value::Object(more)) => known.extend(more.clone()),
                (Some(Value::Array(known)), Value::Array(more)) => known.extend(more.clone()),
                _ if keyword == "allOf" => {}
                _ => drop(merged.insert(keyword.clone(), value.clone())),
            }
        }
    }

    fn check_fields(
        &self,
        said: &Map<String, Value>,
        fields: &Map<String, Value>,
        at: &str,
        faults: &mut Vec<String>,
    ) {
        for name in parts(said, "required") {
            let name = name.as_str().unwrap();
            if !fields.contains_key(name) {
                faults.push(format!("{at}: {name} is missing"));
            }
        }
        let Some(properties) = said.get("properties").and_then(Value::as_object) else { return };
        for (name, value) in fields {
            let at = format!("{at}.{name}");
            match (properties.get(name), said.get("additionalProperties")) {
                (Some(schema), _) => self.check(schema, value, &at, faults),
                (None, None | Some(Value::Bool(false))) => faults.push(format!("{at}: unknown")),
                (None, Some(Value::Bool(true))) => {}
                (None, Some(schema)) => self.check(schema, value, &at, faults),
            }
        }
    }
}

/// The list under a keyword.
fn parts<'a>(said: &'a Map<String, Value>, keyword: &str) -> &'a [Value] {
    said.get(keyword).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn is_of_kind(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        kind => panic!("{kind} is no type"),
    }
}

fn check_bounds(said: &Map<String, Value>, value: &Value, at: &str, faults: &mut Vec<String>) {
    let bound = |keyword: &str| said.get(keyword).and_then(Value::as_f64);
    let number = value.as_f64().unwrap();
    if bound("minimum").is_some_and(|least| number < least)
        || bound("maximum").is_some_and(|most| number > most)
    {
        faults.push(format!("{at}: {value} is out of bounds"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(schema: &Value, value: &Value) -> usize {
        let document = Document(json!({ "components": { "schemas": {
            "Id": { "type": "integer", "minimum": 1 },
        }}}));
        document.faults(schema, value).len()
    }

    #[test]
    fn each_keyword_finds_its_fault() {
        let id = json!({ "$ref": "#/components/schemas/Id", "description": "An id." });
        let maybe = json!({ "oneOf": [id, { "type": "null" }] });
        let word = json!({ "type": "string", "enum": ["a", "b"] });
        let time = json!({ "type": "string", "format": "date-time" });
        let list = json!({ "type": "array", "items": id });
        let thing = json!({ "type": "object", "required": ["id"], "properties": {
            "id": id, "word": word,
        }});
        let open = json!({ "type": "object", "properties": {}, "additionalProperties": id });
        let both = json!({ "allOf": [{ "type": "integer" }, { "maximum": 3 }] });
        let any = json!({ "anyOf": [{ "type": "integer" }, { "type": ["string", "null"] }] });
        for (schema, right, wrong) in [
            (&id, vec![json!(1)], vec![json!(0), json!("1"), json!(null), json!(1.5)]),
            (&maybe, vec![json!(1), json!(null)], vec![json!(0), json!("1")]),
            (&word, vec![json!("a")], vec![json!("c"), json!(1)]),
            (
                &time,
                vec![json!("2026-01-02T03:04:05.678Z")],
                vec![json!("2026-01-02"), json!("2026-01-02T03:04:05+09:00")],
            ),
            (&list, vec![json!([]), json!([1, 2])], vec![json!([1, 0]), json!({})]),
            (
                &thing,
                vec![json!({ "id": 1 }), json!({ "id": 1, "word": "b" })],
                vec![json!({}), json!({ "id": 1, "x": 1 }), json!({ "id": 1, "word": "c" })],
            ),
            (&open, vec![json!({ "x": 1 })], vec![json!({ "x": 0 })]),
            (&both, vec![json!(3)], vec![json!(4)]),
            (&any, vec![json!(1), json!("a"), json!(null)], vec![json!(true)]),
        ] {
            for value in right {
                assert_eq!(faults(schema, &value), 0, "{value} is a {schema}");
            }
            for value in wrong {
                assert_ne!(faults(schema, &value), 0, "{value} is no {schema}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "pattern is not known here")]
    fn what_it_cannot_check_it_does_not_pass() {
        faults(&json!({ "type": "string", "pattern": "x" }), &json!("x"));
    }
}
