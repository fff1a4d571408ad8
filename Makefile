# farwalk: from a machine's physical memory to a walker for its very kernel.
# `make help` lists what there is.

all:

# What make knows by itself (NAME from NAME.c) is not how anything is made here.
MAKEFLAGS += --no-builtin-rules

CC ?= gcc
CFLAGS ?= -O2 -g
CPPFLAGS += -I. -D_GNU_SOURCE
WARNINGS := -Wall -Wextra -Wshadow -Wconversion
# A warning is an error for who works on farwalk (make check), never for who uses it: compilers learn new ones.
ERRORS := $(if $(WERROR),-Werror)
# Formats of memory images that need a library; MEMORY_WITH= builds without them. Not every system has libkdumpfile.
ifeq ($(origin MEMORY_WITH),undefined)
MEMORY_WITH := $(shell $(CC) $(CPPFLAGS) -include libkdumpfile/kdumpfile.h -E -x c /dev/null >/dev/null 2>&1 && echo kdump) snappy
endif
LDLIBS := $(if $(filter kdump,$(MEMORY_WITH)),-lkdumpfile) $(if $(filter snappy,$(MEMORY_WITH)),-lsnappy) -lpcre2-8 -larchive -llzma -lbz2 -lnettle -ldw -lelf -lbpf -lz -lpthread

# SANITIZE=address,undefined builds its programs beside the normal ones.
comma := ,
O ?= build$(if $(SANITIZE),/sanitize-$(subst $(comma),-,$(SANITIZE)))
SANITIZE_FLAGS := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALL_CFLAGS = -std=gnu11 $(CPPFLAGS) $(CFLAGS) $(WARNINGS) $(SANITIZE_FLAGS)

# One line a step, as Kbuild prints them; V=1 shows the commands instead.
Q := $(if $(V),,@)
quiet := $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
say = $(if $(V)$(quiet),@:,@printf '  %-8s %s\n' '$(1)' '$(2)')

# A file that holds one line of text and changes only when the text does:
# $(call text_file,PATH,TEXT)
define text_file
ifneq ($$(file <$(1)),$(2))
.PHONY: $(1)
endif
$(1):
	@mkdir -p $$(@D)
	@printf '%s' '$(2)' >$$@
endef

# HERE: the folder an installed farwalk was called from; its programs are made already.
ifdef HERE
BIN := bin
else
include base/rules.mk
include tests/rules.mk
include scripts/install.mk
endif
include scripts/pipeline.mk

help:
	@scripts/help $(MAKEFILE_LIST)

ifndef HERE
## demo: boot a guest, read its memory, set what was found beside what the guest says
demo:
	@scripts/demo
## demo-live: the same of a guest that runs, read over UDP as a DMA card would, until it panics
demo-live:
	@scripts/demo-live
.PHONY: demo demo-live
endif

## clean: remove what was built; downloads and unpacked sources stay in cache/
clean:
	rm -rf build

## distclean: remove cache/ as well
distclean: clean
	rm -rf cache

.PHONY: all help clean distclean
.SECONDARY:
.DELETE_ON_ERROR:
