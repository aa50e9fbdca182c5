/** Reads the instructions of a Dockerfile. */

export interface Instruction {
  /** In capitals. */
  readonly name: string
  /** The rest of the instruction, lines joined. */
  readonly value: string
}

/** Returns the instructions in their order, without comments. */
export function instructionsOf(dockerfile: string): Instruction[] {
  const lines = dockerfile.split('\n').filter(line => !/^\s*#/.test(line))
  return lines
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .flatMap(line => {
      const [, name, value] = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line) ?? []
      return name === undefined || value === undefined ? [] : [{ name: name.toUpperCase(), value }]
    })
}
