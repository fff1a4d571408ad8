#include "recover/parse/vmcoreinfo.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "recover/parse/pattern.h"

#define LINES_MAX 512
#define LINE_REGEX "\\G([A-Z][\\w-]*(?:\\([\\w.]+\\))?)=([\\x20-\\x7e]*)\\n"

void vmcoreinfo_deinit(struct vmcoreinfo *v)
{
	for (size_t i = 0; i < v->count; i++) {
		free(v->lines[i].name);
		free(v->lines[i].value);
	}
	free(v->lines);
	*v = (struct vmcoreinfo){ .count = 0 };
}

const char *vmcoreinfo_get(const struct vmcoreinfo *v, const char *name)
{
	for (size_t i = 0; i < v->count; i++)
		if (!strcmp(v->lines[i].name, name))
			return v->lines[i].value;
	return NULL;
}

bool vmcoreinfo_number(const struct vmcoreinfo *v, const char *name, uint64_t *ret)
{
	bool hex = !strncmp(name, "SYMBOL(", 7) || !strcmp(name, "KERNELOFFSET");
	const char *value = vmcoreinfo_get(v, name), *digits;
	unsigned long long number;
	char *end;

	if (!value)
		return false;
	digits = value + (!hex && *value == '-');
	if (!strchr(hex ? "0123456789abcdef" : "0123456789", *digits) || !*digits)
		return false;
	errno = 0;
	number = strtoull(digits, &end, hex ? 16 : 10);
	if (*end || errno || (hex && digits[1] == 'x'))
		return false;
	*ret = digits == value ? number : -(uint64_t)number;
	return true;
}

bool vmcoreinfo_page_table(const struct vmcoreinfo *v, struct kaddr *ret)
{
	static const char *const names[] = { "SYMBOL(init_top_pgt)", "SYMBOL(swapper_pg_dir)",
					     "SYMBOL(init_level4_pgt)" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (vmcoreinfo_number(v, names[i], &ret->v))
			return true;
	return false;
}

static void add_line(struct vmcoreinfo *v, const struct pattern_match *match)
{
	*vec_add(v->lines, v->count, v->capacity) = (struct vmcoreinfo_line){
		xstrndup(match->group[1].text, match->group[1].size),
		xstrndup(match->group[2].text, match->group[2].size),
	};
}

static struct err *check_lines(struct vmcoreinfo *v)
{
	uint64_t page_size;

	v->release = vmcoreinfo_get(v, "OSRELEASE");
	if (!v->release || !*v->release)
		return err_new(ERR_DATA, "no line OSRELEASE=");
	if (!vmcoreinfo_number(v, "PAGESIZE", &page_size) || page_size != PAGE_SIZE)
		return err_new(ERR_DATA, "no line PAGESIZE=4096");
	if (!vmcoreinfo_number(v, "NUMBER(phys_base)", &v->phys_base))
		return err_new(ERR_DATA, "no line NUMBER(phys_base)=");
	if (!vmcoreinfo_number(v, "SYMBOL(_stext)", &v->stext.v))
		return err_new(ERR_DATA, "no line SYMBOL(_stext)=");
	return NULL;
}

struct err *vmcoreinfo_parse(const char *text, size_t size, struct paddr at,
			     struct vmcoreinfo *ret)
{
	CLEANUP(pattern_freep) struct pattern *line = NULL;
	CLEANUP(vmcoreinfo_deinit) struct vmcoreinfo v = { .at = at };
	size_t length = strnlen(text, size < VMCOREINFO_MAX ? size : VMCOREINFO_MAX), pos = 0;
	struct pattern_match match;
	struct err *e = pattern_new(LINE_REGEX, &line);

	if (e)
		return e;
	while (v.count < LINES_MAX && pattern_find(line, text, length, pos, &match)) {
		add_line(&v, &match);
		pos += match.group[0].size;
	}
	e = check_lines(&v);
	if (e)
		return err_in(e, "vmcoreinfo at 0x%" PRIx64, at.v);
	*ret = v;
	v = (struct vmcoreinfo){ .count = 0 };
	return NULL;
}

size_t vmcoreinfo_room(const struct memory *m, struct paddr at)
{
	size_t size = VMCOREINFO_MAX;

	while (size > 64 && !ram_map_contains(memory_ram_map(m), at, size))
		size -= 64;
	return size;
}

struct err *vmcoreinfo_read(struct memory *m, struct paddr at, struct vmcoreinfo *ret)
{
	char text[VMCOREINFO_MAX];
	size_t size = vmcoreinfo_room(m, at);
	struct err *e = memory_read(m, at, text, size);

	if (e)
		return err_in(e, "vmcoreinfo at 0x%" PRIx64, at.v);
	return vmcoreinfo_parse(text, size, at, ret);
}
