/* Markers and names, by their structure. A hostile image could make the search long, so we count
 * steps and stop when they are used up. */
#include "recover/kallsyms/search.h"

#include "base/view.h"

#define NAME_SIZE_MAX (KALLSYMS_NAME_MAX + 2) /* in the table, with its length */
#define STEP_MIN (256u * 2)		      /* least and greatest distance of two markers */
#define STEP_MAX (256u * NAME_SIZE_MAX)

static bool spend(struct kallsyms_search *s, uint32_t steps)
{
	if (s->steps < steps) {
		s->steps = 0;
		return false;
	}
	s->steps -= steps;
	return true;
}

/* --- names ------------------------------------------------------------------ */

static uint64_t marker_at(const struct kallsyms_search *s, const struct kallsyms_tables *t,
			  size_t i)
{
	const uint8_t *p = s->image->data + t->markers + i * t->word;

	return t->word == 8 ? load_u64(p) : load_u32(p);
}

/* Whether all t->count names lie between t->names and t->markers, and every 256th
 * where its marker says. */
static bool names_fit(struct kallsyms_search *s, const struct kallsyms_tables *t)
{
	const uint8_t *names = s->image->data + t->names;
	size_t room = t->markers - t->names, at = 0, length;
	uint32_t i;

	for (i = 0; i < t->count; i++) {
		size_t head;

		if (i % 256 == 0 && (!spend(s, 256) || marker_at(s, t, i / 256) != at))
			break;
		head = kallsyms_length(names + at, room - at, &length);
		if (!head || !length || length > room - at - head)
			break;
		at += head + length;
	}
	if (i == t->count && room - at < 8 && bytes_are_zero(names + at, room - at))
		return true;
	if (i > s->deepest_count) {
		s->deepest_count = i;
		s->deepest_of = t->count;
		s->deepest_names = t->names;
	}
	return false;
}

/* Takes the number right in front of names as num_syms, if it asks for MARKERS markers. */
static bool count_before(const struct kallsyms_search *s, struct kallsyms_tables *t,
			 size_t markers, unsigned align)
{
	const uint8_t *p = s->image->data + t->names - align;
	uint64_t count = align == 8 ? load_u64(p) : load_u32(p);

	if ((count + 255) / 256 != markers)
		return false;
	t->num_syms = t->names - align;
	t->count = (uint32_t)count;
	return true;
}

bool kallsyms_names_find(struct kallsyms_search *s, struct kallsyms_tables *t, size_t markers)
{
	uint64_t last = marker_at(s, t, markers - 1);
	size_t highest, lowest;

	if (t->markers < last + 2 + 8)
		return false;
	highest = t->markers - (size_t)last - 2;
	lowest = highest > STEP_MAX + 8 ? highest - STEP_MAX - 8 : 8;
	if (!spend(s, (uint32_t)((highest - lowest) / 4)))
		return false;
	for (t->names = highest & ~(size_t)3; t->names >= lowest; t->names -= 4) {
		/* Up to 6.19 a count of 4 bytes has 8 to itself, too: zeros follow. */
		if (count_before(s, t, markers, 8) && names_fit(s, t))
			return true;
		if (t->word == 4 && count_before(s, t, markers, 4) && names_fit(s, t))
			return true;
		if (!s->steps)
			return false;
	}
	return false;
}

/* --- markers ---------------------------------------------------------------- */

size_t kallsyms_markers_rising(struct kallsyms_search *s, const struct kallsyms_tables *t,
			       size_t limit)
{
	uint64_t before = 0;
	size_t i;

	if (limit > (s->image->size - t->markers) / t->word)
		limit = (s->image->size - t->markers) / t->word;
	if (!limit || marker_at(s, t, 0))
		return 0;
	for (i = 1; i < limit; i++) {
		uint64_t now = marker_at(s, t, i);

		if (now < before + STEP_MIN || now > before + STEP_MAX)
			break;
		before = now;
	}
	spend(s, (uint32_t)i);
	return i;
}

