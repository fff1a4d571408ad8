/* kallsyms_find: the tables of the symbols, by their structure. The token index is
 * the anchor: 256 rising u16 that start at 0 and fit the strings in front of them.
 * From there the markers are found backwards, and from them the names. */
#include "base/view.h"
#include "recover/kallsyms_tables.h"

/* The image may be anybody's: what is tried has limits, so that the time it takes
 * grows with the image's size and no faster. */
#define TOKEN_TABLES_MAX 64u		 /* looked at more closely; a kernel has one */
#define STEPS_MAX (UINT32_C(1) << 22)	 /* per token table: words and names looked at */
#define STEPS_UNCOMPRESSED (UINT32_C(1) << 28) /* in all */
#define ANCHORS_MAX 1024u		 /* markers of uncompressed names tried */
#define TOKENS_USED_MIN 64u		 /* not empty; thousands of symbols use all 256 */
#define NAME_SIZE_MAX (KALLSYMS_NAME_MAX + 2) /* in names, with its length */
#define STEP_MIN (256u * 2)		 /* from a marker to the next */
#define STEP_MAX (256u * NAME_SIZE_MAX)
#define MARKERS_MAX (KALLSYMS_COUNT_MAX / 256)

struct search {
	const struct kallsyms_image *image;
	uint32_t steps; /* left */
	uint32_t deepest_count, deepest_of; /* of names that did not end well, for the message */
	size_t deepest_names;
};

static bool spend(struct search *s, uint32_t steps)
{
	if (s->steps < steps) {
		s->steps = 0;
		return false;
	}
	s->steps -= steps;
	return true;
}

/* --- names ------------------------------------------------------------------ */

static uint64_t marker_at(const struct search *s, const struct kallsyms_tables *t, size_t i)
{
	const uint8_t *p = s->image->data + t->markers + i * t->word;

	return t->word == 8 ? load_u64(p) : load_u32(p);
}

static bool is_zero(const uint8_t *p, size_t size)
{
	while (size)
		if (p[--size])
			return false;
	return true;
}

/* Whether all t->count names lie between t->names and t->markers, and every 256th
 * where its marker says. */
static bool names_fit(struct search *s, const struct kallsyms_tables *t)
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
	if (i == t->count && room - at < 8 && is_zero(names + at, room - at))
		return true;
	if (i > s->deepest_count) {
		s->deepest_count = i;
		s->deepest_of = t->count;
		s->deepest_names = t->names;
	}
	return false;
}

/* num_syms, if it stands in front of names and asks for MARKERS markers. */
static bool count_before(const struct search *s, struct kallsyms_tables *t, size_t markers,
			 unsigned align)
{
	const uint8_t *p = s->image->data + t->names - align;
	uint64_t count = align == 8 ? load_u64(p) : load_u32(p);

	if ((count + 255) / 256 != markers)
		return false;
	t->num_syms = t->names - align;
	t->count = (uint32_t)count;
	return true;
}

/* Finds names and num_syms in front of t->markers, which has MARKERS entries. */
static bool names_find(struct search *s, struct kallsyms_tables *t, size_t markers)
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
		/* A 4-byte count, too, has 8 bytes to itself up to 6.19: zeros follow. */
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

/* How many entries from t->markers on rise as markers do; at most LIMIT. */
static size_t markers_rising(struct search *s, const struct kallsyms_tables *t, size_t limit)
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

/* Markers that end at END, read backwards down to the 0 they begin with. */
static bool markers_ending(struct search *s, struct kallsyms_tables *t, size_t end)
{
	size_t count;

	for (count = 1; count <= MARKERS_MAX && count * t->word <= end; count++) {
		t->markers = end - count * t->word;
		if (marker_at(s, t, 0) == 0)
			return count > 1 && markers_rising(s, t, count) == count &&
			       names_find(s, t, count);
		if (marker_at(s, t, 0) > (uint64_t)MARKERS_MAX * STEP_MAX || !spend(s, 1))
			return false;
	}
	return false;
}

static bool markers_adjacent(struct search *s, struct kallsyms_tables *t)
{
	if (markers_ending(s, t, t->token_table))
		return true;
	/* An odd number of 4-byte markers is padded. */
	return t->word == 4 && t->token_table >= 4 &&
	       is_zero(s->image->data + t->token_table - 4, 4) &&
	       markers_ending(s, t, t->token_table - 4);
}

