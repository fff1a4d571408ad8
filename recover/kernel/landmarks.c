#include "recover/kernel/landmarks.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "recover/parse/banner.h"
#include "recover/parse/exports.h"

const char *const symbol_names[] = {
#define SYMBOL(name) #name,
#include "recover/kernel/symbols.def"
#undef SYMBOL
};
const size_t symbol_names_count = sizeof(symbol_names) / sizeof(*symbol_names);
_Static_assert(sizeof(symbol_names) / sizeof(*symbol_names) <= LANDMARKS_MAX, "LANDMARKS_MAX");

void landmarks_deinit(struct landmarks *l)
{
	for (size_t i = 0; i < l->count; i++)
		buf_deinit(&l->list[i].sources);
	l->count = 0;
}

const struct landmark *landmarks_get(const struct landmarks *l, const char *name)
{
	for (size_t i = 0; i < l->count; i++)
		if (!strcmp(l->list[i].name, name))
			return &l->list[i];
	return NULL;
}

struct err *landmarks_add(struct landmarks *l, const char *name, struct kaddr at,
			  const char *source)
{
	struct landmark *known = (struct landmark *)(uintptr_t)landmarks_get(l, name);

	if (known && known->at.v != at.v)
		return err_new(ERR_DATA, "%s: %s says 0x%" PRIx64 ", %s says 0x%" PRIx64, name,
			       buf_str(&known->sources), known->at.v, source, at.v);
	if (!known && l->count == LANDMARKS_MAX)
		return err_new(ERR_DATA, "%s: more than %d landmarks", name, LANDMARKS_MAX);
	if (!known) {
		known = &l->list[l->count++];
		*known = (struct landmark){ name, at, BUF_INIT };
	}
	buf_addf(&known->sources, "%s%s", known->sources.size ? ", " : "", source);
	return NULL;
}

bool landmarks_are_needed(const struct kallsyms *k)
{
	static const char *const data[] = { "linux_banner", "init_task" };

	for (size_t i = 0; i < sizeof(data) / sizeof(*data); i++) {
		struct kaddr at;
		struct err *e = kallsyms_lookup(k, data[i], &at);

		err_discard(e);
		if (!e)
			return false;
	}
	return true;
}

/* Only a linked banner has a build number, "#1 SMP". */
static bool is_banner(const char *text, size_t size)
{
	struct banner b;
	struct err *e = banner_parse(text, size, &b);
	const char *number = e ? NULL : strstr(b.text, ") #");
	bool is = number && number[3] >= '0' && number[3] <= '9';

	err_discard(e);
	if (!e)
		banner_deinit(&b);
	return is;
}

static struct err *find_banner(const struct kernel_pages *pages, struct landmarks *l)
{
	static const char start[] = "Linux version ";
	const char *image = (const char *)pages->bytes, *end = image + pages->size;
	const char *at = image, *found = NULL;

	while ((at = memmem(at, (size_t)(end - at), start, sizeof(start) - 1))) {
		size_t room = (size_t)(end - at) < BANNER_MAX ? (size_t)(end - at) : BANNER_MAX;
		const char *newline = memchr(at, '\n', room);

		/* without constant pages we see the log's copy as well, which has no newline */
		if (newline && is_banner(at, room)) {
			if (found && memcmp(found, at, (size_t)(newline - at) + 1))
				return err_new(ERR_DATA, "linux_banner: there is one at 0x%" PRIx64
					       " and one at 0x%" PRIx64,
					       pages->map.start.v + (uint64_t)(found - image),
					       pages->map.start.v + (uint64_t)(at - image));
			found = found ? found : at;
		}
		at++;
	}
	if (!found)
		return NULL;
	return landmarks_add(l, "linux_banner",
			     kaddr_add(pages->map.start, (uint64_t)(found - image)),
			     "text in the image");
}

struct err *landmarks_of_image(const struct kernel_pages *pages, struct landmarks *l)
{
	CLEANUP(free_ptr) struct kaddr *at = xcalloc(symbol_names_count, sizeof(*at));
	struct err *e = find_banner(pages, l);

	if (e)
		return e;
	exports_find(pages->bytes, pages->size, pages->map.start, symbol_names, symbol_names_count,
		     at);
	for (size_t i = 0; i < symbol_names_count; i++) {
		if (!at[i].v)
			continue;
		e = landmarks_add(l, symbol_names[i], at[i], "export table");
		if (e)
			return e;
	}
	return NULL;
}