/* Markers that end at END. We read them backwards, down to the 0 with which they begin. */
static bool markers_ending(struct kallsyms_search *s, struct kallsyms_tables *t, size_t end)
{
	size_t count;

	for (count = 1; count <= KALLSYMS_MARKERS_MAX && count * t->word <= end; count++) {
		t->markers = end - count * t->word;
		if (marker_at(s, t, 0) == 0)
			return count > 1 && kallsyms_markers_rising(s, t, count) == count &&
			       kallsyms_names_find(s, t, count);
		if (marker_at(s, t, 0) > (uint64_t)KALLSYMS_MARKERS_MAX * STEP_MAX || !spend(s, 1))
			return false;
	}
	return false;
}

static bool markers_adjacent(struct kallsyms_search *s, struct kallsyms_tables *t)
{
	if (markers_ending(s, t, t->token_table))
		return true;
	/* padding follows an odd number of 4-byte markers */
	return t->word == 4 && t->token_table >= 4 &&
	       bytes_are_zero(s->image->data + t->token_table - 4, 4) &&
	       markers_ending(s, t, t->token_table - 4);
}

/* Whether the sizes of markers and seqs_of_names add up to where the tokens begin. */
static bool seqs_fit(const struct kallsyms_tables *t, unsigned align)
{
	size_t markers = t->word * (((size_t)t->count + 255) / 256);
	size_t seqs = align_up(t->markers + markers, align);

	return align_up(seqs + (size_t)t->seq * t->count, align) == t->token_table;
}

bool kallsyms_markers_begin(const uint8_t *p, unsigned word)
{
	uint64_t first = word == 8 ? load_u64(p) : load_u32(p);
	uint64_t second = word == 8 ? load_u64(p + 8) : load_u32(p + 4);

	return !first && second - STEP_MIN <= STEP_MAX - STEP_MIN;
}

/* Markers with seqs_of_names between them and the tokens. Each marker stands for 256 entries, so
 * the distance from the markers to the tokens tells how many markers there are, give or take one. */
static bool markers_behind_seqs(struct kallsyms_search *s, struct kallsyms_tables *t)
{
	const uint8_t *tokens = s->image->data + t->token_table;
	size_t per_marker = t->word + 256 * (size_t)t->seq;
	size_t furthest = per_marker * KALLSYMS_MARKERS_MAX;
	size_t distance;

	if (furthest > t->token_table)
		furthest = t->token_table;
	for (distance = per_marker; distance <= (furthest & ~(size_t)3); distance += 4) {
		size_t fewest = distance / per_marker;

		if (!kallsyms_markers_begin(tokens - distance, t->word))
			continue;
		t->markers = t->token_table - distance;
		for (size_t markers = fewest; markers <= fewest + 1; markers++)
			if (markers >= 2 && kallsyms_markers_rising(s, t, markers) == markers &&
			    kallsyms_names_find(s, t, markers) &&
			    (seqs_fit(t, 8) || seqs_fit(t, 4)))
				return true;
		if (!s->steps)
			return false;
	}
	return false;
}

/* The arrangements of markers in front of the tokens. */
static const struct {
	unsigned word, seq;
	bool (*find)(struct kallsyms_search *s, struct kallsyms_tables *t);
} marker_shapes[] = {
	{ 4, 0, markers_adjacent },
	{ 8, 0, markers_adjacent },
	{ 4, 3, markers_behind_seqs },
	{ 4, 4, markers_behind_seqs },
};

bool kallsyms_before_tokens(struct kallsyms_search *s, struct kallsyms_tables *t, uint32_t steps)
{
	for (size_t i = 0; i < sizeof(marker_shapes) / sizeof(*marker_shapes); i++) {
		t->word = marker_shapes[i].word;
		t->seq = marker_shapes[i].seq;
		s->steps = steps;
		if (marker_shapes[i].find(s, t))
			return true;
	}
	return false;
}
