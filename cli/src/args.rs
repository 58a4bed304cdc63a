//! The command line: what can be typed. What it does is in `commands`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use server_core::admin::Listen;
use server_core::identity::Permission;

/// Serves folders of this computer to the local network over SMB and SFTP.
#[derive(Debug, Parser)]
#[command(name = "landfall", version, max_term_width = 100)]
pub(crate) struct Arguments {
    /// The folder with Landfall's own data, instead of this account's usual one
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the shares until stopped
    Serve(Serve),
    /// People: who may log in
    #[command(subcommand)]
    User(User),
    /// Groups of people
    #[command(subcommand)]
    Group(Group),
    /// Shares: which folders are served
    #[command(subcommand)]
    Share(Share),
    /// Show what a person may do, and why
    Access {
        /// The person
        name: String,
        /// In this share only
        share: Option<String>,
    },
    /// Clients that are logged in now
    #[command(subcommand)]
    Session(Session),
    /// Show what is running and what needs attention
    Status,
    /// Look at everything that commonly keeps clients out; succeeds if nothing does
    Doctor,
    /// Settings of the server
    #[command(subcommand)]
    Settings(Settings),
    /// Show what happened
    Activity(Activity),
    /// Write everything that was set up to one encrypted file
    Backup {
        /// Where to, such as landfall.landfall-backup
        file: PathBuf,
        #[command(flatten)]
        passphrase: PasswordSource,
    },
    /// Put a backup in place of everything that is set up; the server must not be running
    Restore {
        file: PathBuf,
        /// Read the passphrase from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
        /// Only show what is in it
        #[arg(long)]
        list: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where SMB clients connect: an address such as 0.0.0.0:445, `auto` or `off`
    #[arg(long, value_name = "ADDR|off")]
    pub(crate) smb: Option<Listen>,
    /// Where SFTP clients connect
    #[arg(long, value_name = "ADDR|off")]
    pub(crate) sftp: Option<Listen>,
    /// Where SMB in NetBIOS framing is offered to old devices
    #[arg(long, value_name = "ADDR|off")]
    pub(crate) netbios: Option<Listen>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Add a person
    Add {
        name: String,
        /// The name people see
        #[arg(long, value_name = "TEXT")]
        display_name: Option<String>,
        #[command(flatten)]
        password: PasswordSource,
    },
    /// List people
    List,
    /// Show one person
    Show { name: String },
    /// Set a person's password
    Passwd {
        name: String,
        /// Let sessions go on that the old password opened; they end otherwise
        #[arg(long)]
        keep_sessions: bool,
        #[command(flatten)]
        password: PasswordSource,
    },
    /// Give a person another log-in name; keys, groups and grants stay
    Rename { name: String, new_name: String },
    /// Change the name that people see, or how a person may connect
    #[command(group(clap::ArgGroup::new("change").required(true).multiple(true)))]
    Change {
        name: String,
        /// The name people see
        #[arg(long, value_name = "TEXT", group = "change")]
        display_name: Option<String>,
        /// How they may connect: smb, sftp, or both as smb,sftp; sessions over what is left out end
        #[arg(long, value_name = "LIST", value_delimiter = ',', group = "change")]
        protocols: Option<Vec<Protocol>>,
    },
    /// Remove a person, their keys and grants
    Remove { name: String },
    /// Let a person log in again
    Enable { name: String },
    /// Keep a person from logging in; ends their sessions
    Disable { name: String },
    /// End a lock-out after wrong passwords
    Unlock { name: String },
    /// Put a person into a group
    Join { name: String, group: String },
    /// Take a person out of a group
    Leave { name: String, group: String },
    /// SSH public keys of a person
    #[command(subcommand)]
    Key(Key),
    /// Say what a person may do in a share
    Grant {
        name: String,
        share: String,
        permission: Level,
    },
}

#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct PasswordSource {
    /// Read the password from the first line of standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Make up a password and print it once
    #[arg(long)]
    pub(crate) generate: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Add a public key
    Add {
        name: String,
        /// A file such as id_ed25519.pub; - for standard input
        file: PathBuf,
    },
    /// List public keys
    List { name: String },
    /// Remove a public key
    Remove {
        name: String,
        /// As listed: SHA256:…
        #[arg(value_name = "FPR")]
        fingerprint: String,
        /// Let sessions go on that it opened; they end otherwise
        #[arg(long)]
        keep_sessions: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Group {
    /// Add a group
    Add { name: String },
    /// List groups and their members
    List,
    /// Give a group another name; members and grants stay
    Rename { name: String, new_name: String },
    /// Remove a group and its grants
    Remove { name: String },
    /// Say what a group may do in a share
    Grant {
        group: String,
        share: String,
        permission: Level,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Share {
    /// Share a folder
    Add(AddShare),
    /// List shares
    List,
    /// Show one share and its grants
    Show { name: String },
    /// Change a share
    Set {
        name: String,
        /// name, folder, comment, default, guest, read-only, encrypt, hidden, upload-only
        #[arg(required = true, value_name = "KEY=VALUE")]
        changes: Vec<String>,
    },
    /// Stop sharing a folder; the folder stays as it is
    Remove { name: String },
}

#[derive(Debug, Args)]
pub(crate) struct AddShare {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    /// What people without a grant may do
    #[arg(long, value_name = "PERMISSION", default_value = "none")]
    pub(crate) default: Level,
    /// Let guests in, with the default permission. NEGOTIATE then demands no signatures, for guests can't sign; people
    /// whose clients don't sign unasked are encrypted instead
    #[arg(long)]
    pub(crate) guest: bool,
    /// Let nobody write
    #[arg(long)]
    pub(crate) read_only: bool,
    /// Require SMB clients to encrypt
    #[arg(long)]
    pub(crate) encrypt: bool,
    /// Leave it out of lists of shares
    #[arg(long)]
    pub(crate) hidden: bool,
    /// Let people put files in, but neither list nor read
    #[arg(long)]
    pub(crate) upload_only: bool,
    /// A sentence shown beside the name
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) comment: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Session {
    /// List who is logged in, from where, and how protected
    List {
        /// List what is open instead: who has it open, what their computers cache of it, what waits for one that is away
        #[arg(long)]
        opens: bool,
    },
    /// End a session
    Close { id: u64 },
    /// List what a session has open
    Files { id: u64 },
    /// Close one file that a session has open: what its program has not written yet is lost
    CloseFile { id: u64, file: u64 },
    /// Close a file that waits for a computer which lost its connection: what its program has not written yet is lost
    CloseWaiting { file: u64 },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Settings {
    /// List settings with their values, defaults and meaning
    List,
    /// Change settings; an empty value goes back to the default
    Set {
        #[arg(required = true, value_name = "KEY=VALUE")]
        changes: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Activity {
    /// Go on printing what happens until interrupted
    #[arg(long)]
    pub(crate) follow: bool,
    /// How many of the newest records to print
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: u32,
}

/// A way to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Protocol {
    Smb,
    Sftp,
}

/// A permission as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// Nothing; the share can't be entered
    None,
    /// List and read
    Read,
    /// List, read, write, rename, delete
    ReadWrite,
    /// Everything, whatever the share's limits
    Admin,
    /// Put new files in; never list, read or change
    DropBox,
}

impl From<Level> for Permission {
    fn from(level: Level) -> Self {
        match level {
            Level::None => Self::None,
            Level::Read => Self::Read,
            Level::ReadWrite => Self::ReadWrite,
            Level::Admin => Self::Admin,
            Level::DropBox => Self::DropBox,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_documented_command_is_understood() {
        for line in [
            "--data-dir D serve --smb 127.0.0.1:0 --sftp off --netbios 127.0.0.1:0",
            "user add alice",
            "user add alice --password-stdin",
            "user add alice --generate",
            "user list --json",
            "user show alice",
            "user passwd alice --password-stdin",
            "user remove alice",
            "user enable alice",
            "user disable alice",
            "user unlock alice",
            "doctor --json",
            "user join alice editors",
            "user leave alice editors",
            "user key add alice id_ed25519.pub",
            "user key list alice",
            "user key remove alice SHA256:abc",
            "user grant alice docs none",
            "user grant alice docs read",
            "user grant alice docs read-write",
            "user grant alice docs admin",
            "user grant alice docs drop-box",
            "group add editors",
            "group list",
            "group remove editors",
            "group grant editors docs read",
            "share add docs /srv/docs --default read --guest --read-only --encrypt --hidden --comment Text",
            "share list",
            "share show docs",
            "share set docs comment=hello read-only=on",
            "share remove docs",
            "access alice",
            "access alice docs",
            "session list",
            "session close 3",
            "status",
            "settings list",
            "settings set smb.credits=adaptive",
            "activity",
            "activity --follow",
            "--json status",
            "backup all.landfall-backup --generate",
            "backup all.landfall-backup --password-stdin",
            "restore all.landfall-backup --password-stdin",
            "restore all.landfall-backup --list",
        ] {
            let words = std::iter::once("landfall").chain(line.split(' '));
            if let Err(error) = Arguments::try_parse_from(words) {
                panic!("{line}: {error}");
            }
        }
    }

    #[test]
    fn a_password_is_never_an_argument_and_has_one_source() {
        for line in [
            "user add alice hunter2",
            "user add alice --password hunter2",
            "user add alice --generate --password-stdin",
            "user passwd alice hunter2",
            "user grant alice docs everything",
            "share set docs",
        ] {
            let words = std::iter::once("landfall").chain(line.split(' '));
            assert!(Arguments::try_parse_from(words).is_err(), "{line}");
        }
    }
}
