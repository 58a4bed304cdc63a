#!/bin/bash
# everyday.sh [ONLY...]: runs every t_* below in a folder of its own; PASS/FAIL each
here=$(dirname "$(realpath "$0")")
PY="/usr/bin/python3 $here/everyday.py"
t_rm_root() {
    echo x >"$MNT/rootfile"
    rm "$MNT/rootfile"
    [ ! -e "$MNT/rootfile" ]
    mkdir "$MNT/rootdir"
    rmdir "$MNT/rootdir"
    [ ! -e "$MNT/rootdir" ]
}
t_mv_over_open() { $PY mvover; }
t_unlink_open() { $PY unlinked; }
t_rm_rf_2000() {
    mkdir r
    for i in $(seq 2000); do : >r/f$i; done
    [ $(ls r | wc -l) = 2000 ]
    s=$(date +%s.%N)
    rm -rf r
    e=$(date +%s.%N)
    [ ! -e r ]
    echo "  rm took $(echo "$e - $s" | bc 2>/dev/null || awk "BEGIN{print $e-$s}")"
}
t_hardlink() {
    set -x
    echo one >a
    ln a b
    echo "  nlink $(stat -c %h a) $(stat -c %h b)"
    [ $(stat -c %i a) = $(stat -c %i b) ]
    echo two >>b
    [ "$(cat a | tr '\n' ,)" = one,two, ]
    rm a
    [ "$(cat b | tr '\n' ,)" = one,two, ]
    sleep 1.1
    [ $(stat -c %h b) = 1 ]
    echo x >c
    ! ln c b 2>/dev/null
}
t_fcntl() { $PY locks_fcntl; }
t_flock() { $PY locks_flock; }
t_append() { $PY append; }
t_coherence() { $PY coherence; }
t_mmap() { $PY mm; }
t_truncate() {
    seq 1000 >t
    truncate -s 10 t
    [ $(stat -c %s t) = 10 ]
    truncate -s 100000 t
    [ $(stat -c %s t) = 100000 ]
    [ "$(tail -c +11 t | tr -d '\0' | wc -c)" = 0 ]
    : >t
    [ $(stat -c %s t) = 0 ]
    truncate -s 5G t
    [ $(stat -c %s t) = 5368709120 ]
    echo end >>t
    [ $(stat -c %s t) = 5368709124 ]
    [ "$(tail -c 4 t)" = end ]
}
t_fallocate() { $PY sparse; }
t_cfr() { $PY cfr; }
t_cp_sparse() {
    truncate -s 8M s
    printf x | dd of=s bs=1 seek=4194304 conv=notrunc 2>/dev/null
    cp --sparse=always s d
    cmp s d
    echo "  blocks $(stat -c %b s) $(stat -c %b d)"
    cp --sparse=never s n
    cmp s n
}
t_cp_reflink() {
    dd if=/dev/urandom of=s bs=64k count=20 2>/dev/null
    cp --reflink=auto s d
    cmp s d
    if cp --reflink=always s e; then
        echo "  reflink done"
        cmp s e
    else echo "  reflink=always refused"; fi
}
t_touch_old() {
    for w in "1960-02-03 04:05:06" "1970-01-01 00:00:00" "2004-05-06 07:08:09.123456700" "2107-01-01 00:00:00" "2200-01-01 00:00:00"; do
        : >"t$w"
        touch -d "$w UTC" "t$w"
    done
    sleep 1.1
    for f in t*; do
        g=$(TZ=UTC stat -c %y "$f")
        case $g in "${f#t}"*) ;; *)
            echo "  $f became $g"
            false
            ;;
        esac
    done
    mkdir dd
    touch -d "1960-02-03 04:05:06 UTC" dd
    sleep 1.1
    [ "$(TZ=UTC stat -c %y dd | cut -c1-19)" = "1960-02-03 04:05:06" ]
    echo x >>"$f"
    sleep 1.1
    [ $(($(date +%s) - $(stat -c %Y "$f"))) -lt 5 ]
}
t_chmod() {
    echo x >f
    chmod -w f
    sleep 1.1
    echo "  mode $(stat -c %a f)"
    rm -f f
    [ ! -e f ]
    chm=
    : >g
    chmod 444 g
    mv g h
    [ -e h ]
    echo q >k
    mv -f k h || {
        echo "  cannot rename over a read-only file"
        rm -f h
        echo q >h
    }
    [ "$(cat h)" = q ]
    mkdir d
    : >d/x
    chmod 555 d
    rm -rf d
    [ ! -e d ]
    echo y >g
    chmod a-w g
    chmod u+w g
    stat -c '  mode after u+w %a' g
    echo z >>g
    [ $(wc -l <g) = 2 ]
}
t_df() {
    df -k . | tail -1
    df -i . | tail -1
    stat -f -c '%T bs=%s total=%b free=%f avail=%a namelen=%l' .
}
t_dd_fsync() {
    dd if=/dev/urandom of=/mnt/tmp/src bs=1M count=20 2>/dev/null
    dd if=/mnt/tmp/src of=d bs=1M conv=fsync 2>&1 | tail -1
    cmp /mnt/tmp/src d
    dd if=/mnt/tmp/src of=e bs=4k oflag=direct count=40 2>&1 | tail -1
    cmp -n 163840 /mnt/tmp/src e
    dd if=/mnt/tmp/src of=o bs=1M oflag=sync count=5 2>&1 | tail -1
    rm /mnt/tmp/src
}
t_ls_5000() {
    s=$(date +%s.%N)
    n=$(ls -f "$MNT/five" | wc -l)
    e=$(date +%s.%N)
    m=$(ls -l "$MNT/five" | wc -l)
    f=$(date +%s.%N)
    echo "  ls -f $n $(awk "BEGIN{print $e-$s}") s, ls -l $m $(awk "BEGIN{print $f-$e}") s"
    [ $n = 5002 ]
    [ $m = 5001 ]
    [ $(find "$MNT/five" -type f | sort -u | wc -l) = 5000 ]
}
t_case() {
    echo x >a
    python3 -c 'import os;os.rename("a","A")'
    echo "  listing after rename(a,A): $(ls)"
    mkdir dir
    python3 -c 'import os;os.rename("dir","Dir")'
    r=$(ls | tr '\n' ' ')
    : >b
    if [ -e B ]; then echo "  b is seen as B"; else echo "  b is not seen as B"; fi
    [ "$r" = "A Dir " ] || {
        echo "  $r"
        false
    }
}
t_long_names() {
    for n in "$(printf 'a%.0s' $(seq 255))" "$(printf 'é%.0s' $(seq 127))" "$(printf '日%.0s' $(seq 85))" "$(printf '😀%.0s' $(seq 63))"; do
        echo x >"$n" || {
            echo "  refused ${#n} chars, $(printf %s "$n" | wc -c) bytes"
            continue
        }
        [ "$(ls)" = "$n" ] || {
            echo "  listed otherwise"
            false
        }
        mkdir -p "d/$n" && : >"d/$n/$n" && rm -r d
        rm "$n"
    done
    [ -z "$(ls)" ]
    n=$(printf 'a%.0s' $(seq 256))
    e=$({ : >"$n"; } 2>&1) && {
        echo "  256 accepted"
        false
    }
    echo "  256: ${e##*: }"
}
t_odd_names() {
    for n in 'a:b' 'a"b' 'a*b' 'a?b' 'a<b' 'a>b' 'a|b' 'a\b' 'dot.' 'space ' ' lead' '...' '.hid' 'CON' 'aux.txt' 'a%b' $'tab\tx' $'nl\nx' 'ü' $'u\u0308' '~$x' 'x::$DATA' 'a;b' 'LPT1' 'a  b' '. .' $'\x7f' $'\x01'; do
        if ! { echo x >"$n"; } 2>/mnt/tmp/err; then
            echo "  refused: $(printf %q "$n") $(sed 's/.*: //' /mnt/tmp/err)"
            ls -A | head -3
            continue
        fi
        g=$(ls -A1 --quoting-style=shell-escape)
        [ "$(cat "$n")" = x ] || echo "  cannot read $(printf %q "$n")"
        f=(* .[!.]* ..?*)
        ok=
        for i in "${f[@]}"; do [ "$i" = "$n" ] && ok=1; done
        [ -n "$ok" ] || echo "  $(printf %q "$n") listed as $g"
        mv "$n" plain && mv plain "$n" || echo "  cannot rename $(printf %q "$n")"
        rm -f -- "$n"
        [ -z "$(ls -A)" ] || {
            echo "  left after rm of $(printf %q "$n"): $(ls -A)"
            rm -rf -- * .[!.]* ..?*
        }
    done
    mkdir 'q:r' && : >'q:r/s*t' && rm -r 'q:r'
    [ -z "$(ls -A)" ]
}
t_xattr() {
    echo x >f
    setfattr -n user.x -v hello f
    [ "$(getfattr --only-values -n user.x f)" = hello ]
    setfattr -n user.y -v "$(printf 'v%.0s' $(seq 1000))" f
    getfattr -d f | cut -c1-40 | tr '\n' ' '
    [ "$(getfattr -d f | grep -c user)" = 2 ]
    setfattr -x user.x f
    [ "$(getfattr -d f | grep -c user)" = 1 ]
    ! getfattr -n user.x f 2>/dev/null
    setfattr -n user.e -v "" f && echo "  empty: $(getfattr -n user.e f 2>&1 | tail -1)"
    mkdir d
    setfattr -n user.d -v 1 d
    [ "$(getfattr --only-values -n user.d d)" = 1 ]
    setfattr -n user.x -v "$(printf 'v%.0s' $(seq 16000))" f && echo "  16000 bytes ok"
    echo y >>f
    [ "$(getfattr --only-values -n user.y f | wc -c)" = 1000 ]
    mv f g
    [ "$(getfattr --only-values -n user.y g | wc -c)" = 1000 ]
}
t_cp_a() {
    cp -a "$here/doc" c
    diff -r "$here/doc" c
    a=$(
        cd "$here/doc"
        find . -type f -printf '%P %s %T@\n' | sort | sed 's/\(\.[0-9]\{7\}\)[0-9]*$/\1/'
    )
    sleep 1.1
    b=$(
        cd c
        find . -type f -printf '%P %s %T@\n' | sort | sed 's/\(\.[0-9]\{7\}\)[0-9]*$/\1/'
    )
    [ "$a" = "$b" ] || {
        echo "  stat differs"
        diff <(echo "$a") <(echo "$b") | head -4
        false
    }
}
t_rsync() {
    rsync -a "$here/doc/" r/
    diff -r "$here/doc" r
    n=$(rsync -ai --no-p --no-o --no-g "$here/doc/" r/ | wc -l)
    m=$(rsync -ai "$here/doc/" r/ | grep -c '^>f' || true)
    echo "  second: $n changes, $m files copied; $(rsync -ai "$here/doc/" r/ | head -2 | tr '\n' ' ')"
    [ $m = 0 ]
}
t_git() {
    export GIT_CONFIG_GLOBAL=/mnt/tmp/gc
    git config --global user.email a@b
    git config --global user.name n
    git config --global safe.directory '*'
    git init -q -b main w
    cd w
    for i in $(seq 100); do
        mkdir -p d$((i % 7))
        seq $i $((i + 50)) >d$((i % 7))/f$i
    done
    git add -A
    git commit -qm one
    for i in $(seq 5); do
        echo $i >>d1/f1
        git commit -qam c$i
    done
    git gc -q 2>&1
    git fsck --full 2>&1 | grep -v notice || true
    [ $(git log --oneline | wc -l) = 6 ]
    [ -z "$(git status --porcelain)" ] || {
        echo "  dirty: $(git status --porcelain | head -3)"
        false
    }
    cd ..
    git clone -q w x
    diff -r -x .git w x
    cd x
    git mv d1/f1 d2/g1
    git commit -qam mv
    git checkout -q HEAD~2
    git checkout -q main
    git branch t
    git branch -D t -q
    [ -z "$(git status --porcelain)" ]
    cd ..
    git clone -q --no-local w y
    rm -rf w x y
    [ -z "$(ls -A)" ]
}
t_make() {
    cp -r "$here/cproj" p
    cd p
    make -s -j2 2>&1
    ./prog | tail -1
    [ "$(./prog | tail -1)" = sum=190 ]
    o=$(make 2>&1)
    echo "  again: $o"
    make -s clean
    [ ! -e prog ]
    make -s
    ./prog >/dev/null
}
t_tar() {
    tar cf t.tar -C "$here" doc
    mkdir x
    tar xf t.tar -C x
    diff -r "$here/doc" x/doc
    zip=
    gzip -k t.tar
    gzip -dc t.tar.gz | cmp - t.tar
    rm -rf x t.tar*
    [ -z "$(ls -A)" ]
}
t_symlink() {
    ln -s target l 2>&1 | sed 's/^/  /'
    if [ -L l ]; then
        readlink l
        [ "$(readlink l)" = target ]
        echo t >target
        [ "$(cat l)" = t ]
        mkdir d
        ln -s ../target d/up
        [ "$(cat d/up)" = t ]
        ln -s d dd
        ls dd/
        ln -s nowhere dang
        ! cat dang 2>/dev/null
        cp -a d e
        [ "$(readlink e/up)" = ../target ]
        mv l m
        [ "$(readlink m)" = target ]
        rm m dang dd
        [ -e target ]
        rm -r d e
        ln -s "$(printf 'x/%.0s' $(seq 400))" long
        [ $(readlink long | wc -c) = 801 ]
    else echo "  no symlinks"; fi
}
t_mkfifo() {
    mkfifo p 2>&1 | sed 's/^/  /'
    [ ! -e p ] || [ -p p ]
}
t_mkdir_deep() {
    p=.
    for i in $(seq 40); do p=$p/directory$i; done
    mkdir -p $p
    echo x >$p/f
    [ "$(cat $p/f)" = x ]
    find . | wc -l
    mv directory1 other
    [ "$(cat other/${p#./directory1/}/f)" = x ]
    rm -rf other
    [ -z "$(ls -A)" ]
}
t_rename_dir_open() {
    mkdir d
    echo x >d/f
    exec 5<d/f
    mv d e || echo "  refused with an open file below"
    cat <&5
    exec 5<&-
    ls
    mkdir full
    : >full/x
    mkdir empty
    ! mv -T empty full 2>/mnt/tmp/err
    sed 's/.*: /  over a full folder: /' /mnt/tmp/err
    mkdir e2
    if mv -T e2 empty; then echo "  over an empty folder: ok"; else echo "  over an empty folder refused"; fi
    ! rmdir full 2>/mnt/tmp/err
    sed 's/.*: /  rmdir full: /' /mnt/tmp/err
}
t_tail_f() {
    : >log
    timeout 8 tail -n +1 -s 0.3 -f "$PWD/log" >/mnt/tmp/tailed &
    t=$!
    for i in 1 2 3; do
        echo $i >>"$MNT2/$(basename "$PWD")/log"
        sleep 1
    done
    sleep 3
    kill $t 2>/dev/null || true
    wait $t 2>/dev/null || true
    [ "$(tr '\n' , </mnt/tmp/tailed)" = 1,2,3, ] || {
        echo "  saw: $(tr '\n' , </mnt/tmp/tailed)"
        false
    }
}
t_sqlite() {
    /usr/bin/python3 - <<'P'
import sqlite3,os
for mode in ('delete','truncate','persist'):
    c=sqlite3.connect('db',timeout=5); c.execute('pragma journal_mode='+mode); c.execute('create table if not exists t(x)')
    for i in range(10):
        with c: c.execute('insert into t values(?)',(i,))
    c.close()
b=sqlite3.connect(os.environ['MNT2']+'/'+os.path.basename(os.getcwd())+'/db'); print('  rows', b.execute('select count(*) from t').fetchone()[0]); assert b.execute('pragma integrity_check').fetchone()[0]=='ok'
P
}
if [ "${1:-}" = --one ]; then
    set -eu
    set -o pipefail
    "$2"
    exit
