import { LINE } from '../flex-line.ts'

/** Where the feed listens, and what it is told. It lets everybody in. */
export const HOST = '127.0.0.1'
export const LOGIN = { user: 'bench', password: 'bench', line: LINE }
/** Nobody listens here (reserved, RFC 6335): a connection that is down. */
export const NOWHERE = { host: HOST, port: 1 }
