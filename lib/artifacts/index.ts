export type { ArtifactSources, ChartSources, ImageSources } from "./artifactSources";
export { sourcedImage } from "./images";
