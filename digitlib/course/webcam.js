// The page's half of digitlib.webcam.WebcamReader: it shows, asks, and sends pictures.
// Pictures and answers travel as messages, so that none of them becomes part of the
// widget's state, which a notebook may store.

const FRAME_WIDTH = 640;
// Two frames on the way keep Python busy while one travels; more would only queue up.
const MOST_ON_THE_WAY = 2;
const SILENCE_MS = 5000;
// Jupyter's server cuts the connection at a message above 10 MiB.
const LARGEST_UPLOAD = 10_000_000;
const NOTHING = { readings: [], unread: [], probabilities: [], number: "", pictures: [], selected: null };

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  // Without this, JupyterLab takes the arrow keys of whatever has the focus for its own.
  made.setAttribute("data-lm-suppress-shortcuts", "true");
  made.append(...children);
  return made;
}

// One canvas, painted over, in place of a new image for each frame.
function picture(words, attributes = {}) {
  return element("canvas", { role: "img", "aria-label": words, ...attributes });
}

async function paint(canvas, file) {
  const bitmap = await createImageBitmap(new Blob([file]));
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
}

function panel() {
  const parts = {
    video: element("video", { muted: true, playsInline: true, hidden: true }),
    still: picture("The picture that was read", { hidden: true }),
    pad: element("canvas", { className: "pad", width: 560, height: 420, hidden: true }),
    overlay: element("div", { className: "overlay" }),
    start: element("button", { type: "button", className: "start", textContent: "Start" }),
    stop: element("button", { type: "button", textContent: "Stop", disabled: true }),
    snapshot: element("button", { type: "button", textContent: "Snapshot", disabled: true }),
    draw: element("button", { type: "button", textContent: "Draw" }),
    wipe: element("button", { type: "button", textContent: "Wipe", hidden: true }),
    file: element("input", { type: "file", accept: "image/*" }),
    facing: element(
      "select",
      {},
      element("option", { value: "environment", textContent: "back" }),
      element("option", { value: "user", textContent: "front" })
    ),
    mirror: element("input", { type: "checkbox" }),
    threshold: element("input", { type: "range", min: 0, max: 1, step: 0.05 }),
    limit: element("span", { className: "limit" }),
    steps: element("input", { type: "checkbox" }),
    label: element("input", { type: "text", inputMode: "numeric", size: 8 }),
    save: element("button", { type: "button", textContent: "Save", disabled: true }),
    status: element("p", { className: "status", role: "status" }),
    number: element("p", { className: "number" }),
    digits: element("div", { className: "digits", role: "group" }),
    bars: element("div", { className: "bars", role: "list" }),
    saw: picture("What the network saw, 28 by 28 pixels", { className: "saw" }),
    pace: element("p", { className: "pace" }),
    stages: element("div", { className: "stages" }),
  };
  parts.pad.setAttribute("role", "img");
  parts.pad.setAttribute("aria-label", "Drawing pad: draw digits with mouse, pen or finger");
  parts.digits.setAttribute("aria-label", "Digits read; choose the one whose ten numbers are shown");
  parts.bars.setAttribute("aria-label", "The ten numbers, one for each digit");
  parts.rows = Array.from({ length: 10 }, (_, digit) => {
    const fill = element("span", { className: "fill" });
    const value = element("span", { className: "value", textContent: "0.00" });
    const row = element(
      "div",
      { className: "bar", role: "listitem" },
      element("span", { className: "digit", textContent: digit }),
      element("span", { className: "track" }, fill),
      value
    );
    parts.bars.append(row);
    return { row, fill, value };
  });
  const labeled = (text, control, ...more) =>
    element("label", {}, element("span", { textContent: text }), control, ...more);
  const file = labeled("Open a picture", parts.file);
  file.className = "file";
  const stage = element(
    "div",
    { className: "stage" },
    parts.video,
    parts.still,
    parts.pad,
    parts.overlay,
    element("p", { className: "hint", textContent: "Start the camera, open a picture, or draw." })
  );
  parts.stage = stage;
  const root = element(
    "section",
    { className: "webcam-reader" },
    element(
      "div",
      { className: "controls" },
      parts.start,
      parts.stop,
      parts.snapshot,
      file,
      parts.draw,
      parts.wipe
    ),
    element(
      "div",
      { className: "sides" },
      element("div", { className: "left" }, stage, parts.number, parts.digits),
      element(
        "div",
        { className: "right" },
        parts.bars,
        element(
          "figure",
          {},
          parts.saw,
          element("figcaption", { textContent: "what the network saw" })
        ),
        parts.pace
      )
    ),
    parts.status,
    element(
      "div",
      { className: "controls" },
      labeled("Camera", parts.facing),
      labeled("Mirror", parts.mirror),
      labeled("Not sure below", parts.threshold, parts.limit),
      labeled("Show the steps", parts.steps),
      labeled("Save as a sample of", parts.label),
      parts.save
    ),
    parts.stages
  );
  root.setAttribute("aria-label", "Digit reader");
  parts.overlay.setAttribute("aria-hidden", "true");
  return { root, ...parts };
}

