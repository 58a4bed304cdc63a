//! Information classes ([MS-FSCC] 2.4, 2.5).

pub mod directory;
pub mod file;
pub mod filesystem;
