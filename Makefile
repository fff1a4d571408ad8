# farwalk: from a machine's physical memory to a walker for its very kernel.
# `make help` lists what there is.

CFLAGS ?= -O2 -g
CPPFLAGS += -I. -D_GNU_SOURCE
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Werror
ALL_CFLAGS = -std=gnu11 $(CPPFLAGS) $(CFLAGS) $(WARNINGS)

O := build
