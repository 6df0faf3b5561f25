// A picture from the camera, or a clear word why there is none.

import { $ } from "./dom.js";
import { say } from "./say.js";

const WORDS = {
  NotAllowedError: "The browser may not use the camera. Allow it beside the address, or drop a picture instead.",
  NotFoundError: "No camera was found. Connect one, or drop a picture instead.",
  NotReadableError: "Another program holds the camera. Close it, or drop a picture instead.",
};
const NOT_HERE = "This browser gives no camera to a page that came without encryption from another machine. " +
  "Open the workbench on the machine with the camera, or drop a picture instead.";

/**
 * Open the camera and wait for a picture.
 * @returns {Promise<Blob|null>} null where there is none
 */
export async function photograph() {
  if (!navigator.mediaDevices?.getUserMedia) {
    say(NOT_HERE, "bad");
    return null;
  }
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  } catch (error) {
    say(WORDS[error.name] ?? `The camera does not start: ${error.message}`, "bad");
    return null;
  }
  try {
    return await pictureFrom(stream);
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

async function pictureFrom(stream) {
  const dialog = $("camera");
  const video = $("camera-picture");
  video.srcObject = stream;
  await video.play();
  dialog.showModal();
  const taken = await new Promise((resolve) => {
    $("camera-take").onclick = () => resolve(true);
    $("camera-cancel").onclick = () => resolve(false);
    dialog.oncancel = () => resolve(false); // Escape
  });
  const picture = taken ? await frame(video) : null;
  dialog.close();
  video.srcObject = null;
  return picture;
}

/** The square in the middle of the picture, as the frame on the page shows it. */
function frame(video) {
  const side = Math.min(video.videoWidth, video.videoHeight);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const left = (video.videoWidth - side) / 2;
  const top = (video.videoHeight - side) / 2;
  canvas.getContext("2d").drawImage(video, left, top, side, side, 0, 0, side, side);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
}
