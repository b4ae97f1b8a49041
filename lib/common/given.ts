/** The members of an object that are given: of an optional one that is undefined, `exactOptionalPropertyTypes` wants none. */
export function given<T extends object>(members: T): Given<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** `undefined` taken out of every member, each of which may be absent then. */
export type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
