//! SQL of a service is only in `store.rs` or `store/`, so that all access to a table is found there.

use crate::{
    finding::Finding,
    source::{Crate, ModulePath},
};

/// Macros of sqlx that take SQL.
const MACROS: [&str; 6] = [
    "query",
    "query_as",
    "query_scalar",
    "query_unchecked",
    "query_as_unchecked",
    "query_scalar_unchecked",
];

/// SQL outside of stores.
pub fn check(service: &Crate) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, module) in &service.modules {
        if is_store(path) {
            continue;
        }
        for item in &module.items {
            walk(item.clone(), &mut Vec::new(), &mut |line, name| {
                findings.push(Finding {
                    place: format!("{}:{line}", module.file),
                    what: format!(
                        "`{name}` outside of store.rs: move the SQL to the module's store"
                    ),
                });
            });
        }
    }
    findings
}

fn is_store(path: &ModulePath) -> bool {
    path.iter().any(|part| part == "store")
}

/// Finds `sqlx::query…!`, `sqlx::query…(` and `QueryBuilder`.
fn walk(
    tokens: proc_macro2::TokenStream,
    before: &mut Vec<String>,
    found: &mut impl FnMut(usize, &str),
) {
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Ident(ident) => {
                let name = ident.to_string();
                let of_sqlx =
                    before.ends_with(&["sqlx".to_owned(), ":".to_owned(), ":".to_owned()]);
                if name == "QueryBuilder" || (of_sqlx && MACROS.contains(&name.as_str())) {
                    found(ident.span().start().line, &name);
                }
                before.push(name);
            }
            proc_macro2::TokenTree::Punct(sign) => before.push(sign.as_char().to_string()),
            proc_macro2::TokenTree::Group(group) => walk(group.stream(), &mut Vec::new(), found),
            proc_macro2::TokenTree::Literal(_) => before.clear(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::source::tests::a_crate;

    #[test]
    fn sql_outside_of_a_store_is_found() {
        let service = a_crate(&[
            ("members/store.rs", "fn a() { sqlx::query!(\"select 1\"); }"),
            (
                "members/store/list.rs",
                "fn a() { sqlx::query_as!(A, \"select 1\"); }",
            ),
            (
                "members/rpc.rs",
                "fn a() {\n    sqlx::query_scalar(\"select 1\");\n}\nuse sqlx::QueryBuilder;",
            ),
            (
                "members/rules.rs",
                "#[cfg(test)] mod tests { fn a() { sqlx::query(\"select 1\"); } }\nfn query() { uri.query() }",
            ),
        ]);
        let places: Vec<String> = super::check(&service)
            .into_iter()
            .map(|f| f.place)
            .collect();
        assert_eq!(places, ["members/rpc.rs:2", "members/rpc.rs:4"]);
    }
}
