/* patch_tree TREE PATCH: applies a patch to an unpacked tree, in place. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel-src/unpack/patch.h"
#include "kernel-src/unpack/tree.h"

#define PATCH_MAX ((size_t)1 << 30)
#define FILE_MAX ((size_t)64 << 20)

static const char usage[] =
	"usage: patch_tree TREE PATCH\n"
	"TREE   an unpacked tree, which may lack files; after an error it is patched in part\n"
	"PATCH  a unified diff, with or without the lines of git\n"
	"What PATCH says of files that TREE lacks is left out. All the rest must apply, without fuzz.\n"
	"Prints how many files were changed.\n";

struct work {
	struct tree *tree;
	struct patch_set *patch;
	size_t changed;
};

static bool all(const char *path)
{
	(void)path;
	return true;
}

static struct err *take_new(void *arg, const char *path, bool executable, struct buf *text)
{
	struct work *w = arg;

	w->changed++;
	return tree_replace(w->tree, path, executable, text);
}

static struct err *change_file(struct work *w, const char *path)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	bool exists, executable = false;
	struct err *e = tree_read(w->tree, path, FILE_MAX, &text, &executable);

	if (e && err_code(e) == ERR_ABSENT) {
		err_discard(e);
		return NULL;
	}
	if (e)
		return e;
	e = patch_set_apply(w->patch, path, &text, &exists, &executable);
	if (e)
		return e;
	w->changed++;
	return exists ? tree_replace(w->tree, path, executable, &text) : tree_delete(w->tree, path);
}

static struct err *apply(struct work *w)
{
	const char *path;

	/* First the files that others are copied or renamed from. */
	for (int source = 1; source >= 0; source--) {
		for (size_t i = 0; (path = patch_set_path(w->patch, i)); i++) {
			struct err *e = patch_set_is_source(w->patch, path) == source ? change_file(w, path) : NULL;

			if (e)
				return e;
		}
	}
	return patch_set_rest(w->patch, all, take_new, w);
}

static struct err *patch_tree(const char *tree, const char *path, size_t *changed)
{
	CLEANUP(patch_set_freep) struct patch_set *patch = patch_set_new();
	CLEANUP(tree_freep) struct tree *t = NULL;
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	const char *slash = strrchr(path, '/');
	struct work w = { .patch = patch };
	struct err *e = tree_open(tree, &t);

	if (e)
		return e;
	e = file_read(path, PATCH_MAX, &text);
	if (e)
		return e;
	patch_set_partial(patch);
	e = patch_set_add(patch, slash ? slash + 1 : path, &text);
	if (e)
		return e;
	w.tree = t;
	e = apply(&w);
	*changed = w.changed;
	return e;
}

int main(int argc, char **argv)
{
	size_t changed;
	struct err *e;

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return fputs(usage, stdout), 0;
	if (argc != 3 || argv[1][0] == '-')
		return fputs(usage, stderr), ERR_USAGE;
	e = patch_tree(argv[1], argv[2], &changed);
	if (!e && (printf("%zu\n", changed) < 0 || fflush(stdout)))
		e = err_errno("stdout");
	return err_report(e, "patch_tree");
}
