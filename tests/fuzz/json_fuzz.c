/* The input is a JSON text, and what QEMU's `info mtree -f` printed. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "memory/mtree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every element and the members that are asked for; strings decode. */
static void look_at(struct json v, unsigned int depth)
{
	static const char *const names[] = { "return", "error", "id", "desc", "size", "share" };
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	struct json item;
	uint64_t number;
	size_t at = 0;

	if (json_string(v, &b) != json_is_string(v))
		abort();
	json_u64(v, &number);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && depth < 3; i++) {
		item = json_member(v, names[i]);
		if (item.text)
			look_at(item, depth + 1);
	}
	for (size_t n = 0; depth < 3 && json_next(v, &at, &item); n++) {
		if (!item.text || item.text < v.text || item.text + item.size > v.text + v.size)
			abort();
		if (n < 10)
			look_at(item, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct mtree t;
	struct json v;
	struct err *e = json_parse(text, size, &v);

	if (!e)
		look_at(v, 0);
	err_discard(e);
	e = mtree_parse(text, size, &t);
	for (size_t i = 0; i < t.count; i++)
		if (t.regions[i].start.v >= t.regions[i].end.v ||
		    (i && t.regions[i - 1].end.v > t.regions[i].start.v))
			abort();
	mtree_deinit(&t);
	err_discard(e);
	return 0;
}
