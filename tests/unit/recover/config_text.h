/* config_text: a machine whose page cache holds the configuration of its kernel, for tests of what is
 * recovered from it.
 */
#ifndef TESTS_UNIT_CONFIG_TEXT_H
#define TESTS_UNIT_CONFIG_TEXT_H

#include "tests/lib/unit.h"

#include "base/view.h"
#include "recover/config/text.h"
#include "tests/lib/config_image.h"
#include "tests/lib/failing.h"

#define RELEASE "6.1.0-56-amd64"
#define NAME "config-" RELEASE
static const char banner[] = "Linux version 6.1.0-56-amd64 (d@d) (gcc-12 (Debian 12.2.0) 12.2.0, "
			     "GNU ld 2.40) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)";

/* The config of a kernel, with names and values of its own for each seed. */
static inline void make_config(struct buf *b, const char *version, unsigned int seed, size_t options)
{
	buf_add_str(b, "#\n# Automatically generated file; DO NOT EDIT.\n");
	if (version)
		buf_addf(b, "# Linux/x86 %s Kernel Configuration\n#\n", version);
	for (size_t i = 0; i < options; i++) {
		unsigned int mix = (unsigned int)i * 2654435761u;

		if (i % 40 == 0)
			buf_addf(b, "\n#\n# Menu %zu\n#\n", i / 40);
		if ((mix >> 9) % 3 == 0)
			buf_addf(b, "# CONFIG_OPTION_%x_%zu is not set\n", mix >> 20, i);
		else if ((mix >> 9) % 3 == 1)
			buf_addf(b, "CONFIG_DRIVER_%x_%zu=%c\n", mix >> 18, i, "ym"[seed & 1]);
		else
			buf_addf(b, "CONFIG_LIMIT_%zu=%u\n", i, seed);
	}
}

struct fixture {
	struct config_image image;
	struct buf config; /* of the running kernel */
	struct paddr at[1024];
	size_t count;
	struct config_text_hints hints;
	struct buf text, report;
};

static inline void fixture_init(struct fixture *f)
{
	*f = (struct fixture){ .hints = { .vmemmap_base = IMAGE_VMEMMAP, .release = RELEASE,
					  .banner = banner } };
	config_image_init(&f->image);
	make_config(&f->config, "6.1.192", 7, 1500);
}

static inline void fixture_deinit(struct fixture *f)
{
	config_image_deinit(&f->image);
	buf_deinit(&f->config);
	buf_deinit(&f->text);
	buf_deinit(&f->report);
}

static inline void offer(struct fixture *f, uint64_t pfn)
{
	f->at[f->count++] = PADDR(pfn << PAGE_SHIFT);
}

static inline struct config_image_file add_file(struct fixture *f, const char *name, const char *text,
					 uint64_t pfn, int step)
{
	struct config_image_file file = config_image_file(&f->image, name, text, pfn, step);

	for (size_t i = 0; i < file.count; i++)
		offer(f, file.pfns[file.count - 1 - i]);
	return file;
}

static inline struct config_image_file add_running(struct fixture *f)
{
	return add_file(f, NAME, buf_str(&f->config), 1000, -3);
}

static inline struct err *recover(struct fixture *f, bool symbols)
{
	struct config_pages pages = { f->at, f->count };

	buf_clear(&f->text);
	buf_clear(&f->report);
	return config_text_recover(f->image.memory, symbols ? &f->image.kernel : NULL, &f->hints,
				   &pages, &f->text, &f->report);
}

/* The whole config came out, and nothing else. */
static inline void assert_whole(struct fixture *f)
{
	char header[80];
	size_t pages = (f->config.size + PAGE_SIZE - 1) / PAGE_SIZE;

	snprintf(header, sizeof(header), "# farwalk config text: %zu of %zu pages\n", pages,
		 pages);
	assert_int_equal(strncmp(buf_str(&f->text), header, strlen(header)), 0);
	assert_string_equal(buf_str(&f->text) + strlen(header), buf_str(&f->config));
}

/* Every line of the text but gaps is a line of the config, in order; *gaps is how many gaps. Lines
 * that touch one of the missing pages are not there, and all others are. */
static inline void assert_without(struct fixture *f, const bool *missing, size_t gaps)
{
	const char *line = strchr(buf_str(&f->text), '\n') + 1;
	size_t seen = 0;

	for (const char *p = buf_str(&f->config); *p; p = strchr(p, '\n') + 1) {
		size_t size = (size_t)(strchr(p, '\n') + 1 - p);
		size_t at = (size_t)(p - f->config.data), before = at ? at - 1 : 0;

		while (!strncmp(line, "# gap: ", 7)) {
			line = strchr(line, '\n') + 1;
			seen++;
		}
		if (missing[before / PAGE_SIZE] || missing[at / PAGE_SIZE] ||
		    missing[(at + size - 1) / PAGE_SIZE])
			continue;
		if (strncmp(line, p, size) != 0)
			fail_msg("expected %.*s found %.*s", (int)size, p, (int)size, line);
		line += size;
	}
	for (; !strncmp(line, "# gap: ", 7); seen++)
		line = strchr(line, '\n') + 1;
	assert_string_equal(line, "");
	assert_int_equal(seen, gaps);
}

#define FIXTURE(name) \
	CLEANUP(fixture_deinit) struct fixture name; \
	fixture_init(&name)

#endif
