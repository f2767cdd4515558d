/// <reference types="vite/client" />

/** The package `@tensorflow/tfjs-backend-webgpu` where it is installed, else nothing: `vite.config.ts` decides. */
declare module 'webgpu-backend' {}

/** Is it installed? */
declare const HAS_WEBGPU: boolean;
