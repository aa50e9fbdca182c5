/** A result of decoding: an object to show, or a description of bytes that cannot be read, with their offset. */
export type Item = { readonly shown: object } | { readonly fault: string }

/** Decodes bytes in chunks of any size. */
export interface Decoder {
  read(chunk: Buffer): Generator<Item>
  /** Ends the input. Returns the last items. */
  end(): Generator<Item>
}
