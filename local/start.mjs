// The door to `npm start`: plain JavaScript, so that an old Node or a missing install gets one clear sentence
// instead of a syntax error. Everything else is local/start-main.ts.

const NODE_MAJOR = 24

function refuse(reason) {
  console.error(`itastream: ${reason}; run \`npm ci\`, then \`npm start\`.`)
  process.exitCode = 1
}

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR) {
  // The install brings its own Node, so an older one here means that there was none, or not a whole one.
  refuse('its packages are not installed')
} else {
  try {
    await import('./start-main.ts')
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error
    refuse(`a part of it is missing (${error.message.split('\n')[0]})`)
  }
}
