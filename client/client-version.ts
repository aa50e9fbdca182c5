/** The version of the client, which the server logs with each connection. The same as in client/package.json. */
export const CLIENT_VERSION = '0.1.0'
