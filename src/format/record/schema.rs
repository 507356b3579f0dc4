//! The JSON Schema of a mapping, put together from its fields.

use serde_json::{Value as Json, json};

/// Puts the schema of a mapping together; for the macro.
pub fn object_schema(
    doc: &[&str],
    properties: Vec<(&str, &[&str], Json)>,
    required: &[&str],
    one: &[&str],
    most: &[&str],
) -> Json {
    let mut schema = json!({ "type": "object", "description": paragraph(doc), "properties": {} });
    for (key, doc, property) in properties {
        let mut property = if required.contains(&key) { property } else { nullable(property) };
        let text = paragraph(doc);
        if !text.is_empty() {
            property["description"] = Json::String(text);
        }
        schema["properties"][key] = property;
    }
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    // Without a value a key counts as absent, so presence is "there and not null".
    let present = |key: &&str| json!({ "required": [key], "properties": { *key: { "not": { "type": "null" } } } });
    if !one.is_empty() {
        schema["oneOf"] = one.iter().map(present).collect();
    }
    if !most.is_empty() {
        let pairs =
            most.iter().enumerate().flat_map(|(at, first)| most[at + 1..].iter().map(move |second| (first, second)));
        schema["not"] = json!({ "anyOf": pairs.map(|(first, second)| json!({ "allOf": [present(first), present(second)] })).collect::<Json>() });
    }
    schema
}

/// A key without a value is the same as no key.
pub(super) fn nullable(mut schema: Json) -> Json {
    let Some(object) = schema.as_object_mut() else {
        return schema;
    };
    if object.is_empty() {
        return schema;
    }
    match object.get_mut("type") {
        Some(Json::String(kind)) => {
            let kind = std::mem::take(kind);
            object.insert("type".to_owned(), json!([kind, "null"]));
        }
        Some(Json::Array(kinds)) => kinds.push(json!("null")),
        _ => return json!({ "anyOf": [schema, { "type": "null" }] }),
    }
    if let Some(Json::Array(words)) = object.get_mut("enum") {
        words.push(Json::Null);
    }
    schema
}

/// Doc comment lines as one paragraph.
fn paragraph(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ").trim().to_owned()
}
