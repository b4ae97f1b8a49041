import { Document, type DocumentOptions, Scalar, type Tags, type ToStringOptions, visit } from "yaml";
import { isHidden } from "../../common/printable";
import { plainScalar } from "./scalar";

/**
 * A value as a document that kubectl reads back to the same value. Strings that are not strings in YAML 1.1, which Kubernetes reads (`"9898"`,
 * `"yes"`, `"1:30"`), or that contain invisible characters, are in double quotes. {@link documentText} writes it.
 */
export function kubernetesDocument(value: unknown): Document {
  const options: DocumentOptions & { customTags: (tags: Tags) => Tags; aliasDuplicateObjects: boolean } = {
    ...{ version: "1.1", customTags: withoutMerge, aliasDuplicateObjects: false },
  };
  const document = new Document(value, options);
  visit(document, {
    Scalar(role, scalar) {
      // Without quotes, this key would merge its value into the mapping.
      if (role === "key" && scalar.value === "<<") scalar.type = Scalar.QUOTE_DOUBLE;
      const { value } = scalar;
      const isOdd =
        typeof value === "string" &&
        (plainScalar(value) !== value || isHidden(value) || value.search(oddCharacters) >= 0);
      if (isOdd) scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document;
}

export function documentText(document: Document, options: ToStringOptions = {}): string {
  return document
    .toString({ lineWidth: 0, directives: false, ...options })
    .replaceAll(oddCharacters, (odd) => `\\u${odd.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Characters that kubectl's parser takes for line breaks or refuses, and those that reverse or hide text. */
const oddCharacters = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g;

const withoutMerge = (tags: Tags): Tags =>
  tags.filter((tag) => (typeof tag === "string" ? tag : tag.tag) !== "tag:yaml.org,2002:merge");
