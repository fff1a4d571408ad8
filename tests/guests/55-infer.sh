#!/usr/bin/env bash
# A kernel whose configuration is nowhere: no text in memory, no package, no BTF. It is inferred, and what the walker then
# says is what the guest says; the offsets are those that the guest's real configuration gives. With the BTF that was there more is known.
# KERNELS: names as in tests/guests/80-kernels.sh, such as 6.12, 7.2-cloud, custom-tiny; by default this machine's own kernel, with 4 and
# with 5 levels of page tables. CPU=max: these with 5 levels.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=packages.sh
. tests/guests/packages.sh
figures=build/infer-figures
make -s build
mkdir -p build

# Sets tree and definitions, of the plan that make went by.
find_tree() {
	local key
	key=$(sed -n "s/^KEY_$name := //p" "build/targets/$name/plan.mk")
	tree=$(sed -n "s/^TREE_$key := //p" "build/targets/$name/plan.mk")
	definitions=$(sed -n "s/^UNPACKED_$key := \(.*\)\/\.complete/\1/p" "build/targets/$name/plan.mk").definitions
	offsets=build/kernels/$key/offsets.json
}

# Each option that is said to be known, beside the truth. Prints the precision.
compare_options() { # [INFER OPTION...]
	local modules=()
	[ ! -s "build/targets/$name/modules.map" ] || modules=(--modules "build/targets/$name/modules.map")
	build/bin/infer "$@" --tree "$tree" --definitions "$definitions" --symbols "build/targets/$name/System.map" \
		--kernel "build/targets/$name/kernel" --vmcoreinfo "build/targets/$name/vmcoreinfo" \
		${modules[@]+"${modules[@]}"} --out "$dir/evidence" --compare "$dir/config.truth" >"$dir/figures"
	cat "$dir/figures"
	local precision
	precision=$(sed -n 's/.*precision \([0-9]*\)\.\([0-9]*\) %.*/\1\2/p' "$dir/figures")
	[ "$precision" -ge 9950 ] || fail "precision below 99.5 %"
}

# The same with the BTF that was there: what it decides is right, without exception, and more is known than without.
compare_with_btf() {
	local without
	[ -s "$dir/whole/btf" ] || return 0
	without=$(sed -n 's/^right \([0-9]*\),.*/\1/p' "$dir/figures")
	compare_options --btf "$dir/whole/btf"
	! grep '^wrong: .*BTF: ' "$dir/figures" || fail "BTF decides what is not so"
	[ "$(sed -n 's/^right \([0-9]*\),.*/\1/p' "$dir/figures")" -gt "$without" ] || fail "BTF says nothing"
	grep '^right\|^infer: BTF' "$dir/figures" | sed 's/^/with BTF: /' >>"$figures"
}

# The offsets by the guest's own configuration are these. The size of a structure may be another only where config.report names an option
# that memory does not decide.
compare_offsets() {
	local work=$dir/truth
	mkdir -p "$work"
	build/bin/offsets probe-source offsets/fields.def >"$work/probe.c"
	kernel-src/build/probe --tree "$tree" --config "$dir/config.truth" --probe "$work/probe.c" --out "$work"
	build/bin/offsets emit --fields offsets/fields.def --probe "$work/probe.o" --header "$work/offsets.h" --json "$work/json"
	# what roads lead to it is another matter
	plain() { sed -n '/^\t"types"/,$p' "$1" | sed 's/, "roads": \[[^]]*\]//'; }
	members() { plain "$1" | sed '/"kind": "struct"/s/, "size": [0-9]*//'; }
	diff <(members "$work/json") <(members "$offsets") || fail "offsets differ from those of the guest's own configuration"
	if ! cmp -s <(plain "$work/json") <(plain "$offsets"); then
		diff <(plain "$work/json") <(plain "$offsets") || true
		grep -q 'fit the memory as well' "build/targets/$name/config.report" || fail "sizes differ"
	fi
	echo "$(plain "$offsets" | grep -c '"offset": \|"bit": ') members, $(grep -c '"value": ' "$offsets") constants, all equal"
}

infer_kernel() { # CPU [BOOT OPTION...]
	local cpu=$1 source=$source tree definitions offsets began
	shift
	boot_and_capture "$name" --cpu "$cpu" --timeout 400 "$@"
	scripts/guest ask "$name" config >"$dir/config.truth"
	scripts/guest stop "$name"
	rm -rf "$dir/whole"
	build/bin/recover --out "$dir/whole" "file:$dir/memory.raw"
	build/tests/bare "$dir/memory.raw"
	rm -rf "build/targets/$name"
	began=$SECONDS
	make -s TARGET="$name" MEM="file:$dir/memory.raw" SOURCE="$source" CONFIG=infer
	echo "$name: walker after $((SECONDS - began)) s"
	echo "$((SECONDS - began))" >"$dir/seconds"
	[ ! -e "build/targets/$name/btf" ] || fail "there is BTF left"
	! grep -q '^CONFIG_' "build/targets/$name/config.text" || fail "there is text left"
	compare_processes "$name" | tee "$dir/compared"
	compare_time "$name"
	find_tree
	compare_options
	compare_offsets
	cat "build/targets/$name/config.report"
	{
		echo "== $name $cpu: $(cat "$dir/seconds") s to the walker; $(tail -n 1 "$dir/compared")"
		grep '^right' "$dir/figures"
		grep '^config: ' "build/targets/$name/config.report" | grep -v '^config: tried'
	} >>"$figures"
	compare_with_btf
}

: >"$figures"
if [ -z "${KERNELS:-}" ]; then
	name=infer dir=build/guests/infer source=''
	for cpu in qemu64 max; do infer_kernel $cpu; done
fi
for kernel in ${KERNELS:-}; do
	[[ $kernel =~ ^([a-z0-9.]+(-(amd64|cloud|rt))?|custom-[a-z]+)$ ]] || fail "KERNELS: '$kernel': not a name such as 6.1-cloud"
	name=infer-$kernel dir=build/guests/infer-$kernel source='' suite=''
	if [[ $kernel == custom-* ]]; then
		folder=$(tests/lib/custom-kernel "${kernel#custom-}")
		source=$(cat "$folder/boot/source")
		from=(--kernel "$folder")
	else
		[[ $kernel == *-* ]] || kernel+=-amd64
		find_package "$kernel"
		from=(--package "$package" ${suite:+--suite "$suite"})
	fi
	infer_kernel "${CPU:-qemu64}" "${from[@]}"
	rm -f "$dir/memory.raw"
done
cat "$figures"
