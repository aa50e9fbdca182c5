/** The start command of a container, read from its Dockerfile. */

export interface StartCommand {
  /** Program and arguments. */
  readonly command: readonly string[]
  readonly workingDirectory: string
  readonly environment: Readonly<Record<string, string>>
}

/**
 * Reads ENTRYPOINT, CMD, WORKDIR and ENV.
 * @throws Error when there is no command in the exec form. In the other form a shell receives the signals.
 */
export function readDockerfile(text: string, path: string): StartCommand {
  let entrypoint: string[] = []
  let command: string[] = []
  let workingDirectory = '/'
  const environment: Record<string, string> = {}
  for (const line of text.replaceAll(/\\\r?\n/g, ' ').split('\n')) {
    const [, instruction = '', rest = ''] = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line) ?? []
    switch (instruction.toUpperCase()) {
      case 'ENTRYPOINT':
        entrypoint = execForm(rest, path)
        break
      case 'CMD':
        command = execForm(rest, path)
        break
      case 'WORKDIR':
        workingDirectory = rest
        break
      case 'ENV':
        for (const [, name, value] of rest.matchAll(/(\w+)=("[^"]*"|\S+)/g)) {
          environment[name!] = value!.replaceAll('"', '')
        }
        break
    }
  }
  const whole = [...entrypoint, ...command]
  if (whole.length === 0) throw new Error(`${path}: expected ENTRYPOINT or CMD, got neither`)
  return { command: whole, workingDirectory, environment }
}

function execForm(rest: string, path: string): string[] {
  try {
    const parts: unknown = JSON.parse(rest)
    if (Array.isArray(parts) && parts.every(part => typeof part === 'string')) return parts
  } catch {
    // Reported below.
  }
  throw new Error(`${path}: expected the exec form ["program", "argument"], got ${rest}`)
}
