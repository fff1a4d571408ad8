#!/usr/bin/env bash
# Every symbol of the kernel that recover finds in memory, with its type and address, is one the guest lists in its own
# /proc/kallsyms, and the other way round (modules aside). PACKAGES names more kernels to boot.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# The symbols in the guest's memory, at run-time addresses, against its own words.
compare_symbols() {
	local shift address type symbol
	shift=$(sed -n 's/^kernel_shift=\(0x[0-9a-f]*\).*/\1/p' "$dir/recovered/boot")
	[ -n "$shift" ] || fail "$name: no kernel_shift"
	grep -v '\[' "$dir/kallsyms.truth" >"$dir/symbols.truth"
	while read -r address type symbol; do
		case $address in
		[89a-f]*) printf '%016x %s %s\n' $((16#$address + shift)) "$type" "$symbol" ;;
		*) echo "$address $type $symbol" ;; # an offset in the per-CPU area
		esac
	done <"$dir/recovered/System.map" >"$dir/symbols.found"
	cmp "$dir/symbols.truth" "$dir/symbols.found" || fail "$name: System.map is not the guest's /proc/kallsyms"
	echo "$name: $(wc -l <"$dir/symbols.found") symbols, all equal"
}

make -s build
for package in ${PACKAGES:-default}; do
	name=symbols options=(--cpu max)
	[ "$package" = default ] || {
		name=symbols-$package
		options+=(--package "$package")
	}
	dir=build/guests/$name
	boot_and_capture "$name" "${options[@]}"
	scripts/guest ask "$name" kallsyms >"$dir/kallsyms.truth"
	scripts/guest stop "$name"
	build/bin/recover --out "$dir/recovered" "file:$dir/memory.raw"
	compare_symbols
done
