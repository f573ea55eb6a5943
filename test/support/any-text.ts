import fc from "fast-check";

const LAST_BEFORE_SURROGATES = 0xd7ff;
const FIRST_AFTER_SURROGATES = 0xe000;
const LAST_CODE_POINT = 0x10ffff;

/** Any well-formed text, controls and a byte order mark included; much of it is ASCII. */
export function anyText(maxLength = 20): fc.Arbitrary<string> {
  const unit = fc
    .oneof(
      fc.integer({ min: 0, max: 0x7f }),
      fc.integer({ min: 0x80, max: LAST_BEFORE_SURROGATES }),
      fc.integer({ min: FIRST_AFTER_SURROGATES, max: LAST_CODE_POINT }),
      fc.constant(0xfeff),
    )
    .map((codePoint) => String.fromCodePoint(codePoint));
  return fc.string({ unit, maxLength });
}
