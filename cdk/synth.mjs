// The entry of the CDK app (cdk.json). It is plain JavaScript, so that an old Node.js gets one clear sentence instead of
// ERR_UNKNOWN_FILE_EXTENSION. Everything else is in cdk/app.ts.

/** The first Node.js of its line that runs TypeScript files without a flag (Node.js changelog, 22.18.0). */
const LEAST = { major: 22, minor: 18 }

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < LEAST.major || (major === LEAST.major && minor < LEAST.minor)) {
  console.error(
    `itastream: expected Node.js ${LEAST.major}.${LEAST.minor} or newer, got ${process.versions.node}. ` +
      'Run `npm ci`, then `npx cdk`, which uses the Node.js of the project, or install Node.js 24.',
  )
  process.exitCode = 1
} else await import('./app.ts')
