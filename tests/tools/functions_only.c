/* functions_only: takes the data symbols out of the kernel in a raw image of a machine's memory.
 *
 *	functions_only [--no-exports] FILE
 *
 * For tests: makes the memory what it would be had the kernel been configured without
 * CONFIG_KALLSYMS_ALL and, with --no-exports, without modules. FILE is changed. Its kernel is one from
 * 6.1 (with Debian's patches) on. The tests' own generator makes the new tables.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "recover/recovery.h"
#include "tests/lib/kallsyms_image.h"

/* The generator's layouts, and how recover describes each. */
static const struct known {
	const char *kernels, *formula;
	bool addresses_last;
} known[] = {
	{ "6.1 patched, 6.2, 6.3", "addresses base-relative, absolute per-CPU at 0x", false },
	{ "6.4 to 6.14", "addresses base-relative, absolute per-CPU at 0x", true },
	{ "6.15 to 6.19", "addresses base-relative at 0x", true },
	{ "7.0", "addresses PC-relative at 0x", true },
};

static const struct image_layout *layout_of(const char *kernels)
{
	for (size_t i = 0; i < image_layouts_count; i++)
		if (!strcmp(image_layouts[i].kernels, kernels))
			return &image_layouts[i];
	abort();
}

static struct err *overwrite(int fd, const struct kernel *k, uint64_t offset, const void *bytes,
			     size_t size)
{
	struct paddr at = kernel_map_pa(&k->map, kaddr_add(k->map.start, offset));

	if (pwrite(fd, bytes, size, (off_t)at.v) != (ssize_t)size)
		return err_errno("0x%" PRIx64, at.v);
	return NULL;
}

/* The number behind these words of a description; 0: they are not there. */
static size_t number_behind(const char *description, const char *words)
{
	const char *at = strstr(description, words);

	return at ? strtoull(strstr(at, "0x"), NULL, 16) : 0;
}

/* Which tables there are, and where. */
static struct err *tables_of(const struct kernel *k, const struct image_layout **ret, size_t *start,
			     size_t *end)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	size_t count = kallsyms_count(k->candidate->symbols);
	size_t names, tokens;

	kallsyms_describe(k->candidate->symbols, &b);
	names = number_behind(buf_str(&b), "names at 0x");
	tokens = number_behind(buf_str(&b), "tokens at 0x");
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		size_t addresses = number_behind(buf_str(&b), known[i].formula);
		bool last = addresses > names;

		if (!addresses || !tokens || last != known[i].addresses_last ||
		    (!last && !strstr(buf_str(&b), "3-byte sequence")))
			continue;
		*ret = layout_of(known[i].kernels);
		*start = last ? names - (*ret)->align : addresses; /* the number of symbols is before them */
		/* addresses and sequence numbers, or a token table: none is smaller */
		*end = last ? addresses + count * (4 + 3) : tokens + 1024;
		return NULL;
	}
	return err_new(ERR_DATA, "none of the known tables: %s", buf_str(&b));
}

/* Whether scripts/kallsyms.c lists it all the same: it goes by where a symbol is, not by its type. In 7.2 init_task is
 * a 'T', outside of all text. */
static bool is_text(const struct kernel *k, struct kaddr at)
{
	static const char *const ranges[][2] = {
		{ "_stext", "_etext" },
		{ "_sinittext", "_einittext" },
	};

	for (size_t i = 0; i < 2; i++) {
		struct kaddr start, end;

		if (kernel_symbol(k, ranges[i][0], &start) && kernel_symbol(k, ranges[i][1], &end) &&
		    at.v >= start.v && at.v < end.v)
			return true;
	}
	return false;
}

static struct err *strip_symbols(int fd, const struct kernel *k)
{
	size_t count = kallsyms_count(k->candidate->symbols), n = 0, start = 0, end = 0;
	CLEANUP(free_ptr) struct image_symbol *s = xcalloc(count, sizeof(*s));
	CLEANUP(free_ptr) char *zeros = NULL;
	const struct image_layout *layout;
	struct kernel_image image;
	struct err *e = tables_of(k, &layout, &start, &end);

	if (e)
		return e;
	for (size_t i = 0; i < count; i++) {
		struct kallsym symbol = kallsyms_at(k->candidate->symbols, i);

		if (is_text(k, symbol.address))
			s[n++] = (struct image_symbol){ symbol.address.v, symbol.type, symbol.name };
	}
	image = kernel_image_build(layout, k->map.start.v, k->image_size, start, s, n);
	if (image.end > end)
		abort();
	zeros = xcalloc(1, end - image.end);
	e = overwrite(fd, k, image.tables, image.data.data + image.tables, image.end - image.tables);
	if (!e)
		e = overwrite(fd, k, image.end, zeros, end - image.end);
	kernel_image_deinit(&image);
	printf("%zu of %zu symbols\n", n, count);
	return e;
}

/* Zeroes the tables by which modules are linked, so that nothing can be found by them. */
static struct err *strip_exports(int fd, const struct kernel *k)
{
	static const char *const ranges[][2] = {
		{ "__start___ksymtab", "__stop___ksymtab" },
		{ "__start___ksymtab_gpl", "__stop___ksymtab_gpl" }, /* not in 7.2 */
	};

	for (size_t i = 0; i < 2; i++) {
		CLEANUP(free_ptr) char *zeros = NULL;
		struct kaddr start, stop;
		struct err *e;

		if (i && !kernel_symbol(k, ranges[i][0], &start))
			continue;
		if (!kernel_symbol(k, ranges[i][0], &start) || !kernel_symbol(k, ranges[i][1], &stop))
			return err_new(ERR_ABSENT, "no symbol %s", ranges[i][0]);
		zeros = xcalloc(1, stop.v - start.v);
		e = overwrite(fd, k, start.v - k->map.start.v, zeros, stop.v - start.v);
		if (e)
			return e;
	}
	return NULL;
}

static struct err *strip(const char *path, bool exports)
{
	CLEANUP(close_fd) int fd = open(path, O_RDWR);
	CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };
	struct recovery_options o = { .uri = path, .how = RECOVERY_SURVEY };
	struct err *e = fd < 0 ? err_errno("%s", path) : recovery_run(&o, &r);

	if (e)
		return e;
	e = strip_symbols(fd, &r.kernel);
	if (e || !exports)
		return e;
	return strip_exports(fd, &r.kernel);
}

int main(int argc, char **argv)
{
	bool exports = argc == 3 && !strcmp(argv[1], "--no-exports");

	if (argc == 2 || exports)
		return err_report(strip(argv[argc - 1], exports), "functions_only");
	fputs("usage: functions_only [--no-exports] FILE\n", stderr);
	return 2;
}
