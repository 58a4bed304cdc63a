//! The ids of the protocol, each a type of its own: none is taken for another, and none is an amount. They are
//! written in hex, as captures show them.

use std::fmt::{self, Display, Formatter};

/// Shows what a type wraps, in its `Debug` too.
macro_rules! debug_as_displayed {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident($number:ty);)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub $number);

        impl Display for $name {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                write!(f, "{:#x}", self.0)
            }
        }

        debug_as_displayed!($name);
    )* };
}

macro_rules! guids {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub [u8; 16]);

        impl Display for $name {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", u128::from_be_bytes(self.0))
            }
        }

        debug_as_displayed!($name);
    )* };
}

numbers! {
    /// Session.SessionId ([MS-SMB2] 3.3.1.8): unique in the server; 0 for no session.
    SessionId(u64);
    /// TreeConnect.TreeId ([MS-SMB2] 3.3.1.9): unique in its session.
    TreeId(u32);
    /// FileId.Persistent ([MS-SMB2] 2.2.14.1): unique in the server, survives a lost connection.
    PersistentId(u64);
    /// FileId.Volatile ([MS-SMB2] 2.2.14.1): unique in its session.
    VolatileId(u64);
    /// MessageId ([MS-SMB2] 2.2.1): a request of a connection.
    MessageId(u64);
    /// AsyncId ([MS-SMB2] 2.2.1.1): a request of a connection that the client was told to wait for.
    AsyncId(u64);
}

impl SessionId {
    /// What a message outside of any session says.
    pub const NONE: Self = Self(0);
}

impl MessageId {
    /// What a notification says, which answers no request ([MS-SMB2] 3.3.4.6).
    pub const UNSOLICITED: Self = Self(u64::MAX);

    /// The id that comes after a request of so many credits ([MS-SMB2] 3.2.4.1.3).
    #[must_use]
    pub fn after(self, credit_charge: u16) -> Self {
        Self(self.0.wrapping_add(credit_charge.into()))
    }
}

guids! {
    /// ClientGuid of NEGOTIATE ([MS-SMB2] 2.2.3): the same on all connections of a client.
    ClientGuid;
    /// LeaseKey ([MS-SMB2] 2.2.13.2.8): a client's name for what it caches under one lease.
    LeaseKey;
    /// CreateGuid ([MS-SMB2] 2.2.13.2.11): a client's name for a CREATE that it may have to repeat.
    CreateGuid;
    /// AppInstanceId ([MS-SMB2] 2.2.13.2.13): an application that may go on on another computer.
    AppInstanceId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_in_hex() {
        assert_eq!(SessionId(0x00AB_CDEF).to_string(), "0xabcdef");
        assert_eq!(format!("{:?}", TreeId(16)), "TreeId(0x10)");
        assert_eq!(MessageId::UNSOLICITED.to_string(), "0xffffffffffffffff");
        let mut guid = [0; 16];
        (guid[0], guid[15]) = (0x0A, 0xFF);
        assert_eq!(LeaseKey(guid).to_string(), "0a0000000000000000000000000000ff");
        assert_eq!(
            format!("{:?}", ClientGuid(guid)),
            "ClientGuid(0a0000000000000000000000000000ff)"
        );
    }
}
