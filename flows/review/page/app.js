// The review page. Everything that comes from the data set is put in as text, never as HTML.

const $ = (id) => document.getElementById(id);
const VIEWS = {photo: "p", mask: "m", trimap: "t", matte: "y", cutout: "c", mended: "e", other: "s"};
const BACKGROUNDS = ["checks", "black", "white", "green", "grey"];
const PAGE = 60;
const KEYS = [
  ["a", "accept"], ["1 2 3", "accept with a grade, 3 is best"], ["x", "reject, then a reason's number"], ["u", "undo"],
  ["→ ← or n b", "next, back"], ["p m t y c", "photo, mask, trimap, matte, cutout"], ["e", "what was mended"], ["s", "beside the other run"],
  ["space", "blink between photo and picture"], ["g", "background of the cutout"], ["z", "zoom: fit, 1:1, 4:1"],
  ["shift + arrows", "move within the picture"], ["d", "mend the trimap"], ["f", "order and filters"], ["r", "order anew, from the first on"],
];
const MEND_KEYS = [
  ["1 2 3", "paint foreground, background, unknown"], ["- + or [ ]", "smaller, larger brush"], ["arrows", "move the brush; shift: a pixel"],
  ["space", "paint where the brush is"], ["w", "wider, up to the whole photo"], ["z", "zoom: fit, 1:1, 4:1"], ["enter", "matte again"], ["y", "look at the matte, and back"], ["k", "keep it and accept"], ["esc", "leave, nothing is kept"],
];
const PIXELS = new Set(["doubt", "disagreement", "mask_area"]);
const PAINTS = {1: ["foreground", 255], 2: ["background", 0], 3: ["unknown", 128]};

let state = null, rows = [], total = 0, at = -1, row = null, view = "cutout", blinking = false, zoom = 0, background = 0;
let history = [], times = [], picking = false, mend = null, busy = Promise.resolve();
let seen = 0; // when the matte was shown; keys from before that are not about it

// ---- asking the server

async function ask(path, body) {
  const options = body === undefined ? {} : {method: "POST", body, headers: {"x-mask2matte": "1"}};
  let answer;
  try { answer = await fetch(path, options); } catch { throw new Error("the review server does not answer; is it still running?"); }
  if (!answer.ok) {
    const said = await answer.text();
    let message = said;
    try { message = JSON.parse(said).error; } catch { /* not one of ours */ }
    throw new Error(message);
  }
  return answer;
}
const json = async (path, body) => (await ask(path, body)).json();

function notice(text) {
  const before = $("notice").hidden;
  $("notice").textContent = text;
  $("notice").hidden = !text;
  if ($("notice").hidden !== before) draw(); // there is more room, or less
}
// One after the other, in the order of the keys.
function later(action) {
  busy = busy.then(action).catch((error) => notice(error.message));
  return busy;
}

// ---- the queue

