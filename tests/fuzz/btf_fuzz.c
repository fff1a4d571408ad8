/* The input is BTF. What is accepted is read by libbpf, which must not stumble. */
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "recover/parse/btf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct btf_blob blob;
	struct err *e = btf_check(data, size, &blob);
	struct btf *btf = NULL;

	libbpf_set_print(NULL);
	if (!e)
		btf = btf__new(data, (__u32)blob.size);
	if (btf) {
		for (__u32 id = 1; id < btf__type_cnt(btf); id++) {
			btf__resolve_size(btf, id);
			btf__name_by_offset(btf, btf__type_by_id(btf, id)->name_off);
		}
		btf__find_by_name_kind(btf, "task_struct", BTF_KIND_STRUCT);
		btf__free(btf);
	}
	err_discard(e);
	return 0;
}
