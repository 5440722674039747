//! Generates statics from `permissions.toml` beside the contract and from `roles.toml`.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path, path::PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Permission {
    en: String,
    zh: String,
    #[serde(default)]
    scope: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    separated: Vec<String>,
    role: Vec<Role>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    name: String,
    en: String,
    zh: String,
    place: Place,
    permissions: Vec<String>,
    administers: Vec<String>,
    #[serde(default)]
    administers_on_headquarters: Vec<String>,
    #[serde(default)]
    two_people: bool,
    #[serde(default)]
    at_least: u32,
}

/// The variants of `Place` in `crates/proto-platform/src/roles.rs`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Place {
    Headquarters,
    Below,
    Anywhere,
}

/// The statics of `crates/proto-platform/src/roles.rs`.
pub fn code(permissions: &[PathBuf], roles: &Path) -> Result<String> {
    let mut known: BTreeMap<String, Permission> = BTreeMap::new();
    for path in permissions {
        let text = read(path)?;
        let found: BTreeMap<String, Permission> =
            toml::from_str(&text).with_context(|| path.display().to_string())?;
        for (name, permission) in found {
            let earlier = known.insert(name.clone(), permission);
            ensure!(
                earlier.is_none(),
                "{name} stands in two lists of permissions"
            );
        }
    }
    let text = read(roles)?;
    let roles: Roles = toml::from_str(&text).context("roles.toml")?;
    check(&known, &roles)?;
    let mut code = String::from(
        "/// Every permission, sorted by name.\npub static PERMISSIONS: &[Permission] = &[\n",
    );
    for (name, permission) in &known {
        let Permission { en, zh, scope } = permission;
        writeln!(
            code,
            "Permission {{ name: {name:?}, zh: {zh:?}, en: {en:?}, scope: {scope} }},"
        )?;
    }
    code.push_str(
        "];\n/// Every role, as people should see them listed.\npub static ROLES: &[Role] = &[\n",
    );
    for role in &roles.role {
        let Role {
            name,
            en,
            zh,
            place,
            permissions,
            administers,
            administers_on_headquarters,
            two_people,
            at_least,
        } = role;
        writeln!(
            code,
            "Role {{ name: {name:?}, title_zh: {zh:?}, title_en: {en:?}, place: Place::{place:?}, permissions: &{permissions:?}, administers: &{administers:?}, \
             administers_on_headquarters: &{administers_on_headquarters:?}, two_people: {two_people}, at_least: {at_least} }},"
        )?;
    }
    writeln!(
        code,
        "];\n/// The roles of which one person holds at most one, and beside it none that permits what another of them does\n         /// (GB/T 22239-2019, 8.1.5).\npub static SEPARATED: &[&str] = &{:?};",
        roles.separated
    )?;
    Ok(code)
}

fn read(path: &Path) -> Result<String> {
    println!("cargo:rerun-if-changed={}", path.display());
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn check(known: &BTreeMap<String, Permission>, roles: &Roles) -> Result<()> {
    let is_role = |name: &String| roles.role.iter().any(|role| role.name == *name);
    for role in &roles.role {
        let same = roles.role.iter().filter(|other| other.name == role.name);
        ensure!(same.count() == 1, "the role {} stands twice", role.name);
        for permission in &role.permissions {
            ensure!(
                known.contains_key(permission),
                "{} permits {permission}, which no permissions.toml has",
                role.name
            );
        }
        for other in role
            .administers
            .iter()
            .chain(&role.administers_on_headquarters)
        {
            ensure!(
                is_role(other),
                "{} administers {other}, which is no role",
                role.name
            );
        }
    }
    for name in &roles.separated {
        ensure!(is_role(name), "{name} is separated, and no role");
    }
    for role in &roles.role {
        let on_headquarters = role.place == Place::Headquarters;
        ensure!(
            on_headquarters || !(role.two_people || role.at_least > 0),
            "{} is not a role of the headquarters alone: two_people and at_least are for those",
            role.name
        );
    }
    for name in known.keys() {
        let held = roles
            .role
            .iter()
            .any(|role| role.permissions.contains(name));
        ensure!(held, "{name} is in no role");
    }
    Ok(())
}
