/** The log of an ingest task, as far as the task needs one. */
export interface Log {
  info(message: string, details: Record<string, unknown>): void
  warn(message: string, details: Record<string, unknown>): void
}
