-- What Windows clients set on files and the disk can't hold. Most files have no row.
-- `birth` keeps a reused inode from inheriting the row of a file that is gone.
-- `file` leads the key, so that one prepared query answers for a folder's worth of files.

CREATE TABLE file_metadata (
    file INTEGER NOT NULL,
    volume INTEGER NOT NULL,
    birth INTEGER NOT NULL,
    dos_attributes INTEGER,
    created INTEGER,
    PRIMARY KEY (file, volume, birth)
) STRICT, WITHOUT ROWID;
