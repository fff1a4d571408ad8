#!/usr/bin/env bash
# Running machines behind an adapter in software, from nothing known to a process list: equal to the guest's own, nothing touched
# but RAM, under 1 % of it read. 2, 4 and 6 GiB: memory and kernel below and above the PCI hole, 4 and 5 levels of page tables.
# SIZES: others than these.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/farwalk-live.XXXXXX")
# shellcheck source=../lib/live.sh
. tests/lib/live.sh
trap 'adapter_end; rm -rf "$scratch"; stop_guests' EXIT

for size in ${SIZES:-2 4 6}; do
	name=live$size dir=build/guests/live$size
	guests+=("$name")
	scripts/guest stop "$name" >/dev/null 2>&1 || true
	cpu=max
	[ "$size" -ne 4 ] || cpu=qemu64
	scripts/guest boot "$name" --cpu $cpu --memory "${size}G"
	scripts/guest ask "$name" iomem | ram_lines >"$scratch/ram"
	lowmem=0x80000000
	[ "$size" -gt 2 ] || lowmem=$(printf 0x%x $((size << 30)))
	adapter_start "$dir/ram" "$lowmem" "$scratch/ram"
	rm -rf "build/targets/$name"

	make -s TARGET="$name" MEM="$adapter_uri"
	scripts/guest truth "$name" >"$dir/truth.before"
	"build/targets/$name/walker" ps --json --stats >"$dir/walker.ps" 2>"$scratch/said"
	scripts/guest truth "$name" >"$dir/truth.after"
	scripts/guest-compare "$dir/walker.ps" "$dir/truth.before" "$dir/truth.after"
	kernel_truth "$name" >"$dir/kernel.truth"
	compare_kernel "$name"
	diff <(grep -v '^#' "build/targets/$name/ram_map" | sed 1d) <(sed 1d "$scratch/ram") || fail "$name: another map of RAM"
	adapter_stop
	bytes=$(adapter_count bytes)
	echo "$name: $bytes bytes read from nothing known to the process list, $(awk -v b="$bytes" -v g="$size" \
		'BEGIN { printf "%.2f", b / g / 1073741824 * 100 }') % of $size GiB, $(adapter_count reads) reads, 0 outside the RAM"
	[ $((bytes * 100)) -lt $((4 << 30)) ] || fail "$name: that is 1 % of 4 GiB or more"
	grep '^  0x' "build/targets/$name/report.txt" | tail -n 4
	scripts/guest stop "$name"
done
