#!/usr/bin/env node
import { runSealconf } from "./main.ts";
import { runProcess } from "./run-process.ts";

await runProcess(runSealconf);
