/** Returns the FNV-1a hash of a text's characters, 32 bits unsigned. All parts of the system spread issues by it. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
