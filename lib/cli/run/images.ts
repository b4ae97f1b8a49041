import { printable, safeText } from "../../common/printable";
import { writeWhole } from "../../common/whole-file";
import type { ImageList } from "../../plan/images";
import { imagesAsJson, imagesAsLines, imagesAsSkopeo, imagesAsText } from "../../report/plan/images";
import { plannedProgram } from "../input/planned-program";
import type { ImagesCommandOptions } from "../options/images";
import { Exit } from "../output/exit";
import { print, say } from "../output/print";

const renderers: { readonly [format in ImagesCommandOptions["format"]]: (list: ImageList) => string } = {
  lines: imagesAsLines,
  text: imagesAsText,
  json: imagesAsJson,
  skopeo: imagesAsSkopeo,
};

/** Lists a program's images. Returns the exit status: 2 without a plan or with an incomplete list, after saying why. */
export async function runImages(options: ImagesCommandOptions): Promise<number> {
  const planned = await plannedProgram({ ...options, images: true });
  if (planned?.images === undefined) return Exit.BadInput;
  const { images } = planned;
  const text = renderers[options.format](images);
  if (options.out === undefined) await print(text);
  else {
    try {
      writeWhole(options.out, safeText(text));
    } catch (error) {
      say(`error: --out ${options.out}: ${(error as Error).message}`);
      return Exit.BadInput;
    }
  }
  for (const { object, reason, fix } of images.missing)
    say(printable(`error: the images of ${object} are not listed: ${reason}. ${fix}`));
  return images.missing.length === 0 ? Exit.Fine : Exit.BadInput;
}
