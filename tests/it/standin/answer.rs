//! An answer in the words of each dialect.

use super::plan::{Dialect, Plan};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

static NEXT: AtomicU64 = AtomicU64::new(1);

fn id(kind: &str) -> String {
    format!("{kind}_{:08}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A text in a few pieces, as a model says it.
fn pieces(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(letters.len().div_ceil(3).max(1)).map(|piece| piece.iter().collect()).collect()
}

/// A refusal with this status.
pub(super) fn refusal(dialect: Dialect, code: u16) -> Value {
    let (kind, message) = match code {
        400 => ("invalid_request_error", "the stand-in was told to find this wrong"),
        401 => ("authentication_error", "the stand-in was told to know no such key"),
        429 => ("rate_limit_error", "the stand-in was told to be asked too often"),
        529 => ("overloaded_error", "the stand-in was told to be overloaded"),
        _ => ("api_error", "the stand-in was told to fail"),
    };
    match dialect {
        Dialect::Anthropic => json!({"type": "error", "error": {"type": kind, "message": message}}),
        Dialect::Responses | Dialect::Chat => {
            json!({"error": {"message": message, "type": kind, "param": null, "code": null}})
        }
    }
}

pub(super) fn whole(dialect: Dialect, plan: &Plan, body: &Value) -> Value {
    match dialect {
        Dialect::Anthropic => json!({
            "id": id("msg"), "type": "message", "role": "assistant", "model": body["model"],
            "content": [block(plan)], "stop_reason": stop(plan), "stop_sequence": null,
            "usage": anthropic_usage(plan),
        }),
        Dialect::Responses => response(plan, body, item(plan)),
        Dialect::Chat => {
            let message = match &plan.call {
                Some(call) => json!({"role": "assistant", "content": null, "tool_calls": [tool_call(call)]}),
                None => json!({"role": "assistant", "content": plan.text}),
            };
            json!({
                "id": id("chat"), "object": "chat.completion", "created": 0, "model": body["model"],
                "choices": [{"index": 0, "message": message, "finish_reason": finish(plan)}], "usage": chat_usage(plan),
            })
        }
    }
}

/// The answer as events: name and data.
pub(super) fn events(dialect: Dialect, plan: &Plan, body: &Value) -> Vec<(String, String)> {
    match dialect {
        Dialect::Anthropic => anthropic(plan, body),
        Dialect::Responses => responses(plan, body),
        Dialect::Chat => chat(plan, body),
    }
}

fn stop(plan: &Plan) -> &'static str {
    if plan.call.is_some() { "tool_use" } else { "end_turn" }
}

fn block(plan: &Plan) -> Value {
    match &plan.call {
        Some((name, input)) => json!({"type": "tool_use", "id": id("toolu"), "name": name, "input": input}),
        None => json!({"type": "text", "text": plan.text}),
    }
}

fn anthropic_usage(plan: &Plan) -> Value {
    json!({
        "input_tokens": plan.usage.input, "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": plan.usage.cached, "output_tokens": plan.usage.output,
    })
}

fn anthropic(plan: &Plan, body: &Value) -> Vec<(String, String)> {
    let mut usage = anthropic_usage(plan);
    usage["output_tokens"] = json!(1);
    let mut all = vec![json!({"type": "message_start", "message": {
        "id": id("msg"), "type": "message", "role": "assistant", "model": body["model"], "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": usage,
    }})];
    let mut begun = block(plan);
    let deltas: Vec<Value> = match &plan.call {
        Some((_, input)) => {
            begun["input"] = json!({});
            vec![json!({"type": "input_json_delta", "partial_json": input.to_string()})]
        }
        None => {
            begun["text"] = json!("");
            pieces(&plan.text).into_iter().map(|piece| json!({"type": "text_delta", "text": piece})).collect()
        }
    };
    all.push(json!({"type": "content_block_start", "index": 0, "content_block": begun}));
    all.extend(deltas.into_iter().map(|delta| json!({"type": "content_block_delta", "index": 0, "delta": delta})));
    all.push(json!({"type": "content_block_stop", "index": 0}));
    all.push(json!({
        "type": "message_delta", "delta": {"stop_reason": stop(plan), "stop_sequence": null},
        "usage": {"output_tokens": plan.usage.output},
    }));
    all.push(json!({"type": "message_stop"}));
    named(all)
}

fn named(events: Vec<Value>) -> Vec<(String, String)> {
    let name = |event: &Value| event["type"].as_str().unwrap_or_default().to_owned();
    events.into_iter().map(|event| (name(&event), event.to_string())).collect()
}

fn item(plan: &Plan) -> Value {
    match &plan.call {
        Some((name, arguments)) => json!({
            "type": "function_call", "id": id("fc"), "call_id": id("call"), "name": name,
            "arguments": arguments.to_string(), "status": "completed",
        }),
        None => json!({
            "type": "message", "id": id("msg"), "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": plan.text, "annotations": []}],
        }),
    }
}

