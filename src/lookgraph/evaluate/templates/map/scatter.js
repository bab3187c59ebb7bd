// All points in one draw call. WebGL 1, no library: a shader pair and two buffers are all that a scatter needs.
import { asNumbers, N_COLOURS } from "./palette.js";

const VERTEX = `
attribute vec2 place;
attribute vec2 kind;               // its colour; 1 if it is lit
uniform vec4 view;                 // scale and shift from the map to the screen's -1..1
uniform mediump float size;
uniform float pass_;
uniform vec3 colours[${N_COLOURS + 1}];
varying vec4 tint;
void main() {
  bool lit = kind.y > 0.5;
  bool mine = lit == (pass_ > 0.5);  // first those in the shade, then the lit ones over them
  gl_Position = vec4(mine ? place * view.xy + view.zw : vec2(4.0), 0.0, 1.0);
  gl_PointSize = lit ? size : size * 0.7;
  tint = vec4(colours[int(kind.x + 0.5)], lit ? 0.92 : 0.13);
}`;
const FRAGMENT = `
precision mediump float;
varying vec4 tint;
uniform float size;
void main() {
  float edge = length(gl_PointCoord - 0.5) * 2.0;
  float alpha = tint.a * (1.0 - smoothstep(1.0 - 3.0 / size, 1.0, edge));
  gl_FragColor = vec4(tint.rgb * alpha, alpha);
}`;

// A scatter over a canvas, or null where the browser has no WebGL.
export function openScatter(canvas, map) {
  const gl = canvas.getContext("webgl", { antialias: false, premultipliedAlpha: true });
  return gl && new Scatter(gl, canvas, map);
}

class Scatter {
  constructor(gl, canvas, map) {
    Object.assign(this, { gl, canvas, n: map.n });
    const program = linked(gl);
    gl.useProgram(program);
    this.at = Object.fromEntries(["view", "size", "pass_", "colours"].map((name) => [name, gl.getUniformLocation(program, name)]));
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, map.places, gl.STATIC_DRAW);
    point(gl, program, "place", gl.FLOAT);
    this.kinds = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, this.kinds);
    gl.bufferData(gl.ARRAY_BUFFER, 2 * map.n, gl.DYNAMIC_DRAW);
    point(gl, program, "kind", gl.UNSIGNED_BYTE);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  // classes: a colour an item; isLit(item): is it in the light?
  paint(classes, isLit) {
    const kinds = new Uint8Array(2 * this.n);
    for (let i = 0; i < this.n; i++) {
      kinds[2 * i] = classes[i];
      kinds[2 * i + 1] = isLit(i) ? 1 : 0;
    }
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, this.kinds);
    this.gl.bufferSubData(this.gl.ARRAY_BUFFER, 0, kinds);
  }

  draw(camera, palette, ratio) {
    const { gl, at } = this;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform4fv(at.view, camera.view());
    gl.uniform1f(at.size, camera.pointSize(this.n) * ratio);
    gl.uniform3fv(at.colours, palette.flatMap(asNumbers));
    for (const pass of [0, 1]) {
      gl.uniform1f(at.pass_, pass);
      gl.drawArrays(gl.POINTS, 0, this.n);
    }
  }
}

function linked(gl) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) throw new Error(gl.getProgramInfoLog(program));
  return program;
}

function point(gl, program, name, type) {
  const place = gl.getAttribLocation(program, name);
  gl.enableVertexAttribArray(place);
  gl.vertexAttribPointer(place, 2, type, false, 0, 0);
}
