//! Compares the metrics in docs/operations.md with those that the processes serve.

use std::collections::{BTreeMap, BTreeSet};

use testkit::{Platform, Service};

/// Metric families: kind, names of labels, and the processes that serve them.
type Families = BTreeMap<String, (String, BTreeSet<String>, BTreeSet<Service>)>;

fn names(cell: &str) -> BTreeSet<String> {
    let names = cell.split(',').map(str::trim);
    names.filter(|n| !n.is_empty()).map(str::to_owned).collect()
}

/// The table of the section "What to watch".
fn promised() -> Families {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md");
    let text = std::fs::read_to_string(file).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    rows.filter(|cells| cells.len() == 7)
        .map(|cells| {
            let [_, name, kind, labels, place, ..] = cells[..] else {
                unreachable!("seven cells")
            };
            let services = Service::ALL.into_iter().filter(|service| match place {
                "all" => true,
                "services" => *service != Service::Gateway,
                some => some.split(',').any(|one| service.name() == one.trim()),
            });
            let about = (kind.to_owned(), names(labels), services.collect());
            (name.trim_matches('`').to_owned(), about)
        })
        .collect()
}

/// Parses the text format: `# TYPE name kind`, then the samples of that family.
fn read(text: &str, service: Service, families: &mut Families) {
    let mut family = String::new();
    for line in text.lines() {
        if let Some(declared) = line.strip_prefix("# TYPE ") {
            let (name, kind) = declared.split_once(' ').unwrap();
            name.clone_into(&mut family);
            let entry = families.entry(family.clone()).or_default();
            kind.clone_into(&mut entry.0);
            entry.2.insert(service);
        } else if let Some((_, labels)) = line.split_once('{') {
            // No label value contains a quote followed by a comma.
            let labels = labels.rsplit_once('}').unwrap().0.split("\",");
            let keys = labels.filter_map(|label| Some(label.split_once('=')?.0));
            let keys = keys.filter(|key| *key != "le").map(str::to_owned);
            families.get_mut(&family).unwrap().1.extend(keys);
        }
    }
}

async fn served(platform: &Platform) -> Families {
    let mut families = Families::new();
    for service in Service::ALL {
        let url = format!("{}/metrics", platform.admin_url(service));
        let text = reqwest::get(url).await.unwrap().text().await.unwrap();
        read(&text, service, &mut families);
    }
    families
}

/// Every process serves the documented metrics and no others. Requires previous activity of every kind.
pub async fn check(platform: &Platform) {
    let (promised, served) = (promised(), served(platform).await);
    assert!(promised.len() > 30, "{promised:?}");
    for (name, promise) in &promised {
        assert_eq!(Some(promise), served.get(name), "{name} is not as promised");
    }
    let unsaid: Vec<_> = (served.keys())
        .filter(|name| !promised.contains_key(*name))
        .collect();
    assert!(unsaid.is_empty(), "not in docs/operations.md: {unsaid:?}");
}
