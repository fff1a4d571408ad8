/* What a reboot does not change: which kernel it is, and where it was linked to. */
#include "recover/kernel/kernel.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "recover/parse/build_id.h"
#include "recover/parse/evidence.h"

#define VERMAGIC_MAX 256

static struct err *settle_release(const struct kernel *k, struct facts *facts)
{
	CLEANUP(evidence_deinit) struct evidence ev = { .what = "release" };

	evidence_add(&ev, "banner", k->candidate->banner.release);
	if (k->note)
		evidence_add(&ev, "vmcoreinfo", k->note->release);
	return evidence_settle_fact(&ev, 1, facts);
}

/* Appends the build id in the image's .notes. False: there is none. */
static bool build_id_of_image(const struct kernel *k, struct buf *b)
{
	struct kaddr start, stop;
	const uint8_t *bytes;
	struct view notes;
	struct err *e;

	if (!kernel_symbol(k, "__start_notes", &start) || !kernel_symbol(k, "__stop_notes", &stop))
		return false;
	bytes = stop.v > start.v ? kernel_bytes(k, start, (size_t)(stop.v - start.v)) : NULL;
	if (!bytes)
		return false;
	notes = view_of(bytes, (size_t)(stop.v - start.v), start.v);
	e = build_id_find(&notes, b);
	err_discard(e);
	return !e;
}

static struct err *settle_build_id(const struct kernel *k, struct facts *facts)
{
	CLEANUP(evidence_deinit) struct evidence ev = { .what = "build_id" };
	CLEANUP(buf_deinit) struct buf id = BUF_INIT;
	const char *value = k->note ? vmcoreinfo_get(k->note, "BUILD-ID") : NULL;

	if (value)
		evidence_add(&ev, "vmcoreinfo", value);
	if (build_id_of_image(k, &id))
		evidence_add(&ev, "ELF notes", buf_str(&id));
	return ev.count ? evidence_settle_fact(&ev, 1, facts) : NULL;
}

/* Finds the text that a module must carry to be loaded, "6.1.0-56-amd64 SMP preempt mod_unload ". Source:
 * include/linux/vermagic.h */
static void set_vermagic(const struct kernel *k, struct facts *facts)
{
	CLEANUP(free_ptr) char *start = xasprintf("%s ", facts_get(facts, "release"));
	const uint8_t *at = k->image, *end = k->image + k->image_size;
	size_t prefix = strlen(start);

	while ((at = memmem(at, (size_t)(end - at), start, prefix))) {
		size_t left = (size_t)(end - at), n = strnlen((const char *)at, left);
		bool text = n > prefix && n < left && n < VERMAGIC_MAX && at > k->image && !at[-1] &&
			    (at[prefix] >= 'A' && at[prefix] <= 'z');

		for (size_t i = 0; i < n && text; i++)
			text = at[i] >= ' ' && at[i] <= '~';
		if (text) {
			CLEANUP(free_ptr) char *value = xstrndup((const char *)at, n);

			facts_set(facts, "vermagic", value, "image");
			return;
		}
		at++;
	}
}

static void set_symbols(const struct kernel *k, struct facts *facts)
{
	for (size_t i = 0; i < symbol_names_count; i++) {
		CLEANUP(free_ptr) char *key = xasprintf("symbol.%s", symbol_names[i]);
		struct kaddr at;

		if (kernel_symbol(k, symbol_names[i], &at))
			facts_set_hex(facts, key, kaddr_is_kernel(at) ? at.v - k->shift : at.v,
				      kernel_symbol_source(k, symbol_names[i]));
	}
}

struct err *kernel_settle_identity(const struct kernel *k, struct facts *facts)
{
	const struct candidate *c = k->candidate;
	struct err *e = settle_release(k, facts);
	struct kaddr task;

	if (e)
		return e;
	if (!kernel_symbol(k, "init_task", &task))
		return err_new(ERR_ABSENT, "init_task: no symbol%s", landmarks_are_needed(c->symbols) ?
			       ": the table names functions only, it is not exported, and no task in "
			       "the image, or more than one, looks like the first" : "");
	facts_set(facts, "banner", c->banner.text, "linux_banner");
	facts_set(facts, "distribution", c->banner.distribution, "banner");
	if (c->banner.package_version)
		facts_set(facts, "package_version", c->banner.package_version, "banner");
	facts_set(facts, "compiler", c->banner.compiler, "banner");
	e = settle_build_id(k, facts);
	if (e)
		return e;
	facts_set_hex(facts, "link_base", k->map.start.v - k->shift, "kernel_shift");
	set_vermagic(k, facts);
	set_symbols(k, facts);
	return NULL;
}
