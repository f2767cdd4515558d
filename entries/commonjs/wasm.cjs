// As CommonJS `tfjs-bnn/modular` has all that wasm needs.
