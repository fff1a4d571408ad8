#include "offsets/definition.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "offsets/dwarf_type.h"

void definition_deinit(void *element)
{
	free(((struct definition *)element)->file);
}

/* `# 12 "./include/linux/x.h" 1` */
static bool take_marker(const char *line, size_t size, struct buf *file, unsigned int *number)
{
	const char *quote = memchr(line, '"', size), *end;
	char *digits_end;

	if (size < 4 || line[0] != '#' || line[1] != ' ' || !isdigit((unsigned char)line[2]) || !quote)
		return false;
	*number = (unsigned int)strtoul(line + 2, &digits_end, 10);
	end = memchr(quote + 1, '"', size - (size_t)(quote + 1 - line));
	if (!end)
		return false;
	buf_clear(file);
	buf_add(file, quote + 1, (size_t)(end - quote - 1));
	return true;
}

void definition_add_macros(struct table *definitions, const char *text)
{
	CLEANUP(buf_deinit) struct buf file = BUF_INIT;
	unsigned int line = 0;

	while (*text) {
		size_t n = strcspn(text, "\n");

		if (take_marker(text, n, &file, &line)) {
			line--;
		} else if (n > 8 && !memcmp(text, "#define ", 8) && file.size && file.data[0] != '<') {
			size_t size = 0;
			struct definition *macro;

			while (isalnum((unsigned char)text[8 + size]) || text[8 + size] == '_')
				size++;
			macro = table_get(definitions, text + 8, size, sizeof(*macro));
			free(macro->file);
			macro->file = xstrdup(buf_str(&file));
			macro->line = line;
		}
		line++;
		text += n + (text[n] == '\n');
	}
}

void definition_add_enumerators(struct table *definitions, Dwarf_Die *type)
{
	const char *file = dwarf_decl_file(type);
	struct dwarf_children c;
	int line;

	if (!file || dwarf_decl_line(type, &line) || line <= 0)
		return;
	for (bool more = dwarf_children_first(&c, type); more; more = dwarf_children_next(&c)) {
		const char *name = dwarf_diename(&c.die);
		struct definition *d =
			name ? table_get(definitions, name, strlen(name), sizeof(*d)) : NULL;

		if (d && !d->file) {
			d->file = xstrdup(file);
			d->line = (unsigned int)line;
		}
	}
}
