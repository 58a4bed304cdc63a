//! SQLite: schema, numbered migrations, typed queries, and the vault of sealed secrets.
//!
//! `database` owns the connections; every table family has a file with its queries as methods of
//! [`Store`]. Lock order: the writer is locked before anything else of the store, and never while
//! a reader's connection is held.

mod activity;
mod blocks;
mod database;
mod error;
mod file_metadata;
mod grants;
mod groups;
mod ids;
mod migrations;
mod name_key;
mod permission;
mod portable;
#[cfg(all(test, target_os = "linux"))]
mod power_cut;
mod presence;
pub(crate) mod private_file;
mod settings;
mod shares;
mod ssh_keys;
mod time;
mod users;
pub mod vault;
mod visits;

pub use activity::{ActivityFilter, StoredActivity};
pub use database::Store;
pub use error::StoreError;
pub use file_metadata::{FileMetadataKey, FileMetadataRow};
pub use grants::{GrantRow, Grantee};
pub use groups::GroupRow;
pub use ids::{GroupId, ShareId, UserId};
pub use name_key::name_key;
pub use permission::Permission;
pub use portable::{Hidden, Portable};
pub use shares::ShareSettings;
pub use ssh_keys::SshKeyRow;
pub use users::{NewUserRow, UserRow};