fi
base=$MNT/w
rm -rf "$base"
mkdir "$base" || exit 1
list=("$@")
# "case" comes last: a folder that is seen under two names makes the client number files by itself, and then the names of
# one file are two files to it.
[ $# -gt 0 ] || list=($(declare -F | sed -n 's/^declare -f t_//p' | grep -vx case) case)
pass=0 fail=0
for t in "${list[@]}"; do
    # folders of their own, right below the root so that both mounts know them
    rm -rf "$MNT/t-$t"
    mkdir "$MNT/t-$t"
    cd "$MNT/t-$t"
    s=$(date +%s.%N)
    timeout -k 5 ${TLIMIT:-120} bash "$0" --one "t_$t" >/mnt/tmp/o 2>&1
    r=$?
    e=$(awk "BEGIN{printf \"%.1f\", $(date +%s.%N)-$s}")
    cd "$MNT"
    if [ $r = 0 ]; then
        echo "PASS $t ${e}s"
        pass=$((pass + 1))
    else
        echo "FAIL $t rc=$r ${e}s"
        fail=$((fail + 1))
    fi
    grep -v '^$' /mnt/tmp/o | head -40 | sed 's/^/    /'
    rm -rf "$MNT/t-$t" || {
        echo "    cannot clean: "
        ls -laR "$MNT/t-$t" | head
    }
    [ ! -e "$MNT/t-$t" ] || echo "    t-$t is still there"
done
rm -rf "$base"
echo "pass $pass fail $fail"
dmesg | grep -iE 'cifs|smb' | grep -vE 'Attempting|Key type|registered' | tail -15
[ $fail = 0 ]
