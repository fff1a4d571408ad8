/* qemu: the memory of a guest that runs in QEMU, found through QEMU's monitor.
 *
 *	qemu:SOCKET		a QMP monitor: -qmp unix:SOCKET,server=on,wait=off
 *	qemu:SOCKET?pmemsave	through the monitor alone, whatever backs the RAM
 *
 * QEMU says which of the guest's addresses are RAM (info mtree -f), and which file backs each part:
 * the mem-path of a memory backend with share=on. Where that file has no name (memfd, hugetlbfs),
 * we look for it among the open files of the QEMU process. We then read the file and do not disturb
 * the guest. Where there is no file, QEMU saves each piece that we read (`pmemsave`) into a folder
 * in TMPDIR, which we remove afterwards; QEMU must be able to write there. A monitor serves one
 * client at a time: us, for as long as the memory is open.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/vec.h"
#include "memory/mtree.h"
#include "memory/qmp.h"
#include "memory/source.h"
#include "memory/uri.h"

#define BACKENDS_MAX 64
#define PIECE_MAX (UINT64_C(16) << 20) /* of one pmemsave */
#define FDS_MAX 65536		       /* open files of the QEMU process that we look at */

/* A memory backend of QEMU (-object memory-backend-...). */
struct backend {
	char *id;
	uint64_t size;
	bool share;
	int fd; /* of its file; -1: not known */
};

struct part {
	struct paddr start, end;
	uint64_t offset; /* in the backend's file */
	const struct backend *backend;
};

struct qemu {
	struct uri uri;
	struct qmp *qmp;
	struct backend backends[BACKENDS_MAX];
	size_t backend_count;
	struct part *parts; /* owned; sorted */
	size_t part_count, part_capacity;
	bool pmemsave;
	char *folder, *file; /* for pmemsave */
};

static void qemu_close(struct memory *m)
{
	struct qemu *q = m->source;

	if (!q)
		return;
	for (size_t i = 0; i < q->backend_count; i++) {
		close_fd(&q->backends[i].fd);
		free(q->backends[i].id);
	}
	if (q->folder)
		rmdir(q->folder);
	qmp_close(q->qmp);
	free(q->parts);
	free(q->folder);
	free(q->file);
	uri_deinit(&q->uri);
	free(q);
}

/* --- where the RAM is ------------------------------------------------------------------- */

static struct err *find_backends(struct qemu *q)
{
	struct json list = { NULL, 0 }, item;
	size_t at = 0;
	struct err *e = qmp_execute(q->qmp, "query-memdev", NULL, &list);

	if (e)
		return e;
	while (json_next(list, &at, &item)) {
		CLEANUP(buf_deinit) struct buf id = BUF_INIT;
		struct backend *b = &q->backends[q->backend_count];
		uint64_t size;

		if (!json_string(json_member(item, "id"), &id) || !id.size ||
		    strlen(buf_str(&id)) != id.size || !json_u64(json_member(item, "size"), &size))
			continue; /* without a name we could not find it in the tree */
		if (q->backend_count == BACKENDS_MAX)
			return err_new(ERR_DATA, "%s: more than %d memory backends", q->uri.rest,
				       BACKENDS_MAX);
		*b = (struct backend){ .id = xstrdup(buf_str(&id)), .size = size, .fd = -1,
				       .share = json_true(json_member(item, "share")) };
		q->backend_count++;
	}
	if (!q->backend_count)
		return err_new(ERR_DATA, "%s: QEMU names no memory backend", q->uri.rest);
	return NULL;
}

static const struct backend *backend_called(const struct qemu *q, const char *name)
{
	for (size_t i = 0; i < q->backend_count; i++)
		if (!strcmp(q->backends[i].id, name))
			return &q->backends[i];
	return NULL;
}

