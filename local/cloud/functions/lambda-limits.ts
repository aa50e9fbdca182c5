/** Payload limits of Lambda invocations (Lambda quotas), in bytes. */

/** Event of a synchronous invocation. */
export const PAYLOAD_BYTES = 6 * 1024 * 1024
/** Event of an asynchronous invocation. */
export const ASYNCHRONOUS_PAYLOAD_BYTES = 1024 * 1024
