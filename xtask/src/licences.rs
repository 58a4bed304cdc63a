//! `cargo xtask licences`: writes down whose work the app contains, and under which licences, for its About page.
//! A test says when the list is older than the lock files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::shell::{output, root};

const APP: &str = "landfall-app";
const CARGO_LOCK: &str = "Cargo.lock";
const NPM_LOCK: &str = "ui/package-lock.json";

/// Writes the list.
pub(crate) fn run() -> Result<()> {
    let mut parts = crates()?;
    parts.extend(npm_packages()?);
    let parts: Vec<Value> = parts
        .into_iter()
        .map(|(part, licence)| json!({ "name": part.name, "version": part.version, "licence": licence }))
        .collect();
    let list = json!({ "locks": locks()?, "parts": parts });
    std::fs::write(file(), format!("{list:#}\n"))?;
    Ok(())
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    name: String,
    version: String,
}

/// Everything that is compiled into the app on any system.
fn crates() -> Result<BTreeMap<Part, String>> {
    let metadata = output(&["cargo", "metadata", "--format-version", "1", "--locked"])?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let empty = Vec::new();
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap_or(&empty)
        .iter()
        .filter_map(|node| Some((node["id"].as_str()?, node)))
        .collect();
    let packages: BTreeMap<&str, &Value> = metadata["packages"]
        .as_array()
        .unwrap_or(&empty)
        .iter()
        .filter_map(|package| Some((package["id"].as_str()?, package)))
        .collect();
    let app = packages.iter().find(|(_, package)| package["name"] == APP);
    let mut waiting = vec![*app.context("the app is not in the workspace")?.0];
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        let dependencies = nodes.get(id).and_then(|node| node["deps"].as_array());
        for dependency in dependencies.unwrap_or(&empty) {
            let kinds = dependency["dep_kinds"].as_array().unwrap_or(&empty);
            // No kind: neither for building nor for tests.
            if kinds.iter().any(|kind| kind["kind"].is_null()) {
                waiting.extend(dependency["pkg"].as_str());
            }
        }
    }
    let foreign = seen.iter().filter_map(|id| packages.get(id));
    Ok(foreign
        .filter(|package| !package["source"].is_null())
        .map(|package| part(&package["name"], &package["version"], &package["license"]))
        .collect())
}

/// Everything that is bundled into the page.
fn npm_packages() -> Result<BTreeMap<Part, String>> {
    let lock: Value = serde_json::from_str(&std::fs::read_to_string(root().join(NPM_LOCK))?)?;
    let packages = lock["packages"].as_object().context("no packages")?;
    Ok(packages
        .iter()
        .filter_map(|(path, package)| Some((path.rsplit_once("node_modules/")?.1, package)))
        .filter(|(_, package)| package["dev"].is_null() && package["devOptional"].is_null())
        .map(|(name, package)| part(&name.into(), &package["version"], &package["license"]))
        .collect())
}

fn part(name: &Value, version: &Value, licence: &Value) -> (Part, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let part = Part {
        name: text(name),
        version: text(version),
    };
    // The old way to write a choice.
    (part, text(licence).replace('/', " OR "))
}

/// What tells lock files apart: FNV-1a over both, without the line ends that differ between systems.
fn locks() -> Result<String> {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for name in [CARGO_LOCK, NPM_LOCK] {
        let content = std::fs::read(root().join(name)).with_context(|| name.to_owned())?;
        for byte in content.into_iter().filter(|byte| *byte != b'\r') {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    Ok(format!("{hash:016x}"))
}

fn file() -> PathBuf {
    root().join("ui/src/screens/settings/licences.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_as_new_as_the_lock_files() {
        let list: Value = serde_json::from_str(&std::fs::read_to_string(file()).unwrap()).unwrap();
        assert_eq!(
            list["locks"].as_str().unwrap(),
            locks().unwrap(),
            "the list is stale: cargo xtask licences"
        );
        let parts = list["parts"].as_array().unwrap();
        let named = |name: &str| parts.iter().any(|part| part["name"] == name);
        assert!(named("tauri") && named("russh") && named("react"));
        let unlicensed = parts.iter().filter(|part| part["licence"] == "");
        assert_eq!(unlicensed.count(), 0);
    }
}
