/** A part of the template that cannot be booted. The message begins with its logical id. */
export class TemplateError extends Error {
  constructor(logicalId: string, message: string) {
    super(`${logicalId}: ${message}`)
    this.name = 'TemplateError'
  }
}
