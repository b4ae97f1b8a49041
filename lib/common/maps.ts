/**
 * Memoizes a function of a text.
 *
 * @param most The size of the cache, which is cleared when it is full.
 */
export function remembered<T>(make: (text: string) => T, most = 20_000): (text: string) => T {
  const known = new Map<string, { value: T }>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found.value;
    if (known.size >= most) known.clear();
    const value = make(text);
    known.set(text, { value });
    return value;
  };
}

/**
 * The value of a key, which is created and stored if there is none.
 *
 * Only for maps: if the same code also handles weak maps, its calls become polymorphic, and all of the engine's tables are slower by half. Use
 * {@link getOrMakeWeak} for those.
 */
export function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const present = map.get(key);
  if (present !== undefined) return present;
  const made = make();
  map.set(key, made);
  return made;
}

/** {@link getOrMake} for weak maps. */
export function getOrMakeWeak<K extends WeakKey, V>(map: WeakMap<K, V>, key: K, make: () => V): V {
  const present = map.get(key);
  if (present !== undefined) return present;
  const made = make();
  map.set(key, made);
  return made;
}

/**
 * A value that must exist.
 *
 * @throws Error if it does not: a gap in the engine's tables is a bug, and no answer is better than a wrong one
 */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is missing`);
  return value;
}

/** Adds a value to the list under a key. */
export function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/**
 * A table for looking up text from manifests. It has no inherited members, so that `constructor` and `__proto__` find nothing.
 */
export function dictionary<T>(entries: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.freeze(Object.assign(Object.create(null) as Record<string, T>, entries));
}
