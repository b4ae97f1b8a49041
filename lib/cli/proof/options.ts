export const verifyFormats = ["text", "json", "junit", "markdown", "html"] as const;

export interface VerifyOptions {
  context?: string;
  stack?: string;
  kubeconfig?: string;
  namespace: string[];
  dryRun?: boolean;
  watch?: boolean;
  interval: number;
  format: (typeof verifyFormats)[number];
  output?: string;
  timeout: number;
  parallel: number;
  limit: number;
  probeImage?: string;
  outside?: string | false;
  outsideImage?: string;
  strangers: boolean;
  probeContainers: boolean;
  mtls: boolean;
  controller: boolean;
}

/** The defaults of the command line. */
export const defaultVerifyOptions = {
  namespace: [],
  interval: 60,
  format: "text",
  timeout: 120,
  parallel: 8,
  limit: 200,
  strangers: true,
  probeContainers: true,
  mtls: true,
  controller: true,
} satisfies VerifyOptions;
