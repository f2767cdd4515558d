/** What the package exports, with the examples of its docstrings: read by the compiler of TypeScript. */
import { join } from 'node:path';
import ts from 'typescript';

const SRC = join(__dirname, '../../src');
const TYPED = join(__dirname, 'examplesOfDocstrings.ts');

export interface Documented {
  /** `predictive`, `Predictive.interval`, `layers.dense` */
  name: string;
  summary: string;
  examples: string[];
  /** Where it is declared. */
  node: ts.Declaration;
}

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
  types: [],
  strict: true,
  noEmit: true,
};

/** Those of TensorFlow.js are many: each is read once. */
const files = new Map<string, ts.SourceFile | undefined>();
const host = ts.createCompilerHost(options);
const { getSourceFile } = host;
host.getSourceFile = (name, ...rest) => {
  if (!files.has(name)) files.set(name, getSourceFile(name, ...rest));
  return files.get(name);
};

/** Functions, constants and classes; of classes, exported as a value or as a type, each method of their own; each of `layers`. */
export function documented(): Documented[] {
  const index = join(SRC, 'index.ts');
  const program = ts.createProgram([index], options, host);
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(index)!)!;
  const all = checker.getExportsOfModule(module).flatMap((symbol) => {
    const isAlias = symbol.flags & ts.SymbolFlags.Alias;
    const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
    const isTypeOnly = (symbol.declarations ?? []).some(ts.isTypeOnlyExportDeclaration);
    if (symbol.name === 'layers') return ofModule(checker, symbol.name, target);
    return [
      ...(isTypeOnly || !(target.flags & ts.SymbolFlags.Value) ? [] : [read(symbol.name, target)]),
      ...(target.flags & ts.SymbolFlags.Class ? methods(checker, target) : []),
    ];
  });
  // What several classes inherit is there once.
  return all.filter(({ node }, i) => all.findIndex((other) => other.node === node) === i);
}

/** A module that is exported as one name, and what it exports. */
function ofModule(checker: ts.TypeChecker, name: string, module: ts.Symbol): Documented[] {
  const [file] = module.declarations as [ts.SourceFile];
  // The comment at the head of a file is that of its first statement to TypeScript.
  const itself = { declarations: [file.statements[0]] } as unknown as ts.Symbol;
  const each = checker.getExportsOfModule(module).map((exported) => {
    return read(`${name}.${exported.name}`, checker.getAliasedSymbol(exported));
  });
  return [read(name, itself), ...each];
}

/** Not what TensorFlow.js calls, which is there as an override, nor what is for the package alone. */
function methods(checker: ts.TypeChecker, of: ts.Symbol): Documented[] {
  const properties = checker.getDeclaredTypeOfSymbol(of).getProperties();
  return properties
    .filter(({ declarations }) => declarations?.some(isPublicMethod))
    .map((method) => read(`${placeOf(method)}.${method.name}`, method));
}

/** What declares it, which may be inherited from, and not exported itself. */
const placeOf = ({ declarations }: ts.Symbol): string =>
  (declarations![0]!.parent as ts.ClassDeclaration | ts.InterfaceDeclaration).name!.text;

function isPublicMethod(node: ts.Declaration): boolean {
  if (!ts.isMethodDeclaration(node) && !ts.isMethodSignature(node)) return false;
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Override;
  return (
    node.getSourceFile().fileName.startsWith(SRC) &&
    !(ts.getCombinedModifierFlags(node) & hidden) &&
    !ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal')
  );
}

function read(name: string, { declarations = [] }: ts.Symbol): Documented {
  const comments = declarations.flatMap((node) => ts.getJSDocCommentsAndTags(node)).filter(ts.isJSDoc);
  const examples = comments
    .flatMap(({ tags }) => [...(tags ?? [])])
    .filter(({ tagName }) => tagName.text === 'example')
    .map((tag) => codeOf(tag));
  const summary = comments.map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '').join('\n');
  return { name, summary, examples, node: declarations[0]! };
}

/** With the indentation that it has behind the stars. */
const codeOf = (tag: ts.JSDocTag): string =>
  tag
    .getFullText()
    .replace(/^@example/, '')
    .replace(/^ *\* ?/gm, '')
    .replace(/\*\/$/, '')
    .trim();

/** What the compiler says of the examples, each with the names that it is given. */
export function typeErrors(examples: ReadonlyArray<{ code: string; names: readonly string[] }>): string[] {
  const functions = examples.map(
    ({ code, names }, i) =>
      `async function example${i}({ ${names.join(', ')} }: Given & typeof bnn): Promise<void> {{\n${code}\n}}`,
  );
  const text = [
    "import * as tf from '@tensorflow/tfjs';",
    "import * as bnn from '../../src';",
    "import type { Given } from './givenToExamples';",
    'export { tf, bnn };',
    ...functions,
  ].join('\n');
  files.set(TYPED, ts.createSourceFile(TYPED, text, ts.ScriptTarget.ES2022));
  const program = ts.createProgram([TYPED], options, host);
  const file = program.getSourceFile(TYPED)!;
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
    ({ messageText, start }) => {
      const line = text.slice(0, start).split('\n').length - 1;
      return `${text.split('\n')[line]!.trim()}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    },
  );
}
