/** Terminal output of a run: steps, lines, and a status line that is overwritten in place. */
import type { WriteStream } from 'node:tty'

export interface Terminal {
  /** Shows that a step has begun, with the seconds since the start. */
  step(text: string): void
  /** Shows the progress of the step. It overwrites the step on a terminal, and is not shown elsewhere. */
  progress(text: string): void
  line(text: string): void
  /** Shows the status: always the last line on a terminal, a new line elsewhere. */
  status(text: string): void
}

export function createTerminal(out: WriteStream): Terminal {
  const start = performance.now()
  let status = ''

  const clear = (): void => {
    if (out.isTTY && status !== '') out.write('\r\x1b[K')
  }
  const show = (text: string): void => {
    clear()
    status = text
    // A status wider than the window would wrap, and could not be overwritten.
    if (out.isTTY) out.write(fit(text, out.columns - 1))
    else out.write(`${text}\n`)
  }

  const step = (text: string): void => {
    const seconds = ((performance.now() - start) / 1000).toFixed(0).padStart(3)
    show(`${seconds} s  ${text}`)
  }

  return {
    step,
    progress(text) {
      if (out.isTTY) step(text)
    },
    line(text) {
      clear()
      status = ''
      out.write(`${text}\n`)
    },
    status: show,
  }
}

/** Cuts a text to `columns`. Japanese characters take two columns. */
function fit(text: string, columns: number): string {
  let width = 0
  for (const [index, character] of [...text].entries()) {
    width += character >= '\u2e80' ? 2 : 1
    if (width > columns) return [...text].slice(0, index).join('')
  }
  return text
}
