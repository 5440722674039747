//! Answers to a form of 100 fields, every second one with a condition, evaluated on one core. Baseline: the same answers decoded from JSON,
//! which comes before in any case.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use forms::{Bound, Day, Form};
use serde_json::{Map, Value, json};

use super::{figure::Figure, stage::Stage};

/// Fields of the form.
const FIELDS: usize = 100;
/// Runs between two looks at the clock.
const RUNS: u32 = 100;

pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let (rounds, length) = (stage.plan.rounds, stage.plan.length);
    tokio::task::spawn_blocking(move || measured(rounds, length)).await?
}

fn measured(rounds: usize, length: Duration) -> Result<Vec<Figure>> {
    let (form, answers) = asked()?;
    let today = Day::of(2026, 11, 29).context("a day")?;
    let bound = Bound::default();
    let found = form.evaluate(answers.clone(), today, &bound);
    ensure!(found.findings().is_empty(), "{:?}", found.findings());
    let text = serde_json::to_string(&answers)?;
    let decode = || serde_json::from_str::<Map<String, Value>>(black_box(&text));
    let (mut evaluated, mut decoded) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let decoding = each(length, || drop(black_box(decode())));
        let both = each(length, || {
            let answers = decode().unwrap_or_default();
            drop(black_box(form.evaluate(answers, today, &bound)));
        });
        decoded.push(1.0 / decoding.as_secs_f64());
        evaluated.push(1.0 / both.saturating_sub(decoding).as_secs_f64());
    }
    let baseline = "the same answers decoded from JSON";
    Ok(vec![
        Figure::new("Answers to 100 fields, one core", "forms/s", evaluated)
            .beside(baseline, &decoded),
    ])
}

/// What one run takes.
fn each(length: Duration, mut run: impl FnMut()) -> Duration {
    let begun = Instant::now();
    let mut runs = 0;
    while begun.elapsed() < length {
        (0..RUNS).for_each(|_| run());
        runs += RUNS;
    }
    begun.elapsed() / runs.max(1)
}

/// The form, and answers to all of its fields.
fn asked() -> Result<(Form, Map<String, Value>)> {
    let options = json!([
        { "key": "a", "title": { "zh": "甲" } },
        { "key": "b", "title": { "zh": "乙" } }
    ]);
    let mut fields = Vec::new();
    let mut answers = Map::new();
    for at in 0..FIELDS {
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
    match forms::check(&json!({ "pages": [{ "sections": [{ "fields": fields }] }] })) {
        Ok(form) => Ok((form, answers)),
        Err(flaws) => bail!("the form has flaws: {flaws:?}"),
    }
}