/* Whether the sizes of markers and seqs_of_names add up to where the tokens begin. */
static bool seqs_fit(const struct kallsyms_tables *t, unsigned align)
{
	size_t markers = t->word * (((size_t)t->count + 255) / 256);
	size_t seqs = align_up(t->markers + markers, align);

	return align_up(seqs + (size_t)t->seq * t->count, align) == t->token_table;
}

/* Whether two numbers at p could be the first two markers: nearly nothing else could. */
static bool markers_begin(const uint8_t *p, unsigned word)
{
	uint64_t first = word == 8 ? load_u64(p) : load_u32(p);
	uint64_t second = word == 8 ? load_u64(p + 8) : load_u32(p + 4);

	return !first && second - STEP_MIN <= STEP_MAX - STEP_MIN;
}

/* Markers with seqs_of_names between them and the tokens. How far away they begin
 * tells how many there are, but for one more or less. */
static bool markers_behind_seqs(struct search *s, struct kallsyms_tables *t)
{
	const uint8_t *tokens = s->image->data + t->token_table;
	size_t per_marker = t->word + 256 * (size_t)t->seq;
	size_t furthest = per_marker * MARKERS_MAX;
	size_t distance;

	if (furthest > t->token_table)
		furthest = t->token_table;
	for (distance = per_marker; distance <= (furthest & ~(size_t)3); distance += 4) {
		size_t fewest = distance / per_marker;

		if (!markers_begin(tokens - distance, t->word))
			continue;
		t->markers = t->token_table - distance;
		for (size_t markers = fewest; markers <= fewest + 1; markers++)
			if (markers >= 2 && markers_rising(s, t, markers) == markers &&
			    names_find(s, t, markers) && (seqs_fit(t, 8) || seqs_fit(t, 4)))
				return true;
		if (!s->steps)
			return false;
	}
	return false;
}

/* The ways markers lie in front of the tokens. */
static const struct {
	unsigned word, seq;
	bool (*find)(struct search *s, struct kallsyms_tables *t);
} marker_shapes[] = {
	{ 4, 0, markers_adjacent },
	{ 8, 0, markers_adjacent },
	{ 4, 3, markers_behind_seqs },
	{ 4, 4, markers_behind_seqs },
};

static bool tables_before_tokens(struct search *s, struct kallsyms_tables *t)
{
	for (size_t i = 0; i < sizeof(marker_shapes) / sizeof(*marker_shapes); i++) {
		t->word = marker_shapes[i].word;
		t->seq = marker_shapes[i].seq;
		s->steps = STEPS_MAX;
		if (marker_shapes[i].find(s, t))
			return true;
	}
	return false;
}

/* --- tokens ----------------------------------------------------------------- */

static bool is_token_index(const uint8_t *p)
{
	uint16_t before = load_u16(p);

	if (before)
		return false;
	for (size_t i = 1; i < KALLSYMS_TOKENS; i++) {
		uint16_t now = load_u16(p + 2 * i);

		if (now <= before)
			return false;
		before = now;
	}
	return true;
}

/* Whether [table, end) is made of 256 strings that begin where INDEX says. */
static bool tokens_fit(const uint8_t *index, const uint8_t *table, size_t size)
{
	unsigned used = 0;
	size_t at = 0;

	for (size_t i = 0; i < KALLSYMS_TOKENS; i++) {
		size_t end = i + 1 < KALLSYMS_TOKENS ? load_u16(index + 2 * (i + 1)) : size;

		if (end > size || table[end - 1] != '\0')
			return false;
		used += end - at > 1;
		for (; at < end - 1; at++)
			if (table[at] <= ' ' || table[at] > '~')
				return false;
		at = end;
	}
	return used >= TOKENS_USED_MIN;
}

/* The strings that end right in front of the index, with up to 7 bytes of padding. */
static bool tokens_before_index(const uint8_t *image, size_t index, size_t *ret)
{
	size_t last = load_u16(image + index + 2 * (KALLSYMS_TOKENS - 1));

	for (size_t pad = 0; pad < 8 && pad + 1 < index && !image[index - pad - 1]; pad++) {
		size_t end = index - pad, start = end - 1;

		while (start > 0 && image[start - 1] && end - start <= KALLSYMS_NAME_MAX)
			start--;
		if (start < last || ((start - last) & 3))
			continue;
		start -= last;
		if (tokens_fit(image + index, image + start, end - start)) {
			*ret = start;
			return true;
		}
	}
	return false;
}

