// The camera: on the back of a phone, with its lamp where it has one.

export type CameraFault = "denied" | "none" | "busy" | "insecure";

export class CameraError extends Error {
  readonly fault: CameraFault;
  constructor(fault: CameraFault) {
    super(fault);
    this.fault = fault;
  }
}

export interface Camera {
  /** Whether there is a lamp that a page may turn on. */
  readonly hasTorch: boolean;
  /** Ended by the phone: a call, another app, the screen that went off. */
  readonly ended: Promise<void>;
  setTorch(isOn: boolean): Promise<void>;
  stop(): void;
}

type Capabilities = MediaTrackCapabilities & { readonly torch?: boolean; readonly focusMode?: readonly string[] };

/** Throws `CameraError` where there is no picture to be had. */
export async function openCamera(video: HTMLVideoElement): Promise<Camera> {
  if (navigator.mediaDevices === undefined) throw new CameraError("insecure");
  const size = { width: { ideal: 1_280 }, height: { ideal: 720 } };
  const stream = await navigator.mediaDevices
    .getUserMedia({ audio: false, video: { facingMode: { ideal: "environment" }, ...size } })
    .catch((fault: unknown) => {
      throw new CameraError(faultOf(fault));
    });
  const [track] = stream.getVideoTracks();
  if (track === undefined) throw new CameraError("none");
  const capabilities: Capabilities = track.getCapabilities?.() ?? {};
  const set = (constraint: object) => track.applyConstraints({ advanced: [constraint as MediaTrackConstraintSet] });
  if (capabilities.focusMode?.includes("continuous")) await set({ focusMode: "continuous" }).catch(() => {});
  video.srcObject = stream;
  await video.play();
  return {
    hasTorch: capabilities.torch === true,
    ended: new Promise((resolve) => track.addEventListener("ended", () => resolve(), { once: true })),
    setTorch: (isOn) => set({ torch: isOn }),
    stop() {
      for (const one of stream.getTracks()) one.stop();
      video.srcObject = null;
    },
  };
}

function faultOf(fault: unknown): CameraFault {
  const name = fault instanceof DOMException ? fault.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  return name === "NotReadableError" || name === "AbortError" ? "busy" : "none";
}
