/* The input is a list like fields.def, or an error. A list can be turned into a probe. */
#include "base/cleanup.h"
#include "offsets/probe_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(fields_freep) struct fields *f = NULL;
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	struct err *e = fields_parse("list", (const char *)data, size, &f);

	if (e) {
		err_discard(e);
		return 0;
	}
	probe_source_format(f, &b);
	for (size_t i = 0; i < f->type_count; i++) {
		for (size_t k = 0; k < f->types[i].member_count; k++) {
			const char *path = f->types[i].members[k].paths[0];
			struct fields_step step;

			while (fields_step(&path, &step))
				;
		}
	}
	return 0;
}
