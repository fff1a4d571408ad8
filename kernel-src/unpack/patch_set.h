/* patch_set: patches as patch_read.c reads them and patch.c applies them: file by file. */
#ifndef KERNEL_SRC_UNPACK_PATCH_SET_H
#define KERNEL_SRC_UNPACK_PATCH_SET_H

#include <stdint.h>

#include "base/table.h"
#include "kernel-src/unpack/patch.h"

struct piece {
	const char *body; /* in a text of the set */
	size_t size;
	size_t old_start, old_count, new_start, new_count;
};

enum step_kind { STEP_PIECES, STEP_CREATE, STEP_DELETE, STEP_FROM };

/* What one patch does to one file. */
struct step {
	enum step_kind kind;
	size_t order; /* among all steps of the set */
	struct patched *source; /* STEP_FROM */
	size_t first, count; /* STEP_PIECES: of set->pieces */
	bool emptied; /* STEP_DELETE: pieces before it remove all that the file holds */
	const char *patch;
};

/* A file that patches change. */
struct patched {
	struct table_key path;
	struct step *steps;
	size_t count, capacity;
	bool is_source; /* of another file, by STEP_FROM */
	bool in_tree;	/* patch_set_apply() was called for it */
	bool executable, says_executable;
	struct buf base; /* is_source: the file as it was */
};

struct patch_set {
	struct text {
		char *name;
		struct buf text;
	} *texts;
	size_t text_count, text_capacity, size;
	struct piece *pieces;
	size_t piece_count, piece_capacity;
	struct table files; /* of struct patched */
	bool partial; /* patch_set_partial() */
	size_t steps;
	uint64_t work; /* lines compared so far */
};

#endif
