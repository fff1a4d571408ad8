#include "kernel-src/unpack/sha256.h"

#include <nettle/sha2.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "kernel-src/unpack/stream.h"

_Static_assert(SHA256_SIZE == SHA256_DIGEST_SIZE, "SHA256_SIZE");

void sha256_text(const uint8_t digest[SHA256_SIZE], char text[2 * SHA256_SIZE + 1])
{
	for (int i = 0; i < SHA256_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

struct err *sha256_file(const char *path, uint8_t digest[SHA256_SIZE])
{
	CLEANUP(stream_freep) struct stream *s = NULL;
	struct sha256_ctx h;
	struct err *e = stream_open_file(path, &s);

	if (e)
		return e;
	sha256_init(&h);
	for (;;) {
		const void *block;
		size_t size;

		e = stream_read(s, &block, &size);
		if (e)
			return e;
		if (!size)
			break;
		sha256_update(&h, size, block);
	}
	sha256_digest(&h, SHA256_SIZE, digest);
	return NULL;
}
