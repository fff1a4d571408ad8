# farwalk: from a machine's physical memory to a walker for its very kernel.
# `make help` lists what there is.

CC ?= gcc
CFLAGS ?= -O2 -g
CPPFLAGS += -I. -D_GNU_SOURCE
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Werror
LDLIBS := -lpcre2-8 -larchive -ldw -lelf -lbpf -lz -lpthread

# SANITIZE=address,undefined builds beside the normal tree.
O := build$(if $(SANITIZE),/sanitize-$(subst $(comma),-,$(SANITIZE)))
comma := ,
ifdef SANITIZE
SANITIZE_FLAGS := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ALL_CFLAGS = -std=gnu11 $(CPPFLAGS) $(CFLAGS) $(WARNINGS) $(SANITIZE_FLAGS)

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(2)')

all:

# --- programs and library ---------------------------------------------------
ROOMS := base memory recover kernel-src offsets
MAINS := $(sort $(wildcard $(ROOMS:=/*_main.c)))
LIB_SRC := $(filter-out $(MAINS),$(sort $(wildcard $(ROOMS:=/*.c))))
LIB_OBJ := $(LIB_SRC:%.c=$(O)/obj/%.o)
LIB := $(O)/obj/farwalk.a
BINS := $(foreach m,$(MAINS),$(O)/bin/$(patsubst %_main.c,%,$(notdir $(m))))

# A change of compiler or flags rebuilds; the file changes only when they do.
FLAGS_FILE := $(O)/obj/flags
FLAGS_NOW := $(CC) $(ALL_CFLAGS) $(LDFLAGS) $(LDLIBS)
ifneq ($(file <$(FLAGS_FILE)),$(FLAGS_NOW))
.PHONY: $(FLAGS_FILE)
endif
$(FLAGS_FILE):
	@mkdir -p $(@D) && printf '%s' '$(FLAGS_NOW)' >$@

$(O)/obj/%.o: %.c $(FLAGS_FILE)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(LIB): $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

define program
$(O)/bin/$(patsubst %_main.c,%,$(notdir $(1))): $(O)/obj/$(1:.c=.o) $(LIB)
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$(Q)$$(CC) $$(ALL_CFLAGS) $$(LDFLAGS) $$^ $$(LDLIBS) -o $$@
endef
$(foreach m,$(MAINS),$(eval $(call program,$(m))))

build: $(LIB) $(BINS)

# --- unit tests --------------------------------------------------------------
UNIT_SRC := $(sort $(wildcard tests/unit/*_test.c))
TESTLIB_OBJ := $(patsubst %.c,$(O)/obj/%.o,$(sort $(wildcard tests/lib/*.c)))
UNIT_BINS := $(UNIT_SRC:tests/unit/%.c=$(O)/tests/%)

$(UNIT_BINS): $(O)/tests/%: $(O)/obj/tests/unit/%.o $(TESTLIB_OBJ) $(LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ -lcmocka $(LDLIBS) -o $@

unit: $(if $(T),$(O)/tests/$(T)_test,$(UNIT_BINS))
	$(Q)set -e; for t in $^; do $$t; done

.PHONY: all build unit
.SECONDARY:
-include $(patsubst %.c,$(O)/obj/%.d,$(LIB_SRC) $(MAINS) $(UNIT_SRC) $(wildcard tests/lib/*.c))
