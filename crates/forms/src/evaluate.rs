//! A set of answers beside its form.

use serde_json::{Map, Value};

use crate::{
    answer,
    day::Day,
    definition::{Binding, Kind},
    finding::{Code, Finding},
    form::Form,
};

/// What the platform knows of the person who answers.
#[derive(Clone, Debug, Default)]
pub struct Bound {
    /// The verified real name.
    pub person_name: Option<String>,
    /// The public number.
    pub person_number: Option<String>,
    /// Where they work or study, as they say beside the answers.
    pub workplace: Option<String>,
}

impl Bound {
    fn value(&self, binding: Binding) -> Option<Value> {
        match binding {
            Binding::PersonName => &self.person_name,
            Binding::PersonNumber => &self.person_number,
            Binding::Workplace => &self.workplace,
        }
        .clone()
        .map(Value::from)
    }
}

/// What an answer refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceKind {
    /// A division, by its code (GB/T 2260).
    Division,
    /// A discipline, by its code (GB/T 13745).
    Discipline,
    /// An organisation, by its UUID.
    Organisation,
    /// A person, by the number.
    Person,
    /// An upload, by its UUID.
    File,
}

/// Something that has to exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Path of the answer.
    pub path: String,
    /// What it refers to.
    pub kind: ReferenceKind,
    /// Its code, id or number.
    pub value: String,
}

/// What came of an evaluation.
#[derive(Clone, Debug)]
pub struct Evaluation<'f> {
    form: &'f Form,
    shown: Vec<bool>,
    answers: Vec<Option<Value>>,
    dropped: Vec<usize>,
    findings: Vec<Finding>,
}

impl Form {
    /// Evaluates answers: the crate's documentation says how. `today` is the day in China.
    pub fn evaluate(
        &self,
        answers: Map<String, Value>,
        today: Day,
        bound: &Bound,
    ) -> Evaluation<'_> {
        let mut findings = Vec::new();
        let mut given = vec![None; self.fields.len()];
        let mut unknown = Vec::new();
        for (key, value) in answers {
            match self.places.get(&key).and_then(|at| given.get_mut(*at)) {
                Some(place) => *place = Some(value),
                None => unknown.push(key),
            }
        }
        let mut read = Vec::with_capacity(self.fields.len());
        let mut shown = Vec::with_capacity(self.fields.len());
        let mut dropped = Vec::new();
        let mut sections: Vec<bool> = Vec::with_capacity(self.sections.len());
        for (at, (ready, given)) in self.fields.iter().zip(given).enumerate() {
            while sections.len() <= ready.section {
                let condition = self.sections.get(sections.len()).and_then(Option::as_ref);
                sections.push(condition.is_none_or(|condition| condition.holds(&read, today)));
            }
            let visible = sections.last().is_none_or(|shown| *shown)
                && ready
                    .condition
                    .as_ref()
                    .is_none_or(|condition| condition.holds(&read, today));
            shown.push(visible);
            if !visible {
                if given.is_some_and(|value| !value.is_null()) {
                    dropped.push(at);
                }
                read.push(None);
                continue;
            }
            let before = findings.len();
            let value = match ready.field.binding {
                Some(binding) => bound.value(binding),
                None => given
                    .and_then(|value| answer::read(ready, value, &ready.field.key, &mut findings)),
            };
            if value.is_none() && ready.field.required && findings.len() == before {
                findings.push(Finding::new(&ready.field.key, Code::Missing));
            }
            read.push(value);
        }
        findings.extend(
            unknown
                .iter()
                .map(|key| Finding::new(key, Code::UnknownKey)),
        );
        Evaluation {
            form: self,
            shown,
            answers: read,
            dropped,
            findings,
        }
    }

    /// The answers of a draft that this form has a place for, as they were typed. `Err`: what it has none for. Bound fields are left out:
    /// they are filled in when the answers are handed in.
    pub fn keep(
        &self,
        mut answers: Map<String, Value>,
    ) -> Result<Map<String, Value>, Vec<Finding>> {
        let unknown: Vec<Finding> = answers
            .keys()
            .filter(|key| !self.places.contains_key(*key))
            .map(|key| Finding::new(key, Code::UnknownKey))
            .collect();
        if !unknown.is_empty() {
            return Err(unknown);
        }
        answers.retain(|key, value| !value.is_null() && !self.is_bound(key));
        Ok(answers)
    }

    /// The answers of another version that this one can take over, and the keys of those it cannot.
    pub fn carry(&self, answers: Map<String, Value>) -> (Map<String, Value>, Vec<String>) {
        let mut kept = Map::new();
        let mut lost = Vec::new();
        for (key, value) in answers {
            let mut found = Vec::new();
            let ready = self.places.get(&key).and_then(|at| self.fields.get(*at));
            match ready.and_then(|ready| answer::read(ready, value.clone(), &key, &mut found)) {
                Some(_) => {
                    kept.insert(key, value);
                }
                None => lost.push(key),
            }
        }
        (kept, lost)
    }

    /// The uploads that answers name, as they were typed: the path of each, and its id as it is written. What is no list of texts names none.
    pub fn uploads(&self, answers: &Map<String, Value>) -> Vec<(String, String)> {
        let files = self.fields().filter(|field| field.kind == Kind::File);
        let named = files.flat_map(|field| {
            let list = answers.get(&field.key).and_then(Value::as_array);
            let list = list.into_iter().flatten().enumerate();
            list.filter_map(|(at, upload)| {
                let path = format!("{}[{at}]", field.key);
                Some((path, upload.as_str()?.to_ascii_lowercase()))
            })
        });
        named.collect()
    }

    fn is_bound(&self, key: &str) -> bool {
        let ready = self.places.get(key).and_then(|at| self.fields.get(*at));
        ready.is_some_and(|ready| ready.field.binding.is_some())
    }
}

