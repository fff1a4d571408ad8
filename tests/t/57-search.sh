#!/usr/bin/env bash
# kernel-src/infer/search, with a kernel that is a few lines of shell: which options it chooses, and which it leaves undecided.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
options=$scratch/options out=$scratch/out kernel=$scratch/kernel

# kernel BODY: what of the changes a kernel is made of: has NAME tells whether CONFIG_NAME=y is among them. Sets unfit, and layouts.
kernel() {
	cat >"$kernel" <<END
#!/usr/bin/env bash
echo "\$*" >>$scratch/asked
has() { [[ " \${changes[*]} " == *" CONFIG_\$1=y "* ]]; }
changes=("\$@") unfit=0 task=0 mm=0
$1
[ "\$unfit" != - ] || { echo - && exit 0; }
printf '%s\ntask_struct\t%s\nmm_struct\t%s\n' "\$unfit" "\$task" "\$mm"
END
	chmod +x "$kernel"
	: >"$scratch/asked"
}
search() { kernel-src/infer/search --measure "$kernel" --options "$options" --out "$out"; }
says() { # FILE LINE...
	local file=$1
	shift
	diff <(printf '%s\n' "$@" | grep . || true) "$out/$file" || fail "$file is another"
	echo "ok: $file: $*"
}
printf 'CONFIG_%s\ty\n' A B C D >"$options"

# Everything fits: what moves something must not fit; what moves nothing does not matter.
kernel 'if has A; then task=1 unfit=3; fi; if has B; then mm=1 unfit=$((unfit + 1)); fi'
search
says chosen ''
says tried 'CONFIG_A=y	3	task_struct' 'CONFIG_B=y	1	mm_struct'
says undecided ''
says still CONFIG_C CONFIG_D

# What cannot be is told from what moves nothing.
kernel 'if has C; then unfit=-; fi'
search
says still CONFIG_A CONFIG_B CONFIG_D
says alone CONFIG_C

# One that fits as well is said, and so is a pair of which neither fits.
kernel 'has A && task=1; has B && task=2 unfit=4; has C && { task=$((task + 3)); unfit=$((4 - unfit)); }; true'
search
says undecided 'CONFIG_A=y' 'CONFIG_B=y CONFIG_C=y'

# Two faults, each mended by one option.
kernel 'unfit=5; has A && task=1 unfit=$((unfit - 3)); has D && mm=1 unfit=$((unfit - 2)); true'
search
says chosen 'CONFIG_A=y' 'CONFIG_D=y'
says undecided ''

# Only together: one alone makes it worse, or no kernel; one moves nothing by itself.
kernel 'unfit=7; has B && task=1 unfit=9; has D && task=2 unfit=8; has B && has D && task=3 unfit=0; true'
search
says chosen 'CONFIG_B=y' 'CONFIG_D=y'
kernel 'unfit=7; has B && has C && task=3 unfit=0; true'
search
says chosen 'CONFIG_B=y' 'CONFIG_C=y'
kernel 'unfit=2; has B && unfit=-; has B && has C && task=3 unfit=0; true'
search
says chosen 'CONFIG_B=y' 'CONFIG_C=y'

# Nothing fits; none is tried twice.
kernel 'unfit=7; has A && task=1; true'
expect 3 'no configuration fits' kernel-src/infer/search --measure "$kernel" --options "$options" --out "$out"
[ -z "$(sort "$scratch/asked" | uniq -d)" ] || fail "asked twice: $(sort "$scratch/asked" | uniq -d)"

# There is an end of it.
for i in $(seq 40); do printf 'CONFIG_N%s\ty\n' "$i"; done >"$options.many"
expect 3 'no configuration fits, after 400 tries' kernel-src/infer/search --measure "$kernel" --options "$options.many" --out "$out"

# Broken input.
printf 'CONFIG_A\ty\nCONFIG_B=$(reboot)\ty\n' >"$options.bad"
expect 2 'not OPTION and values' kernel-src/infer/search --measure "$kernel" --options "$options.bad" --out "$out"
expect 2 'cannot be read' kernel-src/infer/search --measure "$kernel" --options "$scratch/none" --out "$out"
expect 2 'are needed' kernel-src/infer/search --options "$options"
kernel 'unfit=many'
expect 4 "said 'many'" kernel-src/infer/search --measure "$kernel" --options "$options" --out "$out"
kernel 'echo gone >&2; exit 4'
expect 4 gone kernel-src/infer/search --measure "$kernel" --options "$options" --out "$out"
kernel 'has B && { echo gone >&2; exit 4; }; true'
expect 4 gone kernel-src/infer/search --measure "$kernel" --options "$options" --out "$out"
