// @ts-check
// The page's half of digitlib.course.webcam.WebcamReader: it shows, asks, and sends pictures.
// Pictures and answers travel as messages, so that none of them becomes part of the
// widget's state, which a notebook may store.

// ---- the messages, as messages.py has them; a test compares the two

/**
 * What the page sends, by its kind; each has a number, `id`, besides.
 * @typedef {object} FromPage
 * @property {{}} start
 * @property {{}} stop
 * @property {{}} draw
 * @property {{}} frame a JPEG comes with it
 * @property {{name: string}} upload the file's content comes with it
 * @property {{}} drawing a PNG comes with it
 * @property {{name: string, size: number, limit: number}} oversized
 * @property {{index: number}} choose
 * @property {{label: string}} save
 * @property {{name: string, message: string}} failure
 */

/**
 * A box in shares of the picture: left, top, width, height.
 * @typedef {number[]} Shares
 */

/**
 * One digit of an answer.
 * @typedef {object} Shown
 * @property {number} digit
 * @property {boolean} sure
 * @property {Shares} box
 */

/**
 * What was read; the pictures that it names come with it, in the same order.
 * @typedef {object} Answer
 * @property {"answer"} kind
 * @property {number} id
 * @property {"camera" | "pad" | "still" | "again"} source
 * @property {string} number
 * @property {number | null} selected
 * @property {Shown[]} readings
 * @property {Shares[]} unread
 * @property {number[]} probabilities
 * @property {number | null} python_ms
 * @property {number | null} fps
 * @property {string[]} pictures
 */

/**
 * The last answer to a message.
 * @typedef {object} Done
 * @property {"done"} kind
 * @property {number} id
 * @property {boolean} unreadable
 */

/**
 * What is used here of a widget's model.
 * @typedef {object} Model
 * @property {(trait: string) => any} get
 * @property {(trait: string, value: unknown) => void} set
 * @property {() => void} save_changes
 * @property {(message: object, callbacks?: object, pictures?: ArrayBuffer[]) => void} send
 * @property {(events: string, listener: (...given: any[]) => void) => void} on
 * @property {(events: string, listener: (...given: any[]) => void) => void} off
 */

/** @typedef {ReturnType<typeof create_panel>} Parts */
/** @typedef {ReturnType<typeof create_talk>} Talk */
/** @typedef {ReturnType<typeof create_screen>} Screen */
/** @typedef {ReturnType<typeof create_camera>} Camera */

const FRAME_WIDTH = 640;
// Two frames on the way keep Python busy while one travels; more would only queue up.
const MOST_ON_THE_WAY = 2;
const SILENCE_MS = 5000;
// Jupyter's server cuts the connection at a message above 10 MiB.
const LARGEST_UPLOAD = 10_000_000;
const SIDES = { environment: "back", user: "front" };

/** @type {Answer} */
const NOTHING = {
  kind: "answer",
  id: 0,
  source: "again",
  number: "",
  selected: null,
  readings: [],
  unread: [],
  probabilities: [],
  python_ms: null,
  fps: null,
  pictures: [],
};

// ---- elements and pictures

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in made) Object.assign(made, { [name]: value });
    else made.setAttribute(name, String(value));
  }
  // Without this, JupyterLab takes the arrow keys of whatever has the focus for its own.
  made.setAttribute("data-lm-suppress-shortcuts", "true");
  made.append(...children);
  return made;
}

/** @param {string} value @param {string} textContent */
const option = (value, textContent) => element("option", { value, textContent });

/**
 * One canvas, painted over, in place of a new image for each frame.
 * @param {string} words
 * @param {Record<string, unknown>} [attributes]
 */
function picture(words, attributes = {}) {
  return element("canvas", { role: "img", "aria-label": words, ...attributes });
}

