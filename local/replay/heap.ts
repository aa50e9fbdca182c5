/** A binary heap: a set of items with fast access to the item with the least key. */
export interface Heap<T> {
  /** The item with the least key; undefined if the heap is empty. */
  readonly first: T | undefined
  add(item: T): void
  /** Restores the order after the key of the first item has grown. */
  firstChanged(): void
  removeFirst(): void
}

/** Creates an empty heap that is ordered by `keyOf`. */
export function createHeap<T>(keyOf: (item: T) => number): Heap<T> {
  const items: T[] = []
  const swap = (one: number, other: number): void => {
    const item = items[one]!
    items[one] = items[other]!
    items[other] = item
  }
  const moveFirstDown = (): void => {
    for (let at = 0; ; ) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < items.length && keyOf(items[child]!) < keyOf(items[least]!)) least = child
      }
      if (least === at) return
      swap(at, least)
      at = least
    }
  }
  return {
    get first() {
      return items[0]
    },
    add(item) {
      items.push(item)
      for (let at = items.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1
        if (keyOf(items[parent]!) <= keyOf(items[at]!)) return
        swap(parent, at)
        at = parent
      }
    },
    firstChanged: moveFirstDown,
    removeFirst() {
      const last = items.pop()
      if (last === undefined || items.length === 0) return
      items[0] = last
      moveFirstDown()
    },
  }
}
