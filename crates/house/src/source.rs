//! Parsed crates: modules with their definitions, re-exports and dependencies.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Attribute, Item, UseTree, Visibility};

/// Path of a module or of an item in it, from the root of the crate; the root itself is empty.
pub type ModulePath = Vec<String>;

/// The library or program in a folder.
#[derive(Debug)]
pub struct Crate {
    /// Name in Cargo.toml.
    pub name: String,
    /// Its Cargo.toml.
    pub manifest: toml::Table,
    /// Every file of `src`, by module path. A program beside a library counts as a module, `main`.
    pub modules: BTreeMap<ModulePath, Module>,
}

/// One file.
#[derive(Debug, Default)]
pub struct Module {
    /// Relative to the root of the tree.
    pub file: String,
    /// The tokens of its items, without tests, for rules about identifiers.
    pub items: Vec<TokenStream>,
    /// Names of the items it defines.
    pub defines: BTreeSet<String>,
    /// Names it re-exports with `pub use`, and their targets.
    hands_on: BTreeMap<String, ModulePath>,
    /// Modules it re-exports with a glob.
    hands_on_all: Vec<ModulePath>,
    /// Names it imports, and their targets.
    brings_in: BTreeMap<String, ModulePath>,
    /// Paths it uses, with the line of the first use.
    names: BTreeMap<ModulePath, usize>,
}

/// The crates in a folder of the tree.
pub fn crates(root: &Path, folder: &str) -> anyhow::Result<Vec<Crate>> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = fs::read_dir(root.join(folder))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    folders.sort();
    for folder in folders {
        if folder.join("Cargo.toml").exists() {
            found.push(read_crate(root, &folder)?);
        }
    }
    Ok(found)
}

