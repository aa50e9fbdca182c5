/** What decoding yields: something to show, or what is wrong with bytes that cannot be read, and where they are. */
export type Item = { readonly shown: object } | { readonly fault: string }

/** Reads bytes wherever their chunks begin and end. */
export interface Decoder {
  read(chunk: Buffer): Generator<Item>
  /** No more bytes come. */
  end(): Generator<Item>
}
