/** How a process of Node.js is started with little memory. */

/** Flags of V8: heaps grow later, and unused memory goes back sooner. */
export const SMALL_PROCESS_FLAGS: readonly string[] = ['--optimize-for-size']

/**
 * Settings of malloc in glibc, without effect elsewhere. By default every thread takes blocks of its own, which stay
 * half empty: 7 MB in a process without workers.
 */
export const SMALL_PROCESS_VARIABLES: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '1' }
