/** Drops undefined members, because optional members must be absent instead under `exactOptionalPropertyTypes`. */
export function given<T extends object>(members: T): Given<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** The type with every member optional, but never undefined. */
export type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
