# make install [DESTDIR=] [PREFIX=/usr/local]: the pipeline under PREFIX/lib/farwalk, the command `farwalk`, manual pages.

PREFIX ?= /usr/local
installed := $(DESTDIR)$(PREFIX)/lib/farwalk
mandir := $(DESTDIR)$(PREFIX)/share/man/man1

## install: install it (DESTDIR=, PREFIX=/usr/local)
install: build
	@scripts/install-tree '$(installed)' '$(PREFIX)/lib/farwalk' '$(DESTDIR)$(PREFIX)/bin' '$(mandir)' '$(O)/bin'

## uninstall: take it away again
uninstall:
	rm -rf '$(installed)' '$(DESTDIR)$(PREFIX)/bin/farwalk'
	rm -f $(patsubst docs/man/%,'$(mandir)/%',$(wildcard docs/man/*.1))

.PHONY: install uninstall