function filters() {
  const asked = new URLSearchParams({order: $("order").value});
  for (const [name, id] of [["state", "state"], ["category", "category"], ["accessory", "accessory"], ["reason", "reason"], ["reviewer", "by"]])
    if ($(id).value) asked.set(name, $(id).value);
  if (bounded()) for (const name of ["score", "least", "most"]) asked.set(name, $(name).value);
  return asked;
}
const bounded = () => $("least").value || $("most").value;
async function more() {
  const asked = filters(), known = new Set(rows.map((r) => r.n));
  asked.set("limit", PAGE);
  // While mattes are compared their order changes: what comes next may stand among those known.
  let offset = moving() ? 0 : matching(), fresh = [];
  do {
    asked.set("offset", offset);
    const found = await json("api/rows?" + asked);
    fresh = found.rows.filter((r) => !known.has(r.n));
    total = found.total;
    offset += PAGE;
  } while (!fresh.length && offset < total);
  rows.push(...fresh);
  for (const r of fresh) $("queue").append(thumbnail(r));
  return fresh.length;
}
const comparing = () => Boolean(state?.compared) && state.compared.done < state.compared.pairs;
const moving = () => comparing() && ($("order").value === "disagreement" || (bounded() && $("score").value === "disagreement"));
// How many of those loaded still fit the filter: total counts no others.
function matching() {
  const wanted = $("state").value;
  return rows.filter((r) => !wanted || r.state === wanted).length;
}
function thumbnail(r) {
  const item = document.createElement("li"), button = document.createElement("button"), image = document.createElement("img");
  image.loading = "lazy";
  image.alt = r.category;
  image.src = `picture/${r.n}/thumbnail?d=${r.digest}`;
  button.append(image);
  button.title = r.sample;
  button.dataset.n = r.n;
  button.dataset.state = r.state;
  button.tabIndex = -1;
  button.onclick = () => later(() => show(rows.findIndex((other) => other.n === r.n)));
  item.append(button);
  return item;
}
function mark(r) {
  const button = $("queue").querySelector(`[data-n="${r.n}"]`);
  if (button) button.dataset.state = r.state;
}
async function restart() {
  leaveMending();
  rows = []; at = -1; row = null; picking = false;
  $("queue").replaceChildren();
  notice("");
  try { await more(); } catch (error) { empty(""); throw error; }
  if (rows.length) await show(0);
  else empty("no matte fits these filters: press f to change them");
}
function empty(text) {
  for (const id of ["under", "shot"]) $(id).removeAttribute("src");
  $("frame").hidden = true;
  $("missing").textContent = text;
  $("missing").hidden = !text;
  $("facts").replaceChildren(); $("words").replaceChildren(); $("choices").replaceChildren();
}

// ---- one matte

async function show(index) {
  if (index < 0 || index >= rows.length) return;
  const short = rows[index], found = await json(`api/rows/${short.n}?d=${short.digest}`);
  leaveMending();
  picking = blinking = false;
  at = index;
  row = found;
  short.state = row.state;
  mark(row);
  $("queue").querySelector("[aria-current]")?.removeAttribute("aria-current");
  const button = $("queue").querySelector(`[data-n="${row.n}"]`);
  button?.setAttribute("aria-current", "true");
  button?.scrollIntoView({block: "nearest", inline: "nearest"});
  if (!offered(view)) view = "cutout";
  draw(); facts(); choices();
  ahead();
  if (index >= rows.length - 10 && matching() < total) await more();
  // The next key is about this matte, so it has to be seen first.
  if ($("shot").src) await $("shot").decode().catch(() => {});
  seen = performance.now();
  document.body.dataset.shown = `${row.n} ${seen}`;
}
const offered = (name) => name === "other" ? row.compare : name === "mended" ? row.mended : true;
function ahead() {
  for (const next of rows.slice(at + 1, at + 3))
    for (const kind of ["photo", "cutout"]) new Image().src = source(next, kind);
}
const source = (r, kind) => kind === "mended" ? `picture/${r.n}/mended/matte?d=${r.digest}` : `picture/${r.n}/${kind}?d=${r.digest}`;

