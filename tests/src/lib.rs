//! What the end-to-end tests share: a real server with its own data folder, and the clients that talk to it.

#[cfg(target_os = "linux")]
pub mod administrator;
pub mod clients;
#[cfg(target_os = "linux")]
pub mod disks;
pub mod esp32;
#[cfg(target_os = "linux")]
pub mod network_namespace;
pub mod raw;
pub mod server;
pub mod slow_disk;
pub mod vitals;
