// Decodes pictures away from the page.

import decodeQR from "qr/decode.js";

export interface ToDecode {
  readonly width: number;
  readonly height: number;
  /** Four bytes a pixel. */
  readonly data: Uint8ClampedArray;
}
export interface Decoded {
  readonly text: string | null;
}

addEventListener("message", ({ data }: MessageEvent<ToDecode>) => {
  postMessage({ text: read(data) } satisfies Decoded);
});

function read(picture: ToDecode): string | null {
  try {
    return decodeQR(picture);
  } catch {
    // It throws where there is no code, which is most of the time.
    return null;
  }
}
