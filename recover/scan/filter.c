/* The inner loop of a scan. A block of 64 bytes passes the filter when, for some byte i of it,
 *
 *	byte i + 4 is 'x' and byte i + 6 is 'v'	("Linux version ")
 *	byte i + 4 is 'G' and byte i + 6 is 'S'	("IKCFG_ST")
 *	the 4 bytes at i, a multiple of 4, are "OSRE", "swap" or the start of BTF
 *
 * That is rare in memory, and every needle passes.
 */
#include "recover/scan/scan.h"

#include <stddef.h>

#include "base/view.h"

#define WORD_OSRE 0x4552534f /* "OSRE" */
#define WORD_SWAP 0x70617773 /* "swap" */
#define WORD_BTF 0x0001eb9f  /* magic, version 1, no flags */

static const uint8_t *filter_plain(const uint8_t *p, const uint8_t *end)
{
	for (; p < end; p += 64) {
		for (unsigned int i = 0; i < 64; i++)
			if ((p[i + 4] == 'x' && p[i + 6] == 'v') ||
			    (p[i + 4] == 'G' && p[i + 6] == 'S'))
				return p;
		for (unsigned int i = 0; i < 64; i += 4) {
			uint32_t word = load_u32(p + i);

			if (word == WORD_OSRE || word == WORD_SWAP || word == WORD_BTF)
				return p;
		}
	}
	return end;
}

#ifdef __x86_64__
#include <immintrin.h>

static inline __m128i match_sse2(const uint8_t *p)
{
	__m128i words = _mm_loadu_si128((const __m128i *)p);
	__m128i four = _mm_loadu_si128((const __m128i *)(p + 4));
	__m128i six = _mm_loadu_si128((const __m128i *)(p + 6));
	__m128i linux_v = _mm_and_si128(_mm_cmpeq_epi8(four, _mm_set1_epi8('x')),
					_mm_cmpeq_epi8(six, _mm_set1_epi8('v')));
	__m128i ikcfg = _mm_and_si128(_mm_cmpeq_epi8(four, _mm_set1_epi8('G')),
				      _mm_cmpeq_epi8(six, _mm_set1_epi8('S')));
	__m128i word = _mm_or_si128(_mm_cmpeq_epi32(words, _mm_set1_epi32(WORD_OSRE)),
				    _mm_cmpeq_epi32(words, _mm_set1_epi32(WORD_SWAP)));

	word = _mm_or_si128(word, _mm_cmpeq_epi32(words, _mm_set1_epi32(WORD_BTF)));
	return _mm_or_si128(word, _mm_or_si128(linux_v, ikcfg));
}

static const uint8_t *filter_sse2(const uint8_t *p, const uint8_t *end)
{
	for (; p < end; p += 64) {
		__m128i a = _mm_or_si128(match_sse2(p), match_sse2(p + 16));
		__m128i b = _mm_or_si128(match_sse2(p + 32), match_sse2(p + 48));

		if (_mm_movemask_epi8(_mm_or_si128(a, b)))
			return p;
	}
	return end;
}

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i match_avx2(const uint8_t *p)
{
	__m256i words = _mm256_loadu_si256((const __m256i *)p);
	__m256i four = _mm256_loadu_si256((const __m256i *)(p + 4));
	__m256i six = _mm256_loadu_si256((const __m256i *)(p + 6));
	__m256i linux_v = _mm256_and_si256(_mm256_cmpeq_epi8(four, _mm256_set1_epi8('x')),
					   _mm256_cmpeq_epi8(six, _mm256_set1_epi8('v')));
	__m256i ikcfg = _mm256_and_si256(_mm256_cmpeq_epi8(four, _mm256_set1_epi8('G')),
					 _mm256_cmpeq_epi8(six, _mm256_set1_epi8('S')));
	__m256i word = _mm256_or_si256(_mm256_cmpeq_epi32(words, _mm256_set1_epi32(WORD_OSRE)),
				       _mm256_cmpeq_epi32(words, _mm256_set1_epi32(WORD_SWAP)));

	word = _mm256_or_si256(word, _mm256_cmpeq_epi32(words, _mm256_set1_epi32(WORD_BTF)));
	return _mm256_or_si256(word, _mm256_or_si256(linux_v, ikcfg));
}

AVX2 static const uint8_t *filter_avx2(const uint8_t *p, const uint8_t *end)
{
	for (; p < end; p += 64)
		if (_mm256_movemask_epi8(_mm256_or_si256(match_avx2(p), match_avx2(p + 32))))
			return p;
	return end;
}
#endif

scan_filter *scan_filter_at(unsigned int i)
{
	scan_filter *list[4] = { NULL };
	unsigned int n = 0;

#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2"))
		list[n++] = filter_avx2;
	list[n++] = filter_sse2;
#endif
	list[n++] = filter_plain;
	return i < n ? list[i] : NULL;
}