impl Evaluation<'_> {
    /// The keys of the fields that are shown, in order.
    pub fn shown(&self) -> impl Iterator<Item = &str> {
        let fields = self.form.fields.iter().zip(&self.shown);
        fields.filter_map(|(ready, shown)| shown.then_some(ready.field.key.as_str()))
    }

    /// The keys of hidden fields that had an answer.
    pub fn dropped(&self) -> impl Iterator<Item = &str> {
        self.dropped
            .iter()
            .filter_map(|at| self.form.fields.get(*at))
            .map(|ready| ready.field.key.as_str())
    }

    /// What has to be mended before the answers can be handed in; none: they can.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What has to exist, and is not known here.
    pub fn references(&self) -> Vec<Reference> {
        let mut found = Vec::new();
        let mut refer = |kind: Kind, path: String, value: &Value| {
            let kind = match kind {
                Kind::Division => ReferenceKind::Division,
                Kind::Discipline => ReferenceKind::Discipline,
                Kind::Organisation => ReferenceKind::Organisation,
                Kind::Person => ReferenceKind::Person,
                Kind::File => ReferenceKind::File,
                _ => return,
            };
            if let Some(value) = value.as_str() {
                let value = value.to_owned();
                found.push(Reference { path, kind, value });
            }
        };
        for (ready, answer) in self.form.fields.iter().zip(&self.answers) {
            let Some(answer) = answer.as_ref().filter(|_| ready.field.binding.is_none()) else {
                continue;
            };
            if ready.field.kind == Kind::File {
                for (at, upload) in answer.as_array().into_iter().flatten().enumerate() {
                    refer(Kind::File, format!("{}[{at}]", ready.field.key), upload);
                }
                continue;
            }
            refer(ready.field.kind, ready.field.key.clone(), answer);
            for (at, row) in answer.as_array().into_iter().flatten().enumerate() {
                for column in &ready.columns {
                    if let Some(cell) = row.get(&column.field.key) {
                        let path = format!("{}[{at}].{}", ready.field.key, column.field.key);
                        refer(column.field.kind, path, cell);
                    }
                }
            }
        }
        found
    }

    /// The answers in normal form, in the order of the form; without hidden and wrong ones.
    pub fn into_answers(self) -> Map<String, Value> {
        let fields = self.form.fields.iter().zip(self.answers);
        fields
            .filter_map(|(ready, answer)| Some((ready.field.key.clone(), answer?)))
            .collect()
    }
}
