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
