export type { ArtifactSources, ChartSources, ImageSources } from "./artifact-sources";
export { sourcedImage } from "./images";
