import { Command, Option } from "commander";
import { type ImagesCommandOptions, imageFormats } from "../options/images";
import { withProgramOptions } from "../options/program";
import { renderOption } from "../options/render";

/** `meshfence images`: every image that a Pulumi program's stack needs, those of charts included. */
export function imagesCommand(): Command {
  return withProgramOptions(new Command("images"))
    .description("list every image that a Pulumi program needs, including those of its charts")
    .addOption(new Option("--format <format>", "output format").choices(imageFormats).default("lines"))
    .option("--out <file>", "write it to a file")
    .addOption(renderOption("remote"))
    .addHelpText(
      "after",
      `
Charts are fetched and rendered with helm unless --render says otherwise. Those that
cannot be rendered are named on standard error, and the exit status is 2, because the
list is incomplete.

  meshfence images --out images.txt && xargs -n 1 docker pull < images.txt
  meshfence images --format skopeo --out images.yaml
  skopeo sync --src yaml --dest docker images.yaml registry.example.com/mirror`,
    )
    .action(async (options: ImagesCommandOptions) => {
      const { runImages } = await import("../run/images.js");
      process.exitCode = await runImages(options);
    });
}
