import { formatImageReference, parseImageReference } from "../../artifacts/image-reference";
import { printable } from "../../common/printable";
import type { ImageList } from "../../plan/images";

/** One full reference per line, for `docker pull` and other tools that read lists. */
export function imagesAsLines({ images }: ImageList): string {
  return lines(
    [...new Set(images.map(({ reference }) => formatImageReference(parseImageReference(reference))))].sort(),
  );
}

/** Each image with the resources that need it. */
export function imagesAsText({ images }: ImageList): string {
  return lines(images.flatMap(({ reference, usedBy }) => [reference, ...usedBy.map((name) => `  ${printable(name)}`)]));
}

export function imagesAsJson(list: ImageList): string {
  return `${JSON.stringify(list, null, 2)}\n`;
}

/** The file that `skopeo sync --src yaml` reads: by registry and repository, with digests or else tags. */
export function imagesAsSkopeo({ images }: ImageList): string {
  const registries = new Map<string, Map<string, Set<string>>>();
  for (const { reference } of images) {
    const { registry, path, tag = "latest", digest } = parseImageReference(reference);
    const repositories = registries.get(registry) ?? new Map<string, Set<string>>();
    registries.set(registry, repositories);
    repositories.set(path, (repositories.get(path) ?? new Set()).add(digest ?? tag));
  }
  const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return lines(
    sorted(registries).flatMap(([registry, repositories]) => [
      `${JSON.stringify(registry)}:`,
      "  images:",
      ...sorted(repositories).flatMap(([path, versions]) => [
        `    ${JSON.stringify(path)}:`,
        ...[...versions].sort().map((version) => `      - ${JSON.stringify(version)}`),
      ]),
    ]),
  );
}

const lines = (list: readonly string[]): string => list.map((line) => `${line}\n`).join("");
