/** What a page promises, the browser holds: nothing is fetched from elsewhere, and nothing runs that is not a file of it. */
import type { Plugin } from 'vite';

export const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'; form-action 'none'";

/** In the page itself, for servers that send no headers; a worker's policy can only come with a header. */
export const contentPolicy: Plugin = {
  name: 'content-security-policy',
  // Not while one develops: then Vite puts scripts of its own into the page.
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY },
      injectTo: 'head-prepend',
    },
  ],
};
