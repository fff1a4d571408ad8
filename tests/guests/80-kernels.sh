#!/usr/bin/env bash
# The fleet: Debian's and Ubuntu's kernels in QEMU, each captured and walked with nothing but its memory given, and everything that was
# found set beside what the guest itself says. Makes the table in docs/kernels.md.
# KERNELS: names such as 6.1-cloud, 7.2-rt, 5.10 (its amd64 flavour), sid-rt, or custom-tiny, which is built here as
# tests/guests/custom/tiny.config says; "all" of these; by default one of each series and the three flavours of 6.1.
# Ubuntu's are named as in tests/guests/ubuntu.packages: ubuntu-4.15; "ubuntu" is all of these. UBUNTU_PACKAGES=FOLDER holds their
# packages, or else UBUNTU_MIRROR gives them; where they are not to be had, the kernel is skipped, and the table says so.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=packages.sh
. tests/guests/packages.sh
table=docs/kernels.md
results=build/kernels-table
# What an archive has in no index any more is known by its SHA-256.
export PINS=${PINS:-tests/guests/ubuntu.packages}
series=(5.10 6.1 6.12 7.2 7.3)

all_kernels() {
	local version
	for version in "${series[@]}"; do
		echo "$version-amd64" "$version-cloud" "$version-rt"
	done
	echo custom-tiny custom-altered custom-noall
}

ubuntu_kernels() { tests/lib/ubuntu-kernel | sed 's/^/ubuntu-/'; }

# --- which package ------------------------------------------------------------------

# Sets package, from: what scripts/guest is to boot, layout: where pahole looks, and source and packages: what the operator would have
# to say. Status 77: it is not to be had here.
find_kernel() { # NAME
	local folder
	source='' packages='' layout=''
	if [[ $1 == custom-* ]]; then
		folder=$(tests/lib/custom-kernel "${1#custom-}")
		source=$(cat "$folder/boot/source")
		package=$(basename "$source" | sed 's/_.*//')
		from=(--kernel "$folder") layout=$folder/boot/layout.o
	elif [[ $1 == ubuntu-* ]]; then
		folder=$(tests/lib/ubuntu-kernel "${1#ubuntu-}" 2>"$row/why") || {
			cat "$row/why"
			exit 77
		}
		packages=${UBUNTU_PACKAGES:-}
		package=$(basename "$folder" | sed 's/_.*//')
		from=(--kernel "$folder")
	else
		find_package "$1"
		from=(--package "$package" ${suite:+--suite "$suite"})
	fi
}

# --- one kernel ---------------------------------------------------------------------

# A result is a file of its own: the next boot's is put behind it.
result() { # KEY VALUE
	if [ -s "$row/$1" ]; then printf '%s, ' "$(cat "$row/$1")"; fi >"$row/.new"
	echo "$2" >>"$row/.new"
	mv "$row/.new" "$row/$1"
}

# Does COMMAND, whose last line begins with a count when all is well. What differs does not end the rest.
compare() { # KEY COMMAND...
	local key=$1 said
	shift
	if ("$@") >"$dir/compared" 2>&1; then
		said=$(tail -n 1 "$dir/compared")
		echo "$key: $said"
		result "$key" "${said%% *}"
	else
		echo "$key: DIFFERENT"
		tail -n 30 "$dir/compared"
		result "$key" "**different**"
		result wrong "$key"
	fi
}

seconds_of() { # KEY COMMAND...
	local key=$1 since=${EPOCHREALTIME/./}
	shift
	"$@"
	result "$key" "$(awk -v us=$((${EPOCHREALTIME/./} - since)) 'BEGIN { printf "%.1f", us / 1000000 }')"
}

seen() { # NAME OF A TIME that recover -v tells
	awk -v what="$1:" '$2 == what { print $3 }' "$dir/recover.log"
}

compare_boot() { compare_kernel "$1" >&2 && echo "$(wc -l <"build/guests/$1/kernel.truth") facts"; }

compare_clock() { compare_time "$1" >&2 && echo "equal"; }

# pahole reads the layout that the guest's kernel says it has, or that of objects from where it was built.
compare_offsets() { # KEY
	local layout=${layout:-$dir/btf.truth}
	[ -s "$layout" ] || { echo "- : the kernel has no BTF" && return; }
	tests/lib/pahole-compare "build/kernels/$1/offsets.json" "$layout"
}