fn response(plan: &Plan, body: &Value, item: Value) -> Value {
    let input = plan.usage.input + plan.usage.cached;
    json!({
        "id": id("resp"), "object": "response", "created_at": 0, "status": "completed", "model": body["model"],
        "output": [item], "parallel_tool_calls": true, "tool_choice": "auto", "tools": [], "error": null,
        "incomplete_details": null,
        "usage": {
            "input_tokens": input, "input_tokens_details": {"cached_tokens": plan.usage.cached},
            "output_tokens": plan.usage.output, "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": input + plan.usage.output,
        },
    })
}

fn responses(plan: &Plan, body: &Value) -> Vec<(String, String)> {
    let item = item(plan);
    let whole = response(plan, body, item.clone());
    let mut begun = whole.clone();
    begun["status"] = json!("in_progress");
    begun["output"] = json!([]);
    begun["usage"] = Value::Null;
    let mut added = item.clone();
    added["status"] = json!("in_progress");
    let id = item["id"].clone();
    let mut all = vec![json!({"type": "response.created", "response": begun})];
    match &plan.call {
        Some((_, arguments)) => {
            added["arguments"] = json!("");
            all.push(json!({"type": "response.output_item.added", "output_index": 0, "item": added}));
            let text = arguments.to_string();
            all.push(json!({"type": "response.function_call_arguments.delta", "item_id": id, "output_index": 0, "delta": text}));
            all.push(json!({"type": "response.function_call_arguments.done", "item_id": id, "output_index": 0, "arguments": text}));
        }
        None => {
            added["content"] = json!([]);
            all.push(json!({"type": "response.output_item.added", "output_index": 0, "item": added}));
            let part = json!({"type": "output_text", "text": "", "annotations": []});
            all.push(json!({"type": "response.content_part.added", "item_id": id, "output_index": 0, "content_index": 0, "part": part}));
            for piece in pieces(&plan.text) {
                all.push(json!({"type": "response.output_text.delta", "item_id": id, "output_index": 0, "content_index": 0, "delta": piece}));
            }
            all.push(json!({"type": "response.output_text.done", "item_id": id, "output_index": 0, "content_index": 0, "text": plan.text}));
            all.push(json!({"type": "response.content_part.done", "item_id": id, "output_index": 0, "content_index": 0, "part": item["content"][0]}));
        }
    }
    all.push(json!({"type": "response.output_item.done", "output_index": 0, "item": item}));
    all.push(json!({"type": "response.completed", "response": whole}));
    for (number, event) in all.iter_mut().enumerate() {
        event["sequence_number"] = json!(number);
    }
    named(all)
}

fn finish(plan: &Plan) -> &'static str {
    if plan.call.is_some() { "tool_calls" } else { "stop" }
}

fn tool_call((name, arguments): &(String, Value)) -> Value {
    json!({"id": id("call"), "type": "function", "function": {"name": name, "arguments": arguments.to_string()}})
}

fn chat_usage(plan: &Plan) -> Value {
    let input = plan.usage.input + plan.usage.cached;
    json!({
        "prompt_tokens": input, "completion_tokens": plan.usage.output, "total_tokens": input + plan.usage.output,
        "prompt_tokens_details": {"cached_tokens": plan.usage.cached},
    })
}

fn chat(plan: &Plan, body: &Value) -> Vec<(String, String)> {
    let id = id("chat");
    let chunk = |choices: Value, usage: Value| {
        json!({
            "id": id, "object": "chat.completion.chunk", "created": 0, "model": body["model"], "choices": choices,
            "usage": usage,
        })
    };
    let delta = |delta: Value, finish: Value| json!([{"index": 0, "delta": delta, "finish_reason": finish}]);
    let mut all = vec![chunk(delta(json!({"role": "assistant", "content": ""}), Value::Null), Value::Null)];
    match &plan.call {
        Some(call) => {
            let mut call = tool_call(call);
            call["index"] = json!(0);
            all.push(chunk(delta(json!({"tool_calls": [call]}), Value::Null), Value::Null));
        }
        None => {
            let texts = pieces(&plan.text).into_iter().map(|piece| json!({"content": piece}));
            all.extend(texts.map(|text| chunk(delta(text, Value::Null), Value::Null)));
        }
    }
    all.push(chunk(delta(json!({}), json!(finish(plan))), Value::Null));
    all.push(chunk(json!([]), chat_usage(plan)));
    let mut events: Vec<(String, String)> = all.iter().map(|event| (String::new(), event.to_string())).collect();
    events.push((String::new(), "[DONE]".to_owned()));
    events
}
