//! SQLite: schema, numbered migrations, typed queries, and the vault of sealed secrets.
//!
//! `database` owns the connections; every table family has a file with its queries as methods of
//! [`Store`]. Lock order: the writer is locked before anything else of the store, and never while
//! a reader's connection is held.

mod database;
mod error;
mod file_metadata;
mod migrations;
mod presence;
mod private_file;

pub use database::Store;
pub use error::StoreError;
pub use file_metadata::{FileMetadataKey, FileMetadataRow};