fn read_crate(root: &Path, folder: &Path) -> anyhow::Result<Crate> {
    let text = fs::read_to_string(folder.join("Cargo.toml"))?;
    let manifest: toml::Table = text.parse().context("Cargo.toml")?;
    let name = manifest
        .get("package")
        .and_then(|package| package.get("name"))
        .and_then(toml::Value::as_str)
        .context("a package has a name")?
        .to_owned();
    let src = folder.join("src");
    let mut files = Vec::new();
    collect(&src, &mut files)?;
    let mut modules = BTreeMap::new();
    let mut only_tests = BTreeSet::new();
    for file in files {
        let relative = file.strip_prefix(&src)?;
        let path = module_path(relative, src.join("lib.rs").exists());
        let text = fs::read_to_string(&file)?;
        let place = file.strip_prefix(root)?.display().to_string();
        let module = Module::read(&path, &text, &mut only_tests)
            .map_err(|error| anyhow::anyhow!("{place}: {error}"))?;
        modules.insert(
            path,
            Module {
                file: place,
                ..module
            },
        );
    }
    modules.retain(|path, _| !only_tests.iter().any(|test| path.starts_with(test)));
    Ok(Crate {
        name,
        manifest,
        modules,
    })
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

/// `a/mod.rs` is `a`, `a/b.rs` is `a::b`.
fn module_path(relative: &Path, library: bool) -> ModulePath {
    let mut path: ModulePath = relative
        .with_extension("")
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    match path.last().map(String::as_str) {
        Some("mod") => {
            path.pop();
        }
        Some("lib") if path.len() == 1 => path.clear(),
        Some("main") if path.len() == 1 && !library => path.clear(),
        _ => {}
    }
    path
}

impl Module {
    /// Parses a file. Modules that exist only in tests are added to `only_tests`.
    pub(crate) fn read(
        path: &[String],
        text: &str,
        only_tests: &mut BTreeSet<ModulePath>,
    ) -> syn::Result<Self> {
        let mut module = Self::default();
        for item in syn::parse_file(text)?.items {
            if is_test(attributes(&item)) {
                if let Item::Mod(inner) = &item {
                    let mut inside = path.to_vec();
                    inside.push(inner.ident.to_string());
                    only_tests.insert(inside);
                }
                continue;
            }
            module.take(path, &item);
            module.items.push(item.into_token_stream());
        }
        Ok(module)
    }

    fn take(&mut self, path: &[String], item: &Item) {
        self.defines.extend(defined(item));
        if let Item::Macro(made) = item {
            self.defines.extend(made_by(made.mac.tokens.clone()));
        }
        match item {
            Item::Use(one) => {
                let handed_on = !matches!(one.vis, Visibility::Inherited);
                self.take_use(path, &one.tree, &mut Vec::new(), handed_on);
            }
            Item::Mod(inner) if inner.content.is_none() => {}
            item => self.take_paths(path, item.to_token_stream()),
        }
    }

    fn take_use(
        &mut self,
        at: &[String],
        tree: &UseTree,
        prefix: &mut Vec<String>,
        handed_on: bool,
    ) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.take_use(at, &path.tree, prefix, handed_on);
                prefix.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.take_use(at, tree, prefix, handed_on);
                }
            }
            UseTree::Name(name) => {
                let ident = name.ident.to_string();
                let alias = match (ident.as_str(), prefix.last()) {
                    ("self", Some(last)) => last.clone(),
                    _ => ident.clone(),
                };
                let mut whole = prefix.clone();
                if ident != "self" {
                    whole.push(ident);
                }
                self.bring_in(at, alias, &whole, handed_on, name.ident.span().start().line);
            }
            UseTree::Rename(rename) => {
                let mut whole = prefix.clone();
                if rename.ident != "self" {
                    whole.push(rename.ident.to_string());
                }
                let line = rename.ident.span().start().line;
                self.bring_in(at, rename.rename.to_string(), &whole, handed_on, line);
            }
            UseTree::Glob(glob) => {
                let whole = absolute(at, prefix);
                if handed_on {
                    self.hands_on_all.push(whole);
                } else {
                    let line = glob.star_token.spans[0].start().line;
                    self.names.entry(whole).or_insert(line);
                }
            }
        }
    }

    fn bring_in(
        &mut self,
        at: &[String],
        alias: String,
        whole: &[String],
        handed_on: bool,
        line: usize,
    ) {
        let whole = absolute(at, whole);
        if handed_on {
            self.hands_on.insert(alias.clone(), whole.clone());
        } else if alias != "_" {
            self.names.entry(whole.clone()).or_insert(line);
        }
        self.brings_in.insert(alias, whole);
    }

    /// Every `a::b::c`, also inside macros.
    fn take_paths(&mut self, at: &[String], tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.take_path(at, &mut path, line);
                        line = ident.span().start().line;
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(sign) if sign.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.take_path(at, &mut path, line);
                    colons = 0;
                    self.take_paths(at, group.stream());
                }
                _ => {
                    self.take_path(at, &mut path, line);
                    colons = 0;
                }
            }
        }
        self.take_path(at, &mut path, line);
    }

    fn take_path(&mut self, at: &[String], path: &mut Vec<String>, line: usize) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.names.entry(absolute(at, &path)).or_insert(line);
        }
    }
}

/// A path from the root of the crate. One that begins with neither `crate`, `self` nor `super` keeps `?` in front: its
/// first name has to be resolved.
fn absolute(at: &[String], path: &[String]) -> ModulePath {
    let mut rest = path;
    let mut from = match path.first().map(String::as_str) {
        Some("crate") => {
            rest = &path[1..];
            Vec::new()
        }
        Some("self") => {
            rest = &path[1..];
            at.to_vec()
        }
        Some("super") => at.to_vec(),
        _ => vec!["?".to_owned()],
    };
    while rest.first().is_some_and(|part| part == "super") {
        from.pop();
        rest = &rest[1..];
    }
    from.extend(rest.iter().cloned());
    from
}

fn defined(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Macro(item) => item.ident.as_ref()?.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::TraitAlias(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Union(item) => item.ident.to_string(),
        Item::Mod(item) if item.content.is_some() => item.ident.to_string(),
        _ => return None,
    })
}

