#!/usr/bin/env bash
# The configuration: text first, the package where the text has a gap, nothing that another kernel or a hostile memory says.
. "$(dirname "$0")/lib.sh"
config=build/bin/config
d=$scratch

cat >"$d/kernel" <<'END'
release=6.1.0-56-amd64
banner="Linux version 6.1.0-56-amd64 (d@d) (gcc-12 (Debian 12.2.0) 12.2.0, GNU ld) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)"
END
header() { printf '#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 %s Kernel Configuration\n#\n' "$1"; }
{ header 6.1.192; printf 'CONFIG_A=y\nCONFIG_SMP=y\n# CONFIG_B is not set\nCONFIG_C=5\nCONFIG_D="d"\n'; } >"$d/package"
{ echo '# farwalk config text: 2 of 3 pages'; header 6.1.192; printf 'CONFIG_A=m\nCONFIG_SMP=y\n# gap: page 1: not in memory\nCONFIG_D="d"\n'; } >"$d/text"
{ header 6.1.187; echo CONFIG_A=y; } >"$d/older"
{ header 6.1.192; echo CONFIG_PREEMPT_RT=y; } >"$d/realtime"
# shellcheck disable=SC2016 # the point is that nobody expands it
{ header 6.1.192; printf 'CONFIG_A=y\nCONFIG_X="$(shell touch %s)"\n' "$d/pwned"; } >"$d/hostile"
to=(--kernel "$d/kernel" --out "$d/config" --origin "$d/origin")

expect 2 'usage' $config
expect 2 'usage' $config --kernel "$d/kernel" --out "$d/config"
expect 2 'usage' $config "${to[@]}" --text "$d/text" extra
expect 4 'No such file' $config --kernel "$d/none" --out "$d/config" --origin "$d/origin"
expect 1 'no text found.*no packaged config' $config "${to[@]}"
expect 1 'no text found.*no packaged config' $config "${to[@]}" --text "$d/none" --package "$d/none"
expect 3 'no packaged config to fill' $config "${to[@]}" --text "$d/text"
expect 3 'is of 6.1.187' $config "${to[@]}" --package "$d/older"
expect 3 'is of 6.1.187' $config "${to[@]}" --text "$d/older" --package "$d/package"
expect 3 'CONFIG_PREEMPT_RT' $config "${to[@]}" --package "$d/realtime"
[ ! -e "$d/config" ] || fail "a refused configuration was written"

expect 0 'every value is the package' $config "${to[@]}" --package "$d/package"
cmp "$d/config" "$d/package"
expect 0 'CONFIG_A=m, package has y' $config "${to[@]}" --text "$d/text" --package "$d/package"
sed 's/CONFIG_A=y/CONFIG_A=m/' "$d/package" | cmp - "$d/config"
diff - "$d/origin" <<'END'
CONFIG_A	m	text	line 6; package has y
CONFIG_SMP	y	text	line 7
CONFIG_B	n	package	line 7; not in the text
CONFIG_C	5	package	line 8; not in the text
CONFIG_D	"d"	text	line 9
END
expect 0 'refused.*6.1.187' $config "${to[@]}" --text "$d/package" --package "$d/older"
expect 0 'CONFIG_X has a string that is not safe' $config "${to[@]}" --text "$d/hostile"
[ ! -e "$d/pwned" ] || fail "a value was expanded"
! grep -q pwned "$d/config" "$d/origin" || fail "an unsafe value came through"
$config "${to[@]}" --package "$d/package" --report "$d/report" >"$d/said"
[ ! -s "$d/said" ] && grep -q 'every value' "$d/report" || fail "--report does not take the report"
before=$(stat -c %Y%i "$d/config")
sleep 1.1
$config "${to[@]}" --package "$d/package" >/dev/null
[ "$(stat -c %Y%i "$d/config")" = "$before" ] || fail "an equal configuration was written again"
