#!/usr/bin/env bash
# A layout that one wrong option makes is noticed before there is a walker: every option that structures depend on, one
# at a time, without BTF and with it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
name=mutations
boot_and_capture "$name" --cpu max
scripts/guest stop "$name"
make -s TARGET="$name" MEM="file:build/guests/$name/memory.raw"
tests/lib/mutate "$name" | tee "build/guests/$name/mutations"
[ "$(grep -c '^CONFIG_' "build/guests/$name/mutations")" -ge 30 ] || fail "fewer than 30 options change the layout"
! awk -F'\t' '$4 == "none"' "build/guests/$name/mutations" | grep . || fail "BTF does not notice these"

# The pipeline itself: the configuration in memory says otherwise, and there is no walker.
config=build/targets/$name/config.text
mutant=build/targets/$name-mutant
for option in SECURITY SYSVIPC NUMA_BALANCING; do
	rm -rf "$mutant"
	sed "s/^CONFIG_$option=y\$/# CONFIG_$option is not set/" "$config" >"build/guests/$name/config.wrong"
	if make -s TARGET="$name-mutant" MEM="file:build/guests/$name/memory.raw" recover &&
		cp "build/guests/$name/config.wrong" "$mutant/config.text" && rm -f "$mutant/btf" &&
		make -s TARGET="$name-mutant" MEM="file:build/guests/$name/memory.raw" ACCEPT="$option" 2>"build/guests/$name/said"; then
		fail "$option: a walker was made"
	fi
	[ ! -e "$mutant/walker" ] || fail "$option: there is a walker"
	grep -m 1 'this layout is not that of the kernel in memory\|differ' "build/guests/$name/said" ||
		{ cat "build/guests/$name/said" >&2 && fail "$option: it is not said why"; }
done
