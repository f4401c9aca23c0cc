// Header-only: the instructions that neither Swift nor its import of Intel's intrinsics reaches.
#pragma once

#if defined(__x86_64__)
// The state that the operating system saves (XCR0); needs CPUID's OSXSAVE.
static inline unsigned long long quire_saved_state(void) {
  unsigned int low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return ((unsigned long long)high << 32) | low;
}

// Asks for a cache line, which need not be readable.
static inline void quire_prefetch(const void *_Nonnull pointer) { __builtin_prefetch(pointer, 0, 3); }

static inline void quire_prefetch_second_level(const void *_Nonnull pointer) { __builtin_prefetch(pointer, 0, 2); }

// SHA-256 over whole blocks of 64 bytes, with the processor's instructions for it (SHA, SSSE3 and SSE4.1: the caller
// asks CPUID). `constants` are the 64 round constants. In `abef` and `cdgh` the letters of FIPS 180-4 stand from the
// highest lane to the lowest, as the instructions take them.
typedef int quire_lanes __attribute__((vector_size(16), aligned(1)));
typedef signed char quire_lane_bytes __attribute__((vector_size(16)));

__attribute__((target("sha,ssse3,sse4.1"))) static inline void quire_sha256_blocks(
    unsigned int *_Nonnull state, const unsigned char *_Nonnull bytes, unsigned long block_count,
    const unsigned int *_Nonnull constants) {
  quire_lanes abcd = *(const quire_lanes *)state, efgh = *(const quire_lanes *)(state + 4);
  quire_lanes abef = __builtin_shufflevector(efgh, abcd, 1, 0, 5, 4);
  quire_lanes cdgh = __builtin_shufflevector(efgh, abcd, 3, 2, 7, 6);
  for (; block_count > 0; block_count--, bytes += 64) {
    const quire_lanes old_abef = abef, old_cdgh = cdgh;
    quire_lanes w[4];
#pragma clang loop unroll(full)
    for (int group = 0; group < 16; group++) {
      quire_lanes words;
      if (group < 4) {
        quire_lane_bytes raw = (quire_lane_bytes)((const quire_lanes *)bytes)[group];
        words = (quire_lanes)__builtin_shufflevector(
            raw, raw, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
      } else {
        quire_lanes last = w[(group + 3) & 3];
        words = __builtin_ia32_sha256msg1(w[group & 3], w[(group + 1) & 3]);
        words += __builtin_shufflevector(w[(group + 2) & 3], last, 1, 2, 3, 4);
        words = __builtin_ia32_sha256msg2(words, last);
      }
      w[group & 3] = words;
      quire_lanes keyed = words + ((const quire_lanes *)constants)[group];
      cdgh = __builtin_ia32_sha256rnds2(cdgh, abef, keyed);
      abef = __builtin_ia32_sha256rnds2(abef, cdgh, __builtin_shufflevector(keyed, keyed, 2, 3, 2, 3));
    }
    abef += old_abef;
    cdgh += old_cdgh;
  }
  *(quire_lanes *)state = __builtin_shufflevector(abef, cdgh, 3, 2, 7, 6);
  *(quire_lanes *)(state + 4) = __builtin_shufflevector(abef, cdgh, 1, 0, 5, 4);
}

// AVX512_BF16, in modules that are compiled for it alone: Swift imports no function with vectors of __bf16.
#if defined(__AVX512BF16__)
#include <immintrin.h>

// Adds to each lane of the sums the products of two pairs of bfloat16 numbers.
static inline __m512 quire_add_bfloat_products(__m512 sums, __m512i a, __m512i b) {
  return _mm512_dpbf16_ps(sums, (__m512bh)a, (__m512bh)b);
}

// The nearest bfloat16 numbers: of `low` in the lower half, of `high` in the upper.
static inline __m512i quire_round_to_bfloats(__m512 low, __m512 high) {
  return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}
#endif
#endif