// Boxes are elements, not strokes on a canvas: they keep their place when the panel changes size.
function show_boxes(parts, answer, mirrored) {
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

// ipywebrtc's captureStream passes through an old adapter for browsers, which puts the
// constraints into a form that has no front and back, and it keeps a refusal to raise it once
// more, with nobody to catch it, when the camera is closed. So the browser is asked directly.
function ask_for(constraints) {
  if (!navigator.mediaDevices) throw new DOMException("no camera here", "InsecureContext");
  return MediaDevices.prototype.getUserMedia.call(navigator.mediaDevices, constraints);
}

function render({ model, el }) {
  const parts = panel();
  const session = {
    mode: "",
    answer: NOTHING,
    stream: null,
    next: 1,
    asked: new Map(),
    silent: false,
    gone: false,
  };
  el.append(parts.root);

  // ---- to Python and back

  // Python answers each message with its number; the page keeps those that it waits for.
  function expect_answer() {
    session.asked.set(session.next, performance.now());
    return session.next++;
  }

  function tell(kind, content = {}, picture = undefined, id = expect_answer()) {
    model.send({ kind, id, ...content }, undefined, picture && [picture]);
  }

  // Only Python writes the status that both sides hold. What the page says on its own gives
  // way when Python has answered: written into the shared status, it could arrive there late
  // and stay for good.
  function say(text, trouble) {
    parts.status.textContent = text;
    parts.status.classList.toggle("trouble", trouble);
  }

  const fail = (error) => tell("failure", { name: error.name, message: error.message });

  function on_message(message, buffers) {
    const since = session.asked.get(message.id);
    session.silent = false;
    if (message.kind === "done") {
      session.asked.delete(message.id);
      if (message.unreadable) show_answer(NOTHING);
      show_status();
    } else if (message.source !== "camera" || session.mode === "camera") {
      show_answer(message);
      show_pictures(message.pictures, buffers);
      show_pace(message, since && performance.now() - since);
    }
  }

  // A kernel that is busy can't say so itself.
  const listening = setInterval(() => {
    const oldest = Math.min(...session.asked.values());
    if (performance.now() - oldest < SILENCE_MS) return;
    session.silent = true;
    say(
      "No answer from Python for 5 seconds. Is another cell running? If not, run this cell again.",
      true
    );
  }, 1000);

  // JupyterLab cuts its widgets off when the kernel restarts: nothing is ever answered again.
  function on_restart() {
    close_camera();
    clearInterval(listening);
    parts.root.querySelectorAll("button, input, select").forEach((part) => (part.disabled = true));
    say("Python was restarted: run this cell again. The camera is off.", true);
  }

  // ---- what is shown

  const mirrored = () => session.mode === "camera" && model.get("mirror");
  const redraw = () => show_boxes(parts, session.answer, mirrored());

  function show(mode) {
    session.mode = mode;
    parts.video.hidden = mode !== "camera";
    parts.still.hidden = mode !== "still";
    parts.pad.hidden = parts.wipe.hidden = mode !== "pad";
    parts.stage.classList.toggle("empty", mode === "");
    parts.video.style.transform = mirrored() ? "scaleX(-1)" : "";
    redraw();
  }

  function show_answer(answer) {
    session.answer = answer;
    redraw();
    show_ten(parts, answer.probabilities);
    parts.number.textContent = answer.number || "no digit";
    parts.number.classList.toggle("none", !answer.number);
    parts.saw.classList.toggle("none", !answer.pictures.includes("saw"));
    parts.save.disabled = answer === NOTHING;
    if (answer === NOTHING) {
      parts.stages.hidden = true;
      parts.pace.textContent = "";
    }
    // Rebuilding a button takes the focus from it, so the row changes only with the digits.
    const spelled = answer.readings.map((reading) => reading.digit).join(" ");
    if (parts.digits.dataset.spelled !== spelled) {
      parts.digits.dataset.spelled = spelled;
      const buttons = answer.readings.map(({ digit }, index) =>
        element("button", {
          type: "button",
          textContent: digit,
          onclick: () => tell("choose", { index }),
        })
      );
      parts.digits.replaceChildren(...buttons);
    }
    [...parts.digits.children].forEach((button, index) =>
      button.setAttribute("aria-pressed", index === answer.selected)
    );
  }

  function show_pictures(names, buffers) {
    names.forEach((name, index) => {
      if (name === "saw") paint(parts.saw, buffers[index]).catch(fail);
      else if (name === "preview") show_still(buffers[index]);
      else paint(step_named(name), buffers[index]).catch(fail);
    });
    parts.stages.hidden = !names.some((name) => name !== "saw" && name !== "preview");
  }

  function show_still(file) {
    show("still");
    paint(parts.still, file).catch(fail);
  }

  function step_named(name) {
    const known = [...parts.stages.children].find((figure) => figure.dataset.name === name);
    if (known) return known.querySelector("canvas");
    const image = picture(`Step: ${name}`);
    const figure = element("figure", {}, image, element("figcaption", { textContent: name }));
    figure.dataset.name = name;
    parts.stages.append(figure);
    return image;
  }

  function show_pace(answer, delay) {
    const pace = [];
    if (answer.source === "camera" && answer.fps) pace.push(`${answer.fps.toFixed(1)} frames a second`);
    if (delay) pace.push(`${delay.toFixed(0)} ms from picture to bars`);
    if (answer.python_ms) pace.push(`${answer.python_ms.toFixed(0)} ms of it in Python`);
    parts.pace.textContent = pace.join(", ");
  }

  function show_status() {
    say(model.get("status"), model.get("trouble"));
  }

  function show_running() {
    parts.start.disabled = model.get("running");
    parts.stop.disabled = !model.get("running");
    parts.snapshot.disabled = !session.stream;
  }

  // ---- the camera

  async function open_camera() {
    close_camera();
    const reference = model.get("camera");
    if (!reference) return;
    const outdated = () => session.gone || model.get("camera") !== reference;
    try {
      const camera = await model.widget_manager.get_model(reference.replace("IPY_MODEL_", ""));
      const stream = await ask_for(camera.get("constraints"));
      if (outdated()) return stop_tracks(stream);
      session.stream = stream;
      stream.getVideoTracks()[0].addEventListener("ended", () =>
        fail(new DOMException("", "TrackEnded"))
      );
      parts.video.srcObject = stream;
      await parts.video.play();
      show("camera");
      show_running();
      send_frames(stream);
    } catch (error) {
      if (!outdated()) fail(error);
    }
  }

  const stop_tracks = (stream) => stream.getTracks().forEach((track) => track.stop());

  function close_camera() {
    if (!session.stream) return;
    stop_tracks(session.stream);
    session.stream = parts.video.srcObject = null;
    if (session.mode === "camera") {
      show_answer(NOTHING);
      parts.number.textContent = "";
      show("");
    }
    show_running();
  }

  // Called for each new frame of the camera; a second camera starts its own round.
  function send_frames(stream) {
    if (session.stream !== stream) return;
    if (!document.hidden && session.asked.size < MOST_ON_THE_WAY) send_frame(stream);
    const next = () => send_frames(stream);
    if (parts.video.requestVideoFrameCallback) parts.video.requestVideoFrameCallback(next);
    else setTimeout(next, 66);
  }

  async function send_frame(stream) {
    const { videoWidth, videoHeight } = parts.video;
    if (!videoWidth) return;
    const id = expect_answer();
    const height = Math.round((FRAME_WIDTH * videoHeight) / videoWidth);
    try {
      const frame = await grab(parts.video, FRAME_WIDTH, height, "image/jpeg");
      if (session.stream === stream && !document.hidden)
        return tell("frame", { source: "camera" }, frame, id);
    } catch (error) {
      fail(error);
    }
    // What was not sent is not answered either: waiting for it would stop the camera for good.
    session.asked.delete(id);
  }

  // toBlob copies the pixels before it returns, so two frames may share the canvas.
  const shot = document.createElement("canvas");
  async function grab(source, width, height, type) {
    Object.assign(shot, { width, height });
    shot.getContext("2d").drawImage(source, 0, 0, width, height);
    const blob = await new Promise((done) => shot.toBlob(done, type, 0.85));
    if (!blob) throw new Error("the browser could not copy the picture");
    return blob.arrayBuffer();
  }

  parts.start.onclick = () => tell("start");
  // The page puts the light out itself: Python may be busy.
  parts.stop.onclick = () => {
    close_camera();
    tell("stop");
  };
  parts.snapshot.onclick = async () => {
    const { videoWidth, videoHeight } = parts.video;
    const frame = await grab(parts.video, videoWidth, videoHeight, "image/png");
    tell("upload", { name: "the snapshot" }, frame);
  };

  const on_visibility = () => {
    if (session.stream && document.hidden) fail(new DOMException("", "TabHidden"));
  };

  // ---- a picture from a file

  parts.file.onchange = async () => {
    const file = parts.file.files[0];
    if (!file) return;
    if (file.size > LARGEST_UPLOAD) {
      tell("oversized", { name: file.name, size: file.size, limit: LARGEST_UPLOAD });
    } else {
      say(`Reading ${file.name} …`, false);
      tell("upload", { name: file.name }, await file.arrayBuffer());
    }
    parts.file.value = ""; // so that the same file can be chosen again
  };

  // ---- the drawing pad

  const pen = parts.pad.getContext("2d");
  function wipe() {
    pen.fillStyle = "white";
    pen.fillRect(0, 0, parts.pad.width, parts.pad.height);
    Object.assign(pen, { lineWidth: 14, lineCap: "round", lineJoin: "round", strokeStyle: "#1f2a44" });
    show_answer(NOTHING);
  }
  const place = (event) => {
    const box = parts.pad.getBoundingClientRect();
    const scale = parts.pad.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  };
  parts.pad.onpointerdown = (event) => {
    parts.pad.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...place(event));
    pen.lineTo(...place(event));
    pen.stroke();
  };
  parts.pad.onpointermove = (event) => {
    if (!event.buttons) return;
    pen.lineTo(...place(event));
    pen.stroke();
  };
  parts.pad.onpointerup = async () => {
    const drawing = await grab(parts.pad, parts.pad.width, parts.pad.height, "image/png");
    tell("drawing", { source: "pad" }, drawing);
  };
  parts.draw.onclick = () => {
    close_camera();
    show("pad");
    wipe();
    tell("draw");
  };
  parts.wipe.onclick = wipe;

  // ---- settings and samples

  const listeners = {
    "msg:custom": on_message,
    comm_live_update: on_restart,
    "change:camera": open_camera,
    "change:status change:trouble": show_status,
    "change:running": show_running,
  };
  function bind(control, trait, property, changed) {
    const show_value = () => {
      control[property] = model.get(trait);
      changed();
    };
    control.addEventListener("input", () => {
      model.set(trait, control[property]);
      model.save_changes();
    });
    listeners[`change:${trait}`] = show_value;
    show_value();
  }
  bind(parts.mirror, "mirror", "checked", () => show(session.mode));
  bind(parts.steps, "steps", "checked", () => {});
  bind(parts.facing, "facing", "value", () => {});
  bind(parts.threshold, "threshold", "valueAsNumber", () => {
    parts.limit.textContent = model.get("threshold").toFixed(2);
  });
  parts.save.onclick = () => tell("save", { label: parts.label.value.trim() });
  parts.label.onkeydown = (event) => event.key === "Enter" && parts.save.click();

  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);
  document.addEventListener("visibilitychange", on_visibility);
  show_answer(NOTHING);
  parts.number.textContent = "";
  show_status();
  show_running();
  open_camera();

  return () => {
    session.gone = true;
    for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
    document.removeEventListener("visibilitychange", on_visibility);
    clearInterval(listening);
    const was_on = session.stream;
    close_camera();
    if (was_on) fail(new DOMException("", "ViewGone"));
  };
}

export default { render };
