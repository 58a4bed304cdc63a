//! The one API for the window, the command line and tests: typed operations on people, groups, shares,
//! grants, sessions, settings and activity. Everything here blocks (SQLite, bcrypt): call it from a
//! thread that may block.
//!
//! A change is stored, noted in the activity list and in force on live sessions before its method returns.

mod access;
mod activity;
mod call;
mod error;
mod grants;
mod groups;
mod keys;
mod people;
mod secret;
mod sessions;
mod settings;
mod shares;
mod status;

pub use access::{Access, AccessQuery};
pub use activity::ActivityQuery;
pub use call::Call;
pub use error::{AdminError, ErrorCode};
pub use grants::{Grant, GrantList, Grantee};
pub use groups::{AddGroup, Group, Membership};
pub use keys::{AddKey, KeyOf, PublicKey};
pub use people::{AddPerson, ChangePerson, LockOut, Named, Person, SetPassword, SmbPassword};
pub use secret::{Secret, generate_password};
pub use sessions::SessionOf;
pub use settings::{
    CreditStrategy, Dialect, Encryption, InvalidSetting, Listen, SetSetting, Setting, SettingChanged,
    Settings,
};
pub use shares::{AddShare, ChangeShare, Share};
pub use status::{Address, MasterKey, Status};
