//! What the end-to-end tests share: a real server with its own data folder, and the clients that talk to it.

pub mod clients;
pub mod disks;
pub mod esp32;
pub mod raw;
pub mod server;
pub mod slow_disk;
pub mod vitals;
