/* Which of the VMCOREINFO notes is the kernel's own. Other notes may have its address, too: copies, and
 * forgeries. So the note to which the kernel's own variable leads comes first. */
#include "recover/kernel/kernel.h"

#include <inttypes.h>

bool kernel_keeps_note(const struct kernel *k, const struct vmcoreinfo *note)
{
	static const char *const names[] = { "vmcoreinfo_data", "vmcoreinfo_note" };

	if (note->at.v == VMCOREINFO_OF_FILE)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct kaddr at;
		struct paddr kept;
		uint64_t pointer;

		if (!kernel_symbol(k, names[i], &at))
			continue;
		if (note->at.v - kernel_map_pa(&k->map, at).v < 64)
			return true;
		if (kernel_u64(k, names[i], &pointer) && kernel_pointer(k, pointer, &kept) &&
		    note->at.v - kept.v < 64)
			return true;
	}
	return false;
}

const struct vmcoreinfo *kernel_find_note(const struct kernel *k, const struct candidates *all,
					  struct buf *report)
{
	const struct vmcoreinfo *own = NULL;
	bool own_is_kept = false;

	for (size_t i = 0; i < all->note_count; i++) {
		const struct vmcoreinfo *note = &all->notes[i];
		bool kept = kernel_keeps_note(k, note);

		if ((kept && !own_is_kept) || (!own && note->stext.v == k->map.start.v)) {
			own = note;
			own_is_kept = kept;
		}
	}
	for (size_t i = 0; i < all->note_count; i++) {
		const struct vmcoreinfo *note = &all->notes[i];

		if (note->at.v == VMCOREINFO_OF_FILE)
			buf_add_str(report, "vmcoreinfo of the image file: ");
		else
			buf_addf(report, "vmcoreinfo at 0x%" PRIx64 ": ", note->at.v);
		buf_addf(report, "%s\n",
			 note == own && own_is_kept ? "the kernel's own" :
			 note == own		    ? "with the kernel's address" :
			 kernel_keeps_note(k, note)	    ? "the kernel's own, once more" :
			 note->stext.v == k->map.start.v && note->phys_base == k->map.phys_base ?
						      "a copy of it" :
						      "of another kernel or boot, ignored");
	}
	return own;
}
