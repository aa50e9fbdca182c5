/** Texts that several rounds need, within a bound of bytes: the one that was not needed for the longest time goes first. */
export interface KeptTexts {
  /** Returns the text of a key. Makes it if it is not kept. Texts have one byte a character. */
  get(key: string, make: () => string): string
}

/** @param most bytes of all texts. */
export function createKeptTexts(most: number): KeptTexts {
  /** The latest used last. */
  const texts = new Map<string, string>()
  let bytes = 0
  return {
    get(key, make) {
      const known = texts.get(key)
      const text = known ?? make()
      if (known === undefined) bytes += text.length
      else texts.delete(key)
      texts.set(key, text)
      for (const [oldest, { length }] of texts) {
        if (bytes <= most) break
        texts.delete(oldest)
        bytes -= length
      }
      return text
    },
  }
}
