import assert from "node:assert/strict";
import { test } from "node:test";

import { runsCheck } from "../../../src/cli/hook/runs-check.ts";

const CALL = "npx --no-install sealconf check --staged";
const PRINTED = `${CALL} || exit 1`;

test("a script whose last command is the check, or that ends when it fails, runs it", () => {
  const scripts = [
    CALL,
    `#!/bin/sh\nnpm test\n${CALL}\n\n# the end\n`,
    `${PRINTED}\nnpm test\n`,
    `${CALL} || exit\nnpm test\n`,
    `${CALL} || exit $?\r\nnpm test\r\n`,
    `set -e\n${CALL}\nnpm test\n`,
    `set -euo pipefail\n${CALL}\nnpm test\n`,
    `set -o errexit\n${CALL}\nnpm test\n`,
    `#!/bin/bash -e\n${CALL}\nnpm test\n`,
    `#!/usr/bin/env -S sh -eu\n${CALL}\nnpm test\n`,
    `#!/usr/bin/env sh\n. "$(dirname -- "$0")/_/husky.sh"\n\n${CALL}\nnpm test\n`,
    `exec 1>&2\n${PRINTED}\nnpm test\n`,
    `exec < /dev/tty\n${CALL}\n`,
    `exec ${CALL}\n`,
    `cat <<'EOF'\nchecking\nEOF\n${CALL}\n`,
    `[ -n "$CI" ] && exit 0\n${CALL}\n`,
    "sealconf check --staged",
    "npx sealconf check --staged --fix -q  # no secrets",
    "pnpm exec sealconf check --staged",
    "./node_modules/.bin/sealconf check --staged",
    "apps/web/node_modules/.bin/sealconf check --staged",
    "'./it is/node_modules/.bin/sealconf' check --staged",
  ];
  for (const script of scripts) assert.ok(runsCheck(script), script);
});

test("a script in which the check may not run, or whose failure may not count, does not run it", () => {
  const scripts = [
    "",
    `# ${CALL}`,
    `  #${PRINTED}\n`,
    `echo "tip: run sealconf check --staged"`,
    `echo tip: \\\n${CALL}\n`,
    `cat <<EOF\n${PRINTED}\nEOF\n`,
    `cat <<-'EOF'\n${CALL}\n\tEOF\n`,
    `exec npm test\n${PRINTED}\n`,
    `exit 0\n${CALL}\n`,
    `${CALL}\nnpm test\n`,
    `${CALL} || true\n`,
    `${CALL} || exit 0\n`,
    `${CALL} &\n`,
    `${CALL} | tee log\n`,
    `${CALL}; true\n`,
    `set -e\n${CALL} && npm test\nnpm run lint\n`,
    `${CALL}\nset -e\nnpm test\n`,
    `set -e\nset +e\n${CALL}\nnpm test\n`,
    `set -o pipefail\n${CALL}\nnpm test\n`,
    `if [ -n "$CI" ]; then\n  ${PRINTED}\nfi\n`,
    `check() {\n\t${PRINTED}\n}\n`,
    "npx --no-install sealconf check",
    "npx --no-install sealconf check --staged --help",
    "npx --no-install other-sealconf check --staged",
  ];
  for (const script of scripts) assert.ok(!runsCheck(script), script);
});
