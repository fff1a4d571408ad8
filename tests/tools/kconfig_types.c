/* kconfig_types TREE: every option that a kernel tree defines, a line each: NAME TYPE[,TYPE]... in
 * the words of the kernel's own sym_type_name().
 */
#include <stdio.h>

#include "base/cleanup.h"
#include "kernel-src/kconfig/kconfig.h"

static void print_option(const struct kconfig_option *o)
{
	static const struct {
		enum kconfig_type type;
		const char *name;
	} names[] = {
		{ KCONFIG_BOOL, "bool" }, { KCONFIG_TRISTATE, "tristate" }, { KCONFIG_INT, "integer" },
		{ KCONFIG_HEX, "hex" },	  { KCONFIG_STRING, "string" },
	};
	char separator = ' ';

	fputs(o->key.name, stdout);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(o->types & names[i].type))
			continue;
		printf("%c%s", separator, names[i].name);
		separator = ',';
	}
	puts(o->types ? "" : " unknown");
}

int main(int argc, char **argv)
{
	CLEANUP(kconfig_freep) struct kconfig *k = NULL;
	struct err *e;

	if (argc != 2) {
		fputs("usage: kconfig_types TREE\n", stderr);
		return ERR_USAGE;
	}
	e = kconfig_read(argv[1], &k);
	for (size_t i = 0; !e && i < kconfig_mentioned(k); i++)
		if (kconfig_option(k, i)->defined)
			print_option(kconfig_option(k, i));
	return err_report(e, "kconfig_types");
}
