#!/usr/bin/env bash
# The whole pipeline on the memory of a guest, and what a second run, a second host and a touched file make of it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
shared_memory
mkdir "$scratch/hosts"
echo "MEM := file:$memory" | tee "$scratch/hosts/check.mk" "$scratch/hosts/check-a.mk" >"$scratch/hosts/check-b.mk"
run() { make --no-print-directory HOSTS="$scratch/hosts" "$@"; }
stamp() { find build/targets/check build/kernels/"$key" -type f -printf '%p %T@\n' | sort; }

run TARGET=check
key=$(sed -n 's/^KEY_check := //p' build/targets/check/plan.mk)
walker=build/targets/check/walker
"$walker" ps --json >"$scratch/ps"
scripts/guest-compare "$scratch/ps" build/guests/check/truth.before build/guests/check/truth.after

# A second run does nothing.
before=$(stamp)
expect 0 'Nothing to be done' run TARGET=check
[ "$(stamp)" = "$before" ] || fail "a second run changed files"

# A file that is newer but says the same compiles nothing again.
compiled() { stat -c '%n %Y' "build/kernels/$key"/{probe.c,probe.o,offsets.h,walker} "$walker"; }
before=$(compiled)
sleep 1
touch -r Makefile "$scratch/time" && touch offsets/fields.def "$memory"
run TARGET=check
[ "$(compiled | grep -v probe.o)" = "$(printf '%s\n' "$before" | grep -v probe.o)" ] ||
	fail "touching fields.def and the memory compiled the walker again"

# Hosts with one kernel and configuration share the probe and the walker.
kernels=$(ls build/kernels)
run TARGETS='check-a check-b' -j2
[ "$(ls build/kernels)" = "$kernels" ] || fail "a second host of the same kernel got a probe of its own"
cmp build/targets/check-a/walker build/targets/check-b/walker
build/targets/check-b/walker ps --json | cmp - "$scratch/ps"

# One host that fails does not keep the others from their walker.
rm -rf build/targets/check-a
echo "MEM := file:$scratch/none.raw" >"$scratch/hosts/check-c.mk"
expect 2 'none.raw: No such file' run -k TARGETS='check-c check-a'
[ -x build/targets/check-a/walker ] || fail "the host that fails took the other with it"
rm -rf build/targets/check-{a,b,c}

# What somebody removed is made again, and nothing before it.
rm -rf "build/kernels/$key"
run TARGET=check | grep 'RECOVER\|CONFIG ' && fail "a removed folder of a kernel: the target was read again"
"$walker" ps --json | cmp - "$scratch/ps"

# Each stage can be asked for alone.
for stage in recover config source probe offsets walker; do
	run TARGET=check "$stage" | grep -v 'Nothing to be done' && fail "$stage: was made already, and ran again" || true
done
