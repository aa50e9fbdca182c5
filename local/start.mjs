// The door to `npm start`: plain JavaScript, so that an old Node or a missing install gets one clear sentence
// instead of a syntax error. Everything else is local/main.ts.
import { existsSync } from 'node:fs'

const NODE_MAJOR = 24
const installed = existsSync(new URL('../node_modules/ws/package.json', import.meta.url))

if (!installed) {
  console.error('itastream: its packages are not installed yet; run `npm ci` first, then `npm start`.')
  process.exitCode = 1
} else if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR) {
  console.error(
    `itastream: expected Node ${NODE_MAJOR} or later, got ${process.versions.node}; \`npm start\` brings its own, so use that.`,
  )
  process.exitCode = 1
} else {
  await import('./main.ts')
}
