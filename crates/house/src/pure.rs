//! `rules.rs` is pure: its results depend only on its arguments, so it can be tested by properties and without a
//! platform.

use proc_macro2::{TokenStream, TokenTree};

use crate::{finding::Finding, source::Crate};

/// Identifiers that stand for the clock, randomness, the database, the network or the rest of the program.
const REACHES: [&str; 15] = [
    "sqlx",
    "tonic",
    "prost",
    "PgConnection",
    "Db",
    "Clock",
    "now_utc",
    "now_v7",
    "SystemTime",
    "Instant",
    "rand",
    "rng",
    "tokio",
    "async",
    "env",
];

/// Identifiers in `rules.rs` that make it depend on more than its arguments.
pub fn check(service: &Crate) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, module) in &service.modules {
        if path.last().is_none_or(|name| name != "rules") {
            continue;
        }
        for item in &module.items {
            walk(item.clone(), &mut |line, word| {
                findings.push(Finding {
                    place: format!("{}:{line}", module.file),
                    what: format!("`{word}` in rules.rs: rules take everything as arguments"),
                });
            });
        }
    }
    findings
}

fn walk(tokens: TokenStream, found: &mut impl FnMut(usize, &str)) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                let word = ident.to_string();
                if REACHES.contains(&word.as_str()) {
                    found(ident.span().start().line, &word);
                }
            }
            TokenTree::Group(group) => walk(group.stream(), found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::source::tests::a_crate;

    #[test]
    fn rules_that_look_at_the_clock_are_found() {
        let service = a_crate(&[
            (
                "seats/rules.rs",
                "fn closes(now: OffsetDateTime) -> bool { true }\nfn late() -> bool {\n    OffsetDateTime::now_utc() > x\n}",
            ),
            ("seats/rpc.rs", "async fn a() {}"),
        ]);
        let places: Vec<String> = super::check(&service)
            .into_iter()
            .map(|f| f.place)
            .collect();
        assert_eq!(places, ["seats/rules.rs:3"]);
    }
}
