//! The OpenAPI document as the server gives it, and its operations.

use reqwest::Method;
use serde_json::Value;

use crate::World;

/// An OpenAPI document.
#[derive(Debug, Clone)]
pub struct Document(pub Value);

/// One operation of a document.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path, with names in braces.
    pub template: String,
    /// What the document says of it.
    pub said: Value,
}

impl Document {
    /// Every operation.
    pub fn operations(&self) -> Vec<Operation> {
        let paths = self.0["paths"].as_object().unwrap().iter();
        paths
            .flat_map(|(template, item)| {
                item.as_object().unwrap().iter().map(move |(method, said)| Operation {
                    method: method.to_uppercase().parse().unwrap(),
                    template: template.clone(),
                    said: said.clone(),
                })
            })
            .collect()
    }

    /// A schema, looked up if it is a reference.
    ///
    /// # Panics
    /// The reference leads nowhere.
    pub fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            None => schema,
            Some(reference) => {
                let path = reference.strip_prefix('#').unwrap();
                self.resolved(self.0.pointer(path).unwrap_or_else(|| panic!("{reference}")))
            }
        }
    }

    /// The fields of an operation's JSON body with their schemas.
    pub fn fields(&self, operation: &Operation) -> Vec<(String, Value)> {
        let Some(schema) = operation.body() else { return Vec::new() };
        let properties = self.resolved(schema)["properties"].as_object().unwrap();
        properties.iter().map(|(name, schema)| (name.clone(), schema.clone())).collect()
    }
}

impl Operation {
    /// The method and the template, for messages.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// The path with these in its braces, in their order.
    ///
    /// # Panics
    /// There are more braces.
    pub fn path(&self, ids: &[&str]) -> String {
        let mut ids = ids.iter();
        let parts = self.template.split('/').map(|part| match part.starts_with('{') {
            true => *ids.next().unwrap(),
            false => part,
        });
        parts.collect::<Vec<_>>().join("/")
    }

    /// The schema of the JSON body, where it takes one.
    pub fn body(&self) -> Option<&Value> {
        let schema = &self.said["requestBody"]["content"]["application/json"]["schema"];
        // A body that may be left out may be null.
        let schema = schema["oneOf"].get(0).unwrap_or(schema);
        (!schema.is_null()).then_some(schema)
    }

    /// Whether it cannot be called without a body.
    pub fn requires_body(&self) -> bool {
        self.said["requestBody"]["required"] == true
    }

    /// The parameters in `path`, `query` or `header`: name and schema.
    pub fn parameters(&self, place: &str) -> Vec<(String, Value)> {
        let parameters = self.said["parameters"].as_array().cloned().unwrap_or_default();
        parameters
            .into_iter()
            .filter(|parameter| parameter["in"] == place)
            .map(|parameter| {
                (parameter["name"].as_str().unwrap().to_owned(), parameter["schema"].clone())
            })
            .collect()
    }

    /// Whether it looks at an access token.
    pub fn takes_token(&self) -> bool {
        self.schemes().any(|scheme| scheme.get("token").is_some())
    }

    /// Whether an access token lets one in, and nothing else does.
    pub fn requires_token(&self) -> bool {
        let mut schemes = self.schemes().peekable();
        schemes.peek().is_some() && schemes.all(|scheme| scheme.get("token").is_some())
    }

    fn schemes(&self) -> impl Iterator<Item = &Value> {
        self.said["security"].as_array().into_iter().flatten()
    }
}

impl World {
    /// The document of the first instance.
    pub async fn document(&self) -> Document {
        Document(self.send(Method::GET, "/v1/openapi.json").await.json())
    }
}
