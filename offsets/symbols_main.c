/* symbols: the facts about a kernel that a reboot does not change, as a header
 * for the walker.
 *
 *	symbols --kernel build/kernels/KEY/kernel --header build/kernels/KEY/symbols.h
 *
 * Shape of the header: KERNEL_RELEASE, KERNEL_BANNER and the like as strings,
 * LINK_BASE and SYM_name (link-time addresses) as numbers. Where SYM_name is defined,
 * HAVE_SYM_name is 1; where it is not, `#if HAVE_SYM_name` is false all the same.
 * The values come from the target's memory. A character that is not printable becomes
 * an octal escape, which cannot swallow the character behind it, and a name that is
 * not a C identifier is refused.
 */
#include <ctype.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "base/facts.h"
#include "base/file.h"

#define SYMBOL_PREFIX "symbol."

static const struct {
	const char *key, *macro;
	bool needed;
} strings[] = {
	{ "release", "KERNEL_RELEASE", true },
	{ "banner", "KERNEL_BANNER", true },
	{ "build_id", "KERNEL_BUILD_ID", false },
	{ "distribution", "KERNEL_DISTRIBUTION", false },
	{ "package_version", "KERNEL_PACKAGE_VERSION", false },
	{ "compiler", "KERNEL_COMPILER", false },
};

/* '?' is escaped, too: two of them may begin a trigraph. */
static void add_c_string(struct buf *b, const char *text)
{
	buf_add_char(b, '"');
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p < 0x20 || *p > 0x7e || *p == '"' || *p == '\\' || *p == '?')
			buf_addf(b, "\\%03o", *p);
		else
			buf_add_char(b, (char)*p);
	}
	buf_add_char(b, '"');
}

static struct err *add_strings(const struct facts *kernel, struct buf *b)
{
	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
		const char *value = facts_get(kernel, strings[i].key);

		if (!value && strings[i].needed)
			return facts_str(kernel, strings[i].key, &value);
		buf_addf(b, "#define %s ", strings[i].macro);
		add_c_string(b, value ? value : "");
		buf_add_char(b, '\n');
	}
	return NULL;
}

static bool is_identifier(const char *name)
{
	if (!isalpha((unsigned char)*name) && *name != '_')
		return false;
	while (isalnum((unsigned char)*name) || *name == '_')
		name++;
	return !*name;
}

static struct err *add_symbols(const struct facts *kernel, const char *path, struct buf *b)
{
	for (size_t i = 0; i < facts_count(kernel); i++) {
		const char *key, *value, *evidence, *name;
		uint64_t address = 0;
		struct err *e;

		facts_at(kernel, i, &key, &value, &evidence);
		if (strncmp(key, SYMBOL_PREFIX, strlen(SYMBOL_PREFIX)))
			continue;
		name = key + strlen(SYMBOL_PREFIX);
		if (!is_identifier(name))
			return err_new(ERR_DATA, "%s: %s: is no name of a symbol", path, key);
		e = facts_u64(kernel, key, &address);
		if (e)
			return e;
		buf_addf(b, "#define HAVE_SYM_%s 1\n#define SYM_%s UINT64_C(0x%" PRIx64 ")\n", name,
			 name, address);
	}
	return NULL;
}

static struct err *make_header(const char *kernel_path, const char *header_path)
{
	CLEANUP(facts_freep) struct facts *kernel = NULL;
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	uint64_t link_base = 0;
	struct err *e = facts_read(kernel_path, &kernel);

	if (e)
		return e;
	buf_add_str(&b, "/* Generated from `kernel`: what a reboot does not change. */\n"
			"#ifndef SYMBOLS_H\n#define SYMBOLS_H\n\n#include <stdint.h>\n\n");
	e = add_strings(kernel, &b);
	if (e)
		return e;
	e = facts_u64(kernel, "link_base", &link_base);
	if (e)
		return e;
	buf_addf(&b, "#define LINK_BASE UINT64_C(0x%" PRIx64 ")\n", link_base);
	e = add_symbols(kernel, kernel_path, &b);
	if (e)
		return e;
	buf_add_str(&b, "\n#endif\n");
	return file_write(header_path, b.data, b.size, NULL);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "kernel", required_argument, NULL, 'k' },
		{ "header", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	const char *kernel = NULL, *header = NULL;
	bool bad = false;

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (c == 'k')
			kernel = optarg;
		else if (c == 'o')
			header = optarg;
		else
			bad = true;
	}
	if (bad || optind != argc || !kernel || !header) {
		fputs("usage: symbols --kernel FACTS --header FILE\n", stderr);
		return ERR_USAGE;
	}
	return err_report(make_header(kernel, header), "symbols");
}