function draw() {
  if (!row) return;
  const kind = blinking ? "photo" : view, beside = kind === "other";
  const shown = beside ? "matte" : kind, missing = row.missing[shown] || (shown === "mask" && row.missing.photo) || "";
  $("frame").hidden = Boolean(missing);
  $("missing").hidden = !missing;
  $("missing").textContent = missing && `${shown}: ${missing}`;
  set($("under"), mend ? mend.photo : shown === "mask" ? source(row, "photo") : "");
  set($("shot"), mend && !mend.looking ? "" : mend ? mend.made : source(row, shown));
  $("beside").hidden = !beside;
  set($("compare"), beside ? source(row, "other") : "");
  document.body.className = BACKGROUNDS[background];
  const scale = scaleNow();
  const {width, height} = mend || row;
  $("frame").style.width = `${width * scale}px`;
  $("frame").style.height = `${height * scale}px`;
  $("compare").style.width = `${width * scale}px`;
  document.body.classList.toggle("pixels", scale > 1.5);
  $("views").replaceChildren(...Object.entries(VIEWS).filter(([name]) => offered(name)).map(([name, key]) => {
    const button = document.createElement("button");
    button.textContent = `${name} ${key}`;
    button.setAttribute("aria-pressed", String(name === kind));
    button.onclick = () => later(() => { view = name; blinking = false; draw(); });
    return button;
  }));
}
function set(image, address) {
  if (!address) { image.removeAttribute("src"); image.hidden = true; return; }
  if (image.getAttribute("src") !== address) image.src = address;
  image.hidden = false;
}
function scaleNow() {
  const room = $("stage"), {width, height} = mend || row;
  const fit = Math.min(room.clientWidth / width, room.clientHeight / height, 3);
  return [fit, 1, 4][zoom] || 1;
}
function facts() {
  const said = [
    ["state", row.state + (row.mended ? ", mended" : "")], ["class", [row.category, ...row.accessory_categories].join(" + ")],
    ["id", row.sample], ["photo", `${row.image_path} (${row.image_width} x ${row.image_height})`],
    ...Object.keys(state.scores).map((name) => [label(name), score(name)]).filter(([, value]) => value), ["made by", `${row.matting_backend} (${row.matting_revision})`],
  ];
  list($("facts"), said);
  $("facts").querySelector("dd").className = row.state;
  $("words").replaceChildren(...row.words.map((word) => {
    const item = document.createElement("li");
    item.className = word.outdated ? "outdated" : word.verdict;
    item.textContent = `${word.reviewer}: ${word.verdict}` + (word.grade ? `, grade ${word.grade}` : "") + (word.reason ? `, ${word.reason}` : "")
      + (word.mended ? ", mended" : "") + (word.outdated ? " (of an earlier matte: does not count)" : "");
    return item;
  }));
  progress();
}
function score(name) {
  const value = row.scores[name] ?? null;
  if (value === null) return name === "disagreement" && row.waits ? "not compared yet" : "";
  return number(value) + (PIXELS.has(name) ? " px" : "");
}
function list(place, pairs) {
  place.replaceChildren(...pairs.flatMap(([name, value]) => {
    const term = document.createElement("dt"), what = document.createElement("dd");
    term.textContent = name; what.textContent = value;
    return [term, what];
  }));
}
const number = (value) => value.toFixed(value < 1 ? 3 : value < 10 ? 2 : 0);
const label = (name) => name.replaceAll("_", " ").replace("iou", "IoU").replace("sam", "SAM");
function progress() {
  const c = state.counts, done = c.accepted + c.rejected;
  let said = `${done.toLocaleString()} of ${state.mattes.toLocaleString()} decided: ${c.accepted} accepted, ${c.rejected} rejected`;
  if (c.conflict) said += `, ${c.conflict} in conflict`;
  if (c.outdated) said += `, ${c.outdated} outdated`;
  const recent = times.slice(-20);
  if (recent.length > 3) {
    const rate = (recent.length - 1) / ((recent[recent.length - 1] - recent[0]) / 60000);
    const minutes = c.undecided / rate;
    said += `; ${rate.toFixed(0)} a minute, ${minutes < 90 ? `${Math.ceil(minutes)} min` : `${(minutes / 60).toFixed(1)} h`} left`;
  }
  if (comparing()) said += `; compared ${state.compared.done.toLocaleString()} of ${state.compared.pairs.toLocaleString()} with the other run`;
  $("progress").textContent = said;
}

// ---- deciding

function choices() {
  const offered = picking ? state.reasons.slice(0, 9).map((reason, i) => [`${i + 1} ${reason}`, () => reject(reason)]).concat([["enter: without a reason", () => reject(null)], ["esc", () => { picking = false; choices(); }]])
    : mend ? Object.entries(PAINTS).map(([key, [name]]) => [`${key} ${name}`, () => { mend.paint = key; choices(); }]).concat(mend.step + 1 < row.crops.length ? [["w wider", widen]] : []).concat([["enter: matte again", again], ["k keep", keep], ["esc", () => { leaveMending(); draw(); choices(); }]])
    : [["a accept", () => decide("accepted")], ["x reject", () => { picking = true; choices(); }], ["d mend", startMending], ["u undo", undo]];
  $("choices").replaceChildren(...offered.map(([text, action]) => {
    const button = document.createElement("button");
    button.textContent = text;
    if (mend && PAINTS[mend.paint] && text === `${mend.paint} ${PAINTS[mend.paint][0]}`) button.setAttribute("aria-pressed", "true");
    button.onclick = () => later(async () => { await action(); $("stage").focus(); });
    return button;
  }));
  list($("keys").querySelector("dl"), mend ? MEND_KEYS : KEYS);
}
const mine = () => row.words.find((word) => word.reviewer === name() && !word.outdated);
const name = () => $("reviewer").value.trim();

