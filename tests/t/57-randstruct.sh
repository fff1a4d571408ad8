#!/usr/bin/env bash
# A kernel whose structures are in random order: no layout is guessed at. The only trace that its sources leave in an image is in
# vermagic (include/linux/vermagic.h): RANDSTRUCT_ and a hash of the seed.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
shared_memory
make -s build
words='the kernel.s structures are in random order'
at_end() { [ ! -e "$1/config" ] || fail "a configuration was written all the same"; }

# Its memory: every vermagic says so. What follows in those of kernels with modversions stands for the hash.
cp --sparse=always "$memory" "$scratch/memory"
for at in $(offsets_of "$scratch/memory" 'SMP preempt mod_unload '); do
	patch "$scratch/memory" "$at" 'SMP preempt RANDSTRUCT_'
done
build/bin/recover --out "$scratch/target" "file:$scratch/memory"
release=$(sed -n 's/^release=\([^ ]*\).*/\1/p' "$scratch/target/kernel")
grep -qF "vermagic=\"$release SMP preempt RANDSTRUCT_" "$scratch/target/kernel" || fail "vermagic: $(grep vermagic "$scratch/target/kernel")"
expect 3 "$words" scripts/config build/bin "$scratch/target"
at_end "$scratch/target"
expect 3 "$words" env CONFIG=infer SOURCE=/nowhere scripts/config build/bin "$scratch/target"
at_end "$scratch/target"

# With another form of it; and a kernel that has the option but no modules, and so no vermagic: the configuration tells, when it is found.
sed -i 's/RANDSTRUCT_[0-9a-f]*/RANDSTRUCT/' "$scratch/target/kernel"
expect 3 "$words" scripts/config build/bin "$scratch/target"
echo 'CONFIG_RANDSTRUCT_FULL=y' >"$scratch/before"
: >"$scratch/autoconf"
cp "$scratch/before" "$scratch/after"
expect 3 'RANDSTRUCT_FULL=y: structures in random order' build/bin/config_changes --target "$scratch/before" --here "$scratch/after" \
	--autoconf "$scratch/autoconf" --report "$scratch/changes"

# What only looks like it is none.
build/bin/recover --out "$scratch/plain" "file:$memory"
! grep -q RANDSTRUCT "$scratch/plain/kernel" || fail "this kernel has none"
