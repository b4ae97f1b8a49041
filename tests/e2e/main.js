// `npm run test:e2e`, after a build. See README.md beside this file.
require("../register.js");
require("./run.ts");
