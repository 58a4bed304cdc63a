//! ACCESS_MASK ([MS-DTYP] 2.4.3) with the file and directory rights of [MS-SMB2] 2.2.13.1.

use bitflags::bitflags;

bitflags! {
    /// Rights asked for or granted. Directory meanings share bits with file meanings.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct AccessMask: u32 {
        /// FILE_READ_DATA, or FILE_LIST_DIRECTORY.
        const READ_DATA = 0x0000_0001;
        /// FILE_WRITE_DATA, or FILE_ADD_FILE.
        const WRITE_DATA = 0x0000_0002;
        /// FILE_APPEND_DATA, or FILE_ADD_SUBDIRECTORY.
        const APPEND_DATA = 0x0000_0004;
        /// FILE_READ_EA.
        const READ_EA = 0x0000_0008;
        /// FILE_WRITE_EA.
        const WRITE_EA = 0x0000_0010;
        /// FILE_EXECUTE, or FILE_TRAVERSE.
        const EXECUTE = 0x0000_0020;
        /// FILE_DELETE_CHILD.
        const DELETE_CHILD = 0x0000_0040;
        /// FILE_READ_ATTRIBUTES.
        const READ_ATTRIBUTES = 0x0000_0080;
        /// FILE_WRITE_ATTRIBUTES.
        const WRITE_ATTRIBUTES = 0x0000_0100;
        /// DELETE.
        const DELETE = 0x0001_0000;
        /// READ_CONTROL.
        const READ_CONTROL = 0x0002_0000;
        /// WRITE_DAC.
        const WRITE_DAC = 0x0004_0000;
        /// WRITE_OWNER.
        const WRITE_OWNER = 0x0008_0000;
        /// SYNCHRONIZE.
        const SYNCHRONIZE = 0x0010_0000;
        /// ACCESS_SYSTEM_SECURITY.
        const ACCESS_SYSTEM_SECURITY = 0x0100_0000;
        /// MAXIMUM_ALLOWED.
        const MAXIMUM_ALLOWED = 0x0200_0000;
        /// GENERIC_ALL.
        const GENERIC_ALL = 0x1000_0000;
        /// GENERIC_EXECUTE.
        const GENERIC_EXECUTE = 0x2000_0000;
        /// GENERIC_WRITE.
        const GENERIC_WRITE = 0x4000_0000;
        /// GENERIC_READ.
        const GENERIC_READ = 0x8000_0000;

        /// Every specific and standard right: 0x001F01FF.
        const ALL = 0x001F_01FF;
        /// What GENERIC_READ means for files: 0x00120089.
        const READ = 0x0012_0089;
        /// What GENERIC_WRITE means for files: 0x00120116.
        const WRITE = 0x0012_0116;
        /// What GENERIC_EXECUTE means for files: 0x001200A0.
        const RUN = 0x0012_00A0;
    }
}

impl AccessMask {
    /// Replaces the GENERIC bits by the rights that they stand for on files.
    #[must_use]
    pub fn map_generic(self) -> Self {
        let mut mapped =
            self - Self::GENERIC_ALL - Self::GENERIC_EXECUTE - Self::GENERIC_WRITE - Self::GENERIC_READ;
        for (generic, specific) in [
            (Self::GENERIC_ALL, Self::ALL),
            (Self::GENERIC_EXECUTE, Self::RUN),
            (Self::GENERIC_WRITE, Self::WRITE),
            (Self::GENERIC_READ, Self::READ),
        ] {
            if self.contains(generic) {
                mapped |= specific;
            }
        }
        mapped
    }
}
