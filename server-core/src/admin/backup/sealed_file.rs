//! The file of a backup: a header that says how its key was made of the passphrase, and the encrypted content.
//!
//! | bytes | what |
//! |---|---|
//! | 16 | `LANDFALL-BACKUP` and a line feed |
//! | 1 | format, 1 |
//! | 12 | Argon2id: memory in KiB, passes, lanes, each 32 bits, little endian |
//! | 16 | salt |
//! | 12 | nonce |
//! | rest | content and tag, AES-256-GCM; the header is authenticated with it |

use argon2::{Algorithm, Argon2, Params, Version};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

const MAGIC: &[u8; 16] = b"LANDFALL-BACKUP\n";
const FORMAT: u8 = 1;
const KEY_LEN: usize = 32;
const SALT_LEN: usize = 16;
const COST_AT: usize = MAGIC.len() + 1;
const SALT_AT: usize = COST_AT + 12;
const NONCE_AT: usize = SALT_AT + SALT_LEN;
const HEADER_LEN: usize = NONCE_AT + NONCE_LEN;
/// What deriving the key may cost: a file could ask for anything.
const MOST_MEMORY_KIB: u32 = 1 << 20;
const MOST_PASSES: u32 = 32;
const MOST_LANES: u32 = 8;

/// What deriving a key costs: memory in KiB, passes, lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost([u32; 3]);

impl Cost {
    /// A quarter of a second on a computer of today; guessing can't do without the memory either.
    const NEW: Self = Self([64 * 1024, 3, 1]);
}

/// Why a file can't be read or made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum SealedFileError {
    /// Not a backup at all.
    #[error("it is no backup of Landfall")]
    NoBackup,
    /// Of a later format.
    #[error("it was made by a newer version of Landfall")]
    Newer,
    /// The passphrase is another one, or the file was changed; the two can't be told apart.
    #[error("the passphrase is wrong, or the file is damaged")]
    WrongPassphrase,
    /// The operating system gives no random numbers, or no memory.
    #[error("the computer has no random numbers or not enough memory")]
    Resources,
}

/// Encrypts content with a passphrase.
pub(super) fn seal(passphrase: &str, content: &[u8]) -> Result<Vec<u8>, SealedFileError> {
    seal_at(Cost::NEW, passphrase, content)
}

fn seal_at(cost: Cost, passphrase: &str, content: &[u8]) -> Result<Vec<u8>, SealedFileError> {
    let mut random = [0; SALT_LEN + NONCE_LEN];
    getrandom::fill(&mut random).map_err(|_| SealedFileError::Resources)?;
    let mut file = Vec::with_capacity(HEADER_LEN + content.len() + AES_256_GCM.tag_len());
    file.extend(MAGIC);
    file.push(FORMAT);
    file.extend(cost.0.iter().flat_map(|number| number.to_le_bytes()));
    file.extend(random);
    let (salt, nonce) = random.split_at(SALT_LEN);
    let key = key(cost, passphrase, salt)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealedFileError::Resources)?;
    let mut text = Zeroizing::new(content.to_vec());
    let tag = key
        .seal_in_place_separate_tag(nonce, Aad::from(&file), &mut text)
        .map_err(|_| SealedFileError::Resources)?;
    file.extend(text.iter());
    file.extend(tag.as_ref());
    Ok(file)
}

/// Decrypts a file.
pub(super) fn open(passphrase: &str, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealedFileError> {
    if !file.starts_with(MAGIC) {
        return Err(SealedFileError::NoBackup);
    }
    if file.get(MAGIC.len()).is_some_and(|format| *format > FORMAT) {
        return Err(SealedFileError::Newer);
    }
    let (header, sealed) = file
        .split_at_checked(HEADER_LEN)
        .ok_or(SealedFileError::WrongPassphrase)?;
    let number = |at: usize| {
        let bytes = header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_le_bytes).unwrap_or_default()
    };
    let cost = Cost([number(COST_AT), number(COST_AT + 4), number(COST_AT + 8)]);
    let (salt, nonce) = header[SALT_AT..].split_at(SALT_LEN);
    let key = key(cost, passphrase, salt)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealedFileError::WrongPassphrase)?;
    let mut text = Zeroizing::new(sealed.to_vec());
    let length = key
        .open_in_place(nonce, Aad::from(header), &mut text)
        .map_err(|_| SealedFileError::WrongPassphrase)?
        .len();
    text.truncate(length);
    Ok(text)
}

fn key(cost: Cost, passphrase: &str, salt: &[u8]) -> Result<LessSafeKey, SealedFileError> {
    let Cost([memory, passes, lanes]) = cost;
    if memory > MOST_MEMORY_KIB || passes > MOST_PASSES || lanes > MOST_LANES {
        return Err(SealedFileError::WrongPassphrase);
    }
    let params = Params::new(memory, passes, lanes, Some(KEY_LEN));
    let params = params.map_err(|_| SealedFileError::WrongPassphrase)?;
    let mut key = Zeroizing::new([0; KEY_LEN]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut())
        .map_err(|_| SealedFileError::Resources)?;
    let key = UnboundKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| SealedFileError::Resources)?;
    Ok(LessSafeKey::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost([64, 1, 1]);

    #[test]
    fn what_was_sealed_opens_with_its_passphrase_alone() {
        let file = seal("correct horse", b"content").unwrap();
        assert!(!file.windows(7).any(|bytes| bytes == b"content"));
        assert_eq!(*open("correct horse", &file).unwrap(), b"content");
        assert_eq!(open("correct hors", &file), Err(SealedFileError::WrongPassphrase));
        assert_ne!(
            file,
            seal("correct horse", b"content").unwrap(),
            "salt and nonce are fresh"
        );
    }

    #[test]
    fn a_changed_or_cut_file_is_refused_at_every_byte() {
        let file = seal_at(CHEAP, "p", b"content").unwrap();
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(open("p", &changed).is_err(), "byte {at}");
            assert!(open("p", &file[..at]).is_err(), "cut at {at}");
        }
        assert_eq!(open("p", b"PK\x03\x04"), Err(SealedFileError::NoBackup));
        let mut newer = file;
        newer[MAGIC.len()] = FORMAT + 1;
        assert_eq!(open("p", &newer), Err(SealedFileError::Newer));
    }

    #[test]
    fn a_file_can_not_ask_for_all_memory() {
        let mut file = seal_at(CHEAP, "p", b"content").unwrap();
        file[COST_AT..COST_AT + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(open("p", &file), Err(SealedFileError::WrongPassphrase));
    }
}