async function send(target, verdict, {reason = null, grade = null, mended = null} = {}) {
  if (!name()) { $("reviewer").focus(); throw new Error("say who you are: a name in the field at the top"); }
  const body = JSON.stringify({digest: target.digest, verdict, reviewer: name(), reason, grade, mended});
  const answer = await json(`api/rows/${target.n}/decision?d=${target.digest}`, body);
  state.counts = answer.counts;
  target.state = answer.state;
  mark(answer);
}
async function decide(verdict, how = {}) {
  const target = rows[at], before = mine(), from = at;
  await send(target, verdict, how);
  notice("");
  history.push({target, before, who: name()});
  times.push(Date.now());
  if (from + 1 < rows.length || (matching() < total && await more())) await show(from + 1);
  else { await show(from); notice("that was the last one of this queue"); }
}
const reject = (reason) => decide("rejected", {reason});
async function undo() {
  const last = history[history.length - 1];
  if (!last) throw new Error("nothing to undo");
  if (last.who !== name()) throw new Error(`the last decision was ${last.who}'s`);
  // An accepted mended matte is remembered by the server as long as its decision is not withdrawn.
  if (last.before) await send(last.target, last.before.verdict, {reason: last.before.reason, grade: last.before.grade});
  else await send(last.target, "withdrawn");
  history.pop();
  times.pop();
  notice("");
  const place = rows.findIndex((r) => r.n === last.target.n && r.digest === last.target.digest);
  if (place >= 0) await show(place);
  else notice("taken back; that matte is not in this queue");
}

// ---- mending

