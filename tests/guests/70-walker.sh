#!/usr/bin/env bash
# What the walker says beyond ps, beside what the guest's own /proc says: threads, memory areas, variables of programs that were
# linked to a fixed address and of those that were not.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
name=walker
dir=build/guests/$name
walker=build/targets/$name/walker

for cpu in qemu64 max; do
	guests+=("$name")
	scripts/guest stop "$name" >/dev/null 2>&1 || true
	scripts/guest boot "$name" --cpu "$cpu"
	scripts/guest ask "$name" now clockd-pie >"$dir/pie.before"
	capture_truth "$name"
	scripts/guest stop "$name"
	make -s TARGET="$name" MEM="file:$dir/memory.raw"

	compare_threads "$name"
	compare_maps "$name"

	compare_time "$name"
	pid=$(sed -n 's/^pid=//p' "$dir/pie.before")
	for variable in current_time_ns time_text; do
		there=$(sed -n "s/^${variable}_address=//p" "$dir/pie.before")
		here=$("$walker" read "$pid" "$variable" --json | sed -n 's/.*"address":"\(0x[0-9a-f]*\)".*/\1/p')
		[ "$here" = "$there" ] || fail "$variable of clockd-pie is at $there, the walker says $here"
	done
	echo "$cpu: variables of clockd-pie are where it says"
	rm -f "$dir/memory.raw"
done
