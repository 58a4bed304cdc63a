//! Sessions, trees and opens: tables that own their entries. A session spans connections.

mod open_file;
mod session;
mod tree;

pub(crate) use open_file::{OpenFile, OpenFiles};
pub(crate) use session::Session;
pub(crate) use tree::Tree;