/* The regions that lie in a backend are RAM; the others (ROMs, video memory) belong to devices. */
static struct err *find_parts(struct qemu *q)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	CLEANUP(mtree_deinit) struct mtree tree = MTREE_INIT;
	struct err *e = qmp_human(q->qmp, "info mtree -f", &text);

	if (e)
		return e;
	e = err_in(mtree_parse(buf_str(&text), text.size, &tree), "%s", q->uri.rest);
	if (e)
		return e;
	for (size_t i = 0; i < tree.count; i++) {
		const struct mtree_region *r = &tree.regions[i];
		const struct backend *b = backend_called(q, r->name);

		if (!b)
			continue;
		if (r->offset > b->size || r->end.v - r->start.v > b->size - r->offset)
			return err_new(ERR_DATA, "%s: RAM 0x%" PRIx64 "-0x%" PRIx64
				       " is more than its backend has", q->uri.rest, r->start.v,
				       r->end.v);
		*vec_add(q->parts, q->part_count, q->part_capacity) =
			(struct part){ r->start, r->end, r->offset, b };
	}
	if (!q->part_count)
		return err_new(ERR_DATA, "%s: no RAM of the guest lies in a memory backend",
			       q->uri.rest);
	return NULL;
}

/* --- the backends' files ---------------------------------------------------------------- */

/* fd, if it is a regular file of at least that size; else -1. */
static int file_of_size(int fd, uint64_t size)
{
	struct stat st;

	if (fd < 0 || (!fstat(fd, &st) && S_ISREG(st.st_mode) && (uint64_t)st.st_size >= size))
		return fd;
	close(fd);
	return -1;
}

/* Whether QEMU has this very file mapped; true also if we cannot read its maps. */
static bool is_mapped(pid_t pid, int fd)
{
	CLEANUP(free_ptr) char *path = xasprintf("/proc/%d/maps", (int)pid);
	CLEANUP(close_file) FILE *maps = fopen(path, "re");
	unsigned long inode;
	char line[4096];
	struct stat st;

	if (!maps || fstat(fd, &st))
		return true;
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%*s %*s %*s %*s %lu", &inode) == 1 && inode == st.st_ino)
			return true;
	return false;
}

/* Opens the one open file of the process whose name begins with `prefix` and that is large enough;
 * -1: there is none, or more than one. */
static int find_open_file(pid_t pid, const char *prefix, uint64_t size)
{
	CLEANUP(free_ptr) char *folder = xasprintf("/proc/%d/fd", (int)pid);
	DIR *dir = opendir(folder);
	int found = -1;

	for (unsigned int n = 0; dir && n < FDS_MAX; n++) {
		const struct dirent *entry = readdir(dir);
		CLEANUP(free_ptr) char *path = NULL;
		char link[4096];
		ssize_t length;
		int fd;

		if (!entry)
			break;
		path = xasprintf("%s/%s", folder, entry->d_name);
		length = readlink(path, link, sizeof(link) - 1);
		if (length < (ssize_t)strlen(prefix) || memcmp(link, prefix, strlen(prefix)))
			continue;
		fd = file_of_size(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), size);
		if (fd >= 0 && found >= 0) { /* a second one: which is it? */
			close(fd);
			close_fd(&found);
			found = -1;
			break;
		}
		found = fd >= 0 ? fd : found;
	}
	if (dir)
		closedir(dir);
	return found;
}

/* Opens the file behind b. It is not an error if there is none; *why says then what was missing. */
static struct err *open_backend(struct qemu *q, struct backend *b, const char **why)
{
	CLEANUP(buf_deinit) struct buf arguments = BUF_INIT, path = BUF_INIT;
	CLEANUP(free_ptr) char *object = NULL;
	struct json v = { NULL, 0 };
	uid_t uid;
	pid_t pid = qmp_peer(q->qmp, &uid);
	struct err *e;

	*why = "its backend is not shared (share=on)";
	if (!b->share)
		return NULL;
	object = xasprintf("/objects/%s", b->id);
	buf_add_str(&arguments, "{\"property\":\"mem-path\",\"path\":");
	escape_json(&arguments, object, strlen(object));
	buf_add_char(&arguments, '}');
	e = qmp_execute(q->qmp, "qom-get", buf_str(&arguments), &v);
	if (e && err_code(e) != ERR_ABSENT)
		return e;
	err_discard(e);
	json_string(v, &path);
	*why = "its backend's file cannot be opened";
	if (path.size)
		b->fd = file_of_size(open(buf_str(&path), O_RDONLY | O_CLOEXEC | O_NONBLOCK), b->size);
	if (b->fd < 0 && pid > 0)
		b->fd = find_open_file(pid, path.size ? buf_str(&path) : "/memfd:", b->size);
	if (b->fd >= 0 && pid > 0 && !is_mapped(pid, b->fd)) {
		*why = "QEMU uses another file than its backend names";
		close_fd(&b->fd);
		b->fd = -1;
	}
	return NULL;
}

