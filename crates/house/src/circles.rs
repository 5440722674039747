//! Finds dependency cycles between the files of a crate and between the modules of a service.
//!
//! A module (a folder or file directly under `src`) is one capability. What a file uses of the file that declares it
//! (`super::Error`) and what that re-exports is no cycle: a name counts for the file that defines it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::Finding,
    source::{Crate, ModulePath},
};

/// Cycles between files.
pub fn of_files(one: &Crate) -> Vec<Finding> {
    let needs = one.needs();
    let mut edges: BTreeMap<&ModulePath, BTreeSet<&ModulePath>> = BTreeMap::new();
    for (from, to) in needs.keys() {
        edges.entry(from).or_default().insert(to);
    }
    let tell = |circle: BTreeSet<&ModulePath>| {
        let ties = needs
            .iter()
            .filter(|((from, to), _)| circle.contains(from) && circle.contains(to))
            .map(|((from, to), names)| {
                let names = names.keys().cloned().collect::<Vec<_>>().join(", ");
                format!(
                    "\n    {} -> {}: {names}",
                    one.modules[*from].file, one.modules[*to].file
                )
            });
        Finding {
            place: format!("{} ({} files)", one.name, circle.len()),
            what: format!(
                "these need each other in a circle:{}",
                ties.collect::<String>()
            ),
        }
    };
    circles(&edges).into_iter().map(tell).collect()
}

/// Cycles between modules. The files directly under `src` that assemble the service (`lib.rs`, `main.rs`, `service.rs`)
/// may use all.
pub fn of_modules(service: &Crate) -> Vec<Finding> {
    let needs = service.needs();
    let mut edges: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
    for (from, to) in needs.keys() {
        let (Some(from), Some(to)) = (from.first(), to.first()) else {
            continue;
        };
        if from != to {
            edges.entry(from).or_default().insert(to);
        }
    }
    let tell = |circle: BTreeSet<&String>| {
        let ties = needs
            .iter()
            .filter(|((from, to), _)| match (from.first(), to.first()) {
                (Some(from), Some(to)) => {
                    from != to && circle.contains(from) && circle.contains(to)
                }
                _ => false,
            })
            .map(|((from, to), names)| {
                let names = names.keys().cloned().collect::<Vec<_>>().join(", ");
                format!("\n    {} -> {}: {names}", from.join("::"), to.join("::"))
            });
        let modules = circle
            .iter()
            .map(|name| name.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        Finding {
            place: format!("services/{}", service.name),
            what: format!(
                "the modules {modules} need each other in a circle:{}",
                ties.collect::<String>()
            ),
        }
    };
    circles(&edges).into_iter().map(tell).collect()
}

/// Strongly connected components of more than one node.
fn circles<N: Ord + Copy>(edges: &BTreeMap<N, BTreeSet<N>>) -> Vec<BTreeSet<N>> {
    let reached: BTreeMap<N, BTreeSet<N>> = edges
        .keys()
        .map(|&node| (node, reach(edges, node)))
        .collect();
    let mut circles: BTreeSet<BTreeSet<N>> = BTreeSet::new();
    for (&node, others) in &reached {
        let circle: BTreeSet<N> = others
            .iter()
            .copied()
            .filter(|other| reached.get(other).is_some_and(|back| back.contains(&node)))
            .collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

fn reach<N: Ord + Copy>(edges: &BTreeMap<N, BTreeSet<N>>, from: N) -> BTreeSet<N> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(node) = open.pop() {
        for &next in edges.get(&node).into_iter().flatten() {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use crate::source::tests::a_crate;

    use super::*;

    #[test]
    fn files_that_need_each_other_are_found_through_what_is_handed_on() {
        let one = a_crate(&[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b::Named;\npub struct A;"),
            ("b/mod.rs", "mod inner;\npub use inner::Named;"),
            (
                "b/inner.rs",
                "pub struct Named;\nfn f() { format!(\"{}\", crate::a::A) }",
            ),
            ("c.rs", "use super::a;\nfn f() { a::A; }"),
        ]);
        let found = of_files(&one);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].what.contains("a.rs -> b/inner.rs: Named"),
            "{found:?}"
        );
        assert!(found[0].what.contains("b/inner.rs -> a.rs: A"), "{found:?}");
        assert_eq!(of_modules(&one).len(), 1);
    }

    #[test]
    fn a_module_and_its_parts_are_no_circle() {
        let one = a_crate(&[
            ("lib.rs", "mod a;"),
            (
                "a/mod.rs",
                "mod part;\npub use part::Part;\npub struct Error;\nimpl Part {}",
            ),
            ("a/part.rs", "use super::Error;\npub struct Part;"),
            ("a/tests.rs", "use super::part::Part;"),
        ]);
        // `impl Part` beside the error that it uses: the name of a type is not a path, its methods are its own.
        assert_eq!(of_files(&one), []);
    }

    #[test]
    fn a_type_that_a_macro_makes_counts_for_its_file() {
        let one = a_crate(&[
            (
                "a.rs",
                "use crate::b::f;\nstored! {\n    /// Words.\n    pub enum A: wire::A { One = \"ONE\" }\n}",
            ),
            ("b.rs", "pub fn f(a: crate::a::A) {}"),
        ]);
        assert_eq!(of_files(&one).len(), 1);
    }

    #[test]
    fn tests_may_look_at_everything() {
        let one = a_crate(&[
            ("lib.rs", "mod a; mod b;"),
            (
                "a.rs",
                "pub struct A;\n#[cfg(test)]\nmod tests { use crate::b::B; }",
            ),
            (
                "b.rs",
                "use crate::a::A;\npub struct B;\n#[cfg(test)]\nmod tests;",
            ),
            ("b/tests.rs", "use crate::a::A;"),
        ]);
        assert_eq!(of_files(&one), []);
    }
}
