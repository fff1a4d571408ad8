#!/usr/bin/env bash
# Every number of a kernel's offsets.json is what pahole reads in the distribution's own debug kernel; then
# so is every member, down into nested structures, of every structure in fields.def.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
work=$(mktemp -d)
trap 'stop_guests; rm -rf "$work"' EXIT

# The kernel of the guest that tests share; ALL_KERNELS=1: and whatever other kernels were read in this tree and have their debug kernel at hand.
# (One whose configuration was inferred may lack members that no one asked for.)
shared_memory
make -s TARGET=pahole MEM="file:$memory"
scripts/debug-vmlinux "$(sed -n 's/^release=\([^ ]*\).*/\1/p' build/targets/pahole/kernel)"

# The members of fields.def's structures in pahole's words, as another fields.def.
wide_fields() {
	local json=$1 vmlinux=$2
	grep '^include' offsets/fields.def
	sed -n 's/^\t\t"\([^"]*\)": {"kind": "\([^"]*\)", "tag": "\([^"]*\)".*/\2 \1 \3/p' "$json" >"$work/types"
	mapfile -t tags < <(awk '{ print $3 }' "$work/types")
	tests/lib/pahole-flat "$vmlinux" "${tags[@]}" >"$work/flat"
	while read -r kind key tag; do
		printf '%s %s\n' "$kind" "$key"
		awk -v tag="$tag" '$2 == tag && ($1 == "OFF" || $1 == "BIT" || $1 == "VALUE") {
			name = $3; gsub(/\[0\]/, "_first", name); gsub(/[.]/, "_", name)
			if (!names[name]++) print "\t" $3 ($3 ~ /\[/ ? " as " name : "")
		}' "$work/flat"
	done <"$work/types"
	grep '^const' offsets/fields.def
}

compared=0
key=$(sed -n 's/^KEY_pahole := //p' build/targets/pahole/plan.mk)
kernels=("build/kernels/$key/")
[ -z "${ALL_KERNELS:-}" ] || kernels=(build/kernels/*/)
for kernel in "${kernels[@]}"; do
	release=$(sed -n 's/^release="\{0,1\}\([^" ]*\).*/\1/p' "$kernel/kernel" 2>/dev/null || true)
	vmlinux=${FARWALK_CACHE:-cache}/debug/vmlinux-$release
	[ -r "$vmlinux" ] || vmlinux=/usr/lib/debug/boot/vmlinux-$release
	if [ -z "$release" ] || [ ! -r "$vmlinux" ] || [ ! -r "$kernel/offsets.json" ]; then
		continue
	fi
	echo "$release:"
	tests/lib/pahole-compare "$kernel/offsets.json" "$vmlinux"
	wide_fields "$kernel/offsets.json" "$vmlinux" >"$work/fields.def"
	offsets/compile-check --fields "$work/fields.def" --probe "$kernel/probe.o" --out "$work/check.o"
	objcopy -O binary --only-section=.BTF "$vmlinux" "$work/btf"
	build/bin/offsets emit --fields "$work/fields.def" --probe "$kernel/probe.o" --check "$work/check.o" \
		--btf "$work/btf" --header "$work/offsets.h" --json "$work/offsets.json"
	sed -n '2s/^\/\* \(.*\) \*\/$/\1/p' "$work/offsets.h"
	tests/lib/pahole-compare "$work/offsets.json" "$vmlinux"
	compared=$((compared + 1))
done
[ $compared -gt 0 ] || fail "no kernel was compared"
