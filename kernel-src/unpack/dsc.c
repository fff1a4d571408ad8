#include "kernel-src/unpack/dsc.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "base/file.h"

#define SIZE_MAX_DSC (1u << 20)
#define FILE_SIZE_MAX (UINT64_C(4) << 30)

static const char signed_begin[] = "-----BEGIN PGP SIGNED MESSAGE-----";
static const char signature_begin[] = "-----BEGIN PGP SIGNATURE-----";
static const char signature_end[] = "-----END PGP SIGNATURE-----";

bool dsc_begins(const char *text)
{
	return !strncmp(text, signed_begin, sizeof(signed_begin) - 1) || !strncmp(text, "Format: ", 8);
}

void dsc_free(struct dsc *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->count; i++)
		free(d->files[i].name);
	free(d->source);
	free(d->version);
	free(d);
}

static struct err *bad_text(const char *text, const char *why)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	escape_text(&b, text, strnlen(text, 100));
	return err_new(ERR_DATA, "%s: \"%s\"", why, buf_str(&b));
}

/* Cuts the next line off *at; NULL at the end. */
static char *next_line(char **at)
{
	char *line = *at, *end;

	if (!*line)
		return NULL;
	end = strchrnul(line, '\n');
	*at = *end ? end + 1 : end;
	*end = '\0';
	if (end > line && end[-1] == '\r')
		end[-1] = '\0';
	return line;
}

static bool is_blank(const char *text)
{
	return !text[strspn(text, " \t\r\n")];
}

/* Makes text what the signature covers. Refuses text outside it, which anybody could have added. */
static struct err *take_envelope_off(char **text)
{
	char *end, *after, *body;

	if (strncmp(*text, signed_begin, sizeof(signed_begin) - 1) != 0)
		return NULL;
	body = strstr(*text, "\n\n");
	end = strstr(*text, signature_begin);
	after = end ? strstr(end, signature_end) : NULL;
	if (!body || !after || body > end)
		return err_new(ERR_DATA, "its PGP envelope is cut short");
	if (!is_blank(after + sizeof(signature_end) - 1))
		return err_new(ERR_DATA, "text behind its PGP signature");
	*end = '\0';
	*text = body + 2;
	return NULL;
}

static enum dsc_kind kind_of(const char *name)
{
	if (!fnmatch("*.asc", name, 0))
		return DSC_OTHER;
	if (!fnmatch("*.diff.gz", name, 0))
		return DSC_DIFF;
	if (!fnmatch("*.debian.tar.*", name, 0))
		return DSC_PACKAGING;
	return DSC_ORIGINAL;
}

static struct err *check_name(const struct dsc *d, const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+~_-";
	size_t n = strlen(d->source);

	if (strncmp(name, d->source, n) != 0 || name[n] != '_' || name[strspn(name, letters)] ||
	    (fnmatch("*.tar.*", name, 0) && fnmatch("*.diff.gz", name, 0)))
		return bad_text(name, "not the name of a file of this source");
	return NULL;
}

static struct err *add_file(struct dsc *d, const char *line)
{
	struct dsc_file file = { 0 };
	char hex[65], name[256];
	int used = 0;
	struct err *e;

	if (sscanf(line, " %64[0-9a-f] %" SCNu64 " %255s%n", hex, &file.size, name, &used) != 3 ||
	    strlen(hex) != 64 || !is_blank(line + used) || file.size > FILE_SIZE_MAX)
		return bad_text(line, "expected SHA256, size and name");
	e = check_name(d, name);
	if (e)
		return e;
	if (d->count == DSC_FILES_MAX)
		return err_new(ERR_DATA, "more than %d files", DSC_FILES_MAX);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		sscanf(hex + 2 * i, "%2hhx", &file.sha256[i]);
	file.kind = kind_of(name);
	if (file.kind != DSC_OTHER && dsc_file(d, file.kind))
		return bad_text(name, "a second file of its kind");
	file.name = xstrdup(name);
	d->files[d->count++] = file;
	return NULL;
}

/* The value of a field, where line is that field's. */
static const char *value_of(const char *line, const char *field)
{
	size_t n = strlen(field);

	if (strncasecmp(line, field, n) != 0 || line[n] != ':')
		return NULL;
	return line + n + 1 + strspn(line + n + 1, " \t");
}

static struct err *take_word(const char *value, char **ret)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+~:-";
	size_t n = strspn(value, letters);

	if (!n || !is_blank(value + n) || *ret)
		return bad_text(value, "not the name or the version of a source, or a second one");
	*ret = xstrndup(value, n);
	return NULL;
}

