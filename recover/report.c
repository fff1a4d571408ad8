#include "recover/report.h"

#include <inttypes.h>
#include <string.h>

#include "base/escape.h"

#define PLACES_MAX 12 /* of one kind in the report */

void report_size(struct buf *b, uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	unsigned int unit = 0;

	if (bytes < 1024) {
		buf_addf(b, "%" PRIu64 " bytes", bytes);
		return;
	}
	while (bytes >= UINT64_C(1024) * 1024) {
		bytes /= 1024;
		unit++;
	}
	buf_addf(b, "%" PRIu64 ".%" PRIu64 " %s", bytes / 1024, bytes % 1024 * 10 / 1024,
		 units[unit]);
}

static void add_text(struct buf *b, const char *text)
{
	escape_text(b, text, strlen(text));
}

static void add_hits(struct buf *b, const struct scan_hits *hits)
{
	buf_addf(b, "%" PRIu64, hits->total);
	for (size_t i = 0; i < hits->count && i < PLACES_MAX; i++)
		buf_addf(b, "%s0x%" PRIx64, i ? ", " : " at ", hits->at[i].v);
	buf_add_str(b, hits->count > PLACES_MAX ? ", ...\n" : "\n");
}

void report_scan(struct buf *b, struct memory *m, const struct scan *scan)
{
	const struct ram_map *ram = memory_ram_map(m);

	buf_add_str(b, "memory: ");
	add_text(b, memory_uri(m));
	buf_add_str(b, "\n  RAM: ");
	report_size(b, ram_map_size(ram));
	buf_addf(b, " in %zu range%s below 0x%" PRIx64 "\n  scanned: ", ram->count,
		 ram->count == 1 ? "" : "s", ram_map_end(ram).v);
	report_size(b, scan->scanned);
	buf_add_str(b, ", holes ");
	report_size(b, scan->skipped);
	buf_add_str(b, ", not readable ");
	report_size(b, scan->unreadable);
	buf_add_char(b, '\n');
	buf_add_str(b, memory_notes(m));
	buf_add_str(b, "\nseen:\n");
	for (enum scan_kind kind = 0; kind < SCAN_KIND_COUNT; kind++) {
		buf_addf(b, "  %s: ", scan_kind_name(kind));
		add_hits(b, &scan->hits[kind]);
	}
}

void report_survey(struct buf *b, const struct survey *s)
{
	const struct memory *m = s->known.memory;

	buf_add_str(b, "memory: ");
	add_text(b, memory_uri(m));
	buf_addf(b, "\n  surveyed, not searched\n\n%s\n%s", s->known.given ?
		 "The RAM map came with the source." : "Taken for RAM on the way to the RAM map:",
		 buf_str(&s->known.steps));
	if (!s->e820_name)
		return;
	buf_addf(b, "  %s has ", s->e820_name);
	report_size(b, ram_map_size(&s->e820));
	buf_add_str(b, " of RAM, the direct map ");
	report_size(b, ram_map_size(&s->direct.ram));
	buf_addf(b, ", by %zu page tables\n", s->direct.tables);
}

static void report_candidate(struct buf *b, const struct candidate *c, bool chosen)
{
	buf_addf(b, "  phys_base %s0x%" PRIx64 ": %s\n", (int64_t)c->phys_base < 0 ? "-" : "",
		 (int64_t)c->phys_base < 0 ? -c->phys_base : c->phys_base,
		 chosen ? "the kernel that runs" : "passed over");
	for (enum candidate_source s = 0; s < FOUND_COUNT; s++)
		if (c->found[s])
			buf_addf(b, "    %s: %s\n", candidate_source_name(s),
				 buf_str(&c->places[s]));
	if (c->mapped) {
		buf_addf(b, "    image: 0x%" PRIx64 "-0x%" PRIx64 " at 0x%" PRIx64 ", %u levels, ",
			 c->map.start.v, c->map.end.v, kernel_map_pa(&c->map, c->map.start).v,
			 c->map.levels);
		report_size(b, c->map.agree);
		buf_add_str(b, " mapped there, ");
		report_size(b, c->map.disagree);
		buf_add_str(b, " of it elsewhere\n");
	}
	if (c->symbols) {
		buf_add_str(b, "    ");
		kallsyms_describe(c->symbols, b);
		buf_addf(b, ", %s\n", c->constant ? "in pages mapped read-only" :
			 "in an image without pages mapped read-only: a tenant may hold parts of it");
	}
	if (c->symbols && landmarks_are_needed(c->symbols)) {
		buf_add_str(b, "    they name functions only; found otherwise:");
		for (size_t i = 0; i < c->landmarks.count; i++)
			buf_addf(b, "%s %s (%s)", i ? "," : "", c->landmarks.list[i].name,
				 buf_str(&c->landmarks.list[i].sources));
		buf_add_char(b, '\n');
	}
	if (c->banner.text) {
		buf_add_str(b, "    ");
		add_text(b, c->banner.text);
		buf_add_char(b, '\n');
	}
	if (c->trouble.size) {
		buf_add_str(b, "    ");
		add_text(b, buf_str(&c->trouble));
		buf_add_char(b, '\n');
	}
}

void report_candidates(struct buf *b, const struct candidates *all, const struct candidate *chosen)
{
	buf_add_str(b, "\ncandidates:\n");
	for (size_t i = 0; i < all->count; i++)
		report_candidate(b, &all->list[i], &all->list[i] == chosen);
	if (all->remarks.size)
		buf_addf(b, "\nremarks:\n%s", buf_str(&all->remarks));
}

static const char *banner_place(const struct kernel *k, struct paddr at)
{
	struct paddr start = kernel_map_pa(&k->map, k->map.start);
	struct kaddr banner;

	if (at.v - start.v >= k->image_size)
		return "a copy outside the image";
	if (kernel_symbol(k, "linux_banner", &banner) &&
	    kernel_map_pa(&k->map, banner).v == at.v)
		return "linux_banner";
	return "a copy in the image";
}

void report_banners(struct buf *b, const struct kernel *k, const struct scan_hits *hits)
{
	buf_add_str(b, "\nbanners:\n");
	for (size_t i = 0; i < hits->count && i < PLACES_MAX; i++) {
		char text[BANNER_MAX];
		struct memory_read r = { hits->at[i], sizeof(text), text, MEMORY_OK };
		struct banner banner = { 0 };
		struct err *e = memory_read_vector(k->memory, &r, 1);
		bool other;

		if (!e && r.status != MEMORY_OK)
			e = err_new(ERR_DATA, "it cannot be read");
		if (!e)
			e = banner_parse(text, sizeof(text), &banner);
		other = !e && strcmp(banner.text, k->candidate->banner.text);
		buf_addf(b, "  0x%" PRIx64 ": %s%s", hits->at[i].v, banner_place(k, hits->at[i]),
			 e ? ", not a whole banner" : other ? ", which differs: " : "");
		if (other)
			add_text(b, banner.text);
		buf_add_char(b, '\n');
		err_discard(e);
		banner_deinit(&banner);
	}
}

void report_facts(struct buf *b, const char *heading, const struct facts *facts)
{
	buf_addf(b, "\n%s:\n", heading);
	for (size_t i = 0; i < facts_count(facts); i++) {
		const char *key, *value, *evidence;

		facts_at(facts, i, &key, &value, &evidence);
		if (!strncmp(key, "symbol.", 7))
			continue;
		buf_addf(b, "  %s: ", key);
		add_text(b, value);
		if (evidence)
			buf_addf(b, "  (%s)", evidence);
		buf_add_char(b, '\n');
	}
}
