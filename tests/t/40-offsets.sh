#!/usr/bin/env bash
# From fields.def to offsets.h without a kernel: a header with every shape a structure can have, compiled by
# gcc and clang as DWARF 2 to 5. The compiler itself, pahole, and BTF have to say the same numbers; what is
# missing, contradictory or damaged is an error that names it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
offsets=$PWD/build/bin/offsets

cat >"$scratch/shapes.h" <<'END'
#include <stdbool.h>
typedef struct { int counter; } atomic_t;
typedef const volatile atomic_t *pointer_t;
typedef int triple_t[3];
struct forward;
union number { long l; char c[3]; struct { short high, low; }; };
enum color { RED, GREEN = 5, BLUE = -3, HUGE_COLOR = 0x7fffffff };
enum big { SMALL = 1, BIG = 0xfedcba9876543210 };
struct inner { char first; union { int number; struct { unsigned low:3, mid:7; bool flag:1; const int sign:5; }; }; };
struct leaf { char c; long l; } __attribute__((packed));
struct shapes {
	char byte;
	struct { long hidden; union { int deep; char bytes[16]; }; } __attribute__((aligned(64)));
	struct inner inner, pair[2], grid[2][3];
	atomic_t count;
	pointer_t pointer;
	const triple_t triples[4];
	unsigned long long wide:40, rest:24;
	int :0;
	unsigned one:1;
	bool yes:1;
	signed char tiny:3;
	int (*call)(int, char[]);
	int (*calls[5])(void);
	enum color color;
	union number numbers[2];
	struct leaf leaf;
	struct {} nothing;
	struct {} nothings[3];
	char many[300];
	long matrix[2][3][4];
	int none[0];
	double real __attribute__((aligned(32)));
	struct forward *away;
	long tail[];
};
#define ALIAS shapes
#define FLAGS (1ul << 40)
#define NEGATIVE (-5)
#define LOWEST (-0x7fffffffffffffffl - 1)
#define HIGHEST 0xffffffffffffffffull
enum { NAMELESS = 7 };
END
cat >"$scratch/fields.def" <<'END'
include <shapes.h>
include? <nowhere.h>
struct shapes
	byte
	hidden
	deep
	bytes
	inner
	inner.first
	inner.number
	inner.low
	inner.mid
	inner.flag
	inner.sign
	pair
	pair[0].flag as pair_flag
	pair[1].number as second_number
	grid
	grid[1] as grid_row
	grid[1][2].first as grid_last
	count
	count.counter
	pointer
	triples
	triples[3] as last_triple
	wide
	rest
	one
	yes
	tiny
	call
	calls
	color
	numbers
	numbers[1].low as low
	leaf.l
	nothing
	nothings
	many
	matrix
	none
	real
	away
	tail
	tail[2] as later
	absent?
	inner.absent?
	absent.deeper?
	inner.gone|old|byte as chosen
	pair[7]? as seventh
struct ALIAS
	byte
union number
	l
	c
	high
struct? missing
	anything
union? missing_union
	anything
enum? missing_enum
	SOME
enum color
	RED
	BLUE
	PURPLE?
	CYAN|GREEN as green
	HUGE_COLOR
enum big
	BIG
struct leaf
	c
	l
const FLAGS
const NEGATIVE
const LOWEST
const HIGHEST
const NAMELESS
const? NOT_THERE
END

# build DIR CC OPTION...: probe.o and check.o of the fields.def in scratch, as a kernel's are made.
build() {
	local dir=$1
	shift
	mkdir -p "$dir"
	"$offsets" probe-source "$scratch/fields.def" >"$dir/probe.c"
	"$@" -I"$scratch" -E -o "$dir/probe.i" "$dir/probe.c"
	printf '%s -DX="1 2" -c -o x.o x.c ; true' "$*" >"$dir/probe.cmd"
	"$@" -w -c -o "$dir/probe.o" "$dir/probe.i"
	offsets/compile-check --fields "$scratch/fields.def" --probe "$dir/probe.o" --out "$dir/check.o"
}
emit() {
	local dir=$1
	shift
	"$offsets" emit --fields "$scratch/fields.def" --probe "$dir/probe.o" --header "$dir/offsets.h" \
		--json "$dir/offsets.json" "$@"
}

