//! The Rust client `smb` against a server: writes and reads a file in every dialect, signed and encrypted.
//! Arguments: port, password. It fails by panicking.

use smb::connection::EncryptionMode;
use smb::{Client, ClientConfig, ConnectionConfig, Dialect, FileAccessMask, FileCreateArgs, UncPath};

const BLOCK: usize = 65_536;

async fn whole_life(port: u16, password: &str, dialect: Dialect, encryption_mode: EncryptionMode) -> smb::Result<()> {
    let mut connection = ConnectionConfig {
        port: Some(port),
        min_dialect: Some(dialect),
        max_dialect: Some(dialect),
        encryption_mode,
        ..ConnectionConfig::default()
    };
    connection.auth_methods.kerberos = false;
    connection.auth_methods.ntlm = true;
    let client = Client::new(ClientConfig { connection, ..ClientConfig::default() });
    let share = UncPath::new("127.0.0.1")?.with_share("files")?;
    client.share_connect(&share, "alice", password.to_owned()).await?;
    let path = share.with_path("a.bin");
    let content: Vec<u8> = (0..200_000u32).map(|at| (at / 7) as u8).collect();
    let create = FileCreateArgs::make_overwrite(Default::default(), Default::default());
    let file = client.create_file(&path, &create).await?.unwrap_file();
    let mut at = 0;
    while at < content.len() {
        let end = content.len().min(at + BLOCK);
        at += file.write_block(&content[at..end], at as u64, None).await.expect("the block is written");
    }
    file.close().await?;
    let open = FileCreateArgs::make_open_existing(FileAccessMask::new().with_generic_read(true));
    let file = client.create_file(&path, &open).await?.unwrap_file();
    let mut read = vec![0; content.len()];
    let mut at = 0;
    while at < read.len() {
        let end = read.len().min(at + BLOCK);
        at += file.read_block(&mut read[at..end], at as u64, None, false).await.expect("the block is read");
    }
    assert_eq!(read, content);
    file.close().await?;
    client.close().await
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().and_then(|port| port.parse().ok()).expect("a port");
    let password = arguments.next().expect("a password");
    for dialect in [Dialect::Smb0202, Dialect::Smb021, Dialect::Smb030, Dialect::Smb0302, Dialect::Smb0311] {
        for mode in [EncryptionMode::Disabled, EncryptionMode::Required] {
            if mode == EncryptionMode::Required && dialect < Dialect::Smb030 {
                continue;
            }
            if let Err(error) = whole_life(port, &password, dialect, mode).await {
                panic!("{dialect:?}, {mode:?}: {error}");
            }
        }
    }
}
