/** Directives of a cell: a flash when its value changes, and percentages for the style sheets. */
import { noChange } from 'lit'
import { Directive, directive, type ElementPart, type PartInfo, PartType } from 'lit/directive.js'

/** Milliseconds: visible, but over before the next change. */
const FLASH_DURATION = 700

let reducedMotion: MediaQueryList | undefined

/** Whether the user wants no animations. */
function isMotionReduced(): boolean {
  reducedMotion ??= window.matchMedia('(prefers-reduced-motion: reduce)')
  return reducedMotion.matches
}

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
    // A first value is not a change.
    const changed = this.before !== undefined && this.before !== value
    this.before = value
    if (changed && !isMotionReduced() && !document.hidden) {
      part.element.animate([{ backgroundColor: 'var(--flash)' }, {}], {
        duration: FLASH_DURATION,
        easing: 'ease-out',
      })
    }
    return noChange
  }
}

class Share extends Directive {
  override render(_property: `--${string}`, _percent: number): typeof noChange {
    return noChange
  }

  override update(part: ElementPart, [property, percent]: [string, number]): typeof noChange {
    // A style attribute would need a less strict content security policy.
    ;(part.element as HTMLElement).style.setProperty(property, `${percent.toFixed(1)}%`)
    return noChange
  }
}

/** Flashes the element when its value changes, unless the user prefers reduced motion. */
export const flash = directive(Flash)
/** Sets a property of the style sheets, such as `--bar`, to a percentage. */
export const share = directive(Share)
