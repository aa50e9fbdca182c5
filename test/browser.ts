/** A real browser for tests from npm packages alone: no installed browser or system library is needed. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'

const ARGUMENTS = [
  // Chromium's sandbox needs user namespaces, which containers and build machines do not have.
  '--no-sandbox',
  '--no-zygote',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--font-render-hinting=none',
]

/** Replaces the package's fonts.conf, which expects fonts in /tmp/fonts. Without a font Chromium draws no text. */
const FONTS_CONFIGURATION = 'itastream-fonts.conf'

/** Starts a headless Chromium. The first start on a machine unpacks it into the temporary folder. */
export async function openBrowser(): Promise<Browser> {
  const folder = await unpacked()
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: ARGUMENTS,
    env: {
      ...process.env,
      FONTCONFIG_FILE: join(folder, FONTS_CONFIGURATION),
      LD_LIBRARY_PATH: [join(folder, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
    },
  })
}

/**
 * Returns the folder with the unpacked browser. The package unpacks into TMPDIR and treats existing files as complete.
 * So it unpacks into a private folder, which is renamed when complete: tests that start together never see half a
 * browser. With Lambda's environment variables set, the package also unpacks system libraries.
 */
async function unpacked(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  const { version } = JSON.parse(await readFile(join(dirname(entry), '../../package.json'), 'utf8')) as {
    version: string
  }
  const folder = join(tmpdir(), `itastream-chromium-${version}`)
  if (existsSync(folder)) return folder
  const own = await mkdtemp(`${folder}-`)
  try {
    const script = "import chromium from '@sparticuz/chromium'; await chromium.executablePath()"
    const env = { ...process.env, TMPDIR: own, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' }
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env,
      cwd: import.meta.dirname,
    })
    await writeFile(join(own, FONTS_CONFIGURATION), fontsConfiguration(folder))
    await rename(own, folder)
  } catch (error) {
    await rm(own, { recursive: true, force: true })
    // Another process may have renamed its folder first.
    if (!existsSync(folder)) throw error
  }
  return folder
}

function fontsConfiguration(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <cachedir>${join(folder, 'fonts-cache')}</cachedir>
</fontconfig>
`
}