/// Types that a macro defines, e.g. `stored_enum! { pub(crate) enum State: … }`.
fn made_by(tokens: TokenStream) -> Vec<String> {
    let mut names = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let declares =
            matches!(&token, TokenTree::Ident(word) if word == "enum" || word == "struct");
        if let Some(TokenTree::Ident(name)) = tokens.peek()
            && declares
        {
            names.push(name.to_string());
        }
    }
    names
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .meta
                .to_token_stream()
                .to_string()
                .contains("(test)")
    })
}

impl Crate {
    /// Dependencies between files: names, with the line of the first use.
    pub fn needs(&self) -> BTreeMap<(&ModulePath, &ModulePath), BTreeMap<String, usize>> {
        let mut needs: BTreeMap<_, BTreeMap<String, usize>> = BTreeMap::new();
        for (from, module) in &self.modules {
            for (path, line) in &module.names {
                let path = module.look_up(self, from, path);
                let Some((to, name)) = path.and_then(|path| self.definition(&path, 0)) else {
                    continue;
                };
                if to != from {
                    needs
                        .entry((from, to))
                        .or_default()
                        .entry(name)
                        .or_insert(*line);
                }
            }
        }
        needs
    }

    /// The file that defines the target of a path, and its name there; `None` for external definitions and for a module
    /// named alone.
    fn definition(&self, path: &[String], depth: usize) -> Option<(&ModulePath, String)> {
        // Re-export chains are short; a cycle of `pub use` does not compile.
        if depth > 16 {
            return None;
        }
        let inside = (0..=path.len())
            .rev()
            .find(|length| self.modules.contains_key(&path[..*length]))?;
        let (at, module) = self.modules.get_key_value(&path[..inside])?;
        let name = path.get(inside)?;
        if module.defines.contains(name) {
            return Some((at, name.clone()));
        }
        let rest = &path[inside + 1..];
        let on = |to: &ModulePath| {
            let to = module.look_up(self, at, to)?;
            self.definition(&[to.as_slice(), rest].concat(), depth + 1)
        };
        if let Some(to) = module
            .hands_on
            .get(name)
            .or_else(|| module.brings_in.get(name))
        {
            return on(to);
        }
        module.hands_on_all.iter().find_map(|to| {
            let to = module.look_up(self, at, to)?;
            let whole = [to.as_slice(), std::slice::from_ref(name), rest].concat();
            self.definition(&whole, depth + 1)
        })
    }
}

impl Module {
    /// Resolves the first name of a path that begins with neither `crate`, `self` nor `super`.
    fn look_up(&self, whole: &Crate, at: &[String], path: &[String]) -> Option<ModulePath> {
        let [mark, first, rest @ ..] = path else {
            return Some(path.to_vec());
        };
        if mark != "?" {
            return Some(path.to_vec());
        }
        // `use tonic;` imports its own name, which resolves no further.
        let itself = |to: &ModulePath| to.get(1) == Some(first) && to.first() == Some(mark);
        if let Some(to) = self.brings_in.get(first).filter(|to| !itself(to)) {
            let to = self.look_up(whole, at, to)?;
            return Some([to.as_slice(), rest].concat());
        }
        let child = [at, std::slice::from_ref(first)].concat();
        (whole.modules.contains_key(&child) || self.defines.contains(first))
            .then(|| [child.as_slice(), rest].concat())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A crate of these files, by their paths below `src`.
    pub(crate) fn a_crate(files: &[(&str, &str)]) -> Crate {
        let mut only_tests = BTreeSet::new();
        let mut modules = BTreeMap::new();
        for (file, text) in files {
            let path = module_path(Path::new(file), true);
            let module = Module::read(&path, text, &mut only_tests).unwrap();
            let file = (*file).to_owned();
            modules.insert(path, Module { file, ..module });
        }
        modules.retain(|path, _| !only_tests.iter().any(|test| path.starts_with(test)));
        Crate {
            name: "one".to_owned(),
            manifest: toml::Table::new(),
            modules,
        }
    }
}
