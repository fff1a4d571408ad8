#!/usr/bin/env bash
# A kernel whose configuration is nowhere: no text in memory, no package, no BTF. It is inferred, and what the walker then
# says is what the guest says.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
name=infer
dir=build/guests/$name
for cpu in qemu64 max; do
	boot_and_capture "$name" --cpu "$cpu"
	scripts/guest ask "$name" config >"$dir/config.truth"
	scripts/guest stop "$name"
	build/tests/bare "$dir/memory.raw"
	rm -rf "build/targets/$name"
	make -s TARGET="$name" MEM="file:$dir/memory.raw" CONFIG=infer
	[ ! -e "build/targets/$name/btf" ] || fail "there is BTF left"
	! grep -q '^CONFIG_' "build/targets/$name/config.text" || fail "there is text left"
	compare_processes "$name"
	compare_time "$name"
done

# Each option that names decide, beside the truth.
tree=$(sed -n "s/^TREE_$(sed -n "s/^KEY_$name := //p" "build/targets/$name/plan.mk") := //p" "build/targets/$name/plan.mk")
build/bin/infer --tree "$tree" --definitions "$tree.definitions" --symbols "build/targets/$name/System.map" \
	--kernel "build/targets/$name/kernel" --out "$dir/evidence" --compare "$dir/config.truth" | tee "$dir/figures"
precision=$(sed -n 's/.*precision \([0-9]*\)\.\([0-9]*\) %.*/\1\2/p' "$dir/figures")
[ "$precision" -ge 9950 ] || fail "precision below 99.5 %"
cat "build/targets/$name/config.report"
