//! Addresses that are kept out.

use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

use super::{Admin, AdminError, ErrorCode};

/// An address that may not connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Block {
    /// The address.
    pub address: IpAddr,
    /// Until then; `None` for good.
    #[serde(with = "crate::live::timestamp::option")]
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub until: Option<SystemTime>,
}

/// Keeps an address out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BlockAddress {
    /// The address.
    pub address: IpAddr,
    /// For so long; `None` for good.
    pub seconds: Option<u32>,
}

/// Names an address that is kept out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BlockedAddress {
    /// The address.
    pub address: IpAddr,
}

impl Admin {
    /// Keeps an address out in place of an earlier block of it, and ends its sessions.
    ///
    /// # Errors
    /// The store's.
    pub fn block_address(&self, block: BlockAddress) -> Result<(), AdminError> {
        let address = block.address.to_canonical();
        let until = block
            .seconds
            .map(|seconds| SystemTime::now() + Duration::from_secs(seconds.into()));
        self.store().add_block(address, until)?;
        if let Some(live) = self.live() {
            live.sessions.blocks().add(address, until);
            for session in live.sessions.list() {
                if session.address.ip().to_canonical() == address {
                    live.sessions.close(session.id);
                }
            }
        }
        self.note(match block.seconds {
            Some(seconds) => format!("{address} was blocked for {} minutes", seconds.div_ceil(60)),
            None => format!("{address} was blocked"),
        });
        self.events().send(crate::live::Event::ConfigurationChanged);
        Ok(())
    }

    /// Lets an address in again.
    ///
    /// # Errors
    /// It was not kept out.
    pub fn unblock_address(&self, blocked: BlockedAddress) -> Result<(), AdminError> {
        let address = blocked.address.to_canonical();
        if !self.blocks().iter().any(|block| block.address == address) {
            let message = format!("{address} is not blocked.");
            return Err(AdminError::new(ErrorCode::NoSuchBlock, message));
        }
        self.store().remove_block(address)?;
        if let Some(live) = self.live() {
            live.sessions.blocks().remove(address);
        }
        self.note(format!("{address} was let in again"));
        self.events().send(crate::live::Event::ConfigurationChanged);
        Ok(())
    }

    /// Addresses kept out now.
    pub fn blocks(&self) -> Vec<Block> {
        let held = match self.live() {
            Some(live) => live.sessions.blocks().list(Instant::now()),
            None => {
                let now = SystemTime::now();
                let mut kept = self.store().blocks().unwrap_or_default();
                kept.retain(|(_, until)| until.is_none_or(|until| until > now));
                kept
            }
        };
        held.into_iter()
            .map(|(address, until)| Block { address, until })
            .collect()
    }
}
