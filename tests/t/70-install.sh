#!/usr/bin/env bash
# What `make install` installs works from any folder, with paths meant from there; DESTDIR and PREFIX are kept.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
shared_memory
top=$PWD

make --no-print-directory -s install DESTDIR="$scratch/root" PREFIX=/opt/fw
for file in bin/farwalk lib/farwalk/bin/recover lib/farwalk/Makefile share/man/man1/farwalk.1 share/man/man1/farwalk-walker.1; do
	[ -e "$scratch/root/opt/fw/$file" ] || fail "$file was not installed"
done
[ "$(find "$scratch/root" -mindepth 1 -maxdepth 1)" = "$scratch/root/opt" ] || fail "something was installed outside the prefix"
grep -rF "$top" "$scratch/root/opt/fw/bin" "$scratch/root/opt/fw/lib/farwalk" --include='*' -I && fail "the installed files name the folder they were built in"

# Without DESTDIR it can be run; nothing in the installation may be written to.
prefix=$scratch/usr
make --no-print-directory -s install PREFIX="$prefix"
installed=$(find "$prefix" -type f | sort | xargs sha256sum)
mkdir -p "$scratch/site/targets" "$scratch/site/dumps"
ln -s "$top/$memory" "$scratch/site/dumps/host1.raw"
echo 'MEM := file:dumps/host1.raw' >"$scratch/site/targets/host1.mk"
cd "$scratch/site"
export FARWALK_CACHE=$top/cache
expect 0 'make TARGET=host1|TARGET=host1' "$prefix/bin/farwalk" help
"$prefix/bin/farwalk" TARGET=host1
build/targets/host1/walker ps --json >"$scratch/ps"
expect 0 'Nothing to be done' "$prefix/bin/farwalk" TARGET=host1
"$prefix/bin/farwalk" TARGET=host2 MEM=dumps/host1.raw
[ "$(find build/kernels -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq 1 ] || fail "host2 did not share host1's kernel"
[ "$(find "$prefix" -type f | sort | xargs sha256sum)" = "$installed" ] || fail "a run changed the installation"
cd "$top"
scripts/guest-compare "$scratch/ps" build/guests/check/truth.before build/guests/check/truth.after

make --no-print-directory -s uninstall PREFIX="$prefix"
[ -z "$(find "$prefix" -type f)" ] || fail "uninstall left $(find "$prefix" -type f)"
