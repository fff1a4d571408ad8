#include "recover/config/candidate.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "recover/config/join.h"
#include "recover/config/version.h"

#define NOWHERE UINT64_MAX
#define TRIED_MAX 4 /* offered pages that we read before we give a file up as no config */
#define AUTO_CONF_MIN 50 /* options without one "is not set": include/config/auto.conf */

/* What speaks for a file, each a bit: whatever stands further down outweighs all above it. */
enum {
	RANK_HEADER = 1,
	RANK_COMPILER = 2,
	RANK_SIGNATURE = 4,
	RANK_NAME = 8,
	RANK_FOLDER = 16, /* /boot, where only root can write */
	RANK_WHOLE_FORM = 32, /* .config; auto.conf leaves out the options that are not set */
};

/* *done false: this page cannot be read. Errors: ERR_SYSTEM. */
static struct err *read_page(struct memory *m, struct paddr at, char *page, bool *done)
{
	struct err *e = memory_read(m, at, page, PAGE_SIZE);

	*done = !e;
	if (err_is_fatal(e))
		return e;
	err_discard(e);
	return NULL;
}

/* Whether one of the first offered pages is config text. */
static struct err *is_config(struct memory *m, const struct config_placed *placed, size_t count,
			     bool *ret)
{
	char page[PAGE_SIZE];
	bool done;

	*ret = false;
	for (size_t i = 0; i < count && i < TRIED_MAX && !*ret; i++) {
		struct err *e = read_page(m, placed[i].at, page, &done);

		if (e)
			return e;
		*ret = done && config_text_page(page);
	}
	return NULL;
}

/* Finds where each page of the file is: at[i] for page i. Two pages that claim one index are a lie,
 * or the machine ran on while we read it: we take neither, unless the file's tree says which. */
static struct err *collect(struct page_cache *pc, const struct config_placed *placed,
			   size_t count, struct paddr at[CONFIG_PAGES_MAX], size_t *total)
{
	struct err *e;

	for (size_t i = 0; i < CONFIG_PAGES_MAX; i++)
		at[i] = PADDR(NOWHERE);
	for (size_t i = 0; i < count; i++) {
		uint64_t index = placed[i].place.index;
		bool twice = (i && placed[i - 1].place.index == index) ||
			     (i + 1 < count && placed[i + 1].place.index == index);

		if (index < CONFIG_PAGES_MAX && !twice)
			at[index] = placed[i].at;
	}
	e = page_cache_pages(pc, placed->place.mapping, at, CONFIG_PAGES_MAX);
	*total = 0;
	for (size_t i = 0; i < CONFIG_PAGES_MAX; i++)
		if (at[i].v != NOWHERE)
			*total = i + 1;
	return e;
}

static struct err *join_pages(struct memory *m, const struct paddr *at, struct config_candidate *c,
			      struct config_join *j)
{
	for (size_t i = 0; i < c->total && !j->ended; i++) {
		struct config_fragment f;
		char page[PAGE_SIZE];
		bool done = false;
		struct err *e;

		if (at[i].v == NOWHERE) {
			config_join_missing(j, i, "not in memory");
			continue;
		}
		e = read_page(m, at[i], page, &done);
		if (e)
			return e;
		if (!done) {
			config_join_missing(j, i, "cannot be read");
		} else if (!config_fragment_read(page, &f) || (f.last && i + 1 < c->total)) {
			config_join_missing(j, i, "does not hold config text");
		} else {
			config_join_page(j, &f, i);
			if (!i && !config_fragment_version(&f, c->version))
				*c->version = '\0';
		}
	}
	config_join_finish(j);
	return NULL;
}

struct err *config_candidate_read(struct memory *m, struct page_cache *pc,
				  const struct config_placed *placed, size_t count,
				  struct config_candidate *ret)
{
	CLEANUP(free_ptr) struct paddr *at = xcalloc(CONFIG_PAGES_MAX, sizeof(*at));
	CLEANUP(config_join_deinit) struct config_join j;
	struct err *e;
	bool config;

