# The memory of a guest that tests share, and what the guest says of itself; booted once, kept under build/. Sourced.
# shellcheck shell=bash

# Sets memory.
shared_memory() {
	local dir=build/guests/check
	memory=$dir/memory.raw
	if [ ! -s "$dir/captured" ] || [ ! -s "$dir/kallsyms" ]; then
		scripts/guest stop check >/dev/null 2>&1 || true
		scripts/guest boot check --cpu max >&2
		scripts/guest ask check config >"$dir/config"
		scripts/guest ask check kallsyms >"$dir/kallsyms"
		scripts/guest truth check >"$dir/truth.before"
		scripts/guest ask check now >"$dir/now.before"
		rm -f "$memory"
		scripts/guest capture check "$memory" >&2
		scripts/guest truth check >"$dir/truth.after"
		scripts/guest ask check now >"$dir/now.after"
		scripts/guest stop check >&2
		date >"$dir/captured"
	fi
}
