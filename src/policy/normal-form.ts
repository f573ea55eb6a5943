const NOT_ASCII = /[^\u0000-\u007f]/;

/** Tells whether a name can be written in one form only. */
export function hasOneForm(name: string): boolean {
  return !NOT_ASCII.test(name);
}

/**
 * Returns a name in the form in which names are compared: `é` may be written as one character or, as macOS's folders
 * give it, as two.
 */
export function normalForm(name: string): string {
  return hasOneForm(name) ? name : name.normalize("NFC");
}