	*ret = (struct config_candidate){ .text = BUF_INIT };
	config_join_init(&j);
	e = is_config(m, placed, count, &config);
	if (e)
		return e;
	if (!config)
		return err_new(ERR_ABSENT, "no config text");
	e = page_cache_name(pc, placed->place.mapping, &ret->name);
	if (e)
		return e;
	e = collect(pc, placed, count, at, &ret->total);
	if (e)
		return e;
	e = join_pages(m, at, ret, &j);
	if (e)
		return e;
	ret->pages = j.pages;
	ret->lines = j.lines;
	ret->gaps = j.gaps;
	ret->total_known = j.ended;
	ret->text = j.text;
	j.text = (struct buf)BUF_INIT;
	return config_file_parse(buf_str(&ret->text), ret->text.size, &ret->file);
}

void config_candidate_deinit(struct config_candidate *c)
{
	buf_deinit(&c->text);
	config_file_deinit(&c->file);
}

/* include/config/auto.conf and copies of it name only the options that are set. */
static bool is_auto_conf(const struct config_file *f)
{
	if (f->count < AUTO_CONF_MIN)
		return false;
	for (size_t i = 0; i < f->count; i++)
		if (!strcmp(f->options[i].value, "n"))
			return false;
	return true;
}

/* Whether the reference has every option of f, with the same value and in the same order. */
static bool agrees(const struct config_file *f, const struct config_file *reference)
{
	const struct config_option *before = NULL;

	for (size_t i = 0; i < f->count; i++) {
		const struct config_option *o =
			config_file_find(reference, f->options[i].name);

		if (!o || o <= before || strcmp(o->value, f->options[i].value) != 0)
			return false;
		before = o;
	}
	return f->count > 0;
}

static bool reject(struct config_candidate *c, const char *why)
{
	c->why = why;
	return false;
}

/* Adds to rank what speaks for the candidate. Returns false, with why, at the first thing that
 * speaks against it. */
static bool weigh(struct config_candidate *c, const struct config_text_hints *hints)
{
	const struct config_option *signature = config_file_find(&c->file, "VERSION_SIGNATURE");
	enum config_fit fit;

	if (!strncmp(c->name.file, "config-", 7)) {
		if (strcmp(c->name.file + 7, hints->release) != 0)
			return reject(c, "of another kernel by its name");
		c->rank += RANK_NAME;
		if (!strcmp(c->name.folder, "boot") || !strcmp(c->name.folder, "/"))
			c->rank += RANK_FOLDER;
	}
	if (*c->version) {
		fit = config_version_fit(c->version, hints->release, hints->banner);
		if (fit == CONFIG_FIT_NO)
			return reject(c, "of another kernel by its header");
		c->rank += fit == CONFIG_FIT_YES ? RANK_HEADER : 0;
	}
	if (signature) {
		fit = config_signature_fit(signature->value, hints->release, hints->banner);
		if (fit == CONFIG_FIT_NO)
			return reject(c, "of another kernel by CONFIG_VERSION_SIGNATURE");
		c->rank += fit == CONFIG_FIT_YES ? RANK_SIGNATURE : 0;
	}
	return true;
}

void config_candidate_judge(struct config_candidate *c, const struct config_text_hints *hints,
			    const struct config_file *reference)
{
	enum config_fit fit = CONFIG_FIT_MAYBE;
	const char *option = NULL;

	c->rank = 0;
	c->fits = false;
	c->why = "another file's";
	if (!hints->release || !weigh(c, hints))
		return;
	if (hints->banner)
		fit = config_build_fit(&c->file, hints->banner, &option);
	if (fit == CONFIG_FIT_NO) {
		c->why = "of another build: the banner contradicts it";
		return;
	}
	if (c->rank & RANK_NAME)
		c->why = "by its name";
	else if (c->rank & RANK_SIGNATURE)
		c->why = "by CONFIG_VERSION_SIGNATURE";
	else if (c->rank & RANK_HEADER)
		c->why = "by its header";
	else if (reference && agrees(&c->file, reference))
		c->why = "by its agreement with the packaged config";
	else {
		c->why = "nothing in it names its kernel";
		return;
	}
	c->fits = true;
	c->rank += fit == CONFIG_FIT_YES ? RANK_COMPILER : 0;
	c->rank += is_auto_conf(&c->file) ? 0 : RANK_WHOLE_FORM;
}
