/* The input is Kconfig text, an empty line, and a .config. What gets through must be harmless, and drawing
 * conclusions from it must end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "kernel-src/kconfig/dotconfig.h"
#include "kernel-src/kconfig/imply.h"
#include "kernel-src/kconfig/kconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct dotconfig_line *line)
{
	for (size_t i = 0; i < line->value_size; i++)
		if (!line->value[i] || strchr("$`\\'();&|<>#\n\r*?[]{}!", line->value[i]))
			abort();
	for (size_t i = 0; i < line->name_size; i++)
		if (!line->name[i] || strchr("$`\\\"'();&|<> =\n\r", line->name[i]))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(kconfig_freep) struct kconfig *k = kconfig_new();
	CLEANUP(imply_freep) struct imply *rules = NULL;
	CLEANUP(buf_deinit) struct buf said = BUF_INIT;
	const uint8_t *gap = memmem(data, size, "\n\n", 2);
	size_t text = gap ? (size_t)(gap - data) + 1 : size;
	const char *at = (const char *)data + text, *end = (const char *)data + size;
	struct dotconfig_line line;
	enum dotconfig_kind kind;

	err_discard(kconfig_add_text(k, (const char *)data, text));
	rules = imply_new(k);
	while ((kind = dotconfig_next(&at, end, &line)) != DOTCONFIG_END) {
		unsigned int types = kind == DOTCONFIG_OPTION ? kconfig_types(k, line.name, line.name_size) : 0;

		if (types && !kconfig_value_fault(types, line.value, line.value_size))
			check(&line);
		if (types && line.value_size) {
			CLEANUP(free_ptr) char *name = xstrndup(line.name, line.name_size);

			imply_set(rules, name, *line.value == 'y' ? VALUE_Y : *line.value == 'm' ? VALUE_M : VALUE_N);
		}
	}
	imply_run(rules);
	imply_contradictions(rules, &said);
	return 0;
}