/** @param {HTMLCanvasElement} canvas */
function pen_of(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/** @param {HTMLCanvasElement} canvas @param {BlobPart} file */
async function paint(canvas, file) {
  const bitmap = await createImageBitmap(new Blob([file]));
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  pen_of(canvas).drawImage(bitmap, 0, 0);
  bitmap.close();
}

// toBlob copies the pixels before it returns, so all pictures may share the canvas.
const shot = document.createElement("canvas");

/**
 * @param {HTMLVideoElement | HTMLCanvasElement} source
 * @param {number} width
 * @param {number} height
 * @param {string} type
 */
async function grab(source, width, height, type) {
  Object.assign(shot, { width, height });
  pen_of(shot).drawImage(source, 0, 0, width, height);
  /** @type {Blob | null} */
  const blob = await new Promise((done) => shot.toBlob(done, type, 0.85));
  if (!blob) throw new Error("the browser could not copy the picture");
  return blob.arrayBuffer();
}

// ---- the panel's parts

function create_panel() {
  const controls = {
    start: element("button", { type: "button", className: "start", textContent: "Start" }),
    stop: element("button", { type: "button", textContent: "Stop", disabled: true }),
    snapshot: element("button", { type: "button", textContent: "Snapshot", disabled: true }),
    file: element("input", { type: "file", accept: "image/*" }),
    draw: element("button", { type: "button", textContent: "Draw" }),
    wipe: element("button", { type: "button", textContent: "Wipe", hidden: true }),
    camera: element("select", {}, ...Object.entries(SIDES).map((side) => option(...side))),
    mirror: element("input", { type: "checkbox" }),
    threshold: element("input", { type: "range", min: 0, max: 1, step: 0.05 }),
    limit: element("span", { className: "limit" }),
    steps: element("input", { type: "checkbox" }),
    label: element("input", { type: "text", inputMode: "numeric", size: 8 }),
    save: element("button", { type: "button", textContent: "Save", disabled: true }),
  };
  const views = {
    video: element("video", { muted: true, playsInline: true, hidden: true }),
    still: picture("The picture that was read", { hidden: true }),
    pad: picture("Drawing pad: draw digits with mouse, pen or finger", {
      className: "pad",
      width: 560,
      height: 420,
      hidden: true,
    }),
    overlay: element("div", { className: "overlay", "aria-hidden": "true" }),
    number: element("p", { className: "number" }),
    digits: element("div", {
      className: "digits",
      role: "group",
      "aria-label": "Digits read; choose the one whose ten numbers are shown",
    }),
    saw: picture("What the network saw, 28 by 28 pixels", { className: "saw" }),
    pace: element("p", { className: "pace" }),
    status: element("p", { className: "status", role: "status" }),
    stages: element("div", { className: "stages" }),
  };
  const hint = element("p", {
    className: "hint",
    textContent: "Start the camera, open a picture, or draw.",
  });
  const { video, still, pad, overlay } = views;
  const stage = element("div", { className: "stage" }, video, still, pad, overlay, hint);
  const rows = Array.from({ length: 10 }, (_, digit) => create_bar(digit));
  return { ...controls, ...views, stage, rows, root: arrange(controls, views, stage, rows) };
}

/** @param {number} digit */
function create_bar(digit) {
  const fill = element("span", { className: "fill" });
  const value = element("span", { className: "value", textContent: "0.00" });
  const row = element(
    "div",
    { className: "bar", role: "listitem" },
    element("span", { className: "digit", textContent: digit }),
    element("span", { className: "track" }, fill),
    value
  );
  return { row, fill, value };
}

/**
 * @param {Record<string, HTMLElement>} controls
 * @param {Record<string, HTMLElement>} views
 * @param {HTMLElement} stage
 * @param {{row: HTMLElement}[]} rows
 */
function arrange(controls, views, stage, rows) {
  /** @param {string} text @param {...HTMLElement} parts */
  const labeled = (text, ...parts) =>
    element("label", {}, element("span", { textContent: text }), ...parts);
  const file = labeled("Open a picture", controls.file);
  file.className = "file";
  const bars = element(
    "div",
    { className: "bars", role: "list", "aria-label": "The ten numbers, one for each digit" },
    ...rows.map(({ row }) => row)
  );
  const saw = element(
    "figure",
    {},
    views.saw,
    element("figcaption", { textContent: "what the network saw" })
  );
  return element(
    "section",
    { className: "webcam-reader", "aria-label": "Digit reader" },
    element(
      "div",
      { className: "controls" },
      controls.start,
      controls.stop,
      controls.snapshot,
      file,
      controls.draw,
      controls.wipe
    ),
    element(
      "div",
      { className: "sides" },
      element("div", { className: "left" }, stage, views.number, views.digits),
      element("div", { className: "right" }, bars, saw, views.pace)
    ),
    views.status,
    element(
      "div",
      { className: "controls" },
      labeled("Camera", controls.camera),
      labeled("Mirror", controls.mirror),
      labeled("Not sure below", controls.threshold, controls.limit),
      labeled("Show the steps", controls.steps),
      labeled("Save as a sample of", controls.label),
      controls.save
    ),
    views.stages
  );
}

// ---- to Python and back

/** @param {Model} model @param {Parts} parts */
function create_talk(model, parts) {
  // Python answers each message with its number; the page keeps those that it waits for.
  /** @type {Map<number, number>} */
  const asked = new Map();
  let next = 1;

  function expect_answer() {
    asked.set(next, performance.now());
    return next++;
  }

  /**
   * @template {keyof FromPage} Kind
   * @param {Kind} kind
   * @param {FromPage[Kind]} [content]
   * @param {ArrayBuffer} [file]
   * @param {number} [id]
   */
  function tell(kind, content, file, id = expect_answer()) {
    model.send({ kind, id, ...content }, undefined, file && [file]);
  }

  /** @param {{name: string, message: string}} error */
  const fail = ({ name, message }) => tell("failure", { name, message });

  // Only Python writes the status that both sides hold. What the page says on its own gives
  // way when Python has answered: written into the shared status, it could arrive there late
  // and stay for good.
  /** @param {string} text @param {boolean} trouble */
  function say(text, trouble) {
    parts.status.textContent = text;
    parts.status.classList.toggle("trouble", trouble);
  }

  const show_status = () => say(model.get("status"), model.get("trouble"));

  // Returns for how many milliseconds the answer was waited for, if it was.
  /** @param {Answer | Done} message */
  function hear(message) {
    const since = asked.get(message.id);
    if (message.kind === "done") {
      asked.delete(message.id);
      show_status();
    }
    return since && performance.now() - since;
  }

  // A kernel that is busy can't say so itself.
  const listening = setInterval(() => {
    const oldest = Math.min(...asked.values());
    if (performance.now() - oldest < SILENCE_MS) return;
    say(
      "No answer from Python for 5 seconds. Is another cell running? If not, run this cell again.",
      true
    );
  }, 1000);

  return {
    tell,
    fail,
    say,
    show_status,
    hear,
    expect_answer,
    // What was not sent is not answered either: waiting for it would stop the camera for good.
    /** @param {number} id */
    forget: (id) => asked.delete(id),
    waiting: () => asked.size,
    end: () => clearInterval(listening),
  };
}

// ---- what is shown

/** @param {Model} model @param {Parts} parts @param {Talk} talk */
function create_screen(model, parts, talk) {
  /** @type {"" | "camera" | "still" | "pad"} */
  let mode = "";
  let answer = NOTHING;

  const mirrored = () => mode === "camera" && model.get("mirror");
  const redraw = () => show_boxes(parts, answer, mirrored());

  /** @param {typeof mode} [changed] */
  function show(changed = mode) {
    mode = changed;
    parts.video.hidden = mode !== "camera";
    parts.still.hidden = mode !== "still";
    parts.pad.hidden = parts.wipe.hidden = mode !== "pad";
    parts.stage.classList.toggle("empty", mode === "");
    parts.video.style.transform = mirrored() ? "scaleX(-1)" : "";
    redraw();
  }

  function show_nothing() {
    answer = NOTHING;
    redraw();
    show_answer(parts, answer, talk);
    parts.stages.hidden = true;
    parts.pace.textContent = "";
  }

  /** @param {Answer} given @param {BlobPart[]} files @param {number | undefined} delay */
  function receive(given, files, delay) {
    // A frame that was on its way when the camera was closed.
    if (given.source === "camera" && mode !== "camera") return;
    answer = given;
    redraw();
    show_answer(parts, answer, talk);
    if (answer.pictures.includes("preview")) show("still");
    show_pictures(parts, answer.pictures, files, talk);
    show_pace(parts, answer, delay);
  }

  // Nothing was read yet, which is not the same as a picture with no digit.
  function clear() {
    show_nothing();
    parts.number.textContent = "";
    show("");
  }

  return { show, show_nothing, receive, clear, mode: () => mode };
}

/** @param {Parts} parts @param {Answer} answer @param {Talk} talk */
function show_answer(parts, answer, talk) {
  show_ten(parts, answer.probabilities);
  parts.number.textContent = answer.number || "no digit";
  parts.number.classList.toggle("none", !answer.number);
  parts.saw.classList.toggle("none", !answer.pictures.includes("saw"));
  parts.save.disabled = answer === NOTHING;
  show_digits(parts, answer, talk);
}

/**
 * Boxes are elements, not strokes on a canvas: they keep their place when the panel changes size.
 * @param {Parts} parts
 * @param {Answer} answer
 * @param {boolean} mirrored
 */
function show_boxes(parts, answer, mirrored) {
  /** @param {Shares} shares @param {string} text @param {boolean} unsure */
  const place = (shares, text, unsure) => {
    const [x, y, width, height] = shares;
    const box = element("div", {}, element("span", { textContent: text }));
    box.classList.toggle("unsure", unsure);
    box.classList.toggle("at-top", y < 0.1);
    const left = mirrored ? 1 - x - width : x;
    Object.assign(box.style, {
      left: `${100 * left}%`,
      top: `${100 * y}%`,
      width: `${100 * width}%`,
      height: `${100 * height}%`,
    });
    return box;
  };
  const boxes = answer.readings.map((reading, index) => {
    const text = reading.sure ? String(reading.digit) : `${reading.digit}?`;
    const box = place(reading.box, text, !reading.sure);
    box.classList.toggle("selected", index === answer.selected);
    return box;
  });
  // What stands where a digit could, and could not be read, is shown as well.
  const unread = answer.unread.map((shares) => place(shares, "?", true));
  parts.overlay.replaceChildren(...boxes, ...unread);
}

/** @param {Parts} parts @param {number[]} probabilities */
function show_ten(parts, probabilities) {
  const highest = probabilities.indexOf(Math.max(...probabilities));
  parts.rows.forEach(({ row, fill, value }, digit) => {
    const share = probabilities[digit] ?? 0;
    fill.style.width = `${100 * share}%`;
    value.textContent = share.toFixed(2);
    row.classList.toggle("highest", digit === highest);
    row.setAttribute("aria-label", `${digit}: ${share.toFixed(2)}`);
  });
}

/** @param {Parts} parts @param {Answer} answer @param {Talk} talk */
function show_digits(parts, answer, talk) {
  // Rebuilding a button takes the focus from it, so the row changes only with the digits.
  const spelled = answer.readings.map((reading) => reading.digit).join(" ");
  if (parts.digits.dataset.spelled !== spelled) {
    parts.digits.dataset.spelled = spelled;
    const buttons = answer.readings.map(({ digit }, index) =>
      element("button", {
        type: "button",
        textContent: digit,
        onclick: () => talk.tell("choose", { index }),
      })
    );
    parts.digits.replaceChildren(...buttons);
  }
  [...parts.digits.children].forEach((button, index) =>
    button.setAttribute("aria-pressed", String(index === answer.selected))
  );
}

/** @param {Parts} parts @param {string[]} names @param {BlobPart[]} files @param {Talk} talk */
function show_pictures(parts, names, files, talk) {
  names.forEach((name, index) => {
    if (name === "saw") paint(parts.saw, files[index]).catch(talk.fail);
    else if (name === "preview") paint(parts.still, files[index]).catch(talk.fail);
    else paint(step_named(parts, name), files[index]).catch(talk.fail);
  });
  parts.stages.hidden = !names.some((name) => name !== "saw" && name !== "preview");
}

/** @param {Parts} parts @param {string} name */
function step_named(parts, name) {
  for (const known of parts.stages.querySelectorAll("canvas"))
    if (known.dataset.name === name) return known;
  const image = picture(`Step: ${name}`);
  image.dataset.name = name;
  parts.stages.append(
    element("figure", {}, image, element("figcaption", { textContent: name }))
  );
  return image;
}

/** @param {Parts} parts @param {Answer} answer @param {number | undefined} delay */
function show_pace(parts, answer, delay) {
  const pace = [];
  if (answer.source === "camera" && answer.fps) pace.push(`${answer.fps.toFixed(1)} frames a second`);
  if (delay) pace.push(`${delay.toFixed(0)} ms from picture to bars`);
  if (answer.python_ms) pace.push(`${answer.python_ms.toFixed(0)} ms of it in Python`);
  parts.pace.textContent = pace.join(", ");
}

// ---- the camera

/**
 * The browser is asked directly: where ipywebrtc is loaded, as in chapter 13, what stands in the
 * usual place is an old adapter of it, which puts the constraints into a form that has no front
 * and back.
 * @param {MediaStreamConstraints} constraints
 */
function ask_for(constraints) {
  if (!navigator.mediaDevices) throw new DOMException("no camera here", "InsecureContext");
  return MediaDevices.prototype.getUserMedia.call(navigator.mediaDevices, constraints);
}

/** @param {MediaStream} stream */
const stop_tracks = (stream) => stream.getTracks().forEach((track) => track.stop());

/** @param {Model} model @param {Parts} parts @param {Talk} talk @param {Screen} screen */
function create_camera(model, parts, talk, screen) {
  /** @type {MediaStream | null} */
  let stream = null;
  let gone = false;
  const choice = create_choice(model, parts);

  async function open() {
    close();
    const wanted = model.get("constraints");
    if (!wanted) return;
    const { start, ...constraints } = wanted;
    const outdated = () => gone || model.get("constraints")?.start !== start;
    try {
      const opened = await ask_for(constraints);
      if (outdated()) return stop_tracks(opened);
      stream = opened;
      const [track] = opened.getVideoTracks();
      track.addEventListener("ended", () => talk.fail(new DOMException("", "TrackEnded")));
      parts.video.srcObject = opened;
      await parts.video.play();
      screen.show("camera");
      show_running();
      send_frames(opened);
      await choice.list(track);
    } catch (error) {
      if (!outdated()) talk.fail(error);
    }
  }

  function close() {
    if (!stream) return;
    stop_tracks(stream);
    stream = parts.video.srcObject = null;
    if (screen.mode() === "camera") screen.clear();
    show_running();
  }

  function show_running() {
    parts.start.disabled = model.get("running");
    parts.stop.disabled = !model.get("running");
    parts.snapshot.disabled = !stream;
  }

  // Called for each new frame of the camera; a second camera starts its own round.
  /** @param {MediaStream} from */
  function send_frames(from) {
    if (stream !== from) return;
    if (!document.hidden && talk.waiting() < MOST_ON_THE_WAY) send_frame(from);
    const next = () => send_frames(from);
    if (parts.video.requestVideoFrameCallback) parts.video.requestVideoFrameCallback(next);
    else setTimeout(next, 66);
  }

  /** @param {MediaStream} from */
  async function send_frame(from) {
    const { videoWidth, videoHeight } = parts.video;
    if (!videoWidth) return;
    const id = talk.expect_answer();
    const height = Math.round((FRAME_WIDTH * videoHeight) / videoWidth);
    try {
      const frame = await grab(parts.video, FRAME_WIDTH, height, "image/jpeg");
      if (stream === from && !document.hidden) return talk.tell("frame", {}, frame, id);
    } catch (error) {
      talk.fail(error);
    }
    talk.forget(id);
  }

  async function take_snapshot() {
    const { videoWidth, videoHeight } = parts.video;
    const frame = await grab(parts.video, videoWidth, videoHeight, "image/png");
    talk.tell("upload", { name: "the snapshot" }, frame);
  }

  function on_visibility() {
    if (stream && document.hidden) talk.fail(new DOMException("", "TabHidden"));
  }

  // A view that is removed takes its camera along; Python is told, if it was on.
  function end() {
    gone = true;
    document.removeEventListener("visibilitychange", on_visibility);
    const was_on = stream;
    close();
    if (was_on) talk.fail(new DOMException("", "ViewGone"));
  }

  document.addEventListener("visibilitychange", on_visibility);
  parts.start.onclick = () => talk.tell("start");
  // The page puts the light out itself: Python may be busy.
  parts.stop.onclick = () => {
    close();
    talk.tell("stop");
  };
  parts.snapshot.onclick = () => take_snapshot().catch(talk.fail);
  return { open, close, end, show_running, show_choice: choice.show };
}

/**
 * Which camera: the back or the front one, until the browser names those that there are, which
 * it does only when it was allowed to open one.
 * @param {Model} model
 * @param {Parts} parts
 */
function create_choice(model, parts) {
  let opened = "";

  function show() {
    parts.camera.value = model.get("device") || opened || model.get("facing");
  }

  /** @param {MediaStreamTrack} track */
  async function list(track) {
    const devices = await navigator.mediaDevices.enumerateDevices();
    const cameras = devices.filter(({ kind }) => kind === "videoinput");
    const options = cameras.map(({ deviceId, label }, index) =>
      option(deviceId, label || `Camera ${index + 1}`)
    );
    parts.camera.replaceChildren(...options);
    opened = track.getSettings().deviceId ?? "";
    show();
  }

  parts.camera.oninput = () => {
    const chosen = parts.camera.value;
    const is_side = Object.hasOwn(SIDES, chosen);
    if (is_side) model.set("facing", chosen);
    model.set("device", is_side ? "" : chosen);
    model.save_changes();
  };
  return { list, show };
}

// ---- a picture from a file

/** @param {Parts} parts @param {Talk} talk */
function take_files(parts, talk) {
  parts.file.onchange = () => {
    const file = parts.file.files?.[0];
    if (!file) return;
    if (file.size > LARGEST_UPLOAD) {
      talk.tell("oversized", { name: file.name, size: file.size, limit: LARGEST_UPLOAD });
    } else {
      talk.say(`Reading ${file.name} …`, false);
      file.arrayBuffer().then(
        (content) => talk.tell("upload", { name: file.name }, content),
        // The browser's name for it is the one that it has for a camera in use.
        ({ message }) => talk.fail(new DOMException(message, "FileNotReadable"))
      );
    }
    parts.file.value = ""; // so that the same file can be chosen again
  };
}

// ---- the drawing pad

/** @param {Parts} parts @param {Talk} talk @param {Screen} screen @param {Camera} camera */
function create_pad(parts, talk, screen, camera) {
  const { pad } = parts;
  const pen = pen_of(pad);

  function wipe() {
    pen.fillStyle = "white";
    pen.fillRect(0, 0, pad.width, pad.height);
    Object.assign(pen, { lineWidth: 14, lineCap: "round", lineJoin: "round", strokeStyle: "#1f2a44" });
    screen.show_nothing();
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  function place(event) {
    const box = pad.getBoundingClientRect();
    const scale = pad.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  /** @param {PointerEvent} event */
  function draw_to(event) {
    pen.lineTo(...place(event));
    pen.stroke();
  }

  async function send_drawing() {
    const drawing = await grab(pad, pad.width, pad.height, "image/png");
    talk.tell("drawing", {}, drawing);
  }

  pad.onpointerdown = (event) => {
    pad.setPointerCapture(event.pointerId);
    const [x, y] = place(event);
    pen.beginPath();
    // A line of no length leaves no dot.
    pen.moveTo(x - 0.1, y);
    draw_to(event);
  };
  pad.onpointermove = (event) => {
    if (event.buttons) draw_to(event);
  };
  pad.onpointerup = () => send_drawing().catch(talk.fail);
  parts.draw.onclick = () => {
    camera.close();
    screen.show("pad");
    wipe();
    talk.tell("draw");
  };
  parts.wipe.onclick = wipe;
}

// ---- settings and samples

/**
 * Lets a control and a trait follow each other; returns what to do when the trait changes.
 * @param {Model} model
 * @param {string} trait
 * @param {HTMLInputElement} control
 * @param {"checked" | "valueAsNumber"} property
 * @param {() => void} [changed]
 */
function bind(model, trait, control, property, changed = () => {}) {
  control.addEventListener("input", () => {
    model.set(trait, control[property]);
    model.save_changes();
  });
  return () => {
    Object.assign(control, { [property]: model.get(trait) });
    changed();
  };
}

/** @param {Model} model @param {Parts} parts @param {Screen} screen */
function bind_settings(model, parts, screen) {
  return {
    "change:mirror": bind(model, "mirror", parts.mirror, "checked", screen.show),
    "change:steps": bind(model, "steps", parts.steps, "checked"),
    "change:threshold": bind(model, "threshold", parts.threshold, "valueAsNumber", () => {
      parts.limit.textContent = model.get("threshold").toFixed(2);
    }),
  };
}

/** @param {Parts} parts @param {Talk} talk */
function save_samples(parts, talk) {
  parts.save.onclick = () => talk.tell("save", { label: parts.label.value.trim() });
  parts.label.addEventListener("keydown", (event) => {
    if (event.key === "Enter") parts.save.click();
  });
}

// ---- all together

/** @param {{model: Model, el: HTMLElement}} given */
function render({ model, el }) {
  const parts = create_panel();
  const talk = create_talk(model, parts);
  const screen = create_screen(model, parts, talk);
  const camera = create_camera(model, parts, talk, screen);
  create_pad(parts, talk, screen, camera);
  take_files(parts, talk);
  save_samples(parts, talk);

  /** @param {Answer | Done} message @param {BlobPart[]} files */
  function on_message(message, files) {
    const delay = talk.hear(message);
    if (message.kind === "answer") screen.receive(message, files, delay);
    else if (message.unreadable) screen.show_nothing();
  }

  // JupyterLab cuts its widgets off when the kernel restarts: nothing is ever answered again.
  function on_restart() {
    camera.close();
    talk.end();
    for (const part of parts.root.querySelectorAll("button, input, select"))
      part.setAttribute("disabled", "");
    talk.say("Python was restarted: run this cell again. The camera is off.", true);
  }

  const shown = {
    "change:status change:trouble": talk.show_status,
    "change:running": camera.show_running,
    "change:facing change:device": camera.show_choice,
    ...bind_settings(model, parts, screen),
  };
  const listeners = Object.entries({
    "msg:custom": on_message,
    comm_live_update: on_restart,
    "change:constraints": camera.open,
    ...shown,
  });
  for (const listener of listeners) model.on(...listener);
  screen.clear();
  Object.values(shown).forEach((show) => show());
  el.append(parts.root);
  camera.open();

  return () => {
    for (const listener of listeners) model.off(...listener);
    talk.end();
    camera.end();
  };
}

export default { render };
