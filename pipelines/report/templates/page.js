"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const one = (selector, root = document) => root.querySelector(selector);
  const cards = all(".card");
  const state = { kind: cards.some((c) => c.dataset.kind === "accepted") ? "accepted" : "all", reason: "", find: "" };

  // ---- filter and sort
  const attribute = (key) => key.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  // The page comes in order of ids, or of names where people know the photos by name.
  const place = new Map(cards.map((card, position) => [card, position]));
  const compareIds = (a, b) => place.get(a) - place.get(b);
  const compare = (key, direction) => (a, b) => {
    if (key === "id") return direction * compareIds(a, b);
    const [x, y] = [a.dataset[attribute(key)], b.dataset[attribute(key)]];
    // Instances that lack the score stand last in either direction.
    if (x === "" || y === "") return (x === "") - (y === "") || compareIds(a, b);
    return direction * (Number(x) - Number(y)) || compareIds(a, b);
  };
  const sortCards = () => {
    const order = compare(one("#sort").value, Number(one("#direction").dataset.direction));
    for (const list of all(".instances .list")) list.append(...all(".card", list).sort(order));
  };
  const fits = (card) =>
    (state.kind === "all" || card.dataset.kind === state.kind) &&
    (!state.reason || card.dataset.reason === state.reason) &&
    state.find.split(/\s+/).every((word) => card.dataset.search.toLowerCase().includes(word));
  const apply = () => {
    let visible = 0;
    for (const card of cards) {
      card.hidden = !fits(card);
      visible += card.hidden ? 0 : 1;
    }
    for (const section of all(".instances")) section.hidden = !one(".card:not([hidden])", section);
    for (const button of all(".kind")) button.setAttribute("aria-pressed", button.dataset.kind === state.kind);
    for (const button of all(".reason")) button.setAttribute("aria-pressed", button.dataset.reason === state.reason);
    one("#reason").value = state.reason;
    one("#count").value = visible + (visible === 1 ? " instance" : " instances");
    one("#nothing").hidden = visible > 0;
  };
  const choose = (change) => {
    Object.assign(state, change);
    apply();
  };
  // Only rejected instances have a reason, so naming one shows them, and leaving them drops it.
  const chooseReason = (reason) => choose({ reason, kind: reason ? "rejected" : state.kind });
  for (const button of all(".kind")) {
    button.addEventListener("click", () => {
      const kind = button.dataset.kind;
      choose({ kind, reason: kind === "rejected" ? state.reason : "" });
    });
  }
  for (const button of all(".reason")) {
    button.addEventListener("click", () => {
      chooseReason(button.dataset.reason === state.reason ? "" : button.dataset.reason);
      one("#controls").scrollIntoView({ block: "start" });
    });
  }
  one("#reason").addEventListener("change", (event) => chooseReason(event.target.value));
  one("#find").addEventListener("input", (event) => choose({ find: event.target.value.trim().toLowerCase() }));
  one("#sort").addEventListener("change", sortCards);
  one("#direction").addEventListener("click", (event) => {
    const button = event.currentTarget;
    const up = button.dataset.direction === "-1";
    button.dataset.direction = up ? "1" : "-1";
    button.textContent = up ? "↑" : "↓";
    button.title = up ? "Lowest first" : "Highest first";
    button.setAttribute("aria-label", button.title);
    sortCards();
  });
  one("#reset").addEventListener("click", () => {
    one("#find").value = "";
    choose({ kind: "all", reason: "", find: "" });
  });

  // ---- background of the cutouts
  for (const button of all(".swatch")) {
    button.addEventListener("click", () => {
      document.body.dataset.background = button.dataset.background;
      for (const other of all(".swatch")) {
        other.setAttribute("aria-pressed", other.dataset.background === button.dataset.background);
      }
    });
  }

  // ---- enlarged pictures
  const dialog = one("#lightbox");
  const stage = one("#lightbox-stage");
  let current = null;
  const open = (picture) => {
    current = picture;
    const card = picture.closest("{{ enlargeable }}");
    const images = all("img", picture).map((image) => image.cloneNode());
    for (const image of images) image.loading = "eager";
    const frame = document.createElement("div");
    frame.className = "frame " + picture.dataset.kind;
    const [w, h] = ["width", "height"].map((side) => Number(images[0].getAttribute(side)));
    frame.style.aspectRatio = w + "/" + h;
    frame.style.setProperty("--ratio", w / h);
    frame.append(...images);
    stage.replaceChildren(frame);
    one("#lightbox-title").textContent = card.dataset.name;
    one("#lightbox-note").textContent = w + " × " + h + " px";
    one("#lightbox-kinds").replaceChildren(
      ...all(".picture", card).map((other) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = other.dataset.kind;
        button.setAttribute("aria-pressed", other === picture);
        button.addEventListener("click", () => open(other));
        return button;
      }),
    );
    if (!dialog.open) dialog.showModal();
    // The buttons are new: without focus inside the dialog its keys would not be heard.
    one('[aria-pressed="true"]', one("#lightbox-kinds")).focus();
  };
  const step = (across, down) => {
    const card = current.closest("{{ enlargeable }}");
    if (across) {
      const pictures = all(".picture", card);
      open(pictures[(pictures.indexOf(current) + across + pictures.length) % pictures.length]);
      return;
    }
    const shown = all("{{ enlargeable }}:not([hidden])").filter((other) => one(".picture", other));
    const next = shown[shown.indexOf(card) + down];
    if (next) open(one('.picture[data-kind="' + current.dataset.kind + '"]', next) || one(".picture", next));
  };
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  dialog.addEventListener("keydown", (event) => {
    if (!arrows[event.key]) return;
    event.preventDefault();
    step(...arrows[event.key]);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target === stage) dialog.close();
  });
  dialog.addEventListener("close", () => current && current.focus());
  one("#lightbox-close").addEventListener("click", () => dialog.close());
  document.addEventListener("click", (event) => {
    const picture = event.target.closest && event.target.closest(".picture");
    if (picture) open(picture);
  });

  apply();
})();
