#!/usr/bin/env bash
# Fresh boots, KASLR on, 4 and 5 levels of page tables, 1 and 2 processors: each time the kernel is found where it is, the
# process table is the guest's own, and nothing is compiled again.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
boots=${BOOTS:-20}
name=boots
walker=build/targets/$name/walker

for ((i = 1; i <= boots; i++)); do
	options=(--cpu qemu64)
	[ $((i % 2)) -eq 0 ] || options=(--cpu max)
	[ $((i % 4)) -lt 2 ] || options+=(--smp 2)
	echo "boot $i of $boots: ${options[*]}"
	boot_and_capture "$name" "${options[@]}"
	scripts/guest stop "$name"
	compiled=$(stat -c %Y "$walker" 2>/dev/null || echo none)
	make -s TARGET="$name" MEM="file:build/guests/$name/memory.raw"
	compare_kernel "$name"
	compare_processes "$name"
	compare_time "$name"
	[ "$i" -eq 1 ] || [ "$(stat -c %Y "$walker")" = "$compiled" ] || fail "boot $i compiled the walker again"
done
echo "$boots boots, all equal"
