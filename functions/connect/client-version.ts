/** The client of a new connection, as the log shows it. */

/** The most characters of the parameter that are kept. */
const MAX_LENGTH = 40
/** Characters of names and versions. Others could mislead a reader of the log. */
const UNSAFE = /[^A-Za-z0-9._/+ -]/g

/**
 * Returns the name and version of a client in safe characters; undefined if it states none.
 * @param parameter the query parameter `client` of the connection, for example `itastream-js/1.2.0`.
 */
export function clientOfConnect(parameter: string | undefined): string | undefined {
  return parameter?.slice(0, MAX_LENGTH).replaceAll(UNSAFE, '_') || undefined
}
