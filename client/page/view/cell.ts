/** Directives of one cell: a flash when its value changes, and the length of the bar behind it. */
import { noChange } from 'lit'
import { Directive, directive, type ElementPart, type PartInfo, PartType } from 'lit/directive.js'

/** Milliseconds: long enough to be seen, short enough not to overlap the next change. */
const FLASH_DURATION = 700

const calm = window.matchMedia('(prefers-reduced-motion: reduce)')

class Flash extends Directive {
  declare private before: unknown

  constructor(info: PartInfo) {
    super(info)
    if (info.type !== PartType.ELEMENT) throw new TypeError('expected flash() on an element')
  }

  override render(_value: unknown): typeof noChange {
    return noChange
  }

  override update(part: ElementPart, [value]: [unknown]): typeof noChange {
    // What was not known before has appeared, not changed.
    const changed = this.before !== undefined && this.before !== value
    this.before = value
    if (changed && !calm.matches && !document.hidden) {
      part.element.animate([{ backgroundColor: 'var(--flash)' }, {}], {
        duration: FLASH_DURATION,
        easing: 'ease-out',
      })
    }
    return noChange
  }
}

class Bar extends Directive {
  override render(_percent: number): typeof noChange {
    return noChange
  }

  override update(part: ElementPart, [percent]: [number]): typeof noChange {
    // Set as a property: a style attribute would need a laxer content security policy.
    ;(part.element as HTMLElement).style.setProperty('--bar', `${percent.toFixed(1)}%`)
    return noChange
  }
}

/** Flashes the element when the value differs from the one before, unless the user asked for less motion. */
export const flash = directive(Flash)
/** Sets the length of the bar behind a quantity, in percent of the cell. */
export const bar = directive(Bar)