static bool is_known_format(const char *value)
{
	return !strcmp(value, "1.0") || !strcmp(value, "3.0 (quilt)") || !strcmp(value, "3.0 (native)");
}

/* Cuts the indented lines of a list off *text. */
static char *take_list(char **text)
{
	char *list = *text;

	while (**text == ' ') {
		char *end = strchrnul(*text, '\n');

		*text = *end ? end + 1 : end;
	}
	if (*text > list)
		(*text)[-1] = '\0';
	return list;
}

struct fields {
	bool format;
	char *digests; /* the lines of Checksums-Sha256 */
};

/* A field may be the first line of a list, which is then cut off *text. */
static struct err *read_field(struct dsc *d, const char *line, char **text, struct fields *f)
{
	const char *value = value_of(line, "Format");

	if (value && !is_known_format(value))
		return bad_text(value, "a format other than 1.0 and 3.0");
	f->format |= value != NULL;
	value = value_of(line, "Source");
	if (value)
		return take_word(value, &d->source);
	value = value_of(line, "Version");
	if (value)
		return take_word(value, &d->version);
	if (!value_of(line, "Checksums-Sha256"))
		return NULL;
	if (f->digests)
		return err_new(ERR_DATA, "two lists of SHA256");
	f->digests = take_list(text);
	return NULL;
}

static struct err *read_fields(struct dsc *d, char *text, char **digests)
{
	struct fields f = { false, NULL };

	for (char *line; (line = next_line(&text));) {
		struct err *e = read_field(d, line, &text, &f);

		if (e)
			return e;
	}
	if (!f.format || !d->source || !d->version)
		return err_new(ERR_DATA, "not the description of a source package");
	*digests = f.digests;
	return f.digests ? NULL : err_new(ERR_DATA, "no SHA256 of its files");
}

/* The names of files must begin with the source's, whose field may stand behind them. So the list of files
 * is read last. */
static struct err *parse(struct dsc *d, char *text)
{
	char *digests;
	struct err *e = take_envelope_off(&text);

	if (e)
		return e;
	e = read_fields(d, text, &digests);
	if (e)
		return e;
	for (char *line; (line = next_line(&digests));) {
		e = add_file(d, line);
		if (e)
			return e;
	}
	return dsc_file(d, DSC_ORIGINAL) ? NULL : err_new(ERR_DATA, "no archive of the source in it");
}

struct err *dsc_read(const char *path, struct dsc **ret)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	CLEANUP(dsc_freep) struct dsc *d = NULL;
	struct err *e = file_read(path, SIZE_MAX_DSC, &text);

	if (e)
		return e;
	if (!dsc_begins(buf_str(&text)) || strlen(buf_str(&text)) != text.size)
		return err_new(ERR_DATA, "%s: not the description of a source package", path);
	d = xcalloc(1, sizeof(*d));
	e = parse(d, text.data);
	if (e)
		return err_in(e, "%s", path);
	*ret = TAKE(d);
	return NULL;
}

const struct dsc_file *dsc_file(const struct dsc *d, enum dsc_kind kind)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->files[i].kind == kind)
			return &d->files[i];
	return NULL;
}

static struct err *check_digest(const char *path, const uint8_t expected[SHA256_SIZE])
{
	char has[2 * SHA256_SIZE + 1], says[2 * SHA256_SIZE + 1];
	uint8_t digest[SHA256_SIZE];
	struct err *e = sha256_file(path, digest);

	if (e || !memcmp(digest, expected, sizeof(digest)))
		return e;
	sha256_text(digest, has);
	sha256_text(expected, says);
	return err_new(ERR_DATA, "%s: its SHA256 is %s, the .dsc says %s", path, has, says);
}

struct err *dsc_check(const struct dsc *d, const char *folder)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct dsc_file *file = &d->files[i];
		CLEANUP(free_ptr) char *path = xasprintf("%s/%s", folder, file->name);
		struct stat st;
		struct err *e;

		if (stat(path, &st) < 0 && errno == ENOENT)
			return err_new(ERR_ABSENT, "%s: not there, and belongs to %s %s", path, d->source,
				       d->version);
		if (stat(path, &st) < 0)
			return err_errno("%s", path);
		if ((uint64_t)st.st_size != file->size)
			return err_new(ERR_DATA, "%s: has %" PRIu64 " bytes, the .dsc says %" PRIu64, path,
				       (uint64_t)st.st_size, file->size);
		e = check_digest(path, file->sha256);
		if (e)
			return e;
	}
	return NULL;
}
