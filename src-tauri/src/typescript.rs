//! Writes the TypeScript declarations that the window uses, from the Rust types. The test fails when the file is
//! stale; `LANDFALL_UPDATE_TYPES=1 cargo test -p landfall-app` writes it anew.

use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use server_core::admin::{AdminError, Answer, Call};
use server_core::live::Event;
use ts_rs::{Config, TS, TypeVisitor};

use crate::shell::{Action, Given};
use crate::window::ShellEvent;

const FILE: &str = "../ui/src/api/generated.ts";

struct Declarations {
    config: Config,
    seen: HashSet<TypeId>,
    found: BTreeMap<String, String>,
}

impl Declarations {
    fn add<T: TS + 'static + ?Sized>(&mut self) {
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        // Types with a path are those that are declared; the rest is built in.
        if T::output_path().is_some() {
            let docs = T::docs().unwrap_or_default();
            let declaration = format!("{docs}export {}\n", T::decl(&self.config));
            self.found.insert(T::ident(&self.config), declaration);
        }
        T::visit_generics(self);
        T::visit_dependencies(self);
    }
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        self.add::<T>();
    }
}

fn declarations() -> String {
    let mut all = Declarations {
        config: Config::new().with_large_int("number"),
        seen: HashSet::new(),
        found: BTreeMap::new(),
    };
    all.add::<Call>();
    all.add::<Answer>();
    all.add::<AdminError>();
    all.add::<Event>();
    all.add::<Action>();
    all.add::<Given>();
    all.add::<ShellEvent>();
    let found: Vec<String> = all.found.into_values().collect();
    format!(
        "// Made from the Rust types by a test of landfall-app; see src-tauri/src/typescript.rs.\n\n{}",
        found.join("\n")
    )
}

#[test]
fn the_declarations_of_the_window_are_those_of_the_rust_types() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let wanted = declarations();
    if std::env::var_os("LANDFALL_UPDATE_TYPES").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &wanted).unwrap();
    }
    let written = std::fs::read_to_string(&file)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert!(
        written == wanted,
        "{FILE} is stale: LANDFALL_UPDATE_TYPES=1 cargo test -p landfall-app"
    );
}
