#!/usr/bin/env bash
# `make clean` takes what was built and leaves downloads; `make distclean` takes both, and nothing else.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
tar -c --exclude=./build --exclude=./cache --exclude=./.git . | tar -x -C "$scratch"
sources() { (cd "$scratch" && find . -path ./build -prune -o -path ./cache -prune -o -type f -print | sort | xargs sha256sum); }
before=$(sources)
mkdir -p "$scratch/cache/packages"
echo kept >"$scratch/cache/packages/file"
make -s -C "$scratch" build/obj/base/err.o >/dev/null
[ -e "$scratch/build/obj/base/err.o" ] || fail "nothing was built"
make -s -C "$scratch" clean
[ ! -e "$scratch/build" ] && [ -e "$scratch/cache/packages/file" ] || fail "make clean: $(ls "$scratch")"
make -s -C "$scratch" distclean
[ ! -e "$scratch/cache" ] || fail "make distclean leaves cache/"
[ "$(sources)" = "$before" ] || fail "a source was changed or taken away"