# The same numbers, whoever compiled it, and however; pahole, too, where it understands what is there (of clang's
# anonymous structures it does not).
first=
for variant in 'gcc -gdwarf-4' 'gcc -gdwarf-5' 'gcc -gdwarf-2' 'gcc -gdwarf-3' 'gcc -gdwarf-4 -gstrict-dwarf' \
	'gcc -gdwarf-5 -gz -O2' 'clang -gdwarf-4' 'clang -gdwarf-5 -O2'; do
	dir=$scratch/${variant// /}
	read -ra command <<<"$variant"
	build "$dir" "${command[@]}"
	emit "$dir" --check "$dir/check.o"
	echo "$variant: $(sed -n '2s/^\/\* \(.*\)\. Made.*/\1/p' "$dir/offsets.h")"
	case $variant in
	gcc*-[45]) tests/lib/pahole-compare "$dir/offsets.json" "$dir/probe.o" ;;
	esac
	[ -z "$first" ] || diff <(sed 2d "$first") <(sed 2d "$dir/offsets.h") || fail "$variant differs"
	first=${first:-$dir/offsets.h}
done
good=$scratch/gcc-gdwarf-5

# offsets.h compiles, and what is missing in it does not.
try() { printf '#include "%s"\nint main(void) { return (int)(%s); }\n' "$good/offsets.h" "$1" | gcc -Wall -Wextra -Wconversion -Werror -x c -fsyntax-only -; }
try 'OFF_shapes_count + CONST_FLAGS + CONST_HIGHEST + BITS_shapes_wide + SIZE_ALIAS'
try 'CONST_LOWEST < CONST_NEGATIVE && CONST_NEGATIVE < CONST_BLUE'
for name in OFF_shapes_absent LEN_shapes_absent SIZE_missing CONST_NOT_THERE CONST_PURPLE OFF_shapes_wide; do
	expect 1 "$name.* undeclared" try "$name"
done
for line in HAVE_shapes_absent HAVE_struct_missing HAVE_missing_anything HAVE_enum_missing_enum HAVE_CONST_PURPLE \
	HAVE_CONST_NOT_THERE HAVE_shapes_inner_absent HAVE_shapes_seventh; do
	grep -qx "#define $line 0" "$good/offsets.h" || fail "offsets.h does not say $line 0"
done
grep -qx '#define HAVE_shapes_chosen 1 /\* dwarf compiler: byte \*/' "$good/offsets.h" || fail "the alternative is not named"

# A comment in fields.def changes nothing, not even a time.
cp -p "$good/offsets.h" "$scratch/before.h" && cp "$scratch/fields.def" "$scratch/fields.good"
sed -i '1i # a comment' "$scratch/fields.def"
sleep 0.01
emit "$good" --check "$good/check.o"
[ ! "$good/offsets.h" -nt "$scratch/before.h" ] || fail "a comment made offsets.h anew"

# The third road.
btf() { pahole -J --btf_encode_detached="$2" "$1/probe.o"; }
btf "$good" "$scratch/btf"
emit "$good" --check "$good/check.o" --btf "$scratch/btf"
echo "with BTF: $(sed -n '2s/^\/\* \(.*\)\. Made.*/\1/p' "$good/offsets.h")"

