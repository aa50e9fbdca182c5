/** Something in the template that cannot be booted here. The message names the logical id. */
export class TemplateError extends Error {
  constructor(logicalId: string, message: string) {
    super(`${logicalId}: ${message}`)
    this.name = 'TemplateError'
  }
}
