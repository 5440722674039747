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
    permissions: Vec<String>,
    administers: Vec<String>,
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
            permissions,
            administers,
        } = role;
        writeln!(
            code,
            "Role {{ name: {name:?}, title_zh: {zh:?}, title_en: {en:?}, permissions: &{permissions:?}, administers: &{administers:?} }},"
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
        for other in &role.administers {
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
    for name in known.keys() {
        let held = roles
            .role
            .iter()
            .any(|role| role.permissions.contains(name));
        ensure!(held, "{name} is in no role");
    }
    Ok(())
}
