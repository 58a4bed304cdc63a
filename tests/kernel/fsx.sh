#!/bin/bash
# fsx.sh FSX OPERATIONS: writes, cuts and maps a file of the mount at random, and compares with what must be in it.
exec "$1" -q -N "$2" -S 42 "$MNT/fsx-file"
