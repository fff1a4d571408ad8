#!/usr/bin/env bash
# What scripts read of a facts file: one value a line, whatever the target wrote into it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
make -s build
facts=build/bin/facts
f=$scratch/facts
cat >"$f" <<'END'
# comment
release=6.1.0-56-amd64
neighbour=6.8.0-1010.10  # SOURCE_NEAREST
banner="Linux \"version\" \\ 6.1\x0aKEY=x"  # 0x1a001c0
empty=""
END
# print WANTED KEY...
print() {
	local wanted=$1
	shift
	[ "$("$facts" get "$f" "$@")" = "$wanted" ] || fail "$*: $("$facts" get "$f" "$@")"
}
print 6.1.0-56-amd64 release
print 6.8.0-1010.10 neighbour
print 'Linux "version" \\ 6.1\x0aKEY=x' banner
print "$(printf '6.8.0-1010.10\n\n6.1.0-56-amd64')" neighbour empty release

status=0
"$facts" get "$f" none >"$scratch/out" 2>&1 || status=$?
[ $status -eq 1 ] && [ -z "$(cat "$scratch/out")" ] || fail "an absent key: $status, $(cat "$scratch/out")"
status=0
"$facts" get "$f" release none neighbour >"$scratch/out" || status=$?
[ $status -eq 1 ] || fail "one of three is absent: $status"
printf '6.1.0-56-amd64\n\n6.8.0-1010.10\n' | cmp - "$scratch/out"
"$facts" get /dev/null release && fail "an empty file has a release" || [ $? -eq 1 ]

expect 2 'usage: facts get' $facts
expect 2 'usage: facts get' $facts get "$f"
expect 2 'usage: facts get' $facts set "$f" release
expect 0 'usage: facts get' $facts --help
expect 4 'none: No such file' $facts get "$scratch/none" release
printf 'release=6.1\nnot a fact\n' >"$scratch/bad"
expect 3 'bad:2: expected key=value' $facts get "$scratch/bad" release
printf 'release=6.1' >"$scratch/cut"
expect 3 'cut:1: the last line is cut off' $facts get "$scratch/cut" release
printf 'release=6.1\n\0\n' >"$scratch/nul"
expect 3 'has a NUL byte' $facts get "$scratch/nul" release
