/// The script of the page's plot.
let plotScript = #"""
  // A plot of the last two minutes that moves on by itself: one value a second comes in at the right.
  const shownSeconds = 120;
  const marginTop = 18;
  const marginBottom = 4;

  export class Plot {
    #canvas;
    #points = []; // { time, value }, the oldest first.
    #moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;

    constructor(canvas) {
      this.#canvas = canvas;
      new ResizeObserver(() => this.#draw()).observe(canvas);
      matchMedia("(prefers-color-scheme: dark)").onchange = () => this.#draw();
      if (this.#moves) this.#animate();
    }

    add(value) {
      const now = performance.now() / 1000;
      this.#points.push({ time: now, value });
      // One more than is shown: the line comes in from outside.
      while (this.#points.length > 2 && this.#points[1].time < now - shownSeconds) this.#points.shift();
      if (!this.#moves) this.#draw();
    }

    #animate() {
      requestAnimationFrame(() => {
        this.#draw();
        this.#animate();
      });
    }

    #draw() {
      const scale = devicePixelRatio;
      const { clientWidth: width, clientHeight: height } = this.#canvas;
      if (this.#canvas.width !== Math.round(width * scale)) this.#canvas.width = Math.round(width * scale);
      if (this.#canvas.height !== Math.round(height * scale)) this.#canvas.height = Math.round(height * scale);
      const context = this.#canvas.getContext("2d");
      context.setTransform(scale, 0, 0, scale, 0, 0);
      context.clearRect(0, 0, width, height);

      const style = getComputedStyle(this.#canvas);
      const color = (name) => style.getPropertyValue(name);
      const top = niceCeiling(Math.max(1, ...this.#points.map(({ value }) => value)));
      const y = (value) => height - marginBottom - (value / top) * (height - marginTop - marginBottom);
      // What has just come in is a second old when the next one comes: so long it takes to come into view.
      const now = this.#moves ? performance.now() / 1000 - 1 : this.#points.at(-1)?.time ?? 0;
      const x = (time) => width * (1 - (now - time) / shownSeconds);

      context.font = `12px ${style.fontFamily}`;
      context.lineWidth = 1;
      for (const part of [0, 0.5, 1]) {
        context.strokeStyle = color("--line");
        context.beginPath();
        context.moveTo(0, y(top * part));
        context.lineTo(width, y(top * part));
        context.stroke();
        context.fillStyle = color("--faint");
        if (part > 0) context.fillText((top * part).toLocaleString(), 0, y(top * part) - 4);
      }
      if (this.#points.length < 2) return;

      const line = new Path2D();
      for (const { time, value } of this.#points) line.lineTo(x(time), y(value));
      const area = new Path2D(line);
      area.lineTo(x(this.#points.at(-1).time), y(0));
      area.lineTo(x(this.#points[0].time), y(0));
      context.fillStyle = color("--accent");
      context.globalAlpha = 0.15;
      context.fill(area);
      context.globalAlpha = 1;
      context.strokeStyle = color("--accent");
      context.lineWidth = 2;
      context.lineJoin = "round";
      context.stroke(line);
    }
  }

  // The next of 1, 2, 5, 10, 20, 50 and so on.
  function niceCeiling(value) {
    const power = 10 ** Math.floor(Math.log10(value));
    return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value);
  }

  """#
