/* kinds: the kinds of memory source, and the one function that opens any of them.
 *
 * A URI is KIND:REST, where KIND is the scheme of one row of the table. A text without a kind is a
 * path, as if it began with file:.
 */
#include <string.h>

#include "memory/source.h"

static const struct memory_ops *const kinds[] = {
	&memory_file_ops,
	&memory_nettlp_ops,
	&memory_qemu_ops,
	&memory_tcp_ops,
	&memory_record_ops,
	&memory_replay_ops,
};

/* The kind of this URI; *rest: the REST of it. */
static struct err *kind_of(const char *uri, const char **rest, const struct memory_ops **ret)
{
	size_t size = strspn(uri, "abcdefghijklmnopqrstuvwxyz0123456789");
	CLEANUP(buf_deinit) struct buf names = BUF_INIT;

	*rest = uri;
	*ret = &memory_file_ops;
	if (!size || uri[size] != ':')
		return NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strlen(kinds[i]->scheme) == size && !memcmp(kinds[i]->scheme, uri, size)) {
			*rest = uri + size + 1;
			*ret = kinds[i];
			return NULL;
		}
		buf_addf(&names, " %s:", kinds[i]->scheme);
	}
	return err_new(ERR_USAGE, "%s: no kind of memory source is called \"%.*s:\"; there are:%s",
		       uri, (int)size, uri, buf_str(&names));
}

struct err *memory_open(const char *uri, struct memory **ret)
{
	CLEANUP(memory_closep) struct memory *m = NULL;
	const struct memory_ops *ops;
	const char *rest;
	struct err *e = kind_of(uri, &rest, &ops);

	if (e)
		return e;
	m = memory_new(ops, uri, NULL);
	m->open_another = memory_open;
	e = ops->open(rest, m);
	if (e)
		return e;
	*ret = TAKE(m);
	return NULL;
}
