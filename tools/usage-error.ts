/** A tool cannot do what it was asked to; the message is all that a person needs. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