/* The backend of that part, if its file is not open yet. */
static struct backend *closed_backend(struct qemu *q, const struct part *part)
{
	for (size_t i = 0; i < q->backend_count; i++)
		if (part->backend == &q->backends[i] && q->backends[i].fd < 0)
			return &q->backends[i];
	return NULL;
}

static struct err *open_backends(struct memory *m, struct qemu *q)
{
	for (size_t i = 0; i < q->part_count; i++) {
		struct backend *b = closed_backend(q, &q->parts[i]);
		const char *why = NULL;
		struct err *e;

		if (!b)
			continue;
		e = open_backend(q, b, &why);
		if (e)
			return e;
		if (b->fd >= 0)
			continue;
		memory_note(m, "RAM is read by pmemsave, slowly: %s", why);
		q->pmemsave = true;
		return NULL;
	}
	return NULL;
}

/* --- reading ------------------------------------------------------------------------------ */

static const struct part *part_of(const struct qemu *q, struct paddr at)
{
	for (size_t i = 0; i < q->part_count; i++)
		if (at.v >= q->parts[i].start.v && at.v < q->parts[i].end.v)
			return &q->parts[i];
	return NULL;
}

static enum memory_status read_file(int fd, uint64_t offset, void *to, size_t size)
{
	return file_read_at(fd, offset, to, size) == (ssize_t)size ? MEMORY_OK : MEMORY_IO;
}

/* size bytes at `at`, which lie in one part. */
static enum memory_status read_part(const struct part *p, struct paddr at, void *to, size_t size)
{
	return read_file(p->backend->fd, p->offset + (at.v - p->start.v), to, size);
}

/* The same through QEMU. Errors: ERR_SYSTEM: QEMU is gone. */
static struct err *read_pmemsave(struct qemu *q, struct paddr at, void *to, size_t size,
				 enum memory_status *status)
{
	CLEANUP(buf_deinit) struct buf arguments = BUF_INIT;
	CLEANUP(close_fd) int fd = -1;
	struct json v = { NULL, 0 };
	struct stat st;
	struct err *e;

	buf_addf(&arguments, "{\"val\":%" PRIu64 ",\"size\":%zu,\"filename\":", at.v, size);
	escape_json(&arguments, q->file, strlen(q->file));
	buf_add_char(&arguments, '}');
	e = qmp_execute(q->qmp, "pmemsave", buf_str(&arguments), &v);
	*status = MEMORY_IO;
	if (e)
		return e;
	fd = open(q->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	unlink(q->file);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != size)
		return err_new(ERR_SYSTEM, "%s: pmemsave: QEMU did not leave %zu bytes in %s",
			       q->uri.rest, size, q->file);
	*status = read_file(fd, 0, to, size);
	return NULL;
}

static struct err *read_one(struct qemu *q, struct memory_read *r)
{
	struct paddr at = r->at;
	char *to = r->to;
	uint64_t left = r->size;

	r->status = MEMORY_OK;
	while (left && r->status == MEMORY_OK) {
		const struct part *p = part_of(q, at);
		uint64_t size;
		struct err *e = NULL;

		if (!p) {
			r->status = MEMORY_ABSENT;
			return NULL;
		}
		size = p->end.v - at.v;
		size = size < left ? size : left;
		size = size < PIECE_MAX ? size : PIECE_MAX;
		if (q->pmemsave)
			e = read_pmemsave(q, at, to, (size_t)size, &r->status);
		else
			r->status = read_part(p, at, to, (size_t)size);
		if (e)
			return e;
		at.v += size;
		to += size;
		left -= size;
	}
	return NULL;
}

