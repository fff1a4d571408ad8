#!/usr/bin/env bash
# A tenant writes shell and make into the configuration in memory: it is named, and it is never run.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
shared_memory
hostile=$scratch/hostile.raw
cp --sparse=always "$memory" "$hostile"
mark=$scratch/ran

# Every copy of the text, the page cache's among them.
write_over() { # TEXT-THERE NEW, of the same length
	local at places
	[ ${#1} -eq ${#2} ] || fail "'$1' and '$2' differ in length"
	places=$(offsets_of "$hostile" "$1")
	[ -n "$places" ] || fail "'$1' is not in the memory"
	for at in $places; do patch "$hostile" "$at" "$2"; done
}
there='CONFIG_DEFAULT_HOSTNAME="(none)"'
write_over "$there" "CONFIG_DEFAULT_HOSTNAME=\"\$(id)x\""
there='# CONFIG_LOCALVERSION_AUTO is not set'
write_over "$there" "CONFIG_LOCALVERSION_AUTO=\$(shell :)  "
there=$(grep -m 1 '^CONFIG_CC_VERSION_TEXT=' build/guests/check/config)
new='CONFIG_CC_VERSION_TEXT="`touch '"$mark"'`"; touch '"$mark #"
write_over "$there" "$(printf "%-${#there}.${#there}s" "$new")"

make --no-print-directory TARGET=check-hostile MEM="file:$hostile" B="$scratch/build" >"$scratch/log" 2>&1 || {
	cat "$scratch/log"
	fail "the pipeline ended with an error"
}
cat "$scratch/log"
[ ! -e "$mark" ] || fail "text of the configuration was run"
if grep -rF -e '$(id)' -e '$(shell' -e "$mark" "$scratch"/build/kernels/*/config "$scratch"/build/targets/*/config; then
	fail "hostile text reached the configuration"
fi
for option in CONFIG_DEFAULT_HOSTNAME CONFIG_LOCALVERSION_AUTO CONFIG_CC_VERSION_TEXT; do
	grep -h "$option" "$scratch"/build/targets/check-hostile/{report.txt,config.report} "$scratch"/build/kernels/*/config.changes ||
		fail "$option is named nowhere"
done
"$scratch/build/targets/check-hostile/walker" ps --json >"$scratch/ps"
scripts/guest-compare "$scratch/ps" build/guests/check/truth.before build/guests/check/truth.after
