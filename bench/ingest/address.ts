import { LINE } from '../flex-line.ts'

/** Address of the line, and the login. The line accepts every login. */
export const HOST = '127.0.0.1'
export const LOGIN = { user: 'bench', password: 'bench', line: LINE }
/** A port without a listener (reserved, RFC 6335): a connection that is down. */
export const NOWHERE = { host: HOST, port: 1 }