async function startMending() {
  if (row.missing.trimap || row.missing.photo) throw new Error("without photo and trimap there is nothing to mend");
  const first = await ground(0), {width, height} = first;
  mend = {...first, paint: "3", radius: Math.max(2, Math.round(Math.max(width, height) / 60)), x: width >> 1, y: height >> 1, made: "", token: "", looking: false, strokes: 0};
  lay();
}
// What is painted on: a part of the photo and its trimap's levels, as they are and as they were.
async function ground(step) {
  const {crop, width, height} = row.crops[step], from = row.mended ? "mended" : "trimap", image = new Image(), under = new Image();
  const photo = step ? `picture/${row.n}/paint/${step}/photo?d=${row.digest}` : source(row, "photo");
  image.src = `picture/${row.n}/paint/${step}/${from}?d=${row.digest}`;
  under.src = photo;
  try { await Promise.all([image.decode(), under.decode()]); } catch { throw new Error("the server does not give photo and trimap"); }
  const canvas = document.createElement("canvas");
  canvas.width = width; canvas.height = height;
  const context = canvas.getContext("2d", {willReadFrequently: true});
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, width, height).data;
  const start = new Uint8Array(width * height);
  for (let i = 0; i < start.length; i++) start[i] = pixels[4 * i];
  return {step, crop, width, height, photo, from, start, levels: start.slice()};
}
function lay() {
  for (const id of ["overlay", "paint"]) { $(id).width = mend.width; $(id).height = mend.height; }
  $("overlay").hidden = $("paint").hidden = false;
  tint(0, 0, mend.width, mend.height);
  draw(); brush(); choices();
}
async function widen() {
  if (mend.step + 1 >= row.crops.length) throw new Error("this is the whole photo");
  const now = mend, wider = await ground(mend.step + 1);
  if (mend !== now) return;
  // Where it is shown smaller too, every pixel painted stays.
  for (let y = 0; y < mend.height; y++) for (let x = 0; x < mend.width; x++) {
    const i = y * mend.width + x;
    if (mend.levels[i] === mend.start[i]) continue;
    const [u, v] = moved(x + .5, y + .5, mend, wider).map(Math.floor);
    wider.levels[v * wider.width + u] = mend.levels[i];
  }
  forget();
  const [x, y] = moved(mend.x + .5, mend.y + .5, mend, wider).map(Math.floor);
  Object.assign(mend, wider, {x, y, radius: Math.max(1, Math.round(mend.radius * scaleOf(wider) / scaleOf(mend))), looking: false});
  mend.strokes++; // what is being matted is of another size
  notice("");
  lay();
  follow();
}
const scaleOf = (ground) => ground.width / (ground.crop[2] - ground.crop[0]);
function moved(x, y, from, to) {
  const along = (value, side, lengthOf) => {
    const length = (ground) => ground.crop[side + 2] - ground.crop[side];
    return (from.crop[side] + value * length(from) / from[lengthOf] - to.crop[side]) * to[lengthOf] / length(to);
  };
  return [along(x, 0, "width"), along(y, 1, "height")];
}
// What was made before the last stroke is no longer what is painted.
function forget() {
  if (mend.made) URL.revokeObjectURL(mend.made);
  mend.made = mend.token = "";
}
function leaveMending() {
  if (!mend) return;
  forget();
  mend = null;
  for (const id of ["overlay", "paint"]) $(id).hidden = true;
}
// Foreground green, background dark, unknown clear: what the photo shows there is to be seen.
function tint(left, top, width, height) {
  left = Math.max(0, left); top = Math.max(0, top);
  width = Math.min(mend.width - left, width); height = Math.min(mend.height - top, height);
  if (width <= 0 || height <= 0) return;
  const shade = new ImageData(width, height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
    const level = mend.levels[(top + y) * mend.width + left + x], i = 4 * (y * width + x);
    if (level === 255) { shade.data[i + 1] = 190; shade.data[i + 3] = 110; }
    else if (level === 0) shade.data[i + 3] = 165;
  }
  $("overlay").getContext("2d").putImageData(shade, left, top);
}
function stamp(x, y) {
  const r = mend.radius, value = PAINTS[mend.paint][1];
  for (let dy = -r; dy <= r; dy++) for (let dx = -r; dx <= r; dx++) {
    const px = Math.round(x) + dx, py = Math.round(y) + dy;
    if (dx * dx + dy * dy <= r * r && px >= 0 && py >= 0 && px < mend.width && py < mend.height) mend.levels[py * mend.width + px] = value;
  }
}
function stroke(x0, y0, x1, y1) {
  if (mend.looking) look(false);
  forget();
  mend.strokes++;
  const steps = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0) / Math.max(1, mend.radius / 2)));
  for (let i = 0; i <= steps; i++) stamp(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps);
  const r = mend.radius + 2, left = Math.floor(Math.min(x0, x1)) - r, top = Math.floor(Math.min(y0, y1)) - r;
  tint(left, top, Math.ceil(Math.abs(x1 - x0)) + 2 * r, Math.ceil(Math.abs(y1 - y0)) + 2 * r);
}
function brush() {
  const context = $("paint").getContext("2d");
  context.clearRect(0, 0, mend.width, mend.height);
  context.lineWidth = Math.max(1, 1 / scaleNow());
  context.strokeStyle = "#ff2fa0";
  context.beginPath();
  context.arc(mend.x + .5, mend.y + .5, mend.radius, 0, 7);
  context.stroke();
}
// The picture moves along where the brush would leave what is seen of it.
function follow() {
  const room = $("stage"), all = room.getBoundingClientRect(), box = $("frame").getBoundingClientRect(), scale = scaleNow();
  const x = box.left - all.left + mend.x * scale, y = box.top - all.top + mend.y * scale;
  if (x < 0 || x > room.clientWidth) room.scrollLeft += x - room.clientWidth / 2;
  if (y < 0 || y > room.clientHeight) room.scrollTop += y - room.clientHeight / 2;
}
function place(event) {
  const box = $("paint").getBoundingClientRect();
  return [(event.clientX - box.left) / box.width * mend.width, (event.clientY - box.top) / box.height * mend.height];
}
$("paint").onpointerdown = (event) => {
  if (!mend) return;
  $("paint").setPointerCapture(event.pointerId);
  [mend.x, mend.y] = place(event);
  stroke(mend.x, mend.y, mend.x, mend.y);
  brush();
};
$("paint").onpointermove = (event) => {
  if (!mend) return;
  const [x, y] = place(event);
  if (event.buttons) stroke(mend.x, mend.y, x, y);
  [mend.x, mend.y] = [x, y];
  brush();
};
async function again() {
  const now = mend, strokes = mend.strokes, answer = await ask(`api/rows/${row.n}/mend?d=${row.digest}&step=${mend.step}&start=${mend.from}`, mend.levels);
  if (mend !== now || mend.strokes !== strokes) throw new Error("painted on meanwhile: press enter again");
  forget();
  mend.made = URL.createObjectURL(await answer.blob());
  mend.token = answer.headers.get("x-mended");
  notice("");
  look(true);
}
function look(on) {
  mend.looking = on && Boolean(mend.made);
  $("overlay").hidden = $("paint").hidden = mend.looking;
  draw();
}
function keep() {
  if (!mend.made) throw new Error("press enter first, to matte again");
  return decide("accepted", {mended: mend.token});
}

