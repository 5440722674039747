//! How many answer sets of 100 fields one core evaluates in a second, beside how many it decodes from JSON:
//! `cargo run --release -p forms --example measure`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]
#![allow(clippy::disallowed_methods, reason = "it measures")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use forms::{Bound, Day, check};
use serde_json::{Map, Value, json};

/// Runs per round, and rounds; the best of the rounds counts.
const RUNS: u32 = 20_000;
const ROUNDS: u32 = 5;

fn best(mut run: impl FnMut()) -> Duration {
    let rounds = (0..ROUNDS).map(|_| {
        let begun = Instant::now();
        (0..RUNS).for_each(|_| run());
        begun.elapsed()
    });
    rounds.min().unwrap() / RUNS
}

fn main() {
    let options: Value = ["a", "b", "c"]
        .iter()
        .map(|key| json!({ "key": key, "title": { "zh": key } }))
        .collect();
    let mut fields = Vec::new();
    let mut answers = Map::new();
    for at in 0..100 {
        let key = format!("field_{at}");
        let (kind, answer) = match at % 5 {
            0 => ("text", json!("中国科学院计算技术研究所")),
            1 => ("integer", json!(at)),
            2 => ("single", json!("b")),
            3 => ("date", json!("1990-03-07")),
            _ => ("yesNo", json!(true)),
        };
        let mut field =
            json!({ "key": key, "type": kind, "title": { "zh": "问题" }, "required": true });
        if kind == "single" {
            field["options"] = options.clone();
        }
        if at >= 10 && at % 2 == 0 {
            field["condition"] = json!({ "and": [
                { "compare": { "field": "field_1", "is": "ge", "to": 1 } },
                { "in": { "field": "field_2", "values": ["a", "b"] } },
            ] });
        }
        fields.push(field);
        answers.insert(key, answer);
    }
    let form = check(&json!({ "pages": [{ "sections": [{ "fields": fields }] }] })).unwrap();
    let text = serde_json::to_string(&answers).unwrap();
    let today = Day::of(2026, 11, 29).unwrap();
    let bound = Bound::default();
    assert!(form.evaluate(answers, today, &bound).findings().is_empty());

    let decode = || serde_json::from_str::<Map<String, Value>>(black_box(&text)).unwrap();
    let decoding = best(|| drop(black_box(decode())));
    let both = best(|| drop(black_box(form.evaluate(decode(), today, &bound))));
    let evaluation = both.saturating_sub(decoding);
    let rate = |each: Duration| 1.0 / each.as_secs_f64();
    println!("decoding JSON of 100 answers  {:>9.0}/s", rate(decoding));
    println!("evaluation                    {:>9.0}/s", rate(evaluation));
    println!("both                          {:>9.0}/s", rate(both));
    println!(
        "evaluation ÷ decoding, time   {:>9.2}",
        evaluation.as_secs_f64() / decoding.as_secs_f64()
    );
}
