// What the door's page does with the device that it runs on: the lamp, sounds, vibration, a screen
// that stays on, and the page as an app.

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { hasChromium, PHONE, visitor } from "../../../support/browser.ts";
import { atGate, closeVerdict, scanTyped, useDoor } from "../../../support/door-page.ts";
import { PASSWORD } from "../../../support/door-scene.ts";

/** What the page asks of the device is written down in `asked`; sounds are, and are not made. */
const RECORDER = `(() => {
  globalThis.asked = [];
  navigator.vibrate = (pattern) => asked.push(["vibrate", pattern]) > 0;
  globalThis.AudioContext = class {
    currentTime = 0;
    destination = {};
    resume() { asked.push(["resume"]); return Promise.resolve(); }
    createGain() {
      const ramp = () => {};
      return { gain: { setValueAtTime: ramp, linearRampToValueAtTime: ramp }, connect: (to) => to };
    }
    createOscillator() {
      const frequency = {};
      return { frequency, connect: (to) => to, start: (at) => asked.push(["tone", frequency.value]), stop: () => {} };
    }
  };
  Object.defineProperty(navigator, "wakeLock", { value: {
    request: async (kind) => { asked.push(["awake", kind]); return { release: async () => asked.push(["asleep"]) }; },
  } });
})()`;

/** A camera with a lamp: Chromium's own has none. */
const LAMP = `(() => {
  const { getCapabilities, applyConstraints } = MediaStreamTrack.prototype;
  MediaStreamTrack.prototype.getCapabilities = function () {
    return { ...getCapabilities.call(this), torch: true };
  };
  MediaStreamTrack.prototype.applyConstraints = function (constraints) {
    const torch = constraints?.advanced?.[0]?.torch;
    if (torch === undefined) return applyConstraints.call(this, constraints);
    if (globalThis.isLampBroken) return Promise.reject(new DOMException("no", "OverconstrainedError"));
    asked.push(["torch", torch]);
    return Promise.resolve();
  };
})()`;

const web = useDoor("door-device", 12);

/** What was asked since the last time. */
async function asked(page: Page): Promise<unknown[][]> {
  return page.evaluate("asked.splice(0)");
}

const of = (kind: string, all: readonly unknown[][]) => all.filter(([one]) => one === kind).map(([, what]) => what);

describe.skipIf(!hasChromium)("sound and vibration", () => {
  test("say good and bad apart, and the screen stays on", async () => {
    const { page, context, errors } = await atGate(web.browser, web.service.url, { gate: "North", script: RECORDER });
    const beginning = await asked(page);
    // The touch that begins lets the page sound, and shows that it does.
    expect(of("resume", beginning)).toHaveLength(1);
    expect(of("tone", beginning)).toEqual([880, 1_320]);
    expect(of("awake", beginning)).toEqual(["screen"]);
    const code = await web.freshCode();
    await scanTyped(page, code);
    const good = await asked(page);
    expect([of("vibrate", good), of("tone", good)]).toEqual([[80], [880, 1_320]]);
    await closeVerdict(page);
    await scanTyped(page, code);
    const bad = await asked(page);
    expect([of("vibrate", bad), of("tone", bad)]).toEqual([[[180, 90, 180]], [196, 165]]);
    await closeVerdict(page);
    await page.getByRole("button", { name: /^Gate North/ }).click();
    await expect.poll(async () => of("asleep", await asked(page))).toHaveLength(1);
    expect(errors).toEqual([]);
    await context.close();
  });

  test("without sound it vibrates only, and stays so", async () => {
    const { page, context } = await atGate(web.browser, web.service.url, { gate: "South", script: RECORDER });
    const sound = page.getByRole("button", { name: "Sound" });
    expect(await sound.getAttribute("aria-pressed")).toBe("true");
    await sound.click();
    expect(await sound.getAttribute("aria-pressed")).toBe("false");
    await asked(page);
    await scanTyped(page, await web.freshCode());
    const quiet = await asked(page);
    expect([of("vibrate", quiet), of("tone", quiet)]).toEqual([[80], []]);
    await page.reload();
    await page.getByRole("button", { name: "Start scanning" }).click();
    expect(await sound.getAttribute("aria-pressed")).toBe("false");
    await sound.click();
    await asked(page);
    await scanTyped(page, await web.freshCode());
    expect(of("tone", await asked(page))).toEqual([880, 1_320]);
    await context.close();
  });

  test("a device that can neither sound, nor vibrate, nor stay awake scans as well", async () => {
    const script = `delete globalThis.AudioContext; delete Navigator.prototype.vibrate; delete Navigator.prototype.wakeLock`;
    const { page, context, errors } = await atGate(web.browser, web.service.url, { gate: "Yard", script });
    await scanTyped(page, await web.freshCode());
    await page.getByRole("heading", { name: "Let in" }).waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });
});

