import { updateFile } from "../source/update-file.ts";

export const ATTRIBUTES_FILE = ".gitattributes";

const MAX_BYTES = 1024 * 1024;
const LINE = "*.sealed binary";

/**
 * Adds the attributes of sealed files to a `.gitattributes` that lacks them; every byte that is there stays. Returns
 * whether the file was written.
 *
 * @throws SourceError
 */
export async function addGitAttributes(path: string): Promise<boolean> {
  const options = { source: { file: ATTRIBUTES_FILE }, maxBytes: MAX_BYTES };
  return await updateFile(path, options, async (bytes = new Uint8Array()) => {
    // Any encoding: what is there is not read but for its lines.
    const text = Buffer.from(bytes).toString("latin1");
    if (/^\*\.sealed[ \t](?:.*[ \t])?binary(?:[ \t]|\r?$)/m.test(text)) return undefined;
    const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
    const before = text === "" || text.endsWith("\n") ? "" : lineBreak;
    return Buffer.concat([bytes, Buffer.from(`${before}${LINE}${lineBreak}`)]);
  });
}