// ---- keys

const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
async function mendKey({key, shiftKey}) {
  if (key in PAINTS) { mend.paint = key; look(false); choices(); }
  else if ("[]+-".includes(key)) {
    const larger = key === "]" || key === "+";
    mend.radius = Math.max(1, larger ? Math.ceil(mend.radius * 1.3) : Math.floor(mend.radius * .77));
    brush();
  }
  else if (key in ARROWS) {
    const step = shiftKey ? 1 : Math.max(1, mend.radius >> 1), [dx, dy] = ARROWS[key];
    mend.x = Math.min(mend.width - 1, Math.max(0, mend.x + dx * step));
    mend.y = Math.min(mend.height - 1, Math.max(0, mend.y + dy * step));
    brush(); follow();
  } else if (key === " ") stroke(mend.x, mend.y, mend.x, mend.y);
  else if (key === "Enter") await again();
  else if (key === "w") await widen();
  else if (key === "y") look(!mend.looking);
  else if (key === "k") await keep();
  else if (key === "z") { zoom = (zoom + 1) % 3; draw(); }
  else if (key === "Escape") { leaveMending(); draw(); choices(); }
}
async function pickKey({key}) {
  const reason = state.reasons.slice(0, 9)[key - 1];
  if (reason) await reject(reason);
  else if (key === "Enter") await reject(null);
  else if (key === "Escape") { picking = false; choices(); }
}
async function plainKey({key, shiftKey}) {
  const viewed = Object.entries(VIEWS).find(([, k]) => k === key)?.[0];
  if (key in ARROWS && shiftKey) $("stage").scrollBy(...ARROWS[key].map((way) => way * 80));
  else if (key === "ArrowRight" || key === "n") await show(at + 1);
  else if (key === "ArrowLeft" || key === "b") await show(at - 1);
  else if (key === "f") { $("filters").open = !$("filters").open; if ($("filters").open) $("order").focus(); }
  else if (key === "r") await restart();
  else if (key === "Escape") $("filters").open = false;
  else if (!row) return;
  else if (key === "a") await decide("accepted");
  else if (/^[123]$/.test(key)) await decide("accepted", {grade: Number(key)});
  else if (key === "x") { picking = true; choices(); }
  else if (key === "u") await undo();
  else if (viewed && offered(viewed)) { view = viewed; blinking = false; draw(); }
  else if (key === " ") { blinking = !blinking; draw(); }
  else if (key === "g") { background = (background + 1) % BACKGROUNDS.length; draw(); }
  else if (key === "z") { zoom = (zoom + 1) % 3; draw(); }
  else if (key === "d") await startMending();
}
const OURS = /^([a-z0-9 +[\]-]|Enter|Escape|Arrow\w+)$/, VERDICTS = /^[ax123]$/, MOVES = new Set([...Object.keys(ARROWS), "[", "]", "+", "-", " "]);
document.addEventListener("keydown", (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key, {shiftKey, timeStamp} = event;
  if (event.ctrlKey || event.metaKey || (event.altKey && !"[]".includes(key)) || !OURS.test(key)) return;
  if (event.target.matches("input, select")) {
    if (key === "Escape") { $("filters").open = false; $("stage").focus(); }
    return;
  }
  if (event.target.matches("button, summary") && (key === "Enter" || key === " ")) return;
  event.preventDefault();
  // A key held down decides nothing: it would go through mattes that nobody sees.
  if (event.repeat && !MOVES.has(key)) return;
  later(async () => {
    if (!mend && !picking && VERDICTS.test(key) && timeStamp < seen) {
      seen = performance.now() + 500; // what was typed after it is not about this matte either
      notice("pressed before this matte was shown: press again");
      return;
    }
    await (mend ? mendKey : picking ? pickKey : plainKey)({key, shiftKey});
  });
});
// Side by side both show the same part. What one is moved to for the other's sake moves nothing in turn.
const scrolled = new Map();
function together(from, to) {
  from.addEventListener("scroll", () => {
    const place = `${from.scrollLeft} ${from.scrollTop}`, ours = scrolled.get(from) === place;
    scrolled.delete(from);
    if (ours || to.hidden) return;
    to.scrollTo(from.scrollLeft, from.scrollTop);
    scrolled.set(to, `${to.scrollLeft} ${to.scrollTop}`);
  });
}
together($("stage"), $("beside"));
together($("beside"), $("stage"));
addEventListener("resize", () => { if (row) draw(); });

