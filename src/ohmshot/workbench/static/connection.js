// The way to the server: one session, one socket, and pictures and files beside it.

/** The server, or the way to it, said no; the message is for the person. */
export class Refused extends Error {}

const AGAIN_AFTER = 1500; // ms between two tries to reach a server that is gone
const KEPT_AS = "ohmshot-session";
const GONE = "The server does not answer. Your drawings are kept in this browser; start the server again and this page goes on.";

export class Connection extends EventTarget {
  constructor() {
    super();
    this.session = "";
    /** @type {WebSocket|null} */
    this.socket = null;
    this.number = 0;
    /** @type {Map<number, (answer: any) => void>} */
    this.waiting = new Map();
    // Only a page that goes leaves its name, so a second tab of the same browser never gets the session of a living one.
    addEventListener("pagehide", () => sessionStorage.setItem(KEPT_AS, this.session));
    addEventListener("pageshow", (event) => event.persisted && sessionStorage.removeItem(KEPT_AS));
  }

  /**
   * Go on with the session that this tab had before a reload, or begin one.
   * @returns {Promise<any>} what the server says of itself, with `resumed`
   */
  async open() {
    const earlier = this.session || sessionStorage.getItem(KEPT_AS);
    sessionStorage.removeItem(KEPT_AS);
    const hello = (earlier && (await this.resumed(earlier))) || (await this.begun());
    this.session = hello.session;
    await this.listen();
    return hello;
  }

  async resumed(session) {
    const answer = await reached(`/api/do/hello?session=${session}`, { method: "POST" });
    return answer.ok ? { ...(await answer.json()), resumed: true } : null;
  }

  async begun() {
    const answer = await reached("/api/session", { method: "POST" });
    if (!answer.ok) throw new Refused(await reason(answer));
    return { ...(await answer.json()), resumed: false };
  }

  listen() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/live?session=${this.session}`);
    this.socket = socket;
    socket.addEventListener("message", (event) => this.told(JSON.parse(event.data)));
    socket.addEventListener("close", () => this.lost(socket));
    return new Promise((resolve, reject) => {
      socket.addEventListener("open", () => resolve(undefined));
      socket.addEventListener("close", () => reject(new Refused(GONE)));
    });
  }

  told(answer) {
    this.waiting.get(answer.id)?.(answer);
    this.waiting.delete(answer.id);
  }

  async lost(socket) {
    if (socket !== this.socket) return;
    this.socket = null;
    for (const done of this.waiting.values()) done({ error: GONE });
    this.waiting.clear();
    this.dispatchEvent(new Event("lost"));
    while (!this.socket) {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
      try {
        const hello = await this.open();
        this.dispatchEvent(new CustomEvent("back", { detail: hello }));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        this.socket = null;
      }
    }
  }

  /**
   * Ask the server to do something.
   * @param {string} op an operation of `ohmshot.workbench.operations`
   * @param {object} [message]
   * @returns {Promise<any>}
   */
  async ask(op, message = {}) {
    const { socket } = this;
    if (socket?.readyState !== WebSocket.OPEN) throw new Refused(GONE);
    const answer = await new Promise((resolve) => {
      this.waiting.set(++this.number, resolve);
      socket.send(JSON.stringify({ id: this.number, op, ...message }));
    });
    if (answer.error) throw new Refused(answer.error);
    return answer.ok;
  }

  /** Stop what is under way; the chip stays as it was. */
  cancel() {
    return reached(`/api/cancel?session=${this.session}`, { method: "POST" });
  }

  /**
   * Let the server find the drawing in a picture.
   * @param {Blob} picture
   * @param {string} name for messages
   * @returns {Promise<string>} an example
   */
  async picture(picture, name) {
    const address = `/api/picture?session=${this.session}&name=${encodeURIComponent(name)}`;
    const answer = await reached(address, { method: "POST", body: picture });
    if (!answer.ok) throw new Refused(await reason(answer));
    return (await answer.json()).example;
  }

  /** Fetch a file to keep: "chip", "bundle", "report" or "drawings". @returns {Promise<File>} */
  file(kind) {
    return this.download(`/api/file/${kind}?session=${this.session}`);
  }

  /** Address of a file of the study. */
  studyFile(name, shown = false) {
    return `/api/study/${encodeURIComponent(name)}?session=${this.session}${shown ? "&show=1" : ""}`;
  }

  async download(address) {
    const answer = await reached(address);
    if (!answer.ok) throw new Refused(await reason(answer));
    const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? "file";
    return new File([await answer.blob()], name);
  }
}

async function reached(address, how) {
  try {
    return await fetch(address, how);
  } catch {
    throw new Refused(GONE);
  }
}

async function reason(answer) {
  const text = await answer.text();
  try {
    return JSON.parse(text).error ?? text;
  } catch {
    return text || `The server refused (${answer.status}).`;
  }
}
