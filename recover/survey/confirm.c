/* Whether the machine is still the one that the survey read. */
#include "recover/survey/survey.h"

#include <inttypes.h>
#include <string.h>

#include "recover/kernel/e820.h"

static struct err *confirm_variable(struct kernel *k, const char *name)
{
	struct kaddr at;
	uint64_t before, now;
	struct err *e;

	if (!kernel_symbol(k, name, &at) || !kernel_u64(k, name, &before))
		return NULL;
	e = memory_read(k->memory, kernel_map_pa(&k->map, at), &now, sizeof(now));
	if (e)
		return e;
	if (now != before)
		return err_new(ERR_DATA, "%s was 0x%" PRIx64 " and is 0x%" PRIx64, name, before, now);
	return NULL;
}

static struct err *confirm_banner(struct kernel *k)
{
	const struct banner *banner = &k->candidate->banner;
	size_t size = strlen(banner->text);
	char now[BANNER_MAX];
	struct kaddr at;
	struct err *e;

	if (size > sizeof(now) || !kernel_symbol(k, "linux_banner", &at))
		return NULL;
	e = memory_read(k->memory, kernel_map_pa(&k->map, at), now, size);
	if (e)
		return e;
	return memcmp(now, banner->text, size) ?
		       err_new(ERR_DATA, "linux_banner is another one now") : NULL;
}

static struct err *confirm_ram(const struct survey *s, struct kernel *k)
{
	CLEANUP(ram_map_deinit) struct ram_map now = RAM_MAP_INIT;
	CLEANUP(buf_deinit) struct buf a = BUF_INIT, b = BUF_INIT;
	const char *name;
	struct err *e;

	if (!s->e820_name)
		return NULL;
	e = e820_read(k, &now, &name);
	if (e)
		return e;
	ram_map_format(&s->e820, &a);
	ram_map_format(&now, &b);
	return strcmp(buf_str(&a), buf_str(&b)) ? err_new(ERR_DATA, "%s changed", name) : NULL;
}

static struct err *confirm_map(const struct kernel *k)
{
	struct kernel_map now;
	struct err *e = kernel_map_of_table(k->memory, k->map.root, &now);

	if (e)
		return e;
	return kernel_map_same_place(&now, &k->map) ?
		       NULL : err_new(ERR_DATA, "the image is mapped elsewhere now");
}

static struct err *confirm_all(const struct survey *s, struct kernel *k)
{
	static const char *const names[] = { "phys_base", "page_offset_base", "vmalloc_base",
					     "vmemmap_base", "vmcoreinfo_data", "vmcoreinfo_note",
					     "e820_table" };
	struct err *e = confirm_map(k);

	if (e)
		return e;
	e = confirm_banner(k);
	if (e)
		return e;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		e = confirm_variable(k, names[i]);
		if (e)
			return e;
	}
	return confirm_ram(s, k);
}

struct err *survey_confirm(struct survey *s, struct kernel *k)
{
	struct err *e = confirm_all(s, k);

	s->changed = e && !err_is_fatal(e);
	return err_in(e, "the machine changed while it was read");
}
