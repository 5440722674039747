//! What is in a database, column by column, to be compared before and after a migration.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, PgConnection};
use testkit::Service;

/// By table, its number of rows; by column, a digest of its values, in order of the values.
pub type Content = BTreeMap<String, String>;

/// Tables whose content is derived from the events of other services. They may be rebuilt; `integrity` compares them with
/// a recount.
const DERIVED: [(Service, &str); 5] = [
    (Service::Cockpit, "public.generations"),
    (Service::Cockpit, "public.facts"),
    (Service::Cockpit, "public.totals"),
    (Service::Cockpit, "public.city_totals"),
    (Service::Cockpit, "public.last_facts"),
];

/// Reads the content of a database, without the lists of migrations and what is derived.
pub async fn of(conn: &mut PgConnection, service: Service) -> Content {
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select format('%I.%I', table_schema, table_name), format('%I', column_name)
         from information_schema.columns join information_schema.tables using (table_schema, table_name)
         where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
           and table_name <> '_sqlx_migrations' and is_generated = 'NEVER'",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (table, column) in columns {
        if !DERIVED.contains(&(service, table.as_str())) {
            tables.entry(table).or_default().push(column);
        }
    }
    let mut content = Content::new();
    for (table, columns) in tables {
        let digests: Vec<String> = columns.iter().map(|column| digest(column)).collect();
        let query = format!(
            "select array[count(*)::text, {}] from {table}",
            digests.join(", ")
        );
        let found: Vec<String> = sqlx::query_scalar(AssertSqlSafe(query))
            .fetch_one(&mut *conn)
            .await
            .unwrap();
        let names = columns.iter().map(|column| format!("{table}.{column}"));
        content.extend(std::iter::once(table.clone()).chain(names).zip(found));
    }
    content
}

fn digest(column: &str) -> String {
    format!(
        r#"coalesce(md5(string_agg({column}::text, E'\n' order by {column}::text collate "C")), 'empty')"#
    )
}

/// Everything that was there is there still, and the same, but for the declared changes, each of which is one.
pub fn check_kept(service: Service, before: &Content, after: &Content, changes: &BTreeSet<String>) {
    let rows: u64 = before.values().filter_map(|n| n.parse::<u64>().ok()).sum();
    assert!(rows > 50, "{service} has stored next to nothing: {rows}");
    let changed: BTreeSet<String> = before
        .iter()
        .filter(|(name, content)| after.get(*name) != Some(content))
        .map(|(name, _)| name.clone())
        .collect();
    let lost: Vec<_> = changed.difference(changes).collect();
    assert!(lost.is_empty(), "{service} does not keep {lost:?}");
    let stale: Vec<_> = changes.difference(&changed).collect();
    assert!(
        stale.is_empty(),
        "{service} keeps what changes.txt gives up: {stale:?}"
    );
}
