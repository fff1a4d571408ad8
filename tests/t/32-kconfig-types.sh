#!/usr/bin/env bash
# The options of a kernel's source and their types, as we read them, are those that the source's own Kconfig program reads: each
# name and type, in both directions.
# TREES: folders of other kernels' sources, instead of that of the guest that tests share.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
make -s build build/tests/kconfig_types

# own_types TREE FILE: what the tree's own program says. kbuild builds scripts/kconfig/conf; a program of ours that is linked from
# the same objects takes its place, so that kbuild calls it with the environment that conf gets. An option that the tree defines has
# an entry in the tree of menus, and one that it only mentions has none. How these are walked is the same in all versions.
own_types() {
	local tree=$1 build=$scratch/build
	rm -rf "$build"
	mkdir "$build"
	cat >"$build/list.c" <<-'END'
		#include <stdbool.h>
		#include <stdio.h>
		#include <stdlib.h>
		#include "lkc.h"

		static void list(const struct menu *menu)
		{
			for (; menu; menu = menu->next) {
				if (menu->sym && menu->sym->name)
					printf("option %s %s\n", menu->sym->name, sym_type_name(menu->sym->type));
				list(menu->list);
			}
		}

		int main(int argc, char **argv)
		{
			conf_parse(argv[argc - 1]);
			list(&rootmenu);
			return 0;
		}
	END
	cat >"$build/run" <<-'END'
		set -e
		tree=$1 build=$2
		kbuild() { make -s -C "$tree" O="$build" ARCH=x86 "$@"; }
		kbuild allnoconfig >log 2>&1 || { cat log >&2; exit 1; }
		ls scripts/kconfig/*.o | grep -v '/conf\.o$' >objects
		gcc -w -I"$tree/scripts/kconfig" -I"$tree/scripts/include" -Iscripts/kconfig -o list list.c $(cat objects)
		cp list scripts/kconfig/conf
		kbuild listnewconfig
	END
	scripts/sandbox --read "$tree" --write "$build" -- sh "$build/run" "$tree" "$build" >"$scratch/said"
	sed -n 's/^option //p' "$scratch/said" | LC_ALL=C sort -u >"$2"
}

# compare TREE
compare() {
	local tree
	tree=$(realpath -e -- "$1")
	own_types "$tree" "$scratch/own"
	build/tests/kconfig_types "$tree" | LC_ALL=C sort >"$scratch/ours"
	# These are in every kernel.
	for line in '64BIT bool' 'MODULES bool' 'NR_CPUS integer' 'PHYSICAL_START hex' 'LOCALVERSION string' 'EXT4_FS tristate'; do
		grep -qx "$line" "$scratch/own" || fail "$tree: its own program does not say: $line"
	done
	[ "$(wc -l <"$scratch/own")" -gt 10000 ] || fail "$tree: its own program knows no more than $(wc -l <"$scratch/own") options"
	diff "$scratch/own" "$scratch/ours" || fail "$tree: other options or types (<: its own program's)"
	echo "$(basename "$tree"): $(wc -l <"$scratch/ours") options, all names and types equal"
}

if [ -z "${TREES:-}" ]; then
	shared_memory
	mkdir "$scratch/hosts"
	echo "MEM := file:$memory" >"$scratch/hosts/check.mk"
	make -s HOSTS="$scratch/hosts" TARGET=check source
	key=$(sed -n 's/^KEY_check := //p' build/targets/check/plan.mk)
	TREES=$(sed -n "s/^TREE_$key := //p" build/targets/check/plan.mk)
fi
for tree in $TREES; do compare "$tree"; done
