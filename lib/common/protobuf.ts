/** The fields of a Protocol Buffers message, by field number: numbers, or the bytes of strings, messages and fixed-size numbers. */
export type Fields = ReadonlyMap<number, readonly (number | Buffer)[]>;

/**
 * Decodes the wire format (protobuf.dev/programming-guides/encoding). Keeps unknown fields, because newer versions add some.
 *
 * @throws RangeError if the message is truncated
 */
export function fieldsOf(bytes: Buffer): Fields {
  const fields = new Map<number, (number | Buffer)[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError("a message is cut off");
      // Multiplies, because bit shifts are limited to 32 bits. Beyond 53 bits, which only counters reach, it is not exact.
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const slice = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError("a message is cut off");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const kind = tag & 7;
    const number = Math.floor(tag / 8);
    const value = kind === 0 ? varint() : kind === 2 ? slice(varint()) : slice(kind === 1 ? 8 : 4);
    const known = fields.get(number);
    if (known === undefined) fields.set(number, [value]);
    else known.push(value);
  }
  return fields;
}

/** The last value of a numeric field; 0 if it is absent. */
export function numberIn(fields: Fields, number: number): number {
  const value = fields.get(number)?.at(-1);
  return typeof value === "number" ? value : 0;
}

/** The last value of a `fixed32` or `fixed64` field; 0 if it is absent. */
export function fixedIn(fields: Fields, number: number): bigint {
  const value = fields.get(number)?.at(-1);
  if (!Buffer.isBuffer(value)) return 0n;
  return value.length === 8 ? value.readBigUInt64LE() : BigInt(value.readUInt32LE());
}

/** The last value of a string field; empty if it is absent. */
export function textIn(fields: Fields, number: number): string {
  const value = fields.get(number)?.at(-1);
  return Buffer.isBuffer(value) ? value.toString("utf8") : "";
}

/** All values of a repeated string field. */
export function textsIn(fields: Fields, number: number): string[] {
  return (fields.get(number) ?? []).flatMap((value) => (Buffer.isBuffer(value) ? [value.toString("utf8")] : []));
}

/** The last value of a message field; undefined if it is absent. */
export function messageIn(fields: Fields, number: number): Fields | undefined {
  const value = fields.get(number)?.at(-1);
  return Buffer.isBuffer(value) ? fieldsOf(value) : undefined;
}

/** All values of a repeated message field. */
export function messagesIn(fields: Fields, number: number): Fields[] {
  return (fields.get(number) ?? []).flatMap((value) => (Buffer.isBuffer(value) ? [fieldsOf(value)] : []));
}

/** The entries of a `map<string, string>` field. */
export function textMapIn(fields: Fields, number: number): Map<string, string> {
  return new Map(messagesIn(fields, number).map((pair) => [textIn(pair, 1), textIn(pair, 2)]));
}

/** Encodes a numeric field. */
export function encodeNumber(number: number, value: number): Buffer {
  return Buffer.from([...encodeVarint(number * 8), ...encodeVarint(value)]);
}

/** Encodes a string field. */
export function encodeText(number: number, text: string): Buffer {
  return encodeMessage(number, Buffer.from(text));
}

/** Encodes a nested message. */
export function encodeMessage(number: number, message: Buffer): Buffer {
  return Buffer.concat([Buffer.from([...encodeVarint(number * 8 + 2), ...encodeVarint(message.length)]), message]);
}

function encodeVarint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}
