import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A certificate and its key, in PEM. */
export interface Certified {
  cert: string;
  key: string;
}

/** Signs certificates that are valid for an hour. */
export interface Authority {
  cert: string;
  /** @param names DNS names; `*.example` too */
  issue(...names: string[]): Certified;
}

/** A certificate authority of a test's own, by X.509 (RFC 5280) in DER. */
export function authority(name: string): Authority {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const make = (subject: string, key: KeyObject, extensions: Buffer) =>
    pem("CERTIFICATE", certificate({ issuer: name, subject, key, extensions }, privateKey));
  return {
    cert: make(name, publicKey, extension("551d13", sequence(der(0x01, Buffer.from([0xff]))))),
    issue: (...names) => {
      const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const alternatives = sequence(...names.map((one) => der(0x82, Buffer.from(one))));
      return {
        cert: make(names[0] ?? "", own.publicKey, extension("551d11", alternatives)),
        key: own.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      };
    },
  };
}

function certificate(
  { issuer, subject, key, extensions }: { issuer: string; subject: string; key: KeyObject; extensions: Buffer },
  signer: KeyObject,
): Buffer {
  // ecdsa-with-SHA256
  const algorithm = sequence(der(0x06, Buffer.from("2a8648ce3d040302", "hex")));
  const [from, until] = [-3600, 3600].map((seconds) => time(new Date(Date.now() + seconds * 1000)));
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    commonName(issuer),
    sequence(from ?? Buffer.alloc(0), until ?? Buffer.alloc(0)),
    commonName(subject),
    key.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(extensions)),
  );
  return sequence(content, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), sign("sha256", content, signer)])));
}

const sequence = (...parts: Buffer[]) => der(0x30, Buffer.concat(parts));

const commonName = (name: string) =>
  sequence(der(0x31, sequence(der(0x06, Buffer.from("550403", "hex")), der(0x0c, Buffer.from(name)))));

const extension = (id: string, value: Buffer) => sequence(der(0x06, Buffer.from(id, "hex")), der(0x04, value));

/** UTCTime: `261127120000Z`. */
const time = (date: Date) => der(0x17, Buffer.from(`${date.toISOString().replace(/\D/g, "").slice(2, 14)}Z`));

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const pem = (what: string, bytes: Buffer) =>
  `-----BEGIN ${what}-----\n${bytes.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END ${what}-----\n`;
