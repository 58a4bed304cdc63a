//! FSCTL_QUERY_NETWORK_INTERFACE_INFO's output ([MS-SMB2] 2.2.32.5): where else the server can be reached.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::body::Fields;
use super::cursor::Malformed;
use super::writer::Writer;

/// RSS_CAPABLE: several connections by it are better than one.
pub const RSS_CAPABLE: u32 = 1;

/// Bytes of an entry: 24, and a SOCKADDR_STORAGE.
const SIZE: usize = 152;
/// InterNetwork and InterNetworkV6 ([MS-SMB2] 2.2.32.5.1).
const IPV4: u16 = 2;
const IPV6: u16 = 0x17;

/// NETWORK_INTERFACE_INFO: an address of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkInterfaceInfo {
    /// The same for all addresses of an interface.
    pub if_index: u32,
    /// [`RSS_CAPABLE`], or 0.
    pub capability: u32,
    /// Bits per second.
    pub link_speed: u64,
    /// The address.
    pub address: IpAddr,
}

impl NetworkInterfaceInfo {
    /// Appends a list of them.
    pub fn encode_all(all: &[Self], out: &mut Writer<'_>) {
        for (at, info) in all.iter().enumerate() {
            let is_last = at + 1 == all.len();
            out.u32(if is_last { 0 } else { SIZE as u32 });
            out.u32(info.if_index);
            out.u32(info.capability);
            out.u32(0);
            out.u64(info.link_speed);
            // Ports, flows and scopes are zero: they are the client's affair.
            match info.address {
                IpAddr::V4(address) => {
                    out.u16(IPV4);
                    out.u16(0);
                    out.bytes(&address.octets());
                    out.zeros(SIZE - 32);
                }
                IpAddr::V6(address) => {
                    out.u16(IPV6);
                    out.zeros(6);
                    out.bytes(&address.octets());
                    out.zeros(SIZE - 48);
                }
            }
        }
    }

    /// Reads a list of them.
    ///
    /// # Errors
    /// Too short, or an address of another kind.
    pub fn parse_all(output: &[u8]) -> Result<Vec<Self>, Malformed> {
        let mut all = Vec::new();
        let mut rest = output;
        while !rest.is_empty() {
            let mut fields = Fields::over(rest);
            let next = fields.u32()? as usize;
            let (if_index, capability, _) = (fields.u32()?, fields.u32()?, fields.u32()?);
            let link_speed = fields.u64()?;
            let family = fields.u16()?;
            let address = match family {
                IPV4 => {
                    fields.bytes(2)?;
                    let octets: [u8; 4] = fields.bytes(4)?.try_into().map_err(|_| Malformed)?;
                    IpAddr::V4(Ipv4Addr::from(octets))
                }
                IPV6 => {
                    fields.bytes(6)?;
                    let octets: [u8; 16] = fields.bytes(16)?.try_into().map_err(|_| Malformed)?;
                    IpAddr::V6(Ipv6Addr::from(octets))
                }
                _ => return Err(Malformed),
            };
            all.push(Self {
                if_index,
                capability,
                link_speed,
                address,
            });
            rest = match next {
                0 => &[],
                next if next < SIZE => return Err(Malformed),
                next => rest.get(next..).ok_or(Malformed)?,
            };
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_are_laid_out_as_windows_lays_them_out() {
        let all = [
            NetworkInterfaceInfo {
                if_index: 0x0102,
                capability: RSS_CAPABLE,
                link_speed: 10_000_000_000,
                address: "192.168.1.5".parse().unwrap(),
            },
            NetworkInterfaceInfo {
                if_index: 3,
                capability: 0,
                link_speed: 1_000_000_000,
                address: "fd00::5".parse().unwrap(),
            },
        ];
        let mut bytes = Vec::new();
        NetworkInterfaceInfo::encode_all(&all, &mut Writer::here(&mut bytes));
        assert_eq!(bytes.len(), 2 * SIZE);
        assert_eq!(bytes[..12], [152, 0, 0, 0, 2, 1, 0, 0, 1, 0, 0, 0]);
        assert_eq!(bytes[24..32], [2, 0, 0, 0, 192, 168, 1, 5]);
        assert_eq!(bytes[SIZE..SIZE + 4], [0; 4]);
        assert_eq!(bytes[SIZE + 24..SIZE + 34], [0x17, 0, 0, 0, 0, 0, 0, 0, 0xFD, 0]);
        assert_eq!(NetworkInterfaceInfo::parse_all(&bytes).unwrap(), all);
    }

    #[test]
    fn what_is_cut_off_or_points_backwards_is_malformed() {
        let info = NetworkInterfaceInfo {
            if_index: 1,
            capability: 0,
            link_speed: 1,
            address: "10.0.0.1".parse().unwrap(),
        };
        let mut bytes = Vec::new();
        NetworkInterfaceInfo::encode_all(&[info, info], &mut Writer::here(&mut bytes));
        assert!(NetworkInterfaceInfo::parse_all(&bytes[..SIZE + 30]).is_err());
        bytes[0] = 8;
        assert!(NetworkInterfaceInfo::parse_all(&bytes).is_err());
        assert!(NetworkInterfaceInfo::parse_all(&[]).unwrap().is_empty());
    }
}
