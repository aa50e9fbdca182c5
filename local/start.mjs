// The entry of `npm start`. It is plain JavaScript, so that an old Node.js or a missing installation gets one clear
// sentence instead of a syntax error. Everything else is in local/start-main.ts.
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR = 24
/** The Node.js that `npm ci` installs, on Windows and elsewhere. `npm start` finds it first. */
const INSTALLED_NODES = ['../node_modules/node/bin/node.exe', '../node_modules/node/bin/node']
const INSTALL = 'run `npm ci`, then `npm start`'

/** @param {string} reason */
function refuse(reason) {
  console.error(`itastream: ${reason}.`)
  process.exitCode = 1
}

/** @param {string} path relative to this file */
function exists(path) {
  return existsSync(new URL(path, import.meta.url))
}

if (!exists('../node_modules')) {
  refuse(`its packages are not installed; ${INSTALL}`)
} else if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR) {
  const found = `expected Node.js ${NODE_MAJOR} or newer, got ${process.versions.node}`
  if (INSTALLED_NODES.some(exists))
    refuse(`${found}; \`npm start\` uses the Node.js that \`npm ci\` has installed`)
  else refuse(`${found}, and the Node.js of its packages is not installed; ${INSTALL}`)
} else {
  // glibc reads the settings of malloc at the start of a process. With one arena, and with buffers of 64 KiB in memory of
  // their own, freed memory goes back to the system: 120 MB less after the replay.
  if (process.platform === 'linux' && process.env.MALLOC_ARENA_MAX === undefined) {
    const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
    process.execve(process.execPath, command, {
      ...process.env,
      MALLOC_ARENA_MAX: '1',
      MALLOC_MMAP_THRESHOLD_: '65536',
    })
  }
  // With the cache, a process loads the compiler that strips types (18 MB) only if a file has changed.
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../.build/compile-cache', import.meta.url))
  module.enableCompileCache()
  try {
    await import('./start-main.ts')
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error
    refuse(`a part of it is missing (${error.message.split('\n')[0]}); ${INSTALL}`)
  }
}
