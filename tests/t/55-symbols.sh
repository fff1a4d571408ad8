#!/usr/bin/env bash
# The header that a walker is compiled with is made from the target's memory: whatever a banner holds, it stays one string.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
make -s build/bin/symbols
kernel=$scratch/kernel header=$scratch/symbols.h
facts() { # BANNER: as it stands in the file
	cat >"$kernel" <<END
release=6.1.0-test
banner=$1
link_base=0xffffffff81000000
symbol.init_task=0xffffffff82a1aa40  # kallsyms
symbol.__end=0x10
END
}
generate() { build/bin/symbols --kernel "$kernel" --header "$header"; }

# Quotes, backslashes, trigraphs, comments, line ends, digits after an escape, bytes that are not ASCII.
hostile='"\"; int main(){} /* ??/ ??=define */ \\ \\\\ \x0a#error \x07\x0789 \x1b[2J \xc3\xbc\xff // \"\""'
facts "$hostile"
generate
cat >"$scratch/print.c" <<'END'
#include <stdio.h>
#include "symbols.h"
#if !HAVE_SYM_init_task || HAVE_SYM_not_there
#error
#endif
int main(void) { fputs(KERNEL_BANNER, stdout); return SYM_init_task != 0xffffffff82a1aa40 || LINK_BASE != 0xffffffff81000000; }
END
"${CC:-cc}" -std=gnu11 -trigraphs -Wall -Wextra -Werror -I"$scratch" "$scratch/print.c" -o "$scratch/print"
"$scratch/print" | od -c >"$scratch/got"
printf '%b' "$(printf '%s' "$hostile" | sed 's/^"//; s/"$//; s/\\"/"/g')" | od -c >"$scratch/expected"
cmp "$scratch/got" "$scratch/expected"

# Made again, it keeps its time: nothing is compiled anew.
touch -d '1 hour ago' "$header"
before=$(stat -c %Y "$header")
generate
[ "$(stat -c %Y "$header")" = "$before" ] || fail "the same header was written again"

facts hello
sed -i '/release/d' "$kernel"
expect 1 'no release' generate
facts hello
sed -i '/link_base/d' "$kernel"
expect 1 'no link_base' generate
facts hello
echo 'symbol.a.b=1' >>"$kernel"
expect 3 'symbol.a.b: is no name of a symbol' generate
facts hello
echo 'symbol.x=zero' >>"$kernel"
expect 3 'expected a number' generate
expect 4 'No such file' build/bin/symbols --kernel "$scratch/none" --header "$header"
expect 2 'usage' build/bin/symbols --kernel "$kernel"