# A guest whose kernel dies before anything of ours is asked of it is booted again, twice at most; the table counts that.
boot_kernel() { # CPU
	local died=0
	scripts/guest stop "$name" >/dev/null 2>&1 || true
	until scripts/guest boot "$name" --cpu "$1" --timeout 300 "${from[@]}"; do
		died=$((died + 1))
		grep -qa 'Kernel panic' "$dir/console.log" && ! grep -qa 'farwalk-guest: settled' "$dir/console.log" && [ $died -le 2 ] ||
			fail "$name does not boot"
		cp "$dir/console.log" "$dir/console.died.$died"
		echo "$name: its kernel died while it booted ($died): $(grep -a -m 1 -o 'RIP: .*' "$dir/console.log"): booting again"
	done
	echo "$died" >"$dir/died"
	capture_truth "$name"
	kernel_truth "$name" >"$dir/kernel.truth"
	scripts/guest ask "$name" kallsyms >"$dir/kallsyms.truth"
	[ -n "$source" ] || scripts/guest ask "$name" cmd 'cat /sys/kernel/btf/vmlinux 2>/dev/null || true' >"$dir/btf.truth"
	scripts/guest stop "$name"
}

run_pipeline() {
	local key memory=file:$dir/memory.raw
	result died "$(cat "$dir/died")"
	build/bin/recover -v --out "$dir/recovered" "$memory" 2>"$dir/recover.log"
	result recover "$(awk '$2 ~ /^(scan|kernel|config):$/ { all += $3 } END { printf "%.2f", all }' "$dir/recover.log")"
	result kallsyms "$(awk -v s="$(seen kallsyms)" 'BEGIN { printf "%.0f", s * 1000 }')"
	stage() { make -s TARGET="$name" MEM="$memory" SOURCE="$source" PACKAGES="$packages" "$@"; }
	stage config
	result config "$(cut -f 3 "build/targets/$name/config.origin" | sort -u | paste -sd +)"
	stage source
	key=$(sed -n 's/^KEY_.* := //p' "build/targets/$name/plan.mk")
	if [ ! -s "$row/probe" ]; then
		# All anew, to measure it; these are not made by the kernel's rules.
		find "build/kernels/$key" -mindepth 1 ! -name kernel ! -name config ! -name btf -delete
		seconds_of probe stage offsets
		seconds_of walker stage walker
	elif [ -e "build/kernels/$key/offsets.h" ]; then
		stage walker
	else
		result wrong "the next boot has another KEY"
	fi
	compare levels compare_boot "$name"
	sed -n 's/^levels=//p' "$dir/kernel.truth" >"$row/.level"
	result paging "$(cat "$row/.level")"
	compare processes compare_processes "$name"
	compare threads compare_threads "$name"
	compare maps compare_maps "$name"
	compare time compare_clock "$name"
	compare symbols compare_symbols "$dir/recovered" "$dir/kallsyms.truth"
	compare pahole compare_offsets "$key"
	sed -n 's/^.. \([0-9]*\) numbers; .*/\1/p' "build/kernels/$key/offsets.h" >"$row/numbers"
}

# Both boots at once, each with a processor of this machine; nothing is measured meanwhile.
boot_both() {
	local second status=0
	guests+=("$name" "$name-4")
	scripts/guest kernel "${from[@]}" >/dev/null
	mkdir -p "$dir-4"
	(
		trap - EXIT
		name=$name-4 dir=$dir-4
		boot_kernel qemu64
	) >"$dir/second.log" 2>&1 &
	second=$!
	boot_kernel max
	wait $second || status=$?
	cat "$dir/second.log"
	return $status
}

kernel_row() { # NAME
	local package suite='' from layout source packages patches
	find_kernel "$1"
	echo "$package" >"$row/package"
	boot_both
	run_pipeline
	rm -f "$dir/memory.raw"
	sed -n 's/^version=\([^ ]*\).*/\1/p' "build/targets/$name/source" >"$row/version"
	[ -z "$source" ] || basename "$source" | cut -d_ -f2 >"$row/version"
	patches=$(sed -n 's/^\([1-9][0-9]* of [0-9]* patches of [^ ]*\)$/, \1/p' "$(sed -n 's/^TREE_[0-9].* := //p' "build/targets/$name/plan.mk")/.patches" 2>/dev/null) || true
	echo "$(cat "$row/version")$patches" >"$row/version"
	[ "$(cat "$row/.level")" -eq 4 ] || {
		name=$name-4 dir=$dir-4
		run_pipeline
	}
}

# --- the table ----------------------------------------------------------------------

row_of() { # NAME: its line of the table
	local cell line="| $1 |"
	for cell in package version died config paging processes threads maps time symbols numbers pahole recover kallsyms probe walker; do
		line+=" $(cat "$results/$1/$cell" 2>/dev/null || echo -) |"
	done
	echo "$line $(cat "$results/$1/verdict") |"
}

