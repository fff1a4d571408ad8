#!/usr/bin/env bash
# Every symbol of the kernel that recover finds in memory, with its type and address, is one the guest lists in its own
# /proc/kallsyms, and the other way round (modules aside). PACKAGES names more kernels to boot.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

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
	compare_symbols "$dir/recovered" "$dir/kallsyms.truth"
done
