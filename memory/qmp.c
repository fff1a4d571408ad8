#include "memory/qmp.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/escape.h"
#include "base/progress.h"

#define GREETING_SECONDS 5
#define ANSWER_SECONDS 60
#define READ_SIZE 65536

struct qmp {
	int fd;
	char *path;
	struct buf in;	 /* lines that came; the first `used` bytes were taken */
	size_t used;
	size_t searched; /* there is no newline from `used` up to here */
	uint64_t id;	 /* of the last command */
};

void qmp_close(struct qmp *q)
{
	if (!q)
		return;
	close_fd(&q->fd);
	buf_deinit(&q->in);
	free(q->path);
	free(q);
}

static struct err *gone(const struct qmp *q)
{
	return err_new(ERR_SYSTEM, "%s: QEMU has closed the monitor", q->path);
}

/* Appends what has come to q->in. Errors: ERR_SYSTEM, also at the end of the connection. */
static struct err *receive(struct qmp *q)
{
	ssize_t n;

	buf_reserve(&q->in, READ_SIZE);
	n = recv(q->fd, q->in.data + q->in.size, READ_SIZE, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return NULL;
	if (n < 0)
		return err_errno("%s", q->path);
	if (n == 0)
		return gone(q);
	q->in.size += (size_t)n;
	if (q->in.size - q->used > QMP_LINE_MAX)
		return err_new(ERR_DATA, "%s: a line of more than %u bytes", q->path, QMP_LINE_MAX);
	return NULL;
}

/* Takes the next line, if all of it has come. It is good until the next receive(). */
static bool take_line(struct qmp *q, const char **line, size_t *size)
{
	const char *start = q->in.data + q->used, *newline;

	if (q->searched < q->used)
		q->searched = q->used;
	newline = q->in.size > q->searched ? memchr(q->in.data + q->searched, '\n',
						     q->in.size - q->searched) : NULL;
	if (newline) {
		*line = start;
		*size = (size_t)(newline - start);
		q->used += *size + 1;
		return true;
	}
	/* the lines that were taken make room */
	if (q->used) {
		memmove(q->in.data, start, q->in.size - q->used);
		q->in.size -= q->used;
		q->used = 0;
	}
	q->searched = q->in.size;
	return false;
}

static struct err *wait_line(struct qmp *q, double until, const char **line, size_t *size)
{
	while (!take_line(q, line, size)) {
		struct pollfd p = { q->fd, POLLIN, 0 };
		double left = until - monotonic_seconds();
		struct err *e;
		int n;

		if (left <= 0)
			return err_new(ERR_SYSTEM, "%s: QEMU does not answer; a monitor serves one "
				       "client at a time: is there another?", q->path);
		n = poll(&p, 1, (int)(left * 1000) + 1);
		if (n < 0 && errno != EINTR)
			return err_errno("%s", q->path);
		e = n > 0 ? receive(q) : NULL;
		if (e)
			return e;
	}
	return NULL;
}

static struct err *send_all(struct qmp *q, const char *text, size_t size)
{
	while (size) {
		ssize_t n = send(q->fd, text, size, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EPIPE || errno == ECONNRESET ? gone(q) :
								       err_errno("%s", q->path);
		text += n;
		size -= (size_t)n;
	}
	return NULL;
}

static struct err *qemu_refuses(const struct qmp *q, const char *command, struct json error)
{
	CLEANUP(buf_deinit) struct buf words = BUF_INIT, escaped = BUF_INIT;

	json_string(json_member(error, "desc"), &words);
	escape_text(&escaped, buf_str(&words), words.size);
	return err_new(ERR_ABSENT, "%s: %s: QEMU says: %s", q->path, command, buf_str(&escaped));
}

struct err *qmp_execute(struct qmp *q, const char *command, const char *arguments,
			struct json *ret)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	double until = monotonic_seconds() + ANSWER_SECONDS;
	struct err *e;

	buf_addf(&b, "{\"execute\":\"%s\",\"arguments\":%s,\"id\":%" PRIu64 "}\n", command,
		 arguments ? arguments : "{}", ++q->id);
	e = send_all(q, b.data, b.size);
	if (e)
		return e;
	for (;;) {
		struct json v, error;
		uint64_t id;
		const char *line;
		size_t size;

		e = wait_line(q, until, &line, &size);
		if (e)
			return e;
		e = err_in(json_parse(line, size, &v), "%s: %s", q->path, command);
		if (e)
			return e;
		if (!json_u64(json_member(v, "id"), &id) || id != q->id)
			continue; /* an event */
		error = json_member(v, "error");
		if (error.text)
			return qemu_refuses(q, command, error);
		*ret = json_member(v, "return");
		return ret->text ? NULL : err_new(ERR_DATA, "%s: %s: an answer without \"return\"",
						  q->path, command);
	}
}

struct err *qmp_human(struct qmp *q, const char *command, struct buf *b)
{
	CLEANUP(buf_deinit) struct buf arguments = BUF_INIT;
	struct json v = { NULL, 0 };
	struct err *e;

	buf_add_str(&arguments, "{\"command-line\":");
	escape_json(&arguments, command, strlen(command));
	buf_add_char(&arguments, '}');
	e = qmp_execute(q, "human-monitor-command", buf_str(&arguments), &v);
	if (e || json_string(v, b))
		return e;
	return err_new(ERR_DATA, "%s: %s: the answer is no text", q->path, command);
}

struct err *qmp_check(const struct qmp *q)
{
	struct pollfd p = { q->fd, POLLRDHUP, 0 };

	return poll(&p, 1, 0) > 0 && p.revents & (POLLRDHUP | POLLHUP | POLLERR) ? gone(q) : NULL;
}

pid_t qmp_peer(const struct qmp *q, uid_t *uid)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(q->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) || size != sizeof(peer))
		return 0;
	*uid = peer.uid;
	return peer.pid;
}

static struct err *connect_to(struct qmp *q)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(q->path) >= sizeof(address.sun_path))
		return err_new(ERR_USAGE, "%s: a socket's path has at most %zu bytes", q->path,
			       sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, q->path);
	q->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (q->fd < 0 || connect(q->fd, (struct sockaddr *)&address, sizeof(address)))
		return err_errno("%s", q->path);
	return NULL;
}

static struct err *greet(struct qmp *q)
{
	struct json v = { NULL, 0 };
	const char *line;
	size_t size;
	struct err *e = wait_line(q, monotonic_seconds() + GREETING_SECONDS, &line, &size);

	if (e)
		return e;
	e = json_parse(line, size, &v);
	if (e || !json_member(v, "QMP").text) {
		err_discard(e);
		return err_new(ERR_DATA, "%s: who answers is no QEMU monitor in mode=control", q->path);
	}
	return qmp_execute(q, "qmp_capabilities", NULL, &v);
}

struct err *qmp_open(const char *path, struct qmp **ret)
{
	CLEANUP(qmp_closep) struct qmp *q = xcalloc(1, sizeof(*q));
	struct err *e;

	q->fd = -1;
	q->path = xstrdup(path);
	e = connect_to(q);
	if (e)
		return e;
	e = greet(q);
	if (e)
		return e;
	*ret = TAKE(q);
	return NULL;
}