// ---- the start

function options(select, values, any, name = (value) => value) {
  const chosen = select.value;
  select.replaceChildren(...(any ? [new Option(any, "")] : []), ...values.map((value) => new Option(name(String(value)), value)));
  if ([...select.options].some((option) => option.value === chosen)) select.value = chosen;
}
// What there is, for whoever does not know a score's numbers.
function bounds() {
  const known = state.scores[$("score").value] || ["", ""];
  [$("least").placeholder, $("most").placeholder] = known.map((value) => value === "" ? "" : number(value));
}
async function refresh() {
  const before = state?.version, moved = state && moving(), news = await json("api/state");
  if (mend) return; // nothing changes under the brush
  state = news;
  $("title").textContent = `${state.dataset} ${state.split}, version ${state.version}`;
  options($("order"), state.orders, "", label);
  options($("state"), state.states, "any");
  options($("category"), state.categories, "any");
  options($("reason"), state.reasons, "any");
  options($("score"), Object.keys(state.scores), "", label);
  bounds();
  options($("by"), Object.keys(state.reviewers), "anybody");
  progress();
  if (moved && !moving()) notice("all mattes are compared: r orders them anew");
  if (state.problems.length) notice(state.problems.join("; "));
  if (row?.waits) later(async () => {
    const {scores, waits} = await json(`api/rows/${row.n}?d=${row.digest}`);
    Object.assign(row, {scores, waits});
    facts();
  });
  if (before !== undefined && before !== state.version)
    later(async () => { await restart(); notice("a new run has finished: this is its manifest now"); });
}
$("reviewer").value = localStorage.getItem("reviewer") || "";
$("reviewer").onchange = () => { localStorage.setItem("reviewer", name()); notice(""); $("stage").focus(); };
for (const id of ["order", "state", "category", "accessory", "reason", "by", "least", "most"]) $(id).onchange = () => later(restart);
$("score").onchange = () => { bounds(); if (bounded()) later(restart); };
later(async () => {
  await refresh();
  $("reviewer").value ||= state.you;
  $("state").value = "undecided";
  await restart();
  choices();
  $("stage").focus();
  document.body.dataset.ready = "yes";
});
async function keepUp() {
  await refresh().catch((error) => notice(error.message));
  setTimeout(keepUp, comparing() ? 2000 : 15000);
}
setTimeout(keepUp, 2000);
