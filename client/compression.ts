/** Compressed messages: base64 of deflated JSON (market/protocol.ts), read with what browsers and Node have. */

const FORMAT = 'deflate-raw'
/** The most bytes of an inflated message: eight times those of the largest message of API Gateway (128 KB). */
export const MAX_INFLATED_BYTES = 1024 * 1024

/** Returns whether the runtime can read compressed messages: browsers since 2023, Node since 20.12. */
export function canInflate(): boolean {
  try {
    new DecompressionStream(FORMAT)
    return true
  } catch {
    return false
  }
}

/** Returns the address of a connection that gets compressed messages. */
export function compressedAddress(url: string): string {
  const address = new URL(url)
  address.searchParams.set('encoding', 'deflate')
  return address.href
}

/** @throws Error if the text is not base64, the data is damaged or cut off, or more than {@link MAX_INFLATED_BYTES}. */
export async function inflate(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0))
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(FORMAT)).getReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.byteLength
    if (size > MAX_INFLATED_BYTES) {
      await reader.cancel()
      throw new RangeError(`expected a message of at most ${MAX_INFLATED_BYTES} bytes, got more`)
    }
    text += decoder.decode(value, { stream: true })
  }
}
