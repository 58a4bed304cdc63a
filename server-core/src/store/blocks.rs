//! Addresses that are kept out.

use std::net::IpAddr;
use std::time::SystemTime;

use rusqlite::{Connection, params};

use super::Store;
use super::error::StoreError;
use super::time::{from_ms, to_ms};

type Block = (IpAddr, Option<SystemTime>);

/// Every block, whether its time is over or not.
pub(super) fn blocks_of(db: &Connection) -> Result<Vec<Block>, StoreError> {
    let mut statement = db.prepare_cached("SELECT address, until_ms FROM blocked_addresses")?;
    let mut rows = statement.query([])?;
    let mut blocks = Vec::new();
    while let Some(row) = rows.next()? {
        let address: String = row.get(0)?;
        let until: Option<i64> = row.get(1)?;
        if let Ok(address) = address.parse() {
            blocks.push((address, until.map(from_ms)));
        }
    }
    Ok(blocks)
}

impl Store {
    /// Every block, whether its time is over or not.
    ///
    /// # Errors
    /// The database's.
    pub fn blocks(&self) -> Result<Vec<Block>, StoreError> {
        self.read(blocks_of)
    }

    /// Adds a block in place of an earlier one of the same address; blocks whose time is over are removed.
    ///
    /// # Errors
    /// The database's.
    pub fn add_block(&self, address: IpAddr, until: Option<SystemTime>) -> Result<(), StoreError> {
        self.write(|db| {
            db.prepare_cached("DELETE FROM blocked_addresses WHERE until_ms < ?1")?
                .execute([to_ms(SystemTime::now())])?;
            db.prepare_cached(
                "INSERT INTO blocked_addresses VALUES (?1, ?2) ON CONFLICT DO UPDATE SET until_ms = ?2",
            )?
            .execute(params![address.to_string(), until.map(to_ms)])?;
            Ok(())
        })
    }

    /// Removes the block of an address, if there is one.
    ///
    /// # Errors
    /// The database's.
    pub fn remove_block(&self, address: IpAddr) -> Result<(), StoreError> {
        self.write(|db| {
            db.prepare_cached("DELETE FROM blocked_addresses WHERE address = ?1")?
                .execute([address.to_string()])?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_block_replaces_an_earlier_one_and_goes_when_it_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let (first, second) = ("10.0.0.1".parse().unwrap(), "fe80::1".parse().unwrap());
        store.add_block(first, None).unwrap();
        store.add_block(first, Some(SystemTime::UNIX_EPOCH)).unwrap();
        assert_eq!(store.blocks().unwrap(), [(first, Some(SystemTime::UNIX_EPOCH))]);
        let until = SystemTime::UNIX_EPOCH + Duration::from_secs(10_000_000_000);
        store.add_block(second, Some(until)).unwrap();
        assert_eq!(store.blocks().unwrap(), [(second, Some(until))]);
        store.remove_block(second).unwrap();
        assert!(store.blocks().unwrap().is_empty());
    }
}
