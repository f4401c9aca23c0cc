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
#endif