static struct err *qemu_read(struct memory *m, struct memory_read *reads, size_t n)
{
	struct qemu *q = m->source;
	struct err *e = qmp_check(q->qmp), *gone;

	for (size_t i = 0; i < n && !e; i++)
		e = read_one(q, &reads[i]);
	if (!e || err_is_fatal(e))
		return e;
	/* QEMU refuses to go on: nothing more can be read */
	gone = err_new(ERR_SYSTEM, "%s", err_text(e));
	err_discard(e);
	return gone;
}

static struct paddr qemu_next_data(struct memory *m, struct paddr from)
{
	struct qemu *q = m->source;
	const struct part *p = part_of(q, from);
	uint64_t offset, end;
	off_t data;

	if (!p || q->pmemsave)
		return from;
	offset = p->offset + (from.v - p->start.v);
	end = p->offset + (p->end.v - p->start.v);
	data = lseek(p->backend->fd, (off_t)offset, SEEK_DATA);
	if (data < 0)
		return errno == ENXIO ? p->end : from;
	return (uint64_t)data < end ? paddr_add(p->start, (uint64_t)data - p->offset) : p->end;
}

/* --- opening ------------------------------------------------------------------------------ */

/* A folder into which QEMU, which may run as another user, can write, and into which nobody can
 * look. */
static struct err *make_folder(struct qemu *q)
{
	const char *parent = getenv("TMPDIR");
	char *folder = xasprintf("%s/farwalk-XXXXXX", parent && *parent == '/' ? parent : "/tmp");
	uint8_t page[PAGE_SIZE];
	enum memory_status status;
	uid_t uid = geteuid();
	struct err *e;

	if (!mkdtemp(folder)) {
		e = err_errno("%s", folder);
		free(folder);
		return e;
	}
	q->folder = folder;
	q->file = xasprintf("%s/memory", folder);
	qmp_peer(q->qmp, &uid);
	if (uid != geteuid() && uid && chmod(folder, 0733))
		return err_errno("%s", folder);
	e = read_pmemsave(q, q->parts[0].start, page, sizeof(page), &status);
	return err_in(e, "RAM without a file of its own, and QEMU cannot save it either");
}

static struct err *find_memory(struct memory *m, struct qemu *q)
{
	struct json status = { NULL, 0 };
	struct err *e = qmp_execute(q->qmp, "query-status", NULL, &status);

	if (e)
		return e;
	m->limits.live = json_true(json_member(status, "running"));
	if (!m->limits.live)
		memory_note(m, "the guest is paused");
	e = find_backends(q);
	if (e)
		return e;
	e = find_parts(q);
	if (e)
		return e;
	if (!q->pmemsave) {
		e = open_backends(m, q);
		if (e)
			return e;
	}
	return q->pmemsave ? make_folder(q) : NULL;
}

static struct err *parse_rest(struct qemu *q, const char *rest)
{
	struct err *e = uri_parse(rest, &q->uri);

	if (e)
		return e;
	e = uri_take_flag(&q->uri, "pmemsave", &q->pmemsave);
	if (e)
		return e;
	e = uri_all_taken(&q->uri, "?pmemsave");
	if (e)
		return e;
	if (!*q->uri.rest)
		return err_new(ERR_USAGE, "qemu: expected the path of a monitor's socket after it");
	return NULL;
}

static struct err *qemu_open(const char *rest, struct memory *m)
{
	struct qemu *q = m->source = xcalloc(1, sizeof(*q));
	struct err *e = parse_rest(q, rest);

	if (e)
		return e;
	e = qmp_open(q->uri.rest, &q->qmp);
	if (e)
		return e;
	e = find_memory(m, q);
	if (e)
		return e;
	m->limits.threads_may_read = !q->pmemsave;
	for (size_t i = 0; i < q->part_count; i++)
		ram_map_add(&m->ram_map, q->parts[i].start, q->parts[i].end);
	return NULL;
}

const struct memory_ops memory_qemu_ops = {
	.scheme = "qemu",
	.open = qemu_open,
	.close = qemu_close,
	.read = qemu_read,
	.next_data = qemu_next_data,
};
