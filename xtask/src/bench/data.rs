//! The files that are transferred, and proof that they arrived.

use std::fs::{File, Permissions};
use std::io::{BufWriter, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

const FILES_PER_FOLDER: usize = 100;
const SMALL_FILE: usize = 4096;
const CHUNK: usize = 1 << 20;

/// What the clients send, and where they put what they fetch.
#[derive(Debug)]
pub(super) struct Data {
    /// The client's folder: it holds `big` and `small`.
    pub(super) source: PathBuf,
    pub(super) received: PathBuf,
    /// The length of `big`.
    pub(super) big_length: u64,
}

impl Data {
    pub(super) const BIG: &str = "big";
    pub(super) const SMALL: &str = "small";

    pub(super) fn create(base: &Path, big_length: u64) -> Result<Self> {
        let data = Self {
            source: base.join("source"),
            received: base.join("received"),
            big_length,
        };
        std::fs::create_dir_all(&data.source)?;
        std::fs::create_dir_all(&data.received)?;
        let mut noise = Noise::new();
        let mut big = BufWriter::with_capacity(CHUNK, File::create(data.big())?);
        for _ in 0..big_length / SMALL_FILE as u64 {
            big.write_all(&noise.block())?;
        }
        big.flush()?;
        make_tree(&data.small(), 2_000)?;
        Ok(data)
    }

    pub(super) fn big(&self) -> PathBuf {
        self.source.join(Self::BIG)
    }

    pub(super) fn small(&self) -> PathBuf {
        self.source.join(Self::SMALL)
    }
}

/// A folder with folders of 100 files of 4 KiB each.
pub(super) fn make_tree(root: &Path, files: usize) -> Result<()> {
    let mut noise = Noise::new();
    make_open_folder(root)?;
    for folder in tree_folders(files).map(|name| root.join(name)) {
        make_open_folder(&folder)?;
        for number in 0..FILES_PER_FOLDER {
            std::fs::write(folder.join(format!("file-{number:02}.dat")), noise.block())?;
        }
    }
    Ok(())
}

/// The names of the folders in a tree of so many files.
pub(super) fn tree_folders(files: usize) -> impl Iterator<Item = String> {
    (0..files / FILES_PER_FOLDER).map(|number| format!("folder-{number:02}"))
}

/// A folder with so many empty files.
pub(super) fn make_long_list(folder: &Path, entries: usize) -> Result<()> {
    make_open_folder(folder)?;
    for number in 0..entries {
        File::create(folder.join(format!("entry-{number:06}.dat")))?;
    }
    Ok(())
}

/// Servers act as different accounts.
fn make_open_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir(folder).with_context(|| folder.display().to_string())?;
    std::fs::set_permissions(folder, Permissions::from_mode(0o777))?;
    Ok(())
}

/// Fails unless both hold the same folders and the same bytes.
pub(super) fn same(sent: &Path, arrived: &Path) -> Result<()> {
    if sent.is_dir() {
        let names = names(sent)?;
        if names != self::names(arrived)? {
            bail!("{} does not hold what was sent", arrived.display());
        }
        return names
            .iter()
            .try_for_each(|name| same(&sent.join(name), &arrived.join(name)));
    }
    let mut left = File::open(sent)?;
    let mut right = File::open(arrived)?;
    let mut sent_bytes = vec![0; CHUNK];
    let mut arrived_bytes = vec![0; CHUNK];
    loop {
        let count = left.read(&mut sent_bytes)?;
        let is_whole = match count {
            0 => right.read(&mut arrived_bytes)? == 0,
            _ => {
                right.read_exact(&mut arrived_bytes[..count]).is_ok()
                    && sent_bytes[..count] == arrived_bytes[..count]
            }
        };
        if !is_whole {
            bail!("{} did not arrive as it was sent", arrived.display());
        }
        if count == 0 {
            return Ok(());
        }
    }
}

fn names(folder: &Path) -> Result<Vec<std::ffi::OsString>> {
    let mut names = std::fs::read_dir(folder)
        .with_context(|| folder.display().to_string())?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<Result<Vec<_>, _>>()?;
    names.sort();
    Ok(names)
}

/// Bytes that can't be compressed, the same at each start (xorshift64*).
struct Noise(u64);

impl Noise {
    fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    fn block(&mut self) -> [u8; SMALL_FILE] {
        let mut block = [0; SMALL_FILE];
        for word in block.chunks_exact_mut(8) {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            word.copy_from_slice(&self.0.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
        }
        block
    }
}
