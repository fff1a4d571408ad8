#!/usr/bin/env bash
# What the walker says beyond ps, beside what the guest's own /proc says: threads, memory areas, variables of programs that were
# linked to a fixed address and of those that were not.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
name=walker
dir=build/guests/$name
walker=build/targets/$name/walker
programs=(init clockd clockd-pie mappings hugepages threads files sockets sleeper)

for cpu in qemu64 max; do
	guests+=("$name")
	scripts/guest stop "$name" >/dev/null 2>&1 || true
	scripts/guest boot "$name" --cpu "$cpu"
	scripts/guest truth "$name" --threads >"$dir/threads.before"
	scripts/guest ask "$name" now clockd-pie >"$dir/pie.before"
	capture "$name"
	scripts/guest truth "$name" --threads >"$dir/threads.after"
	for program in "${programs[@]}"; do
		pid=$(scripts/guest ask "$name" pid "$program" | head -n 1)
		[ -n "$pid" ] || fail "the guest runs no $program"
		scripts/guest ask "$name" maps "$pid" >"$dir/maps.$program"
		echo "$pid" >"$dir/pid.$program"
	done
	scripts/guest stop "$name"
	make -s TARGET="$name" MEM="file:$dir/memory.raw"

	"$walker" ps --threads --json >"$dir/walker.threads"
	scripts/guest-compare "$dir/walker.threads" "$dir/threads.before" "$dir/threads.after"
	for program in "${programs[@]}"; do
		"$walker" maps "$(cat "$dir/pid.$program")" | diff - "$dir/maps.$program" || fail "maps of $program differ"
	done
	echo "$cpu: the maps of ${#programs[@]} processes: equal"

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
