#!/usr/bin/env node
import { runEncryptValue } from "./main.ts";
import { runProcess } from "./run-process.ts";

await runProcess(runEncryptValue);
