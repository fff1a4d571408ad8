#include "recover/no_kernel.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/view.h"
#include "recover/report.h"

/* Whether all RAM that we can read is zero. Stops at the first buffer that is not. */
static bool memory_is_zero(struct memory *m)
{
	const struct ram_map *ram = memory_ram_map(m);
	CLEANUP(free_ptr) uint8_t *bytes = xmalloc(1 << 20);

	for (size_t i = 0; i < ram->count; i++) {
		struct paddr at = ram->ranges[i].start, end = ram->ranges[i].end;

		while ((at = memory_next_data(m, at)).v < end.v) {
			uint64_t size = end.v - at.v < 1 << 20 ? end.v - at.v : 1 << 20;
			struct memory_read r = { at, (uint32_t)size, bytes, MEMORY_OK };
			struct err *e = memory_read_vector(m, &r, 1);

			err_discard(e);
			if (e || (r.status == MEMORY_OK && !bytes_are_zero(bytes, (size_t)size)))
				return false;
			at = paddr_add(at, size);
		}
	}
	return true;
}

struct err *no_kernel_in_scan(struct memory *m, const struct scan *scan, struct err *e)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	enum err_code code = err_code(e);

	if (code == ERR_SYSTEM)
		return e;
	if (memory_is_zero(m)) {
		err_discard(e);
		return err_new(ERR_ABSENT, "%s: no kernel found: the memory is all zeros",
			       memory_uri(m));
	}
	buf_addf(&text, "%s: %s\nsearched: ", memory_uri(m), err_text(e));
	report_size(&text, scan->scanned + scan->skipped);
	for (enum scan_kind kind = 0; kind < SCAN_KIND_COUNT; kind++)
		buf_addf(&text, "%s%s %" PRIu64, kind ? ", " : "; seen: ", scan_kind_name(kind),
			 scan->hits[kind].total);
	if (*memory_notes(m))
		buf_addf(&text, "\n%s", memory_notes(m));
	while (text.data[text.size - 1] == '\n')
		text.data[--text.size] = '\0';
	err_discard(e);
	return err_new(code, "%s", buf_str(&text));
}
