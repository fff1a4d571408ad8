#!/usr/bin/env bash
# `make demo-live`, as make help offers it: a running guest over the adapter, from nothing known to its process table, until it panics.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
guests+=(demo-live)
DEMO_COUNT=2 make --no-print-directory demo-live | tee build/guests/demo-live.said
for words in 'all equal to the guest' ' MiB in all, 0 outside of RAM$'; do
	grep -qE "$words" build/guests/demo-live.said || fail "make demo-live does not say '$words'"
done