static struct err *no_tables(const struct search *s, unsigned token_tables, size_t first)
{
	if (!token_tables)
		return err_new(ERR_ABSENT,
			       "no kallsyms: no token table, no uncompressed names in %zu bytes",
			       s->image->size);
	if (s->deepest_count >= 256)
		return err_new(ERR_DATA,
			       "kallsyms: names at %#zx are broken after %u of %u symbols",
			       s->deepest_names, s->deepest_count, s->deepest_of);
	return err_new(ERR_DATA,
		       "kallsyms: token table at %#zx, but no markers and names in front of it",
		       first);
}

static struct err *find_compressed(struct search *s, struct kallsyms_tables *sets, size_t *ret)
{
	const struct kallsyms_image *image = s->image;
	unsigned token_tables = 0;
	size_t count = 0, first = 0;

	for (size_t at = 0; at + KALLSYMS_INDEX_SIZE <= image->size; at += 4) {
		struct kallsyms_tables t = { .compressed = true, .token_index = at };

		if (!is_token_index(image->data + at) ||
		    !tokens_before_index(image->data, at, &t.token_table))
			continue;
		if (!token_tables++)
			first = t.token_table;
		if (token_tables > TOKEN_TABLES_MAX)
			return err_new(ERR_DATA, "kallsyms: more than %u token tables",
				       TOKEN_TABLES_MAX);
		if (!tables_before_tokens(s, &t))
			continue;
		t.end = at + KALLSYMS_INDEX_SIZE;
		if (count == KALLSYMS_SETS_MAX)
			return err_new(ERR_DATA, "kallsyms: more than %u sets of tables",
				       KALLSYMS_SETS_MAX);
		sets[count++] = t;
	}
	*ret = count;
	return count ? NULL : no_tables(s, token_tables, first);
}

/* --- without compression ------------------------------------------------------ */

/* No tokens: the markers themselves are the anchor. What follows them may by chance
 * look like a few more. */
static bool uncompressed_at(struct search *s, struct kallsyms_tables *t, size_t rising)
{
	for (size_t markers = rising; markers + 4 > rising && markers >= 4; markers--) {
		if (names_find(s, t, markers)) {
			t->end = t->markers + markers * t->word;
			return true;
		}
	}
	return false;
}

static struct err *find_uncompressed(struct search *s, unsigned word,
				     struct kallsyms_tables *sets, size_t *ret)
{
	const struct kallsyms_image *image = s->image;
	unsigned anchors = 0;
	size_t count = 0;

	s->steps = STEPS_UNCOMPRESSED;
	for (size_t at = 0; at + 4 * word <= image->size; at += word) {
		struct kallsyms_tables t = { .word = word, .markers = at };
		size_t rising;

		if (!markers_begin(image->data + at, word))
			continue;
		rising = markers_rising(s, &t, MARKERS_MAX);
		if (rising < 4)
			continue;
		if (!s->steps || anchors++ == ANCHORS_MAX || count == KALLSYMS_SETS_MAX)
			return err_new(ERR_DATA,
				       "kallsyms: no token table, and too much that resembles"
				       " uncompressed names");
		if (uncompressed_at(s, &t, rising))
			sets[count++] = t;
	}
	*ret = count;
	return NULL;
}

struct err *kallsyms_tables_find(const struct kallsyms_image *image,
				 struct kallsyms_tables sets[KALLSYMS_SETS_MAX], size_t *ret)
{
	struct search s = { .image = image };
	struct err *why = find_compressed(&s, sets, ret), *e;

	if (!why)
		return NULL;
	e = find_uncompressed(&s, 4, sets, ret);
	if (!e && !*ret)
		e = find_uncompressed(&s, 8, sets, ret);
	if (!e && !*ret)
		return why;
	/* Without a token table it is this that matters. */
	if (e && err_code(why) != ERR_ABSENT) {
		err_discard(e);
		return why;
	}
	err_discard(why);
	return e;
}