write_table() {
	local name old columns=18
	old=$(sed -n '/^| [0-9a-z][^ ]*-/p' $table 2>/dev/null) || true
	{
		cat <<'END'
# Kernels

Made by `make guests KERNELS=all` (or a list of names): each of these kernels was booted in QEMU, on a processor with 5-level page
tables and, if the kernel used these, once more on one without. Its RAM was copied while it ran; from the copy, and nothing else
given, farwalk found the kernel, fetched its source, compiled the probe and the walker. All that was found was set beside what the
guest says of itself. The custom ones were built from Debian's source with another configuration (tests/guests/custom/), without BTF,
IKCONFIG, modules and debug information; of these SOURCE was given. Of the real-time kernels up to 6.12 the source is the package's with
Debian's patches, so far as they concern files that a probe needs. Ubuntu's were
fetched from its archive, or from a folder with packages (PACKAGES=).

- died: so often the kernel ended in a panic of its own while it booted, before anything was asked of it, for each boot; it was booted again
- config: where the configuration's values come from: text in the page cache, the distribution's package, or inferred from symbols,
  Kconfig's rules and the memory, since custom-altered has no file with its configuration
- levels: of the page tables, for each boot; where the kernel lies (KASLR, bases, levels) was compared for each
- processes, threads: so many lines of `ps --json` and `ps --threads --json`, all equal to the guest's own /proc
- maps: so many processes whose `maps` is byte for byte /proc/PID/maps
- time: the variable of a program that keeps the time lies between what the guest read before and after the capture
- symbols: with address and type, all equal to /proc/kallsyms
- offsets: so many numbers in offsets.h, each found by DWARF or the compiler, those that are in the guest's BTF equal to it;
  pahole: so many of them equal to what pahole reads in the guest's /sys/kernel/btf/vmlinux, or in objects of the custom kernel's tree
- recover: seconds for 2 GiB of RAM, of which most is a hole in the file; kallsyms: milliseconds of it
- config to offsets: seconds to configure the source, compile the probe and generate offsets.h, unpacked source given; walker: seconds

| kernel | package | version | died | config | levels | processes | threads | maps | time | symbols | offsets | pahole | recover, s | kallsyms, ms | config to offsets, s | walker, s | all |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
END
		{
			printf '%s\n' "$old"
			for name in "$@"; do
				row_of "$name"
			done
		} | awk -F ' *[|] *' -v columns=$columns 'NF == columns + 2 { line[$2] = $0 } END { for (name in line) print line[name] }' | sort -V
	} >build/kernels.md
	cp build/kernels.md $table
}

# --- all ----------------------------------------------------------------------------

wanted=''
for word in ${KERNELS:-5.10-amd64 6.1-amd64 6.1-cloud 6.1-rt 6.12-amd64 7.2-amd64 7.3-amd64}; do
	case $word in
	all) wanted+=" $(all_kernels)" ;;
	ubuntu) wanted+=" $(ubuntu_kernels)" ;;
	*) wanted+=" $word" ;;
	esac
done
names=() bad=0 skipped=0
make -s build
mkdir -p "$results"
for kernel in $wanted; do
	[[ $kernel =~ ^([a-z0-9.]+(-(amd64|cloud|rt))?|custom-[a-z]+|ubuntu-[0-9.]+(-[0-9]+)?)$ ]] || fail "KERNELS: '$kernel': not a name such as 6.1-cloud"
	[[ $kernel == *-* ]] || kernel+=-amd64
	names+=("$kernel") name=kernel-$kernel dir=build/guests/kernel-$kernel row=$results/$kernel
	rm -rf "$row"
	mkdir -p "$row" "$dir"
	began=$SECONDS
	echo "== $kernel"
	# By itself, so that a kernel that fails does not end the others.
	set +e
	(
		set -e
		trap stop_guests EXIT
		kernel_row "$kernel"
	)
	status=$?
	set -e
	verdict=equal
	[ ! -s "$row/wrong" ] || verdict="**different: $(cat "$row/wrong")**"
	case $status in
	0) ;;
	77) verdict="skipped: $(head -n 1 "$row/why")" ;;
	*) verdict="**failed**" ;;
	esac
	echo "$verdict" >"$row/verdict"
	case $verdict in
	equal) ;;
	skipped*) skipped=$((skipped + 1)) ;;
	*) bad=$((bad + 1)) ;;
	esac
	echo "== $kernel: $verdict, $((SECONDS - began)) s"
	write_table "$kernel"
done
echo "$((${#names[@]} - bad - skipped)) of ${#names[@]} kernels equal, $bad not, $skipped skipped: ${names[*]}"
[ $bad -eq 0 ] || exit 1
[ $skipped -eq 0 ] || exit 77
