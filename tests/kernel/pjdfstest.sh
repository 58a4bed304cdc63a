#!/bin/bash
# pjdfstest.sh PJDFSTEST [PATTERN...]: what POSIX says of each call.
tool=$1
shift
mkdir "$MNT/pjdfstest" || exit 1
cat >/mnt/tmp/pjdfstest.toml <<'TOML'
[features]
[settings]
[dummy_auth]
entries = [["nobody", "nogroup"], ["daemon", "daemon"]]
TOML
"$tool" -c /mnt/tmp/pjdfstest.toml -p "$MNT/pjdfstest" "$@" 2>&1
