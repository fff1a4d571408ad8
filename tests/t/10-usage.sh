#!/usr/bin/env bash
# What an operator gets wrong is said in one line that names it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
mkdir "$scratch/hosts"
run() { make --no-print-directory HOSTS="$scratch/hosts" B="$scratch/build" "$@"; }

expect 0 'make TARGET=host1' run help
expect 0 'Goals:' run
expect 2 "there is no .*/nohost.mk: write a line such as MEM :=" run TARGET=nohost
: >"$scratch/hosts/empty.mk"
expect 2 "empty.mk does not say where the memory is" run TARGET=empty
expect 2 "a target's name is made of" run TARGET='a/../b' MEM=file:/x
expect 2 "a target's name is made of" run TARGET='a;b' MEM=file:/x
expect 2 "MEM=.*white space" run TARGET=a MEM='file:/two words'
expect 2 "TARGETS names 2 hosts" run TARGETS='a b' MEM=file:/x
[ ! -e "$scratch/build" ] || fail "a run that was refused left $(find "$scratch/build")"

# Under -n nothing is read and nothing is made.
truncate -s 1M "$scratch/zero.raw"
expect 0 'RECOVER|recover' run -n V=1 TARGET=host1 MEM="file:$scratch/zero.raw"
[ ! -e "$scratch/build" ] || fail "make -n left $(find "$scratch/build")"