# A header that differs in one thing: its BTF, and its check, contradict the probe.
other() {
	local words=$1 edit=$2
	cp "$scratch/shapes.h" "$scratch/shapes.good"
	sed -i "$edit" "$scratch/shapes.h"
	! cmp -s "$scratch/shapes.h" "$scratch/shapes.good" || fail "$edit: changes nothing"
	rm -rf "$scratch/other"
	mkdir "$scratch/other"
	gcc -g -w -I"$scratch" -c -o "$scratch/other/probe.o" -x c "$good/probe.c"
	btf "$scratch/other" "$scratch/other/btf"
	expect 3 "$words" emit "$good" --btf "$scratch/other/btf"
	# The compiler sees the other header, the debug information is of the first.
	gcc -w -I"$scratch" -E -o "$scratch/other/probe.i" "$good/probe.c"
	printf 'gcc' >"$scratch/other/probe.cmd"
	cp "$good/probe.o" "$scratch/other/probe.o"
	if offsets/compile-check --fields "$scratch/fields.def" --probe "$scratch/other/probe.o" \
		--out "$scratch/other/check.o" 2>"$scratch/other/said"; then
		expect 3 "${words%%by the target*}by the compiler" emit "$good" --check "$scratch/other/check.o"
	else
		grep -E 'error: .*(redefinition|duplicate member|redeclaration)' "$scratch/other/said" ||
			fail "$(cat "$scratch/other/said")"
	fi
	mv "$scratch/shapes.good" "$scratch/shapes.h"
}
cp "$good/offsets.h" "$scratch/before.h" && cp "$good/offsets.json" "$scratch/before.json"
other "shapes.many \(.*fields.def:[0-9]+\): its size is 300 by DWARF, 299 by the target's BTF" 's/many\[300\]/many[299]/'
other "shapes.wide .*: its width is 40 by DWARF, 39 by the target's BTF" 's/wide:40/wide:39/'
other "shapes.mid|shapes.inner.mid|shapes.inner_mid .*: its (bit|width) is [0-9]+ by DWARF, [0-9]+ by the target's BTF" 's/mid:7/mid:6/'
other "shapes.leaf_l .*: its offset is 353 by DWARF, 360 by the target's BTF" 's/__attribute__((packed))//'
other "color.GREEN|color.green .*: is 0x5 by DWARF, 0x6 by the target's BTF" 's/GREEN = 5/GREEN = 6/'
other "shapes.absent .*: is nothing by DWARF, absent by the target's BTF" 's/int none\[0\];/& struct {} absent;/'
other "shapes.inner_absent .*: is nothing by DWARF, inner.absent by the target's BTF" 's/struct inner { char first;/struct inner { char first; union { struct {} absent; };/'
other "shapes.chosen .*: is byte by DWARF, inner.old by the target's BTF|chosen" 's/struct inner { char first;/struct inner { char first; struct {} gone;/'
other "struct missing .*: is missing by DWARF, there by the target's BTF" 's/^struct forward;/struct missing { int anything; }; struct missing *use;/'
other "color.PURPLE .*: is missing by DWARF, there by the target's BTF" 's/RED, /RED, PURPLE = 9, /'
cmp "$good/offsets.h" "$scratch/before.h" && cmp "$good/offsets.json" "$scratch/before.json" ||
	fail "an error left other outputs behind"

# What has to be there and is not.
want() {
	local words=$1
	printf '%s\n' "${@:2}" >"$scratch/want.def"
	"$offsets" probe-source "$scratch/want.def" >"$scratch/want.c"
	gcc -g -w -I"$scratch" -c -o "$scratch/want.o" "$scratch/want.c"
	expect 3 "$words" "$offsets" emit --fields "$scratch/want.def" --probe "$scratch/want.o" \
		--header "$scratch/want.h" --json "$scratch/want.json"
	[ ! -e "$scratch/want.h" ] || fail "an error left $scratch/want.h"
}
include='include <shapes.h>'
want 'struct shapes has no member gone, nor lost \(.*want.def:3\)' "$include" 'struct shapes' '	gone|lost as found'
want 'struct nowhere \(.*want.def:2\) is not defined' "$include" 'struct nowhere'
want 'struct forward \(.*want.def:2\) is not defined' "$include" 'struct forward'
want 'enum color has no enumerator PINK' "$include" 'enum color' '	PINK'
want "struct shapes .*: pointer.counter: 'counter' is looked for in something that is no structure" "$include" 'struct shapes' '	pointer.counter'
want 'struct shapes .*: byte\[0\]: is no array' "$include" 'struct shapes' '	byte[0] as first'
printf '%s\n' "$include" 'const no_constant' >"$scratch/want.def"
expect 1 'undeclared' sh -c "'$offsets' probe-source '$scratch/want.def' | gcc -I'$scratch' -x c -c -o /dev/null -"

