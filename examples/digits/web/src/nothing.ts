/** In the place of an optional package that is not installed. */
export {};
