/** The text of a view, without a browser. */
import { nothing } from 'lit'
import { PartType } from 'lit/directive.js'
import { getDirectiveClass, isTemplateResult } from 'lit/directive-helpers.js'
import { repeat } from 'lit/directives/repeat.js'

/** What lit makes of a call of a directive. */
interface DirectiveCall {
  readonly values: readonly unknown[]
}

const REPEAT = getDirectiveClass(repeat([], () => ''))

/** Returns the values of a directive; `repeat` becomes the views of its items. */
function valuesOf(call: DirectiveCall): readonly unknown[] {
  const directive = getDirectiveClass(call)
  if (directive === undefined || directive !== REPEAT) return call.values
  const part = { type: PartType.CHILD } as const
  return new directive(part).render(...call.values) as readonly unknown[]
}

/**
 * Returns the HTML of a view with single blanks. A directive of an element is its values in braces, an event handler is
 * left out.
 */
export function viewText(view: unknown): string {
  return textOf(view).replaceAll(/\s+/g, ' ').replaceAll('> <', '><').trim()
}

function textOf(value: unknown): string {
  if (value === undefined || value === null || value === nothing || typeof value === 'function') return ''
  if (Array.isArray(value)) return value.map(textOf).join('')
  if (isTemplateResult(value)) {
    const { strings, values } = value as { strings: readonly string[]; values: readonly unknown[] }
    return strings.map((text, index) => text + textOf(values[index])).join('')
  }
  if (getDirectiveClass(value) === undefined) return String(value)
  const call = value as DirectiveCall
  const values = valuesOf(call)
  return getDirectiveClass(value) === REPEAT ? textOf(values) : `{${values.join()}}`
}

/** Returns the handlers of an event in a view, in the order of its elements. */
export function handlersOf(view: unknown, event: string): ((given?: unknown) => void)[] {
  if (Array.isArray(view)) return view.flatMap(part => handlersOf(part, event))
  if (isTemplateResult(view)) {
    const { strings, values } = view as { strings: readonly string[]; values: readonly unknown[] }
    return values.flatMap((value, index) =>
      typeof value === 'function'
        ? strings[index]!.endsWith(`@${event}=`)
          ? [value as () => void]
          : []
        : handlersOf(value, event),
    )
  }
  return getDirectiveClass(view) === REPEAT ? handlersOf(valuesOf(view as DirectiveCall), event) : []
}