describe.skipIf(!hasChromium)("the lamp", () => {
  const lamp = (page: Page) => page.getByRole("button", { name: "Light" });

  test("is turned on and off where the camera has one", async () => {
    const { page, context, errors } = await atGate(web.browser, web.service.url, {
      gate: "Lane",
      script: `${RECORDER};${LAMP}`,
    });
    await lamp(page).waitFor();
    await asked(page);
    for (const isOn of [true, false, true]) {
      await lamp(page).click();
      await expect.poll(() => lamp(page).getAttribute("aria-pressed")).toBe(String(isOn));
    }
    expect(of("torch", await asked(page))).toEqual([true, false, true]);
    // A lamp that fails is not shown as lit, and nothing else fails for it.
    await page.evaluate("globalThis.isLampBroken = true");
    await lamp(page).click();
    await scanTyped(page, await web.freshCode());
    await closeVerdict(page);
    expect(await lamp(page).getAttribute("aria-pressed")).toBe("true");
    expect(errors).toEqual([]);
    await context.close();
  });

  test("is not offered where it has none", async () => {
    const { page, context } = await atGate(web.browser, web.service.url, { gate: "Dark", script: RECORDER });
    await page.getByRole("button", { name: "Sound" }).waitFor();
    await expect.poll(() => page.evaluate("document.querySelector('video').readyState")).toBe(4);
    expect(await lamp(page).count()).toBe(0);
    await context.close();
  });
});

describe.skipIf(!hasChromium)("as an app", () => {
  test("Chromium finds nothing that keeps it from being installed", async () => {
    const { page, context } = await visitor(web.browser, web.service.url, PHONE);
    await page.goto("/door");
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)");
    const devtools = await context.newCDPSession(page);
    const { url, errors, data } = await devtools.send("Page.getAppManifest");
    expect([new URL(url).pathname, errors]).toEqual(["/door/door.webmanifest", []]);
    const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
    // Those of a browser whose profile keeps nothing.
    expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito")).toEqual([]);
    const { icons } = JSON.parse(data ?? "{}") as {
      icons: { src: string; sizes: string; type: string; purpose: string }[];
    };
    expect(icons.map(({ purpose }) => purpose).toSorted()).toEqual(["any", "any", "maskable"]);
    for (const { src, sizes, type } of icons) {
      const size = await page.evaluate(
        `createImageBitmap(await (await fetch(${JSON.stringify(src)})).blob())
        .then(({ width, height }) => width + "x" + height)`
          .replace(/^/, "(async () => ")
          .concat(")()"),
      );
      expect([size, (await page.request.get(src)).headers()["content-type"]]).toEqual([sizes, type]);
    }
    await context.close();
  });

  test("its own button asks the browser, once; afterwards it is gone", async () => {
    const { page, context } = await visitor(web.browser, web.service.url, PHONE);
    await page.goto("/door");
    await page.getByLabel("E-mail address or name").fill("manager");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Which door?" }).waitFor();
    const button = page.getByRole("button", { name: "Install as an app" });
    expect(await button.count()).toBe(0);
    await page.evaluate(`{
      globalThis.prompted = 0;
      const offer = new Event("beforeinstallprompt", { cancelable: true });
      offer.prompt = async () => { prompted += 1; };
      dispatchEvent(offer);
      globalThis.isLeftToThePage = offer.defaultPrevented;
    }`);
    expect(await page.evaluate("isLeftToThePage")).toBe(true);
    await button.click();
    await button.waitFor({ state: "detached" });
    expect(await page.evaluate("prompted")).toBe(1);
    await context.close();
  });
});