# Objects that are none, or not these.
refuse() { expect 3 "$2" "$offsets" emit --fields "$scratch/fields.def" --probe "$1" --header "$scratch/no.h" --json "$scratch/no.json"; }
: >"$scratch/empty.o"
head -c 5000 /dev/urandom >"$scratch/noise.o"
gcc -w -c -o "$scratch/plain.o" "$good/probe.i"
gcc -g -w -c -x c -o "$scratch/foreign.o" - <<<'int farwalk;'
cp "$good/probe.o" "$scratch/arm.o" && printf '\267' | dd of="$scratch/arm.o" bs=1 seek=18 conv=notrunc status=none
refuse "$scratch/empty.o" 'no ELF object'
refuse "$scratch/noise.o" 'no ELF object'
refuse "$scratch/plain.o" 'no debug information'
refuse "$scratch/foreign.o" 'no anchor for struct shapes'
refuse "$scratch/arm.o" 'not an object for x86-64'
expect 4 'No such file' "$offsets" emit --fields "$scratch/fields.def" --probe "$scratch/none.o" --header "$scratch/no.h" --json "$scratch/no.json"
expect 3 'missing' emit "$good" --check "$good/probe.o"
expect 3 'no ELF object' emit "$good" --check "$scratch/noise.o"
expect 3 'no BTF' emit "$good" --btf "$scratch/noise.o"
sed -i 's/^\tbyte$/\tmany as byte/' "$scratch/fields.def"
expect 3 'another probe or another fields.def' emit "$good" --check "$good/check.o"
cp "$scratch/fields.good" "$scratch/fields.def"

# Cut off at any length: an error, never numbers.
size=$(stat -c %s "$good/probe.o")
for ((length = 1; length < size; length += size / 40)); do
	head -c "$length" "$good/probe.o" >"$scratch/cut.o"
	refuse "$scratch/cut.o" 'offsets: .*cut.o' >/dev/null
done
[ ! -e "$scratch/no.h" ] || fail "a refused object left offsets.h"

# What an operator or another stage gets wrong.
expect 2 'usage: offsets' "$offsets"
expect 2 'usage: offsets' "$offsets" probe-source
expect 2 'usage: offsets' "$offsets" emit --fields "$scratch/fields.def" --probe "$good/probe.o"
expect 2 'usage: offsets' "$offsets" check-source --fields "$scratch/fields.def" --probe "$good/probe.o" --btf "$scratch/btf"
expect 2 '--colour: unknown' emit "$good" --colour red
expect 2 '--check: unknown, without a value, or given twice' emit "$good" --check
expect 4 'No such file' "$offsets" probe-source "$scratch/none.def"
printf 'struct a\n\tb c\n' >"$scratch/bad.def"
expect 2 "bad.def:2: 'b': expected MEMBER" "$offsets" probe-source "$scratch/bad.def"
check() { offsets/compile-check --fields "$scratch/fields.def" --probe "$scratch/other/probe.o" --out "$scratch/other/check.o"; }
rm -f "$scratch/other/check.o"
expect 2 'are needed' offsets/compile-check --fields "$scratch/fields.def"
for compiler in /bin/sh 'gcc;true' "\$(true)" ../gcc ''; do
	printf '%s -O2\n' "$compiler" >"$scratch/other/probe.cmd"
	expect 3 'is no known compiler' check
done
printf 'gcc -fplugin=%s -fno-such-thing=1 -O2\n' "$scratch/no-such-plugin" >"$scratch/other/probe.cmd"
expect 3 'does not agree with its own debug information' check
printf 'gcc -fplugin=%s @%s -wrapper false,-x -include nowhere -o elsewhere -O2' "$scratch/no-such-plugin" "$scratch/options" \
	>"$scratch/other/probe.cmd"
cp "$good/probe.i" "$scratch/other/probe.i"
check
[ -s "$scratch/other/check.o" ] || fail "no check.o"
rm "$scratch/other/probe.i"
expect 2 'probe.i: cannot be read' check
